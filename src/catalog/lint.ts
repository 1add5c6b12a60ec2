/** What is odd about a document that can be loaded. Imports yaml and zod through the loader. */
import { sortFaults, type Fault } from './fault.js';
import { loadDocument, type Loaded } from './load.js';
import { nearest } from './nearest.js';
import { protocolTitle } from './protocols.js';
import { roleTitle } from './roles.js';
import { registryFaults } from './lint-registry.js';
import type { CatalogDocument, Entry, Row, Table, Transport } from './types.js';

interface PlacedRow {
  readonly table: Table;
  readonly row: Row;
  readonly path: readonly PropertyKey[];
}

/** Everything that `catalog lint` has against a document's text: the loader's errors, or else the oddities below. */
export function lintDocument(text: string, file: string): readonly Fault[] {
  const loaded = loadDocument(text, file);
  return loaded.document === undefined ? loaded.faults : lintLoaded(loaded.document, loaded.fault);
}

/** A mistake that the row's own errata state is the document's, known, and no fault of the file. */
export function lintLoaded(document: CatalogDocument, fault: Loaded['fault']): readonly Fault[] {
  const rows = document.tables.flatMap((table, tableIndex) =>
    table.rows.map((row, rowIndex): PlacedRow => ({ table, row, path: ['tables', tableIndex, 'rows', rowIndex] })));
  const faults = [
    ...overlappingRows(rows, fault),
    ...rows.flatMap(({ row, path }) => registryFaults(row, path, fault)),
    ...rows.flatMap((placed) => unwitnessable(placed, fault)),
    ...unknownRows(document, rows, fault),
  ];
  if (rows.length === 0 && document.claims.length === 0) faults.push(fault([], 'nothing-to-check', 'the document has neither rows nor claims', { severity: 'warning' }));
  return sortFaults(faults);
}

/**
 * Rows that let the same roles reach the same port in the same direction. Each later row is told once, with the first row
 * that it repeats; sorted intervals keep this linear in practice for documents of any size.
 */
function overlappingRows(rows: readonly PlacedRow[], fault: Loaded['fault']): Fault[] {
  interface Interval { readonly from: number; readonly to: number; readonly order: number; readonly transport: Transport }
  const groups = new Map<string, Interval[]>();
  for (const [order, { row }] of rows.entries()) {
    for (const entry of row.entries) {
      for (const transport of transportsOf(entry)) {
        for (const source of row.source) {
          for (const target of row.target) {
            const key = `${transport} ${row.direction ?? ''} ${source} ${target}`;
            const list = groups.get(key) ?? [];
            for (const [from, to] of entry.ports) list.push({ from, to, order, transport });
            groups.set(key, list);
          }
        }
      }
    }
  }
  const told = new Map<number, Fault>();
  for (const list of groups.values()) {
    list.sort((a, b) => a.from - b.from || a.order - b.order);
    let widest: Interval | undefined;
    for (const interval of list) {
      if (widest !== undefined && widest.order !== interval.order && interval.from <= widest.to) {
        const later = Math.max(widest.order, interval.order);
        const earlier = rows[Math.min(widest.order, interval.order)]!;
        if (!told.has(later)) {
          told.set(later, fault(rows[later]!.path, 'overlapping-rows',
            `repeats ${earlier.table.id}/${earlier.row.id}: ${interval.transport} ${portText(interval.from, Math.min(interval.to, widest.to))} between the same roles`, { severity: 'warning' }));
        }
      }
      if (widest === undefined || interval.to > widest.to) widest = interval;
    }
  }
  return [...told.values()];
}

/** What passes no place at which a capture can be taken, or speaks to nobody. */
function unwitnessable({ row, path }: PlacedRow, fault: Loaded['fault']): Fault[] {
  const told = (text: string): Fault[] => [fault(path, 'unwitnessable-row', text, { severity: 'warning' })];
  if (row.entries.length === 0) return told('no capture can witness a row without a port');
  if (row.entries.every((entry) => entry.protocol === 'smb-direct')) return told('RDMA passes the host by: a capture on it can hardly witness this row');
  const [source] = row.source;
  if (row.source.length === 1 && row.target.length === 1 && source === row.target[0] && singular.has(source!)) {
    return told(`there is one ${roleTitle(source!)} only: what it says to itself crosses no wire`);
  }
  if (row.entries.every((entry) => entry.transport !== 'tcp' && tcpOnly.has(entry.protocol))) {
    return told(`${[...new Set(row.entries.map((entry) => protocolTitle(entry.protocol)))].join(', ')} over UDP does not exist`);
  }
  return [];
}

/** Names of a cluster of which it has one. */
const singular: ReadonlySet<string> = new Set(['cno', 'replica-broker']);
/** Protocols that are defined over TCP and nothing else: on a row for UDP alone nothing of them can be seen. */
const tcpOnly: ReadonlySet<string> = new Set(['tds', 'iscsi', 'ssh', 'sftp', 'winrm', 'live-migration', 'vmconnect', 'ldaps', 'rfb', 'smtp', 'netbios-ssn']);

function unknownRows(document: CatalogDocument, rows: readonly PlacedRow[], fault: Loaded['fault']): Fault[] {
  const known = new Set(rows.map(({ table, row }) => `${table.id}/${row.id}`));
  return document.claims.flatMap((claim, claimIndex) => (claim.test.kind !== 'rows-mirrored' ? [] : claim.test.rows.flatMap((cited, index) => {
    if (known.has(cited)) return [];
    const near = nearest(cited, known);
    return [fault(['claims', claimIndex, 'test', 'rows', index], 'unknown-row', `no row "${cited}" in this document`, near === undefined ? {} : { nearest: near })];
  })));
}

function transportsOf(entry: Entry): readonly Transport[] {
  return entry.transport === 'tcp+udp' ? ['tcp', 'udp'] : [entry.transport];
}

function portText(from: number, to: number): string {
  return from === to ? String(from) : `${from}-${to}`;
}
