import { compiledDocuments } from './compiled.js';
import { ianaDocument, ianaId, ianaRow } from './iana.js';
import { compatible } from './protocols.js';
import type { CatalogDocument, Entry, Row, Table, Transport } from './types.js';

/** A row that has an entry for the port asked for. */
export interface Candidate {
  readonly document: CatalogDocument;
  readonly table: Table;
  readonly row: Row;
  readonly entry: Entry;
  /** `document/table/row`. */
  readonly citation: string;
  /** Ports in the range that matched: the fewer, the more the row says. */
  readonly width: number;
}

/** The documents of one run and where each port stands in them. */
export interface Catalog {
  /** Under validation: current ones first. */
  readonly documents: readonly CatalogDocument[];
  readonly references: readonly CatalogDocument[];
  /** By id, among both. */
  document(id: string): CatalogDocument | undefined;
  /** By citation `document/table/row`. */
  row(citation: string): { readonly document: CatalogDocument; readonly table: Table; readonly row: Row } | undefined;
  /** Rows of documents and references that name this port, narrow ranges first, else in document order. Constant time. */
  candidateRows(transport: Transport, port: number): readonly Candidate[];
  /**
   * The reference row that names traffic best: narrow before wide, a protocol that agrees before an unknown one. A row for a
   * whole range names nothing unless the protocol agrees, or the dynamic ports would explain everything. Where no reference has
   * the port, IANA's registration names it, unless what was recognised is something else.
   */
  referenceFor(transport: Transport, port: number, observedProtocol: string | null): Candidate | undefined;
}

/** Wider ranges are kept in a list and not spread over the port table. */
const spreadUpTo = 16;

export function makeCatalog(all: readonly CatalogDocument[]): Catalog {
  const byId = new Map(all.map((document) => [document.id, document]));
  let index: PortIndex | undefined;
  const candidateRows = (transport: Transport, port: number): readonly Candidate[] => (index ??= indexPorts(all)).lookup(transport, port);
  return {
    documents: all.filter((document) => document.kind === 'document'),
    references: all.filter((document) => document.kind === 'reference'),
    document: (id) => byId.get(id) ?? (id === ianaId ? ianaDocument() : undefined),
    row: (citation) => {
      const [documentId = '', tableId, rowId] = citation.split('/');
      const document = byId.get(documentId) ?? (documentId === ianaId ? ianaDocument() : undefined);
      const table = document?.tables.find((candidate) => candidate.id === tableId);
      const row = table?.rows.find((candidate) => candidate.id === rowId);
      return document === undefined || table === undefined || row === undefined ? undefined : { document, table, row };
    },
    candidateRows,
    referenceFor: (transport, port, observedProtocol) => {
      let best: Candidate | undefined;
      for (const candidate of candidateRows(transport, port)) {
        if (candidate.document.kind !== 'reference') continue;
        const protocol = compatible(candidate.entry.protocol, observedProtocol);
        if (protocol === 'agrees') return candidate;
        if (protocol === 'unknown' && candidate.width <= spreadUpTo) best ??= candidate;
      }
      return best ?? registeredFor(transport, port, observedProtocol);
    },
  };
}

/** A registration is the weakest name: it may stand only for what nothing else tells. */
function registeredFor(transport: Transport, port: number, observedProtocol: string | null): Candidate | undefined {
  const registered = ianaRow(transport, port);
  const entry = registered?.row.entries[0];
  if (registered === undefined || entry === undefined || (observedProtocol !== null && compatible(entry.protocol, observedProtocol) !== 'agrees')) return undefined;
  return { ...registered, entry, citation: `${ianaId}/${transport}/${port}`, width: 1 };
}

let shared: Catalog | undefined;

/** The catalog that comes with the program; `extra` are the user's documents (`loadDocuments`). */
export function builtInCatalog(extra: readonly CatalogDocument[] = []): Catalog {
  if (extra.length > 0) return makeCatalog([...compiledDocuments, ...extra]);
  return (shared ??= makeCatalog(compiledDocuments));
}

interface PortIndex {
  lookup(transport: Transport, port: number): readonly Candidate[];
}

function indexPorts(all: readonly CatalogDocument[]): PortIndex {
  const single = new Map<string, Candidate[]>();
  const wide: { readonly transport: Transport; readonly from: number; readonly to: number; readonly candidate: Candidate }[] = [];
  for (const document of all) {
    for (const table of document.tables) {
      for (const row of table.rows) {
        for (const entry of row.entries) {
          const transports: readonly Transport[] = entry.transport === 'tcp+udp' ? ['tcp', 'udp'] : [entry.transport];
          for (const transport of transports) {
            for (const [from, to] of entry.ports) {
              const candidate: Candidate = { document, table, row, entry, citation: `${document.id}/${table.id}/${row.id}`, width: to - from + 1 };
              if (candidate.width > spreadUpTo) wide.push({ transport, from, to, candidate });
              else for (let port = from; port <= to; port++) append(single, `${transport}/${port}`, candidate);
            }
          }
        }
      }
    }
  }
  for (const candidates of single.values()) candidates.sort((a, b) => a.width - b.width);
  wide.sort((a, b) => a.candidate.width - b.candidate.width);
  return {
    lookup: (transport, port) => {
      const narrow = single.get(`${transport}/${port}`) ?? [];
      const ranges = wide.filter((range) => range.transport === transport && range.from <= port && port <= range.to).map((range) => range.candidate);
      return ranges.length === 0 ? narrow : [...narrow, ...ranges];
    },
  };
}

function append(map: Map<string, Candidate[]>, key: string, candidate: Candidate): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [candidate]);
  // Two entries of one row may name the same port (SSH and HTTPS on 443): both stay, but not one entry twice.
  else if (list.at(-1)?.entry !== candidate.entry) list.push(candidate);
}
