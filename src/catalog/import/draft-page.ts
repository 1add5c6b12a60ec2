/** A vendor's page into a draft document, with a list of what needs a person's eye. */
import { parseCsv } from '../csv.js';
import { slug, unusedId, type DraftDocument, type DraftTable } from '../draft-yaml.js';
import { columnsOf, isHeader } from './columns.js';
import { draftRow } from './draft-row.js';
import { htmlTables } from './html-tables.js';
import { plainText, type PageTable } from './page-table.js';
import { textTables } from './text-tables.js';

export interface PageDraft {
  readonly document: DraftDocument;
  /** `line: what`, in the order of the page. */
  readonly doubts: readonly Doubt[];
  /** Tables that are on the page and have no column of ports. */
  readonly leftOut: number;
}

export interface Doubt {
  /** 0: the whole page. */
  readonly line: number;
  readonly text: string;
}

/** Rows of one page; nobody reviews more. */
const MAX_ROWS = 5000;

/** `name` is the file's name without folder: it becomes the id. */
export function draftPage(text: string, name: string): PageDraft {
  const body = (text.startsWith('\uFEFF') ? text.slice(1) : text).replaceAll('\r\n', '\n');
  const tables = tablesOf(body);
  const known = tables.filter((table) => table.unseparated || isHeader(table.header));
  const doubts: Doubt[] = [];
  const tableIds = new Set<string>();
  let rows = 0;
  const drafted = known.map((table, index): DraftTable => {
    const ids = new Set<string>();
    const columns = columnsOf(table.header);
    const unread = table.header.filter((_, column) => columns[column] === undefined);
    if (unread.length > 0) doubts.push({ line: (table.rows[0]?.line ?? 1) - 1, text: `columns not understood: ${unread.map((heading) => `"${heading}"`).join(', ')}` });
    const kept = table.rows.slice(0, Math.max(0, MAX_ROWS - rows));
    if (kept.length < table.rows.length) doubts.push({ line: kept.at(-1)?.line ?? 0, text: `more than ${MAX_ROWS} rows: the rest is left out` });
    rows += kept.length;
    const made = kept.map((row) => draftRow(row, table, columns));
    for (const { row, line } of made) for (const remark of row.remarks) if (!remark.startsWith('page: ')) doubts.push({ line, text: remark });
    return { id: unusedId(slug(table.title, `table-${index + 1}`), tableIds), title: table.title === '' ? `Table ${index + 1}` : table.title, rows: made.map(({ row }) => ({ ...row, id: unusedId(row.id, ids) })) };
  });
  if (known.length === 0) doubts.push({ line: 0, text: 'no table of ports was found: what the page says in prose can only be kept as claims' });
  doubts.push({ line: 0, text: 'publisher and products are not known from the page' });
  return {
    document: {
      id: slug(name.replace(/\.[a-z0-9]+$/i, ''), 'imported'), title: titleOf(body, name), publisher: 'unknown', products: [], url: urlOf(body), tables: drafted,
      remarks: ['Draft made from a page: look at every remark, then check it with portwitness catalog lint.', ...doubts.filter((doubt) => doubt.line === 0).map((doubt) => doubt.text)],
    },
    doubts: doubts.sort((a, b) => a.line - b.line), leftOut: tables.length - known.length,
  };
}

function tablesOf(body: string): PageTable[] {
  if (/<table[\s>]/i.test(body)) return htmlTables(body);
  const found = textTables(body);
  return found.length > 0 ? found : csvTable(body);
}

/** Only where the first record is a header that is understood: prose has commas as well. */
function csvTable(body: string): PageTable[] {
  const head = body.split('\n').find((line) => line.trim() !== '' && !line.startsWith('#')) ?? '';
  if (!/[,;]/.test(head)) return [];
  const [header, ...records] = parseCsv(body);
  if (header === undefined || records.length === 0 || !isHeader(header.values)) return [];
  return [{ title: '', header: header.values.map(plainText), rows: records.map(({ line, values }) => ({ line, cells: values.map(plainText) })), unseparated: false }];
}

function titleOf(body: string, name: string): string {
  const marked = /<title[^>]*>([\s\S]{1,300}?)<\/title>/i.exec(body)?.[1] ?? /^title:\s*(.+)$/im.exec(body.slice(0, 2000))?.[1] ?? /^#\s+(.+)$/m.exec(body)?.[1];
  const first = body.split('\n').map((line) => line.trim()).find((line) => line !== '' && line.length <= 120 && !/[|,;\t]/.test(line) && line !== '---');
  const title = plainText(marked ?? first ?? name);
  return title === '' ? name : title;
}

function urlOf(body: string): string | null {
  return /<link[^>]*rel=["']?canonical["']?[^>]*href=["']([^"']{1,500})["']/i.exec(body)?.[1] ?? null;
}
