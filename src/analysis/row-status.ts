/** Which rows of a document were witnessed: summed up from the classes of conversations. */
import type { CatalogDocument, Row } from '../catalog/types.js';
import { impliedRoles } from '../catalog/roles.js';
import { anyone } from '../catalog/role-vocabulary.js';
import type { Conversation } from '../evidence/evidence.js';
import type { FrameReference } from '../flow/flow.js';
import type { ClassRecord } from './classifier.js';
import type { DocumentReport, DocumentRowReport, RowStatus } from './report-model.js';
import { bestOf, type RowJudgement } from './row-agreement.js';

/** Shorter captures say nothing of what they do not show. */
const LONG_ENOUGH_SECONDS = 60;
const MAX_FRAMES = 8;

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
  readonly proofs: Partial<Record<RowStatus, { readonly frames: readonly FrameReference[]; readonly agreed: boolean }>>;
}

/** Errata and missing rows are added by document-validation.ts. */
export type RowReports = Omit<DocumentReport, 'errata' | 'missing'>;

export function documentReports(documents: readonly CatalogDocument[], observed: Observed): RowReports[] {
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
      if (tally === undefined) tallies.set(citation, tally = { worked: 0, failed: 0, otherProtocol: 0, reversed: 0, rolesAgreed: false, proofs: {} });
      const agreed = one.source === 'agrees' && one.target === 'agrees';
      if (one.reversed) {
        tally.reversed += record.worked;
        prove(tally, 'witnessed-reversed', record.firstWorked, agreed);
      } else if (one.verdict === 'documented' || one.verdict === 'documented-dynamic') {
        tally.worked += record.worked;
        tally.failed += record.failed;
        prove(tally, 'witnessed', record.firstWorked, agreed);
        prove(tally, 'failed', record.firstFailed, agreed);
        if (agreed) tally.rolesAgreed = true;
      } else if (one.verdict === 'protocol-mismatch') {
        tally.otherProtocol += record.worked;
        prove(tally, 'witnessed-other-protocol', record.firstWorked, agreed);
      }
    }
  }
  return tallies;
}

/** What agrees in both roles proves a row better than what may be somebody else's traffic. */
function prove(tally: Tally, status: RowStatus, conversation: Conversation | null, agreed: boolean): void {
  const known = tally.proofs[status];
  if (conversation !== null && (known === undefined || (agreed && !known.agreed))) tally.proofs[status] = { frames: conversation.frames.slice(0, MAX_FRAMES), agreed };
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
    if (tally.worked > 0) return { id, status: 'witnessed', reason: tally.rolesAgreed ? null : 'roles-assumed', conversations: tally.worked + tally.failed, frames: tally.proofs.witnessed?.frames ?? [] };
    if (tally.otherProtocol > 0) return { id, status: 'witnessed-other-protocol', reason: null, conversations: tally.otherProtocol, frames: tally.proofs['witnessed-other-protocol']?.frames ?? [] };
    if (tally.failed > 0) return { id, status: 'failed', reason: tally.rolesAgreed ? null : 'roles-assumed', conversations: tally.failed, frames: tally.proofs.failed?.frames ?? [] };
    if (tally.reversed > 0) return { id, status: 'witnessed-reversed', reason: null, conversations: tally.reversed, frames: tally.proofs['witnessed-reversed']?.frames ?? [] };
  }
  return { id, status: blind === null ? 'not-seen' : 'not-observable', reason: blind, conversations: 0, frames: [] };
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
