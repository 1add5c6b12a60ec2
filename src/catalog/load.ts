/**
 * A catalog document from its text: validated, normalised, or refused with every fault. Imports yaml and zod: load it only
 * where a user's own document is read (`await import`), never from `catalog.ts`.
 */
import { documentItems, documentKeys, documentSchema, type WrittenClaimTest, type WrittenDocument, type WrittenRow } from './document-schema.js';
import { sortFaults, type Fault } from './fault.js';
import { parsePortSpec } from './port-spec.js';
import { resolveProtocol, usualTransport } from './protocols.js';
import { resolveRole } from './roles.js';
import type { CatalogDocument, Claim, ClaimTest, Entry, PortRange, Row } from './types.js';
import { readSource, type Source } from './yaml-source.js';

export interface Loaded {
  /** Whole and right, or absent: a document with a fault is not loaded in part. */
  readonly document: CatalogDocument | undefined;
  readonly faults: readonly Fault[];
  /** A fault at a place of this text, for checks that come after loading. */
  readonly fault: Source<unknown>['fault'];
}

/** `file` is only named in faults. */
export function loadDocument(text: string, file: string): Loaded {
  const source = readSource(text, file, documentSchema, documentKeys, documentItems);
  const faults = [...source.faults, ...repeatedIds(source), ...missingNames(source)];
  const document = source.value === undefined || faults.length > 0 ? undefined : normalise(source.value);
  return { document, faults: sortFaults(faults), fault: source.fault };
}

/**
 * All files of one folder, or none of them. A document id may stand once, and `taken` (the built-in ids) not at all.
 */
export function loadDocuments(files: readonly { readonly file: string; readonly text: string }[], taken: readonly string[] = []): { documents: readonly CatalogDocument[]; faults: readonly Fault[] } {
  const owners = new Map(taken.map((id) => [id, 'the built-in catalog']));
  const documents: CatalogDocument[] = [];
  const faults: Fault[] = [];
  for (const { file, text } of files) {
    const loaded = loadDocument(text, file);
    faults.push(...loaded.faults);
    if (loaded.document === undefined) continue;
    const owner = owners.get(loaded.document.id);
    if (owner !== undefined) faults.push(loaded.fault(['id'], 'duplicate-id', `document id "${loaded.document.id}" is already used by ${owner}`));
    owners.set(loaded.document.id, file);
    documents.push(loaded.document);
  }
  return { documents: faults.length === 0 ? documents : [], faults: sortFaults(faults) };
}

/** Looks at the data as written, so that repeated ids are told together with everything else. */
function repeatedIds(source: Source<unknown>): Fault[] {
  const faults: Fault[] = [];
  const check = (what: string, list: unknown, path: readonly PropertyKey[]): void => {
    const seen = new Set<string>();
    for (const [index, item] of items(list).entries()) {
      const id = (item as { id?: unknown } | null)?.id;
      if (typeof id !== 'string' && typeof id !== 'number') continue;
      const key = String(id);
      if (seen.has(key)) faults.push(source.fault([...path, index, 'id'], 'duplicate-id', `${what} id "${key}" is used twice`));
      seen.add(key);
    }
  };
  const tables = items((source.written as { tables?: unknown } | null | undefined)?.tables);
  check('table', tables, ['tables']);
  for (const [index, table] of tables.entries()) check('row', (table as { rows?: unknown } | null)?.rows, ['tables', index, 'rows']);
  check('claim', (source.written as { claims?: unknown } | null | undefined)?.claims, ['claims']);
  return faults;
}

/** A reference exists to name traffic: each row must say what it names and where that stands. */
function missingNames(source: Source<WrittenDocument>): Fault[] {
  if (source.value?.kind !== 'reference') return [];
  return source.value.tables.flatMap((table, tableIndex) => table.rows.flatMap((row, rowIndex) =>
    (['name', 'sourceNote'] as const).filter((key) => (row[key] ?? null) === null)
      .map((key) => source.fault(['tables', tableIndex, 'rows', rowIndex], 'missing-key', `a row of a reference needs "${key}"`))));
}

function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function normalise(written: WrittenDocument): CatalogDocument {
  return {
    id: written.id,
    kind: written.kind ?? 'document',
    title: written.title,
    publisher: written.publisher,
    products: written.products,
    superseded: written.superseded ?? false,
    url: written.url ?? null,
    tables: written.tables.map((table) => ({ id: table.id, title: table.title, rows: table.rows.map(normaliseRow) })),
    claims: (written.claims ?? []).map((claim): Claim => ({ id: claim.id, claim: claim.claim, test: normaliseTest(claim.test) })),
  };
}

function normaliseRow(row: WrittenRow): Row {
  return {
    id: String(row.id),
    name: row.name ?? null,
    entries: row.entries.map((entry): Entry => {
      const protocol = resolveProtocol(entry.protocol)!;
      return {
        transport: entry.transport ?? usualTransport(protocol),
        transportStated: entry.transportStated ?? entry.transport !== undefined,
        ports: rangesOf(entry.ports),
        protocol,
      };
    }),
    source: rolesOf(row.source),
    target: rolesOf(row.target),
    direction: row.direction ?? null,
    ruleOn: rolesOf(row.ruleOn ?? []),
    purpose: row.purpose,
    condition: row.condition ?? null,
    configurable: row.configurable ?? null,
    ambient: row.ambient ?? false,
    sourceNote: row.sourceNote ?? null,
    errata: row.errata ?? [],
  };
}

function normaliseTest(test: WrittenClaimTest): ClaimTest {
  switch (test.kind) {
    case 'port-unused':
    case 'rows-mirrored':
      return { ...test, ports: rangesOf(test.ports) };
    case 'server-ports':
      return { ...test, protocol: resolveProtocol(test.protocol)!, ports: rangesOf(test.ports) };
    case 'connection':
      return { ...test, source: rolesOf(test.source), target: rolesOf(test.target), ports: rangesOf(test.ports) };
    case 'undocumented-traffic':
    case 'range-used':
      return { ...test, source: rolesOf(test.source), target: rolesOf(test.target) };
    case 'authentication':
      return { ...test, source: rolesOf(test.source) };
    case 'encrypted':
      return { ...test, protocol: resolveProtocol(test.protocol)! };
    case 'same-address':
      return { ...test, roles: [resolveRole(test.roles[0])!, resolveRole(test.roles[1])!] };
    default:
      return test;
  }
}

/** The schema has refused unknown words and impossible ports before this. */
function rolesOf(written: readonly string[]): string[] {
  return [...new Set(written.map((word) => resolveRole(word)!))];
}

function rangesOf(spec: unknown): PortRange[] {
  const parsed = parsePortSpec(spec);
  return 'ranges' in parsed ? parsed.ranges : [];
}
