/**
 * Messages that contradict themselves, counted by protocol and by what is wrong with them, with the first frames of each. Bounded: what
 * finds no room is counted under its protocol alone.
 */
import type { MalformedMessage } from '../protocol/events.js';
import type { MalformedEvidence } from './evidence.js';
import { compareFrames, frameOf } from './positions.js';

const KINDS_MAXIMUM = 256;
const FRAMES_MAXIMUM = 4;
const ELSE = 'something else';

export class MalformedMessages {
  private readonly kinds = new Map<string, MalformedEvidence>();

  add({ protocol, transport, what, at }: MalformedMessage): void {
    const { capture } = at;
    const own = `${capture} ${transport} ${protocol} ${what}`;
    const key = this.kinds.has(own) || this.kinds.size < KINDS_MAXIMUM ? own : `${capture} ${transport} ${protocol} ${ELSE}`;
    const known = this.kinds.get(key);
    if (known === undefined && this.kinds.size >= 2 * KINDS_MAXIMUM) return;
    const frames = [...(known?.frames ?? []), frameOf(at)].sort(compareFrames).slice(0, FRAMES_MAXIMUM);
    this.kinds.set(key, { protocol, transport, what: key === own ? what : ELSE, messages: (known?.messages ?? 0) + 1, frames });
  }

  /** In the order of frames. */
  list(): MalformedEvidence[] {
    return [...this.kinds.values()].sort((a, b) => compareFrames(a.frames[0]!, b.frames[0]!) || (a.protocol < b.protocol ? -1 : 1));
  }
}
