/** The packets that tell a problem, in the order of time: what was asked of the endpoint mapper, then SYNs and what came back. */
import type { Flow, SketchRow } from '../flow/flow.js';
import type { CaseFile } from './case-file.js';
import type { FindingDraft } from './finding-draft.js';
import { describeInterface } from './knowledge.js';
import { compareMoments, hasTime, secondsBetween } from './moments.js';
import type { TimelineRow } from './report-model.js';
import { resetOf } from './reset-origin.js';

const FIN = 0x01, SYN = 0x02, RST = 0x04, ACK = 0x10;
const MAX_ROWS = 12;
const MAX_FLOWS = 6;

export interface Timeline {
  readonly rows: readonly TimelineRow[];
  readonly leftOut: number;
}

export function timelineOf(drafts: readonly FindingDraft[], file: CaseFile): Timeline {
  const rows: TimelineRow[] = [];
  for (const draft of drafts) {
    if (draft.mapping !== null) rows.push(...mappingRows(draft, file));
    rows.push(...draft.moments);
    for (const flow of draft.flows.slice(0, MAX_FLOWS)) rows.push(...flowRows(flow, draft, file));
  }
  rows.sort((a, b) => compareMoments(a.time, a.frame, b.time, b.frame));
  const seen = new Set<string>();
  const distinct = rows.filter((row) => {
    const key = `${row.frame.capture}${file.at(row.frame)}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  return { rows: distinct.slice(0, MAX_ROWS), leftOut: Math.max(0, distinct.length - MAX_ROWS) };
}

function mappingRows({ mapping, client, flows }: FindingDraft, file: CaseFile): TimelineRow[] {
  if (mapping === null) return [];
  const { labels, knowledge } = file;
  const name = mapping.interface === null ? 'an object' : describeInterface(knowledge, mapping.interface);
  const rows: TimelineRow[] = [];
  // What another client was told, or long before, is said in `why`: here it would break the story.
  if (mapping.client !== client) return [];
  if (mapping.asked !== null && flows.length > 0) rows.push({ time: mapping.time, frame: mapping.asked, text: `${labels.short(mapping.client)} asks ${labels.short(mapping.server)}: where is ${name}?`, result: '' });
  rows.push({ time: mapping.time, frame: mapping.frame, text: `${labels.short(mapping.server)} answers: TCP ${mapping.port}`, result: '' });
  return rows;
}

function flowRows(flow: Flow, draft: FindingDraft, file: CaseFile): TimelineRow[] {
  const target = `${file.labels.short(flow.server.address)} ${flow.transport.toUpperCase()} ${flow.server.port}`;
  const rows: TimelineRow[] = flow.failures.slice(0, 2).map((failure) => (
    { time: flow.end, frame: { capture: failure.capture, frame: failure.frame }, text: `${failure.kind === 'tls' && flow.application?.facts['alertFrom'] === 'client' ? `${file.labels.short(flow.client.address)} breaks off:` : `${file.labels.short(flow.server.address)} answers`} ${failure.code}${failure.target === '' ? '' : ` (${failure.target})`}`, result: '' }));
  if (flow.icmp !== null) rows.push({ time: flow.start, frame: flow.icmp.first, text: `ICMP ${flow.icmp.type}/${flow.icmp.code} from ${file.labels.short(flow.icmp.from)}: ${flow.icmp.name}`, result: draft.state ?? 'rejected' });
  if (flow.sketch.length === 0) return [...rows, { time: flow.start, frame: flow.first, text: `${file.labels.short(flow.client.address)} -> ${target}`, result: resultWord(flow) }];
  const asks = flow.sketch.filter((row) => row.from === 'client' && (flow.transport === 'udp' || isSyn(row)));
  const first = asks[0] ?? flow.sketch[0]!;
  if (asks.length === 0 && first.length > 0) return [...rows, repetitionRow(flow, first, file)];
  // A late sketch begins with a silence, which the finding tells, or with the RST itself.
  if (asks.length === 0 && (first.ttl === 0 || (first.flags & RST) !== 0)) return [...rows, ...resetRows(flow, draft, file)];
  const verb = flow.transport === 'udp' ? 'datagram' : isSyn(first) ? 'SYN' : 'packet';
  const accepted = flow.sketch.find((row) => row.from === 'server' && (row.flags & (SYN | ACK)) === (SYN | ACK));
  const repeats = asks.slice(1, 8).map((row) => ({ row, after: hasTime(row.time) && hasTime(first.time) ? secondsBetween(first.time, row.time) : NaN }));
  const again = repeats.length === 0 || accepted !== undefined ? '' : `; again after ${repeats.map(({ after }) => rounded(after)).join(', ')} s (${repeats.slice(0, 4).map(({ row }) => `${file.at(row.frame)}`).join(' ')}${repeats.length > 4 ? ' ...' : ''})`;
  rows.push({ time: first.time, frame: first.frame, text: `${verb} to ${target}${again}`, result: accepted !== undefined ? 'LISTENING' : flow.outcome === 'no-answer' || flow.outcome === 'one-way' ? 'no answer' : '' });
  rows.push(...resetRows(flow, draft, file));
  const close = flow.outcome === 'stalled' ? flow.sketch.find((row) => (row.flags & (FIN | RST)) !== 0 && row.from === 'client') : undefined;
  if (close !== undefined) rows.push({ time: close.time, frame: close.frame, text: `${file.labels.short(flow.client.address)} gives up`, result: '' });
  return rows;
}

/** The first RST in the name of each side. */
function resetRows(flow: Flow, draft: FindingDraft, file: CaseFile): TimelineRow[] {
  return (['server', 'client'] as const).flatMap((side): TimelineRow[] => {
    const reset = resetOf(flow, side);
    // A client that gives up resets, too: that is told where it matters.
    if (reset === undefined || (side === 'client' && draft.remedy !== 'inspection')) return [];
    return [{ time: reset.time, frame: reset.frame, text: `RST from ${file.labels.short(flow[side].address)}'s address (TTL ${reset.ttl})`, result: draft.state ?? 'reset' }];
  });
}

/** Data that was repeated: a late sketch begins with the first repetition. */
function repetitionRow(flow: Flow, first: SketchRow, file: CaseFile): TimelineRow {
  const again = flow.sketch.filter((row) => row !== first && row.from === first.from && row.sequence === first.sequence && row.length > 0);
  const after = again.slice(0, 7).map((row) => rounded(secondsBetween(first.time, row.time)));
  const who = file.labels.short(first.from === 'client' ? flow.client.address : flow.server.address);
  const said = `${who} repeats ${first.length} bytes${after.length === 0 ? '' : `; again after ${after.join(', ')} s (${again.slice(0, 4).map((row) => `${file.at(row.frame)}`).join(' ')}${again.length > 4 ? ' ...' : ''})`}`;
  return { time: first.time, frame: first.frame, text: said, result: flow.outcome === 'stalled' ? 'no answer' : '' };
}

function isSyn(row: SketchRow): boolean {
  return (row.flags & (SYN | ACK)) === SYN;
}

function resultWord(flow: Flow): string {
  switch (flow.outcome) {
    case 'no-answer': case 'one-way': return 'no answer';
    case 'refused': return 'RST';
    case 'rejected': return '';
    case 'accepted': case 'answered': return 'LISTENING';
    default: return flow.outcome;
  }
}

function rounded(seconds: number): string {
  return Number.isNaN(seconds) ? '?' : seconds >= 1 ? String(Math.round(seconds)) : seconds.toFixed(1);
}
