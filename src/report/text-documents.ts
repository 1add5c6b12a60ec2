/** Which rows of the documents were witnessed; documents about machines that are not here take one line together. */
import { frameText } from '../analysis/frame-text.js';
import type { ContradictionReport, DocumentReport, ErratumReport, MissingRowReport, ReportModel, RowStatus } from '../analysis/report-model.js';
import type { FrameReference } from '../flow/flow.js';
import type { TextPage } from './text-page.js';

const words: readonly (readonly [RowStatus, string])[] = [
  ['witnessed', 'worked'], ['witnessed-other-protocol', 'with another protocol'], ['witnessed-reversed', 'the other way round'], ['failed', 'failed'], ['not-seen', 'not seen'],
];

export function documentSection({ documents, contradictions, captures }: ReportModel, page: TextPage): void {
  if (documents.length === 0) return;
  const seen = documents.filter((document) => document.rows.length > 0 && isJudged(document));
  const absent = documents.filter((document) => document.rows.length > 0 && !isJudged(document));
  if (seen.length + absent.length === 0) return;
  page.paragraph('DOCUMENTS', 0, 0, 'heading');
  for (const document of seen) {
    const parts = words.filter(([status]) => document.counts[status] > 0).map(([status, word]) => `${document.counts[status]} ${word}`);
    const other = document.counts['not-observable'];
    const reasons = [...new Set(document.rows.filter((row) => row.status === 'not-observable').map((row) => reasonWords[row.reason ?? ''] ?? row.reason ?? ''))];
    page.paragraph(`${document.title}, ${document.rows.length} rows: ${[...parts, ...(other > 0 ? [`${other} not judged (${reasons.join(', ')})`] : [])].join(', ')}`, 2, 4);
    for (const erratum of document.errata) if (erratum.status !== 'not-seen') page.paragraph(erratumText(erratum, captures.length), 4, 6);
    const { shown, more } = page.cut(document.missing, 4);
    if (shown.length > 0) page.paragraph(`lacks ${shown.map((row) => missingText(row, captures.length)).join(', ')}${more > 0 ? ` and ${more} more` : ''}; as rows: catalog correct ${document.id}`, 4, 6);
    if (page.verbose) page.table(document.rows.map((row) => [row.status, row.id, [row.conversations > 0 ? String(row.conversations) : '', row.reason ?? ''].filter((part) => part !== '').join(', ')]), 4);
  }
  for (const one of contradictions) if (one.status !== 'undecided' || page.verbose) page.paragraph(contradictionText(one, captures.length), 2, 4);
  if (absent.length > 0) page.paragraph(`not judged, because their roles are not here: ${absent.map((document) => document.title).join(', ')}`, 2, 4);
  page.blank();
}

function erratumText({ row, says, correct, status, frames }: ErratumReport, captures: number): string {
  const verdict = { confirmed: 'confirmed here', contradicted: 'not so here: the document is right', 'both-seen': 'both were seen here', 'not-seen': '' }[status];
  return `erratum of ${row}, ${verdict}${first(frames, captures)}: says ${says}; correct: ${correct}`;
}

function missingText({ transport, port, purpose, frames }: MissingRowReport, captures: number): string {
  return `${transport.toUpperCase()} ${port} (${purpose}${frames[0] === undefined ? '' : `, ${frameText(frames[0], captures)}`})`;
}

function contradictionText({ a, b, about, status, right, frames }: ContradictionReport, captures: number): string {
  const said = about.map(({ field, a: left, b: other }) => `${field} ${left} against ${other}`).join(', ');
  const verdict = status === 'decided' ? `${right!} is right here${first(frames, captures)}` : status === 'both-seen' ? `both were seen here${first(frames, captures)}` : 'nothing here decides it';
  return `${a.row} and ${b.row} contradict each other (${said}): ${verdict}`;
}

function first(frames: readonly FrameReference[], captures: number): string {
  return frames[0] === undefined ? '' : ` (${frameText(frames[0], captures)})`;
}

const reasonWords: Readonly<Record<string, string>> = { 'roles-absent': 'roles not here', 'too-short': 'capture too short', rdma: 'RDMA', 'capture-point': 'not visible from here', encrypted: 'encrypted' };

/** False: the machines that it is about are not here, so that nothing can be said of any row. */
function isJudged({ rows }: DocumentReport): boolean {
  return rows.some((row) => row.status !== 'not-observable' || (row.reason !== 'roles-absent' && row.reason !== 'capture-point'));
}
