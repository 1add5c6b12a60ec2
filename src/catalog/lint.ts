/** What is odd about a document that can be loaded. Imports yaml and zod through the loader. */
import { sortFaults, type Fault } from './fault.js';
import { loadDocument, type Loaded } from './load.js';
import { nearest } from './nearest.js';
import { compatible, ownerOfPort, protocolTitle, registeredPorts } from './protocols.js';
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
    ...rows.flatMap((placed) => registryFaults(placed, fault)),
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

/** A protocol away from its registered ports, or a registered port given to another protocol. */
function registryFaults({ row, path }: PlacedRow, fault: Loaded['fault']): Fault[] {
  if (row.errata.length > 0) return [];
  return row.entries.flatMap((entry, index) => {
    const [from, to] = entry.ports[0]!;
    if (entry.ports.length > 1 || from !== to) return [];
    const place = [...path, 'entries', index];
    const owner = transportsOf(entry).map((transport) => ownerOfPort(transport, from)).find((word) => word !== undefined);
    if (owner !== undefined && compatible(entry.protocol, owner.id) === 'conflicts' && compatible(owner.id, entry.protocol) === 'conflicts') {
      return [fault(place, 'contradicts-iana', `port ${from} belongs to ${owner.title}, not to ${protocolTitle(entry.protocol)}`, { severity: 'warning' })];
    }
    const registered = registeredPorts(entry.protocol);
    // Above the system ports, services are moved on purpose.
    if (owner === undefined && from < 1024 && registered.length > 0 && !registered.includes(from)) {
      return [fault(place, 'contradicts-iana', `${protocolTitle(entry.protocol)} on ${from}: it is registered on ${registered.join(', ')}`, { severity: 'warning' })];
    }
    return [];
  });
}

function unwitnessable({ row, path }: PlacedRow, fault: Loaded['fault']): Fault[] {
  if (row.entries.length === 0) return [fault(path, 'unwitnessable-row', 'no capture can witness a row without a port', { severity: 'warning' })];
  if (row.entries.every((entry) => entry.protocol === 'smb-direct')) {
    return [fault(path, 'unwitnessable-row', 'RDMA passes the host by: a capture on it can hardly witness this row', { severity: 'warning' })];
  }
  return [];
}

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
