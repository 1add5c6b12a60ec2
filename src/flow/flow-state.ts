/** What the bits of `W.state` say together. */
import { F, Oriented, RECORD_DOUBLES, S } from './flow-layout.js';

/** 0 or 1: the side that is the client by `state`. */
export function clientOf(state: number): 0 | 1 {
  return (state & S.clientIsSide1) !== 0 ? 1 : 0;
}

/** The handshake tells who the client is. */
export function orient(state: number, client: number): number {
  return (state & ~(S.orientationMask | S.clientIsSide1)) | (Oriented.handshake << S.orientationShift) | (client === 1 ? S.clientIsSide1 : 0);
}

/** FIN from both sides, or a RST. */
export function isOver(state: number): boolean {
  return (state & (S.rst | (S.rst << 1))) !== 0 || (state & (S.fin | (S.fin << 1))) === (S.fin | (S.fin << 1));
}

/** A record that no flow uses has no first frame. */
export function isLive(doubles: Float64Array, record: number): boolean {
  return doubles[record * RECORD_DOUBLES + F.firstFrame] !== 0;
}
