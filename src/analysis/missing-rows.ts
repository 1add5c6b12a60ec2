/** Rows that a document lacks, in its own form. */
import { rowsYaml, unusedId, type DraftRow } from '../catalog/draft-yaml.js';
import { roleAgreement } from '../catalog/roles.js';
import type { CatalogDocument } from '../catalog/types.js';
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
  const concerns = (held: readonly string[]): boolean => held.length > 0 && roleAgreement(held, about, false) === 'agrees';
  return learned.rows.filter(({ source, target, oneWay }) => !oneWay && concerns(source) && concerns(target)).map((row) => ({
    row, draft: {
      id: unusedId(`${row.transport}-${row.port}`, ids), entries: [{ ports: [row.port, row.port], transport: row.transport, protocol: row.protocol }], source: row.source, target: row.target, purpose: purposeOf(row),
      remarks: [`${row.conversations} ${row.conversations === 1 ? 'conversation' : 'conversations'}, ${row.packets} packets; ${[...new Set(row.examples.flatMap(({ client, server }) => [client, server]))].map((address) => roles.text(address)).join('; ')}`],
    },
  }));
}

/** For the report. `undocumented`: the conversations that are kept; a document without tables misses nothing. */
export function missingReports(document: CatalogDocument, undocumented: readonly Classified[], roles: HostRoles): MissingRowReport[] {
  if (document.tables.length === 0 || undocumented.length === 0) return [];
  return missingFrom(document, learnFrom(undocumented, roles), roles).slice(0, MAX_REPORTED).map(({ row, draft }) => ({
    transport: row.transport, port: row.port, protocol: row.protocol, source: row.source, target: row.target, purpose: draft.purpose, conversations: row.conversations,
    frames: row.examples.flatMap(({ frames }) => frames).slice(0, MAX_FRAMES), yaml: rowsYaml([draft]),
  }));
}
