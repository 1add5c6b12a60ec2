/**
 * Messages that contradict themselves, counted by protocol and by what is wrong with them, with the first frames of each. Bounded: what
 * finds no room is counted under its protocol alone.
 */
import type { FrameReference } from '../flow/flow.js';
import type { PacketPosition } from '../flow/inspection.js';
import type { MalformedMessage } from '../protocol/events.js';
import type { MalformedEvidence } from './evidence.js';
import { compareFrames, frameOf } from './positions.js';

const KINDS_MAXIMUM = 256;
const FRAMES_MAXIMUM = 4;
const ELSE = 'something else';

interface Kind extends MalformedEvidence {
  messages: number;
  frames: readonly FrameReference[];
}

export class MalformedMessages {
  private readonly kinds = new Map<string, Kind>();
  /** What was counted last: a stream out of step says the same again and again. */
  private last: Kind | undefined;

  add({ protocol, transport, what, at }: MalformedMessage): void {
    const { last } = this;
    if (last?.what === what && last.protocol === protocol && last.transport === transport && last.frames[0]!.capture === at.capture) {
      count(last, at);
      return;
    }
    const { capture } = at;
    const own = `${capture} ${transport} ${protocol} ${what}`;
    const key = this.kinds.has(own) || this.kinds.size < KINDS_MAXIMUM ? own : `${capture} ${transport} ${protocol} ${ELSE}`;
    let known = this.kinds.get(key);
    if (known === undefined) {
      if (this.kinds.size >= 2 * KINDS_MAXIMUM) return;
      known = { protocol, transport, what: key === own ? what : ELSE, messages: 0, frames: [] };
      this.kinds.set(key, known);
    }
    count(known, at);
    this.last = known;
  }

  /** In the order of frames. */
  list(): MalformedEvidence[] {
    return [...this.kinds.values()].sort((a, b) => compareFrames(a.frames[0]!, b.frames[0]!) || (a.protocol < b.protocol ? -1 : 1));
  }
}

function count(kind: Kind, at: Readonly<PacketPosition>): void {
  kind.messages++;
  const { frames } = kind;
  if (frames.length === FRAMES_MAXIMUM && compareFrames(at, frames[FRAMES_MAXIMUM - 1]!) >= 0) return;
  kind.frames = [...frames, frameOf(at)].sort(compareFrames).slice(0, FRAMES_MAXIMUM);
}
