/** Documents that the program drafts, as the YAML a person would write (docs/catalog.md), with what to look at as comments. */
import type { EntryTransport, PortRange } from './types.js';

export interface DraftDocument {
  readonly id: string;
  readonly title: string;
  readonly publisher: string;
  readonly products: readonly string[];
  readonly url: string | null;
  /** Lines above the document. */
  readonly remarks: readonly string[];
  readonly tables: readonly DraftTable[];
}

export interface DraftTable {
  readonly id: string;
  readonly title: string;
  readonly rows: readonly DraftRow[];
}

export interface DraftEntry {
  readonly ports: PortRange;
  /** null: not stated. */
  readonly transport: EntryTransport | null;
  readonly protocol: string;
}

export interface DraftRow {
  readonly id: string;
  readonly entries: readonly DraftEntry[];
  readonly source: readonly string[];
  readonly target: readonly string[];
  readonly direction?: 'inbound' | 'outbound' | null;
  readonly purpose: string;
  readonly condition?: string | null;
  readonly configurable?: string | null;
  /** What a person has to look at, and what the row was made from. */
  readonly remarks: readonly string[];
}

export function draftYaml(document: DraftDocument): string {
  const lines = [
    ...document.remarks.map(comment),
    `id: ${scalar(document.id)}`, `title: ${scalar(document.title)}`, `publisher: ${scalar(document.publisher)}`, `products: [${document.products.map(scalar).join(', ')}]`,
  ];
  if (document.url !== null) lines.push(`url: ${scalar(document.url)}`);
  if (document.tables.length === 0) lines.push('tables: []');
  else lines.push('tables:');
  for (const table of document.tables) {
    lines.push(`  - id: ${scalar(table.id)}`, `    title: ${scalar(table.title)}`, table.rows.length === 0 ? '    rows: []' : '    rows:', ...table.rows.flatMap((row) => rowLines(row)));
  }
  return `${lines.join('\n')}\n`;
}

/** A list of rows by itself, to be put under `rows:` of a document's table. */
export function rowsYaml(rows: readonly DraftRow[]): string {
  return `${rows.flatMap((row) => rowLines(row, '  ')).join('\n')}\n`;
}

function rowLines(row: DraftRow, indent = '        '): string[] {
  const lines = row.remarks.map((remark) => `${indent.slice(2)}${comment(remark)}`);
  lines.push(`${indent.slice(2)}- id: ${scalar(row.id)}`);
  if (row.entries.length === 0) lines.push(`${indent}entries: []`);
  else lines.push(`${indent}entries:`, ...row.entries.map(({ ports, transport, protocol }) => `${indent}  - { ports: ${portText(ports)}${transport === null ? '' : `, transport: ${transport}`}, protocol: ${scalar(protocol)} }`));
  lines.push(`${indent}source: [${row.source.map(scalar).join(', ')}]`, `${indent}target: [${row.target.map(scalar).join(', ')}]`);
  if ((row.direction ?? null) !== null) lines.push(`${indent}direction: ${row.direction}`);
  lines.push(`${indent}purpose: ${scalar(row.purpose)}`);
  if ((row.condition ?? null) !== null) lines.push(`${indent}condition: ${scalar(row.condition!)}`);
  if ((row.configurable ?? null) !== null) lines.push(`${indent}configurable: ${scalar(row.configurable!)}`);
  return lines;
}

function portText([from, to]: PortRange): string {
  return from === to ? String(from) : `${from}-${to}`;
}

/** Bare where YAML reads the same text back; else quoted as JSON, which is YAML too. */
export function scalar(text: string): string {
  if (/^[a-z][a-z0-9]*(?:[ .:-][a-z0-9]+)*$/i.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text)) return text;
  return JSON.stringify(printable(text));
}

/** Text of a page or from the wire on one line: it can neither end the comment nor steer a terminal. */
function comment(text: string): string {
  return `# ${printable(text)}`;
}

function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]+/g, ' ').replace(/[\ud800-\udfff]/gu, '?');
}

/** An id out of any text: lower-case words with hyphens. Never empty. */
export function slug(text: string, fallback: string): string {
  const made = text.toLowerCase().normalize('NFKD').replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 40).replace(/-+$/, '');
  return made === '' ? fallback : made;
}

/** The same id with a number where it is taken already. */
export function unusedId(wanted: string, taken: Set<string>): string {
  let id = wanted;
  for (let n = 2; taken.has(id); n++) id = `${wanted}-${n}`;
  taken.add(id);
  return id;
}
