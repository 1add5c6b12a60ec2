/** Tables of Markdown and plain text: bars, tabs, and pages from which every mark between the columns was lost. */
import { columnsOf, isHeader } from './columns.js';
import { plainText, type PageRow, type PageTable } from './page-table.js';

const separator = /^\s*\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?\s*$/;
/** The port cell with which a row begins, where nothing separates columns. */
const leadingPorts = /^(?:all\s+\w+\s+ports\s*\([^)]*\)|(?:(?:tcp|udp)(?:\s*[/&,]\s*(?:tcp|udp))?\s+)?\d{1,5}(?:\s*[-–/,]\s*\d{1,5})*(?:\s*\([^)]*\))?)(?=\s)/i;
const trailingPort = /^(.*\S)\s+(\d{1,5}(?:\s*[-–/,]\s*\d{1,5})*)$/;

export function textTables(text: string): PageTable[] {
  const lines = text.split(/\r?\n/);
  const found: PageTable[] = [];
  for (let at = 0; at < lines.length;) {
    const table = barTable(lines, at) ?? tabTable(lines, at) ?? leadingTable(lines, at) ?? trailingTable(lines, at);
    if (table === undefined) at++;
    else {
      found.push(table.table);
      at = table.end;
    }
  }
  return found;
}

interface Found {
  readonly table: PageTable;
  /** First line after it. */
  readonly end: number;
}

/** A line of cells, then a line of dashes; without the dashes only where the first line is a header that is understood. */
function barTable(lines: readonly string[], at: number): Found | undefined {
  const head = lines[at]!;
  if (!head.includes('|')) return undefined;
  const marked = lines[at + 1] !== undefined && lines[at + 1]!.includes('|') && separator.test(lines[at + 1]!);
  const header = cellsOf(head);
  if (!marked && !isHeader(header)) return undefined;
  const led = head.trim().startsWith('|');
  const bars = barsIn(head);
  const rows: PageRow[] = [];
  let next = at + (marked ? 2 : 1);
  while (next < lines.length && lines[next]!.includes('|') && !startsTable(lines, next)) {
    const first = next;
    let record = lines[next]!;
    next++;
    // Cells that were broken over lines: a record goes on until it has all its bars.
    while (!led && barsIn(record) < bars && next < lines.length && lines[next]!.trim() !== '' && !startsTable(lines, next) && !startsTable(lines, next + 1)) record += ` ${lines[next++]!}`;
    rows.push({ line: first + 1, cells: cellsOf(record) });
  }
  return rows.length === 0 ? undefined : { table: { title: headingAbove(lines, at), header, rows, unseparated: false }, end: next };
}

function startsTable(lines: readonly string[], at: number): boolean {
  return lines[at + 1] !== undefined && lines[at]!.includes('|') && lines[at + 1]!.includes('|') && separator.test(lines[at + 1]!);
}

function barsIn(line: string): number {
  return (line.trim().replace(/^\|/, '').match(/(?<!\\)\|/g) ?? []).length;
}

function cellsOf(line: string): string[] {
  return line.trim().replace(/^\|/, '').replace(/(?<!\\)\|$/, '').split(/(?<!\\)\|/).map(plainText);
}

function tabTable(lines: readonly string[], at: number): Found | undefined {
  const header = lines[at]!.split('\t').map(plainText);
  if (header.length < 2 || !isHeader(header)) return undefined;
  const rows: PageRow[] = [];
  let next = at + 1;
  for (; next < lines.length && lines[next]!.includes('\t'); next++) rows.push({ line: next + 1, cells: lines[next]!.split('\t').map(plainText) });
  return rows.length === 0 ? undefined : { table: { title: headingAbove(lines, at), header, rows, unseparated: false }, end: next };
}

/** `Port Target Source Purpose`: a line of nothing but column names, the port first, then rows without a gap. */
function leadingTable(lines: readonly string[], at: number): Found | undefined {
  const header = lines[at]!.trim().split(/\s+/);
  if (header.length < 2 || header.length > 8 || !/^ports?$/i.test(header[0]!) || columnsOf(header).some((column) => column === undefined)) return undefined;
  const rows: PageRow[] = [];
  let next = at + 1;
  for (; next < lines.length; next++) {
    const line = lines[next]!.trim();
    const ports = leadingPorts.exec(line)?.[0];
    if (ports === undefined) break;
    rows.push({ line: next + 1, cells: [ports, plainText(line.slice(ports.length))] });
  }
  return rows.length === 0 ? undefined : { table: { title: headingAbove(lines, at), header, rows, unseparated: true }, end: next };
}

/** A line `Port` alone, then lines that end with one. */
function trailingTable(lines: readonly string[], at: number): Found | undefined {
  if (!/^\s*ports?\s*$/i.test(lines[at]!)) return undefined;
  let next = at + 1;
  while (next < lines.length && lines[next]!.trim() === '') next++;
  const rows: PageRow[] = [];
  for (; next < lines.length; next++) {
    const match = trailingPort.exec(lines[next]!.trim());
    if (match === null) break;
    rows.push({ line: next + 1, cells: [match[2]!, plainText(match[1]!)] });
  }
  if (rows.length < 2) return undefined;
  return { table: { title: headingAbove(lines, at), header: ['Port', 'Connection'], rows, unseparated: true }, end: next };
}

/** The nearest heading; where a page has lost its marks, the nearest line that is short and no sentence. */
function headingAbove(lines: readonly string[], at: number): string {
  for (let above = at - 1; above >= 0 && above > at - 12; above--) {
    const line = plainText(lines[above]!);
    if (line === '' || line.includes('|')) continue;
    if (/^#{1,6}\s/.test(line)) return line.replace(/^#+\s*/, '');
    if (line.length <= 90 && !/[.:;]$/.test(line)) return line;
  }
  return '';
}
