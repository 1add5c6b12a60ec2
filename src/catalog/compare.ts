/** Two documents, or two versions of one: rows added, gone, changed, contradictory. No ids need to agree. */
import { differences, kinship, rangesText, type Difference } from './row-difference.js';
import type { CatalogDocument, Row } from './types.js';

export type ComparedStatus = 'same' | 'changed' | 'contradictory' | 'added' | 'gone';

export interface ComparedRow {
  readonly status: ComparedStatus;
  /** `document/table/row`; null: the document has no such row. */
  readonly a: string | null;
  readonly b: string | null;
  /** What the rows say, for people. */
  readonly textA: string | null;
  readonly textB: string | null;
  readonly differences: readonly Difference[];
}

export interface Comparison {
  readonly a: { readonly id: string; readonly title: string };
  readonly b: { readonly id: string; readonly title: string };
  readonly counts: Readonly<Record<ComparedStatus, number>>;
  /** Those of `a` in its order, then the added ones in the order of `b`. */
  readonly rows: readonly ComparedRow[];
}

interface Placed {
  readonly row: Row;
  readonly citation: string;
}

/** Of each key, rows beyond these are not considered as partners: a document of thousands of equal rows stays affordable. */
const MAX_PARTNERS = 32;

/** `compareDocuments(b, a)` tells the same with the sides exchanged. */
export function compareDocuments(a: CatalogDocument, b: CatalogDocument): Comparison {
  const left = placed(a);
  const right = placed(b);
  const partnerOf = pairUp(left, right);
  const taken = new Set([...partnerOf.values()].map(({ other }) => other));
  const rows: ComparedRow[] = left.map(({ row, citation }, index) => {
    const partner = partnerOf.get(index);
    if (partner === undefined) return { status: 'gone', a: citation, b: null, textA: rowText(row), textB: null, differences: [] };
    const other = right[partner.other]!;
    const found = differences(row, other.row, partner.reversed);
    const status = found.some((one) => one.contradiction) ? 'contradictory' : found.length > 0 ? 'changed' : 'same';
    return { status, a: citation, b: other.citation, textA: rowText(row), textB: rowText(other.row), differences: found };
  });
  right.forEach(({ row, citation }, index) => {
    if (!taken.has(index)) rows.push({ status: 'added', a: null, b: citation, textA: null, textB: rowText(row), differences: [] });
  });
  const counts: Record<ComparedStatus, number> = { same: 0, changed: 0, contradictory: 0, added: 0, gone: 0 };
  for (const { status } of rows) counts[status]++;
  return { a: { id: a.id, title: a.title }, b: { id: b.id, title: b.title }, counts, rows };
}

/** The best pairs first. Pairs of equal score and equal sum of places never want the same row, so the result is symmetric. */
function pairUp(left: readonly Placed[], right: readonly Placed[]): ReadonlyMap<number, { readonly other: number; readonly reversed: boolean }> {
  const byKey = new Map<string, number[]>();
  right.forEach(({ row }, index) => {
    for (const key of keysOf(row)) append(byKey, key, index);
  });
  const pairs: { readonly score: number; readonly one: number; readonly other: number; readonly reversed: boolean }[] = [];
  left.forEach(({ row }, one) => {
    for (const other of new Set(keysOf(row).flatMap((key) => nearestPlaces(byKey.get(key) ?? [], one)))) {
      const { score, reversed } = kinship(row, right[other]!.row);
      if (score > 0) pairs.push({ score, one, other, reversed });
    }
  });
  pairs.sort((x, y) => y.score - x.score || x.one + x.other - y.one - y.other);
  const partnerOf = new Map<number, { other: number; reversed: boolean }>();
  const taken = new Set<number>();
  for (const { one, other, reversed } of pairs) {
    if (partnerOf.has(one) || taken.has(other)) continue;
    partnerOf.set(one, { other, reversed });
    taken.add(other);
  }
  return partnerOf;
}

/** Rows that may mean the same connection share one of these; wide ranges are found by their first port, protocol or ends. */
function keysOf(row: Row): string[] {
  if (row.entries.length === 0) return ['no port'];
  const ends = row.source.flatMap((source) => row.target.map((target) => `ends ${source} ${target}`));
  return [...new Set([...row.entries.flatMap((entry) => [...entry.ports.map(([from]) => `port ${from}`), `protocol ${entry.protocol}`]), ...ends])];
}

/** The rows that stand nearest to the same place; a list of partners is sorted. */
function nearestPlaces(list: readonly number[], place: number): readonly number[] {
  if (list.length <= MAX_PARTNERS) return list;
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]! < place) low = middle + 1;
    else high = middle;
  }
  const from = Math.max(0, Math.min(low - MAX_PARTNERS / 2, list.length - MAX_PARTNERS));
  return list.slice(from, from + MAX_PARTNERS);
}

function placed(document: CatalogDocument): Placed[] {
  return document.tables.flatMap((table) => table.rows.map((row) => ({ row, citation: `${document.id}/${table.id}/${row.id}` })));
}

function rowText(row: Row): string {
  const ports = row.entries.map(({ transport, transportStated, ports: list, protocol }) => `${transportStated ? `${transport.toUpperCase()} ` : ''}${rangesText(list)} ${protocol}`).join('; ');
  return `${ports === '' ? 'no port' : ports}  ${row.source.join(' | ') || 'anyone'} -> ${row.target.join(' | ') || 'not stated'}`;
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
