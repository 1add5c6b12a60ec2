/** How well a draft agrees with a document that a person made of the same page: rows in order, ports and ends of each. */
import type { CatalogDocument, Row } from '../types.js';

export interface Agreement {
  readonly rowsFound: number;
  readonly rows: number;
  readonly portsRight: number;
  readonly ports: number;
  readonly protocolsRight: number;
  readonly endsRight: number;
  readonly ends: number;
}

/** Ports and protocols are counted where row stands against row; a row that is missing moves nothing but itself. */
export function agreementOf(draft: CatalogDocument, made: CatalogDocument): Agreement {
  const theirs = draft.tables.flatMap((table) => table.rows);
  const ours = made.tables.flatMap((table) => table.rows);
  const partner = align(theirs, ours);
  let portsRight = 0, ports = 0, protocolsRight = 0, endsRight = 0;
  ours.forEach((row, index) => {
    const found = partner[index] === undefined ? undefined : theirs[partner[index]];
    const left = new Map<string, number>();
    for (const key of found === undefined ? [] : keysOf(found)) left.set(key, (left.get(key) ?? 0) + 1);
    for (const key of keysOf(row)) {
      ports++;
      const count = left.get(key) ?? 0;
      if (count === 0) continue;
      portsRight++;
      left.set(key, count - 1);
    }
    for (const entry of row.entries) if (found?.entries.some((other) => other.protocol === entry.protocol && rangeKey(other) === rangeKey(entry)) === true) protocolsRight++;
    endsRight += Number(found !== undefined && sameSet(found.source, row.source)) + Number(found !== undefined && sameSet(found.target, row.target));
  });
  return { rowsFound: partner.filter((one) => one !== undefined).length, rows: ours.length, portsRight, ports, protocolsRight, endsRight, ends: 2 * ours.length };
}

export function agreementText({ rowsFound, rows, portsRight, ports, protocolsRight, endsRight, ends }: Agreement): string {
  return `rows ${rowsFound}/${rows}, ports ${portsRight}/${ports}, protocols ${protocolsRight}/${ports}, ends ${endsRight}/${ends}`;
}

/** Longest common subsequence of rows that share a port (or both have none): pages and documents have one order. */
function align(theirs: readonly Row[], ours: readonly Row[]): (number | undefined)[] {
  const score = (a: Row, b: Row): number => {
    const keys = new Set(keysOf(a));
    const shared = keysOf(b).filter((key) => keys.has(key)).length;
    return shared > 0 ? 1 + shared / (keys.size + b.entries.length) : a.entries.length === 0 && b.entries.length === 0 ? 1 : 0;
  };
  const table = Array.from({ length: ours.length + 1 }, () => new Float64Array(theirs.length + 1));
  for (let i = ours.length - 1; i >= 0; i--) {
    for (let j = theirs.length - 1; j >= 0; j--) {
      const match = score(theirs[j]!, ours[i]!);
      table[i]![j] = Math.max(table[i + 1]![j]!, table[i]![j + 1]!, match > 0 ? match + table[i + 1]![j + 1]! : 0);
    }
  }
  const partner = new Array<number | undefined>(ours.length).fill(undefined);
  for (let i = 0, j = 0; i < ours.length && j < theirs.length;) {
    const match = score(theirs[j]!, ours[i]!);
    if (match > 0 && table[i]![j] === match + table[i + 1]![j + 1]!) partner[i++] = j++;
    else if (table[i]![j] === table[i + 1]![j]) i++;
    else j++;
  }
  return partner;
}

function keysOf(row: Row): string[] {
  return row.entries.map(rangeKey);
}

function rangeKey({ ports }: Row['entries'][number]): string {
  return ports.map(([from, to]) => `${from}-${to}`).join(',');
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((role) => b.includes(role));
}
