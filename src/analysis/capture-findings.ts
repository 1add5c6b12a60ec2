/** What is wrong with the captures themselves: damage, packets that the capturing tool lost, packets cut too short. */
import type { CaptureEvidence } from '../evidence/evidence.js';
import type { FrameReference } from '../flow/flow.js';
import type { CaseFile } from './case-file.js';
import { draftDefaults, type FindingDraft } from './finding-draft.js';

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
      ...noConnection, code: 'capture-incomplete', severity: 'warning', confidence: 'certain', title: `${packets} packets of ${capture.file} have a link type that is not supported`, frames: frameOf(capture, reason, index),
      explanation: `Link types in the file: ${capture.linkTypes.join(', ')}. These packets are counted, not read.`,
    });
  }
  return drafts;
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
