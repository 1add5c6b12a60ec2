/** What is wrong with the captures themselves: damage, packets that the capturing tool lost, packets cut too short. */
import type { CaptureEvidence } from '../evidence/evidence.js';
import type { CaseFile } from './case-file.js';
import { draftDefaults, type FindingDraft } from './finding-draft.js';

export function captureFindings(file: CaseFile): FindingDraft[] {
  return file.evidence.captures.flatMap((capture, index) => [...damaged(capture), ...incomplete(capture, index)]);
}

function damaged(capture: CaptureEvidence): FindingDraft[] {
  return capture.damage.map((damage) => ({
    ...noConnection, code: 'capture-damaged', severity: 'warning', confidence: 'certain', title: `${capture.file} is damaged at byte ${damage.byteOffset}`,
    explanation: `${capture.file}, byte ${damage.byteOffset}: ${damage.detail} (${damage.expected} bytes expected, ${damage.found} found). The packets before it are reported.`,
  }));
}

function incomplete(capture: CaptureEvidence, index: number): FindingDraft[] {
  const drafts: FindingDraft[] = [];
  if (capture.dropped !== null && capture.dropped > 0) {
    drafts.push({
      ...noConnection, code: 'capture-incomplete', severity: 'warning', confidence: 'certain', title: `${capture.dropped} packets are missing from ${capture.file}`,
      explanation: `The capturing tool lost ${capture.dropped} packets: an answer that is not here may have been sent all the same.`,
    });
  }
  if (capture.cutPackets > 0 && capture.snapLength !== null) {
    drafts.push({
      ...noConnection, code: 'capture-incomplete', severity: capture.cutPackets * 2 > capture.packets ? 'warning' : 'info', confidence: 'certain', title: `${capture.cutPackets} packets of ${capture.file} are cut after ${capture.snapLength} bytes`,
      explanation: `What stood beyond ${capture.snapLength} bytes of a packet cannot be read: names, statuses and RPC answers may be missing. Capture again with full packets.`,
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

const noConnection = { ...draftDefaults, client: null, server: null, transport: null, port: null, frames: [], cause: null } as const;

function frameOf(capture: CaptureEvidence, reason: string, index: number): { capture: number; frame: number }[] {
  const frame = capture.skippedFirst[reason];
  return frame === undefined ? [] : [{ capture: index, frame }];
}
