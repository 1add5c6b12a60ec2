/**
 * What is wrong with a capture as a witness: packets that it lacks, a clock that goes back, packets that stand there twice. A missing
 * answer then proves less, and nobody is accused because of a packet that was merely not captured.
 */
import type { CaptureEvidence } from '../evidence/evidence.js';

export interface CaptureDoubt {
  /** Packets are missing that passed the point of capture. */
  readonly hasHoles: boolean;
  readonly clockBack: boolean;
  readonly hasCopies: boolean;
  /** In words, for proofs; '' when there is nothing to say. */
  readonly reason: string;
}

/** Share of flows with holes from which the whole capture is in doubt; single ones are what any busy machine loses. */
const HOLED_SHARE = 0.1;
/** Share of packets that the capturing tool says it lost. */
const DROPPED_SHARE = 0.001;
/** Share of SYNs that are copies; in a capture that holds every packet twice it is a half. */
const COPIED_SHARE = 0.25;

export function doubtOf({ traits, dropped, packets }: Pick<CaptureEvidence, 'traits' | 'dropped' | 'packets'>): CaptureDoubt {
  const holed = traits.holedFlows ?? 0;
  const lost = dropped ?? 0;
  const hasHoles = (holed > 0 && holed >= traits.flows * HOLED_SHARE) || (lost > 0 && lost >= packets * DROPPED_SHARE);
  const copied = traits.copiedSyns ?? 0;
  const hasCopies = copied > 0 && copied >= (traits.syns ?? 0) * COPIED_SHARE;
  const clockBack = (traits.clockBack ?? null) !== null;
  const reason = hasHoles
    ? `packets are missing from this capture${lost > 0 ? ` (${lost} by its own count)` : ` (${holed} of ${traits.flows} connections acknowledge what is not in it)`}`
    : clockBack ? 'the clock of this capture goes back' : '';
  return { hasHoles, clockBack, hasCopies, reason };
}
