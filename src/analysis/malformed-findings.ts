/** Messages whose lengths, counts or structure contradict each other: read no further, and said, as somebody has to look at them. */
import type { MalformedEvidence } from '../evidence/evidence.js';
import type { FrameReference } from '../flow/flow.js';
import { protocolLabel } from './application-findings.js';
import type { CaseFile } from './case-file.js';
import { draftDefaults, type FindingDraft } from './finding-draft.js';

const MAX_FRAMES = 8;

/** One for each protocol. Where packets are cut, a datagram ends too early for no fault of its own: nothing is said of those. */
export function malformedFindings({ evidence }: Pick<CaseFile, 'evidence'>): FindingDraft[] {
  const byProtocol = new Map<string, MalformedEvidence[]>();
  for (const one of evidence.malformed) {
    const isCut = one.transport === 'udp' && (evidence.captures[one.frames[0]!.capture]?.cutPackets ?? 0) > 0;
    if (!isCut) byProtocol.set(one.protocol, [...(byProtocol.get(one.protocol) ?? []), one]);
  }
  return [...byProtocol].map(([protocol, kinds]): FindingDraft => {
    const messages = kinds.reduce((sum, one) => sum + one.messages, 0);
    const frames = kinds.flatMap((one): readonly FrameReference[] => one.frames).slice(0, MAX_FRAMES);
    return {
      ...draftDefaults, client: null, server: null, transport: null, port: null, cause: null, code: 'malformed-message', severity: 'info', confidence: 'certain', frames,
      title: `${messages === 1 ? 'A message' : `${messages} messages`} of ${protocolLabel(protocol)} ${messages === 1 ? 'is' : 'are'} malformed: ${[...new Set(kinds.map(({ what }) => what))].join('; ')}`,
      explanation: 'What they say of their own lengths or counts does not fit what is there. They were read as far as they can be believed. A faulty program sends such, a device that changes packets, or somebody who looks for faults in others.',
    };
  });
}
