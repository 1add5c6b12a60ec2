/** A table as a page prints it, before anybody asks what it means. */
export interface PageTable {
  /** The heading above it; '' where there is none. */
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly PageRow[];
  /** True: the page has no mark between columns; each row is one port cell and the rest of its line. */
  readonly unseparated: boolean;
}

export interface PageRow {
  /** Line of the file, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** Markup that stands in cells and headings of Markdown pages, as plain text. */
export function plainText(markup: string): string {
  return markup
    .replace(/<br\s*\/?>/gi, ' ').replace(/<[^>]*>/g, '').replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\*\*|__|`/g, '').replace(/\\\|/g, '|')
    .replace(/&(amp|lt|gt|quot|nbsp|ndash|mdash|#39|apos|#(\d{1,6}));/gi, (whole, name: string, code: string | undefined) => entities[name.toLowerCase()] ?? (code === undefined ? whole : characterOf(Number(code))))
    .replace(/\s+/g, ' ').trim();
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ', ndash: '–', mdash: '—', '#39': "'", apos: "'" };

function characterOf(code: number): string {
  return code > 31 && code < 0x110000 && !(code >= 0xd800 && code < 0xe000) ? String.fromCodePoint(code) : ' ';
}
