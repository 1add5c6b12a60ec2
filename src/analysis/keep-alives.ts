/**
 * Keep-alive probes that are answered by a RST, or by nobody (RFC 9293, 3.8.4; RFC 1122, 4.2.3.6): a probe repeats the last sequence number, without payload or with one
 * byte that the other side has long acknowledged, so that a living peer must answer. Nothing of the program's is lost with it.
 */
import type { Flow, SketchRow } from '../flow/flow.js';
import { hasTime, secondsBetween } from './moments.js';

const FIN = 0x01, SYN = 0x02, RST = 0x04, ACK = 0x10;
/** A device's or a host's answer to a probe comes at once. */
const ANSWER_SECONDS = 3;
/** Windows gives up after ten probes, Linux after nine; one or two may be lost on a bad link. */
const MANY_PROBES = 3;

export interface DeadProbes {
  /** Who probes. */
  readonly side: SketchRow['from'];
  /** Nobody spoke for so long before the first probe. */
  readonly seconds: number;
  readonly before: SketchRow;
  readonly first: SketchRow;
  readonly last: SketchRow;
  readonly times: number;
  /** The other side's answer; null: silence. */
  readonly reset: SketchRow | null;
  /** The prober's own RST: it gave the connection up. */
  readonly gaveUp: SketchRow | null;
}

/** null: no probe at the end of this connection, or it was answered. */
export function findDeadProbes(flow: Flow): DeadProbes | null {
  const { sketch } = flow;
  const at = beginning(flow);
  if (at < 0) return null;
  const before = sketch[at]!;
  const first = sketch[at + 1]!;
  const later = sketch.slice(at + 2).filter((row) => !isMark(row));
  const probes = [first, ...later.filter((row) => row.from === first.from && isProbe(row) && row.sequence === first.sequence)];
  const others = later.filter((row) => !probes.includes(row));
  const last = probes[probes.length - 1]!;
  const reset = others.find((row) => row.from !== first.from && (row.flags & RST) !== 0 && secondsBetween(last.time, row.time) <= ANSWER_SECONDS) ?? null;
  const gaveUp = others.find((row) => row.from === first.from && (row.flags & RST) !== 0) ?? null;
  // Data, a FIN, an answer: the connection lived on, or it is data that got lost.
  if (others.some((row) => row !== reset && row !== gaveUp && (row.flags & RST) === 0)) return null;
  if (reset === null) {
    if (probes.length < MANY_PROBES && gaveUp === null) return null;
    // What the sketch leaves out came after its last row.
    if (flow.last.frame !== (gaveUp ?? last).frame.frame) return null;
  }
  return { side: first.from, seconds: secondsBetween(before.time, first.time), before, first, last, times: probes.length, reset, gaveUp };
}

/** Index of the mark before the first of the probes that nobody answered; -1: the last silence was not broken by a probe. */
function beginning(flow: Flow): number {
  const { sketch } = flow;
  let found = -1;
  for (let at = sketch.length - 2; at >= 0; at--) {
    if (!isMark(sketch[at]!)) continue;
    const probe = sketch[at + 1]!;
    if (!isProbe(probe) || (probe.length === 1 && flow.retransmissions !== 0)) break;
    // The packet before this silence is the probe before: nothing came in between.
    if (found >= 0 && (sketch[found]!.frame.frame !== probe.frame.frame || sketch[found + 1]!.from !== probe.from)) break;
    found = at;
  }
  return found;
}

/** The row for the packet before a silence has neither flags nor TTL. */
function isMark(row: SketchRow): boolean {
  return row.flags === 0 && row.ttl === 0 && hasTime(row.time);
}

function isProbe({ flags, length, window }: SketchRow): boolean {
  return length <= 1 && window > 0 && (flags & (SYN | FIN | RST | ACK)) === ACK;
}
