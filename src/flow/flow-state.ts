/** What the bits of `W.state` say together. */
import { F, RECORD_DOUBLES, S } from './flow-layout.js';

/** By the number in the state, `Oriented`. */
export const Orientations = ['first-packet', 'port', 'protocol', 'handshake', 'icmp', 'symmetric'] as const;

/** 0 or 1: the side that is the client by `state`. */
export function clientOf(state: number): 0 | 1 {
  return (state & S.clientIsSide1) !== 0 ? 1 : 0;
}

/** FIN from both sides, or a RST. */
export function isOver(state: number): boolean {
  return (state & (S.rst | (S.rst << 1))) !== 0 || (state & (S.fin | (S.fin << 1))) === (S.fin | (S.fin << 1));
}

/** A record that no flow uses has no first frame. */
export function isLive(doubles: Float64Array, record: number): boolean {
  return doubles[record * RECORD_DOUBLES + F.firstFrame] !== 0;
}
