/** What somebody else than the capture at hand says of a connection: another capture of it, or the log of a firewall. */
import type { Flow, FrameReference } from '../flow/flow.js';
import type { Alternative, Confidence, DroppedAt, LossPlace } from './report-model.js';

export interface Testimony {
  readonly droppedAt: DroppedAt;
  readonly confidence: Confidence;
  /** Where between two captures it was lost; null: it is not told by captures. */
  readonly place: LossPlace | null;
  readonly sentences: readonly string[];
  readonly ruledOut: readonly string[];
  /** What remains as the cause, the likeliest first. */
  readonly causes: readonly Alternative[];
  /** Frames of the other capture. */
  readonly frames: readonly FrameReference[];
}

/** Asked for each failing flow; null: nobody says anything. */
export type Testify = (flow: Flow) => Testimony | null;

/** The first witness that knows where a packet went decides; what the others say stands beside it. */
export function together(witnesses: readonly Testify[]): Testify {
  return (flow) => {
    const said = witnesses.map((ask) => ask(flow)).filter((one) => one !== null);
    const decides = said.find((one) => one.droppedAt !== null && one.confidence === 'certain') ?? said.find((one) => one.droppedAt !== null) ?? said[0];
    if (decides === undefined) return null;
    return { ...decides, sentences: said.flatMap((one) => one.sentences), ruledOut: [...new Set(said.flatMap((one) => one.ruledOut))], frames: said.flatMap((one) => one.frames) };
  };
}
