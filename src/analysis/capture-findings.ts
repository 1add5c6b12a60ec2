/** What is wrong with the captures themselves: damage, packets that the capturing tool lost, packets cut too short. */
import type { CaptureEvidence } from '../evidence/evidence.js';
import type { FrameReference } from '../flow/flow.js';
import type { CaseFile } from './case-file.js';
import { draftDefaults, type FindingDraft } from './finding-draft.js';

const MOST_LINK_TYPES = 4;

export function captureFindings(file: CaseFile): FindingDraft[] {
  return file.evidence.captures.flatMap((capture, index) => [...damaged(capture), ...incomplete(file, capture, index)]);
}

function damaged(capture: CaptureEvidence): FindingDraft[] {
  return capture.damage.map((damage) => ({
    ...noConnection, code: 'capture-damaged', severity: 'warning', confidence: 'certain', title: `${capture.file} is damaged at byte ${damage.byteOffset}`,
    explanation: `${capture.file}, byte ${damage.byteOffset}: ${damage.detail} (${damage.expected} bytes expected, ${damage.found} found). The packets before it are reported.`,
  }));
}

function incomplete(file: CaseFile, capture: CaptureEvidence, index: number): FindingDraft[] {
  const drafts: FindingDraft[] = [];
  if (capture.dropped !== null && capture.dropped > 0) {
    drafts.push({
      ...noConnection, code: 'capture-incomplete', severity: 'warning', confidence: 'certain', title: `${capture.dropped} packets are missing from ${capture.file}`,
      explanation: `The capturing tool lost ${capture.dropped} packets: an answer that is not here may have been sent all the same.`,
    });
  }
  drafts.push(...doubtful(file, capture, index));
  if (capture.cutPackets > 0 && capture.snapLength !== null) {
    const { mappers, frames, sentences } = lossByCutting(file, index);
    drafts.push({
      ...noConnection, code: 'capture-incomplete', severity: mappers > 0 || capture.cutPackets * 2 > capture.packets ? 'warning' : 'info', confidence: 'certain', frames,
      title: `${capture.cutPackets} packets of ${capture.file} are cut after ${capture.snapLength} bytes${mappers > 0 ? ': answers of the endpoint mapper cannot be read' : ''}`,
      explanation: `What stood beyond ${capture.snapLength} bytes of a packet cannot be read. ${sentences.join(' ')} Capture again with whole packets${capture.snapLength === PKTMON_DEFAULT ? ` (pktmon keeps ${PKTMON_DEFAULT} bytes unless it is told --pkt-size 0)` : ''}: portwitness howto capture.`,
    });
  }
  for (const [reason, packets] of Object.entries(capture.skipped)) {
    if (reason !== 'link-type-unsupported' || packets === 0) continue;
    drafts.push({
      ...noConnection, code: 'capture-incomplete', severity: 'warning', confidence: 'certain', title: `${packets} packets of ${capture.file} have a link type that is not supported (${capture.linkTypes.length === 1 ? '' : 'in the file: '}${capture.linkTypes.slice(0, MOST_LINK_TYPES).join(', ')}${capture.linkTypes.length > MOST_LINK_TYPES ? ', ...' : ''})`, frames: frameOf(capture, reason, index),
      explanation: `Link types in the file, as tcpdump.org/linktypes.html numbers them: ${capture.linkTypes.join(', ')}. These packets are counted, not read.`,
    });
  }
  return drafts;
}

/** What the file does not say of itself, and its packets show: some are missing, some stand there twice, its clock went back. */
function doubtful(file: CaseFile, { file: path, traits, dropped }: CaptureEvidence, index: number): FindingDraft[] {
  const name = path.replace(/^.*[\\/]/u, '');
  const drafts: FindingDraft[] = [];
  const { hasHoles, hasCopies, clockBack } = file.doubts[index]!;
  const holed = traits.holedFlows ?? 0;
  const base = { ...noConnection, code: 'capture-incomplete', confidence: 'certain' } as const;
  if (hasHoles && (dropped ?? 0) === 0) {
    drafts.push({
      ...base, severity: 'warning', title: `Packets are missing from ${name}: ${holed} of ${traits.flows} connections acknowledge what is not in it`,
      explanation: `The receivers acknowledge data that this capture does not hold: the capturing tool or the mirror port lost it${holed * 2 > traits.flows ? ', or only a sample was taken' : ''}. A missing answer proves nothing here; only what is repeated does. Capture again with a larger buffer, or on the host itself: portwitness howto capture.`,
    });
  }
  if (clockBack) {
    const { times, frame, seconds } = traits.clockBack!;
    drafts.push({
      ...base, severity: 'warning', frames: [{ capture: index, frame }], title: `The clock of ${name} goes back ${times === 1 ? 'once' : `${times} times`}, first by ${span(seconds)} at #${frame}`,
      explanation: 'A clock was set while it ran, or files were joined out of order. Pauses, retries and the end of the capture cannot be trusted: nothing is concluded from them. Files of several captures are better given one by one.',
    });
  }
  // Packets that several points saw are known as such already.
  if (hasCopies && traits.duplicates === 0) {
    drafts.push({
      ...base, severity: 'info', title: `${name} holds packets twice (${traits.copiedSyns} of ${traits.syns} SYNs are copies)`,
      explanation: 'A mirror port that copies both directions of both ports does that, and captures on several layers of one host. Copies are not taken for repetitions.',
    });
  }
  return drafts;
}

function span(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} minutes`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} hours` : `${Math.round(seconds / 86_400)} days`;
}

/** What a snap length has taken from the report: which dynamic ports were named, and what was spoken. */
function lossByCutting({ evidence, labels }: CaseFile, index: number): { mappers: number; frames: FrameReference[]; sentences: string[] } {
  const answered = new Set(evidence.rpc.mappings.map(({ server }) => server));
  const silent = new Map<string, FrameReference>();
  let accepted = 0;
  let unrecognised = 0;
  for (const { server, serverPort, transport, outcomes, application, frames: [first] } of evidence.conversations) {
    if (first?.capture !== index || transport !== 'tcp' || outcomes.accepted === undefined) continue;
    accepted++;
    if (application === null) unrecognised++;
    if (serverPort === ENDPOINT_MAPPER && !answered.has(server) && silent.size < MAX_MAPPERS) silent.set(server, first);
  }
  const sentences: string[] = [];
  if (silent.size > 0) {
    const names = [...silent.keys()].slice(0, 3).map((server) => labels.short(server)).join(', ');
    sentences.push(`Lost by it: ${names}${silent.size > 3 ? ` and ${silent.size - 3} more` : ''} ${silent.size === 1 ? 'was' : 'were'} asked on TCP ${ENDPOINT_MAPPER}, and no answer that names a dynamic port can be read: dynamic ports are known by their number only.`);
  }
  if (unrecognised > 0) sentences.push(`In ${unrecognised} of ${accepted} accepted conversations the protocol was not recognised.`);
  if (sentences.length === 0) sentences.push('Names, statuses and RPC answers may be missing.');
  return { mappers: silent.size, frames: [...silent.values()].slice(0, 3), sentences };
}

const ENDPOINT_MAPPER = 135;
const MAX_MAPPERS = 1000;
const PKTMON_DEFAULT = 128;

const noConnection = { ...draftDefaults, client: null, server: null, transport: null, port: null, frames: [], cause: null } as const;

function frameOf(capture: CaptureEvidence, reason: string, index: number): { capture: number; frame: number }[] {
  const frame = capture.skippedFirst[reason];
  return frame === undefined ? [] : [{ capture: index, frame }];
}
