/** Rows that a document lacks, in its own form. */
import { rowsYaml, unusedId, type DraftRow } from '../catalog/draft-yaml.js';
import { roleAgreement } from '../catalog/roles.js';
import type { CatalogDocument } from '../catalog/types.js';
import { portsIn } from './erratum-watch.js';
import type { HostRoles } from './host-roles.js';
import { learnFrom, purposeOf, type Learned, type LearnedRow } from './learn.js';
import type { MissingRowReport } from './report-model.js';
import type { Classified } from './traffic-findings.js';

/** Of one document in the report; `catalog correct` tells all. */
const MAX_REPORTED = 50;
/** Of one row; its conversations tell the rest. */
const MAX_FRAMES = 8;

export interface MissingRow {
  readonly row: LearnedRow;
  readonly draft: DraftRow;
}

/**
 * Only between machines that the document is about: it owes nobody a row for other traffic. Without knowledge of both roles, and without an
 * answer, nothing is proposed.
 */
export function missingFrom(document: CatalogDocument, learned: Learned, roles: HostRoles): MissingRow[] {
  const about = [...new Set(document.tables.flatMap((table) => table.rows.flatMap(({ source, target }) => [...source, ...target])))].filter((role) => role !== 'anyone');
  const ids = new Set(document.tables.flatMap((table) => table.rows.map(({ id }) => id)));
  // A port that an erratum corrects is no missing row: it has one, with another number.
  const corrected = new Set(document.tables.flatMap((table) => table.rows.flatMap(({ errata }) => errata.flatMap(({ correct }) => portsIn(correct)))));
  const concerns = (held: readonly string[]): boolean => held.length > 0 && roleAgreement(held, about, false) === 'agrees';
  return learned.rows.filter(({ port, source, target, oneWay }) => !oneWay && !corrected.has(port) && concerns(source) && concerns(target)).map((row) => ({
    row, draft: {
      id: unusedId(`${row.transport}-${row.port}`, ids), entries: [{ ports: [row.port, row.port], transport: row.transport, protocol: row.protocol }], source: narrowed(row.source, about), target: narrowed(row.target, about), purpose: purposeOf(row),
      remarks: [`${row.conversations} ${row.conversations === 1 ? 'conversation' : 'conversations'}, ${row.packets} packets; ${[...new Set(row.examples.flatMap(({ client, server }) => [client, server]))].map((address) => roles.text(address)).join('; ')}`],
    },
  }));
}

/** Roles that the document speaks of; a machine plays others, too, which have nothing to do with it. */
function narrowed(held: readonly string[], about: readonly string[]): readonly string[] {
  const spoken = held.filter((role) => about.includes(role));
  return spoken.length > 0 ? spoken : held;
}

/** For the report. `undocumented`: the conversations that are kept; a document without tables misses nothing. */
export function missingReports(document: CatalogDocument, undocumented: readonly Classified[], roles: HostRoles): MissingRowReport[] {
  if (document.tables.length === 0 || undocumented.length === 0) return [];
  return missingFrom(document, learnFrom(undocumented, roles), roles).slice(0, MAX_REPORTED).map(({ row, draft }) => ({
    transport: row.transport, port: row.port, protocol: row.protocol, source: draft.source, target: draft.target, purpose: draft.purpose, conversations: row.conversations,
    frames: row.examples.flatMap(({ frames }) => frames).slice(0, MAX_FRAMES), yaml: rowsYaml([draft]),
  }));
}
