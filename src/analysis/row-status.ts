/** Which rows of a document were witnessed: summed up from the classes of conversations. */
import type { CatalogDocument, Row } from '../catalog/types.js';
import { impliedRoles } from '../catalog/roles.js';
import { anyone } from '../catalog/role-vocabulary.js';
import type { ClassRecord } from './classifier.js';
import type { DocumentReport, DocumentRowReport, RowStatus } from './report-model.js';
import { bestOf, type RowJudgement } from './row-agreement.js';

/** Shorter captures say nothing of what they do not show. */
const LONG_ENOUGH_SECONDS = 60;

export interface Observed {
  readonly records: readonly ClassRecord[];
  /** Roles that somebody plays or is assumed to play. */
  readonly rolesPresent: ReadonlySet<string>;
  readonly seconds: number;
}

interface Tally {
  worked: number;
  failed: number;
  otherProtocol: number;
  reversed: number;
  /** Some conversation agreed in both roles. */
  rolesAgreed: boolean;
}

export function documentReports(documents: readonly CatalogDocument[], observed: Observed): DocumentReport[] {
  const present = withImplied(observed.rolesPresent);
  return documents.map((document) => {
    const tallies = tallyRows(document.id, observed.records);
    const rows = document.tables.flatMap((table) => table.rows.map((row) => rowReport(`${document.id}/${table.id}/${row.id}`, row, tallies, present, observed.seconds)));
    const counts: Record<RowStatus, number> = { witnessed: 0, 'witnessed-other-protocol': 0, 'witnessed-reversed': 0, failed: 0, 'not-seen': 0, 'not-observable': 0 };
    for (const row of rows) counts[row.status]++;
    return { id: document.id, title: document.title, superseded: document.superseded, rows, counts };
  });
}

function tallyRows(document: string, records: readonly ClassRecord[]): ReadonlyMap<string, Tally> {
  const tallies = new Map<string, Tally>();
  for (const record of records) {
    const judgements = record.byDocument.get(document);
    if (judgements === undefined || record.classification.verdict === 'ambient') continue;
    const best = bestOf(judgements)!;
    for (const one of judgements) {
      const credit = one === best || isTwin(one, best);
      if (!credit && !one.reversed) continue;
      const citation = one.candidate.citation;
      let tally = tallies.get(citation);
      if (tally === undefined) tallies.set(citation, tally = { worked: 0, failed: 0, otherProtocol: 0, reversed: 0, rolesAgreed: false });
      if (one.reversed) tally.reversed += record.worked;
      else if (one.verdict === 'documented' || one.verdict === 'documented-dynamic') {
        tally.worked += record.worked;
        tally.failed += record.failed;
        if (one.source === 'agrees' && one.target === 'agrees') tally.rolesAgreed = true;
      } else if (one.verdict === 'protocol-mismatch') tally.otherProtocol += record.worked;
    }
  }
  return tallies;
}

/** Rows that a conversation witnesses as surely as the best one; without knowledge of the roles only the best is credited. */
function isTwin(one: RowJudgement, best: RowJudgement): boolean {
  return one.verdict === best.verdict && one.source === 'agrees' && one.target === 'agrees' && !one.reversed;
}

function rowReport(id: string, row: Row, tallies: ReadonlyMap<string, Tally>, present: ReadonlySet<string>, seconds: number): DocumentRowReport {
  const tally = tallies.get(id);
  const blind = notObservable(row, present, seconds);
  // Without the machines that the row is about, traffic on its port is somebody else's.
  if (tally !== undefined && (tally.rolesAgreed || blind !== 'roles-absent')) {
    if (tally.worked > 0) return { id, status: 'witnessed', reason: tally.rolesAgreed ? null : 'roles-assumed', conversations: tally.worked + tally.failed };
    if (tally.otherProtocol > 0) return { id, status: 'witnessed-other-protocol', reason: null, conversations: tally.otherProtocol };
    if (tally.failed > 0) return { id, status: 'failed', reason: tally.rolesAgreed ? null : 'roles-assumed', conversations: tally.failed };
    if (tally.reversed > 0) return { id, status: 'witnessed-reversed', reason: null, conversations: tally.reversed };
  }
  return { id, status: blind === null ? 'not-seen' : 'not-observable', reason: blind, conversations: 0 };
}

function notObservable(row: Row, present: ReadonlySet<string>, seconds: number): string | null {
  if (row.entries.length === 0) return 'capture-point';
  if (!rolesPossible(row, present)) return 'roles-absent';
  if (row.entries.every((entry) => entry.protocol === 'smb-direct')) return 'rdma';
  return seconds < LONG_ENOUGH_SECONDS ? 'too-short' : null;
}

/** Whether the machines that a row is about are here, or may be. */
export function rolesPossible(row: Row, rolesPresent: ReadonlySet<string>): boolean {
  return anyPresent(row.source, rolesPresent) && anyPresent(row.target, rolesPresent);
}

/** Roles that somebody plays, with all that they imply. */
export function withImplied(roles: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...roles].flatMap((role) => impliedRoles(role)));
}

/** Somebody plays one of them, or the role of which one of them is a kind. */
function anyPresent(wanted: readonly string[], present: ReadonlySet<string>): boolean {
  if (wanted.length === 0) return true;
  return wanted.some((role) => role === anyone || present.has(role) || present.has(role.split(':')[0]!));
}
