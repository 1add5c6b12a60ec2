/**
 * What SYNs and large packets say of the place of the capture is found outside (`VantageSurvey`). Of nearly all SYNs nothing is left to be learned, but
 * that each is another one: that is done here. See `sender-layout.ts`.
 */
import { reserve } from '../../decode/engine/memory';
import { TcpFlag } from '../../decode/engine/tcp-flag';
import { G } from '../../decode/segment-layout';
import { SENDERS, SenderState, Syn, SYN_WORDS } from '../sender-layout';
import { survey } from './host';

let states: usize = 0;
let syns: usize = 0;
let above: i64 = -1;
let marked: bool = false;

export function initSenders(): void {
  states = reserve(SENDERS);
  syns = reserve(SYN_WORDS * 4);
}

export function synsAt(): usize { return syns; }

/** A survey begins: of SYNs, and of packets longer than this. */
export function beginSurvey(bytes: i32): void {
  above = <i64>bytes;
  memory.fill(states, 0, SENDERS);
  memory.fill(syns, 0, SYN_WORDS * 4);
  store<i32>(syns, -1, Syn.source * 4);
}

/** Packets of the next rows have direction marks, which count for each of them. */
export function rowsAreMarked(yes: bool): void {
  marked = yes;
}

export function surveySender(s: usize, row: i32): void {
  if (above < 0) return;
  const flags = load<i32>(s, G.tcpFlags);
  const isLarge = load<i64>(s, G.ipLength) > above;
  if ((flags & TcpFlag.syn) == 0 && !isLarge) return;
  const source = load<u32>(s, G.source);
  const known: i32 = source < <u32>SENDERS ? load<u8>(states + <usize>source) : SenderState.open;
  if (known == SenderState.refused) return;
  if (known == SenderState.open || isLarge || marked) {
    const state = survey(<i32>s, row);
    if (source < <u32>SENDERS) store<u8>(states + <usize>source, state);
    return;
  }
  const ipId = load<i32>(s, G.ipId);
  if ((flags & (TcpFlag.syn | TcpFlag.ack)) != TcpFlag.syn || ipId == 0) return;
  const mark = load<i32>(s, G.sequence) ^ <i32>(<u32>ipId * <u32>0x9e3779b1) ^ (load<i32>(s, G.ports) >>> 16);
  store<i32>(syns, load<i32>(syns, Syn.count * 4) + 1, Syn.count * 4);
  if (mark == load<i32>(syns, Syn.mark * 4) && source == load<u32>(syns, Syn.source * 4)) store<i32>(syns, load<i32>(syns, Syn.copied * 4) + 1, Syn.copied * 4);
  store<i32>(syns, mark, Syn.mark * 4);
  store<i32>(syns, <i32>source, Syn.source * 4);
}
