/** What a report says of documents, short enough to be reviewed by a person. */
import type { DocumentReport, ReportModel } from '../../src/analysis/report-model.js';

export interface ValidationSummary {
  /** By document: how many rows have which status. */
  readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** `row: status, conversations, first frame`: those that the capture says something of. */
  readonly rows: readonly string[];
  readonly errata: readonly string[];
  readonly missing: readonly string[];
  readonly claims: readonly string[];
  /** Each conversation that no document explains. */
  readonly undocumented: readonly string[];
}

export function validationSummary(model: ReportModel): ValidationSummary {
  const of = <Item>(pick: (document: DocumentReport) => readonly Item[]): Item[] => model.documents.flatMap(pick);
  const frame = (frames: readonly { readonly frame: number }[]): string => (frames[0] === undefined ? '' : ` #${frames[0].frame}`);
  return {
    counts: Object.fromEntries(model.documents.filter(({ rows }) => rows.length > 0).map(({ id, counts }) => [id, Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))])),
    rows: of(({ rows }) => rows.filter(({ conversations }) => conversations > 0)).map(({ id, status, reason, conversations, frames }) => `${id}: ${status}${reason === null ? '' : ` (${reason})`}, ${conversations}${frame(frames)}`),
    errata: of(({ errata }) => errata.filter(({ status }) => status !== 'not-seen')).map(({ row, status, frames }) => `${row}: ${status}${frame(frames)}`),
    missing: of(({ id, missing }) => missing.map((row) => `${id}: ${row.transport} ${row.port} ${row.protocol}, ${row.source.join(' | ')} -> ${row.target.join(' | ')}${frame(row.frames)}`)),
    claims: model.claims.filter(({ status }) => status !== 'not-testable').map(({ document, id, status }) => `${document}, ${id}: ${status}`),
    undocumented: [...new Set([...model.conversations].filter(({ index }) => model.conversations.classification(index).verdict === 'undocumented').map(({ client, server, transport, serverPort }) => `${client} -> ${server} ${transport} ${serverPort}`))].sort(),
  };
}
