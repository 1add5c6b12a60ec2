/** Records of live flows, see `flow-layout.ts`: where they stand, and what the bits of their state say together. */
import { reserve } from '../../decode/engine/memory';
import { F, Oriented, RECORD_BYTES, S } from '../flow-layout';

let base: usize = 0;

export function initRecords(maxFlows: i32): usize {
  base = reserve(<usize>maxFlows * RECORD_BYTES);
  return base;
}

export function recordAt(record: i32): usize {
  return base + <usize>record * RECORD_BYTES;
}

/** A record that no flow uses has no first frame. */
export function isLive(r: usize): bool {
  return load<f64>(r, F.firstFrame * 8) != 0;
}

/** 0 or 1: the side that is the client by `state`. */
export function clientOf(state: i32): i32 {
  return (state & S.clientIsSide1) != 0 ? 1 : 0;
}

/** The handshake tells who the client is. */
export function orient(state: i32, client: i32): i32 {
  return (state & ~(S.orientationMask | S.clientIsSide1)) | (Oriented.handshake << S.orientationShift) | (client == 1 ? S.clientIsSide1 : 0);
}

/** FIN from both sides, or a RST. */
export function isOver(state: i32): bool {
  return (state & (S.rst | (S.rst << 1))) != 0 || (state & (S.fin | (S.fin << 1))) == (S.fin | (S.fin << 1));
}
