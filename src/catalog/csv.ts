/**
 * CSV as RFC 4180 has it, plus what spreadsheets make of it: a byte-order mark, bare LF, `;` as separator where the
 * first line has one and no comma. Values are trimmed unless quoted.
 */

export interface CsvRecord {
  /** Line on which the record begins, from 1. */
  readonly line: number;
  readonly values: readonly string[];
}

/** Empty lines and lines that begin with `#` are left out. An unclosed quote ends with the text. */
export function parseCsv(text: string): CsvRecord[] {
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const separator = separatorOf(body);
  const records: CsvRecord[] = [];
  let at = 0;
  let line = 1;
  while (at < body.length) {
    if (body[at] === '#') {
      const end = body.indexOf('\n', at);
      at = end === -1 ? body.length : end + 1;
      line++;
      continue;
    }
    const record = readRecord(body, at, separator);
    const only = record.values.length === 1 ? record.values[0]! : undefined;
    if (only !== '') records.push({ line, values: record.values });
    line += record.lines;
    at = record.end;
  }
  return records;
}

function separatorOf(body: string): string {
  const head = body.split(/\r?\n/).find((candidate) => candidate.trim() !== '' && !candidate.startsWith('#')) ?? '';
  return head.includes(';') && !head.includes(',') ? ';' : ',';
}

function readRecord(body: string, start: number, separator: string): { values: string[]; end: number; lines: number } {
  const values: string[] = [];
  let at = start;
  let lines = 0;
  for (;;) {
    let value: string;
    while (body[at] === ' ' || body[at] === '\t') at++;
    if (body[at] === '"') {
      const quoted = readQuoted(body, at + 1);
      value = quoted.value;
      lines += quoted.lines;
      at = quoted.end;
      while (at < body.length && body[at] !== separator && body[at] !== '\n') at++;
    } else {
      const from = at;
      while (at < body.length && body[at] !== separator && body[at] !== '\n') at++;
      value = body.slice(from, at).trim();
    }
    values.push(value);
    if (body[at] === separator) {
      at++;
      continue;
    }
    return { values, end: Math.min(at + 1, body.length), lines: lines + 1 };
  }
}

function readQuoted(body: string, start: number): { value: string; end: number; lines: number } {
  let value = '';
  let lines = 0;
  let at = start;
  for (; at < body.length; at++) {
    const letter = body[at]!;
    if (letter === '"') {
      if (body[at + 1] !== '"') return { value, end: at + 1, lines };
      at++;
    }
    if (letter === '\n') lines++;
    value += letter;
  }
  return { value, end: at, lines };
}
