/** Two documents of which not both can be right, put to the capture: the row that it witnesses wins over the one that it does not. */
import { compareDocuments, type ComparedRow } from '../catalog/compare.js';
import type { CatalogDocument } from '../catalog/types.js';
import { draftDefaults, type FindingDraft } from './finding-draft.js';
import type { ContradictionReport, DocumentReport, DocumentRowReport } from './report-model.js';

/** Documents of more rows are not held against each other at every run: `catalog compare` does it when asked. */
const MAX_ROWS = 2000;

export function contradictions(judged: readonly CatalogDocument[], reports: readonly DocumentReport[]): ContradictionReport[] {
  const small = judged.filter(({ tables }) => tables.reduce((sum, { rows }) => sum + rows.length, 0) <= MAX_ROWS);
  const rows = new Map(reports.flatMap((report) => report.rows.map((row) => [row.id, row] as const)));
  return small.flatMap((a, index) => small.slice(index + 1).flatMap((b) => compareDocuments(a, b).rows.filter(({ status }) => status === 'contradictory').map((pair) => decide(pair, rows))));
}

function decide({ a, b, textA, textB, differences }: ComparedRow, rows: ReadonlyMap<string, DocumentRowReport>): ContradictionReport {
  const [one, two] = [rows.get(a!)!, rows.get(b!)!];
  const about = differences.filter(({ contradiction }) => contradiction).map(({ field, a: left, b: right }) => ({ field, a: left, b: right }));
  const pair = { a: { row: a!, says: textA! }, b: { row: b!, says: textB! }, about };
  const [seen, other] = one.status === 'witnessed' ? [one, two] : [two, one];
  if (seen.status !== 'witnessed') return { ...pair, status: 'undecided', right: null, evidence: `neither is witnessed here (${one.status}, ${two.status})`, frames: [] };
  if (other.status === 'witnessed') return { ...pair, status: 'both-seen', right: null, evidence: 'both are witnessed here', frames: [...one.frames.slice(0, 4), ...two.frames.slice(0, 4)] };
  return {
    ...pair, status: 'decided', right: seen.id, frames: seen.frames,
    evidence: `${seen.id} is witnessed by ${seen.conversations} ${seen.conversations === 1 ? 'conversation' : 'conversations'}${seen.reason === null ? '' : ', the roles of the machines being assumed'}; ${other.id}: ${other.status}${other.reason === null ? '' : ` (${other.reason})`}`,
  };
}

/** Certain where the roles of the machines were known; otherwise the port is right, but the machines may be others. */
export function contradictionFindings(found: readonly ContradictionReport[], rows: readonly DocumentReport[]): FindingDraft[] {
  const assumed = new Set(rows.flatMap((report) => report.rows.filter(({ reason }) => reason !== null).map(({ id }) => id)));
  return found.flatMap((one): FindingDraft[] => {
    if (one.right === null) return [];
    const wrong = one.right === one.a.row ? one.b : one.a;
    return [{
      ...draftDefaults, code: 'document-contradiction', severity: 'info', confidence: assumed.has(one.right) ? 'likely' : 'certain', cause: null, client: null, server: null, transport: null, port: null,
      frames: one.frames, rows: [wrong.row, one.right], impact: 'works', title: `${one.right} is right, not ${wrong.row}`,
      explanation: `The documents contradict each other (${one.about.map(({ field, a, b }) => `${field}: ${a} against ${b}`).join('; ')}). Here: ${one.evidence}.`,
    }];
  });
}
