/** Tables of an HTML page. Damaged markup gives fewer cells, never an error; one pass over the text. */
import { plainText, type PageRow, type PageTable } from './page-table.js';

const tags = /<(\/?)(table|tr|td|th|caption|h[1-6])\b([^>]*)>|<!--[\s\S]*?(?:-->|$)|<(script|style)\b[\s\S]*?(?:<\/\4>|$)/gi;
/** Cells that one row may span: nobody's table is wider, and a made-up number must cost nothing. */
const MAX_SPAN = 64;

interface Open {
  title: string;
  readonly rows: PageRow[];
  cells: string[] | undefined;
  line: number;
  headings: number;
  /** Columns that a cell above still fills. */
  readonly hanging: Map<number, { left: number; readonly text: string }>;
}

export function htmlTables(html: string): PageTable[] {
  const found: PageTable[] = [];
  const stack: Open[] = [];
  let heading = '';
  let capture: { readonly kind: string; readonly from: number; readonly rowspan: number; readonly colspan: number } | undefined;
  let line = 1;
  let counted = 0;
  for (const match of html.matchAll(tags)) {
    const [whole, slash, tag, attributes = ''] = match;
    if (tag === undefined) continue;
    for (; counted < match.index; counted++) if (html.charCodeAt(counted) === 10) line++;
    const name = tag.toLowerCase();
    const table = stack.at(-1);
    if (capture !== undefined && (slash === '/' ? name === capture.kind || name === 'tr' || name === 'table' : name === 'td' || name === 'th' || name === 'tr')) {
      const text = plainText(html.slice(capture.from, match.index));
      if (capture.kind === 'caption') { if (table !== undefined) table.title = text; }
      else if (capture.kind.startsWith('h') && capture.kind !== 'th') heading = text;
      else if (table !== undefined) addCell(table, text, capture);
      capture = undefined;
    }
    if (slash === '/') {
      if (name === 'tr' && table !== undefined) endRow(table);
      if (name === 'table' && table !== undefined) {
        endRow(table);
        stack.pop();
        const [header, ...rows] = table.rows;
        if (header !== undefined && rows.length > 0) found.push({ title: table.title, header: header.cells, rows, unseparated: false });
      }
      continue;
    }
    if (name === 'table') stack.push({ title: heading, rows: [], cells: undefined, line, headings: 0, hanging: new Map() });
    else if (name === 'tr' && table !== undefined) {
      endRow(table);
      table.cells = [];
      table.line = line;
    } else if (name === 'td' || name === 'th' || name === 'caption' || /^h\d$/.test(name)) {
      capture = { kind: name, from: match.index + whole.length, rowspan: span(attributes, 'rowspan'), colspan: span(attributes, 'colspan') };
    }
  }
  return found;
}

function addCell(table: Open, text: string, { rowspan, colspan }: { readonly rowspan: number; readonly colspan: number }): void {
  const cells = (table.cells ??= []);
  fillHanging(table, cells);
  for (let index = 0; index < colspan && cells.length < MAX_SPAN; index++) {
    if (rowspan > 1) table.hanging.set(cells.length, { left: rowspan - 1, text });
    cells.push(text);
  }
}

/** A cell of a row above goes on here. */
function fillHanging(table: Open, cells: string[]): void {
  for (;;) {
    const above = table.hanging.get(cells.length);
    if (above === undefined || cells.length >= MAX_SPAN) return;
    above.left--;
    if (above.left <= 0) table.hanging.delete(cells.length);
    cells.push(above.text);
  }
}

function endRow(table: Open): void {
  if (table.cells !== undefined && table.cells.length > 0) {
    fillHanging(table, table.cells);
    table.rows.push({ line: table.line, cells: table.cells });
  }
  table.cells = undefined;
}

function span(attributes: string, name: string): number {
  const written = new RegExp(`\\b${name}\\s*=\\s*["']?(\\d{1,3})`, 'i').exec(attributes)?.[1];
  return Math.min(MAX_SPAN, Math.max(1, Number(written ?? 1)));
}
