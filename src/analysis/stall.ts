/**
 * What went wrong with a connection after its handshake, as its sketch tells: nothing but full-size segments lost (an MTU black hole),
 * everything lost from a point on, forgotten by a firewall while nobody spoke, or a receiver that stopped reading.
 */
import type { Flow, SketchRow, Time } from '../flow/flow.js';
import { hasTime, secondsBetween } from './moments.js';

/** Segments from this length on fill a packet of the usual path MTUs, tunnels included. */
const FULL_SIZE = 1200;
/** Retransmission timers start at 200 ms; what comes again sooner is a duplicate of the capture. */
const RETRY_SECONDS = 0.15;
/** A firewall's answer to a packet of a connection that it forgot comes at once. */
const RESET_SECONDS = 3;
/** Windows close for moments wherever a reader is slow; programs that hang stay so. */
const CLOSED_SECONDS = 5;
const FIN = 0x01, RST = 0x04, SYN = 0x02, ACK = 0x10;

/** A sketch with this many rows is not all of its flow. */
export const SKETCH_ROWS = 64;

type Side = 'client' | 'server';

/** Data that was repeated and never acknowledged. */
export interface Stall {
  readonly side: Side;
  /** Payload bytes of the segment that is repeated. */
  readonly length: number;
  /** True: smaller segments of the same side were acknowledged or the handshake passed, this one never. */
  readonly fullSize: boolean;
  /** Payload bytes of the largest segment of that side known to have been acknowledged; null: the sketch does not show it. */
  readonly passed: number | null;
  readonly first: SketchRow;
  readonly times: number;
  readonly seconds: number;
}

/** Nobody spoke for a while; what came then was answered by a RST, or not at all. */
export interface Forgotten {
  readonly seconds: number;
  readonly before: SketchRow;
  readonly after: SketchRow;
  readonly reset: SketchRow | null;
  readonly times: number;
}

/** A receiver that told, until the end, that it has no room. */
export interface ClosedWindow {
  /** Who does not read. */
  readonly side: Side;
  readonly seconds: number;
  readonly first: SketchRow;
  readonly last: SketchRow;
  readonly times: number;
}

/** null: the sketch shows no segment that was repeated, at an interval of retries, and never acknowledged. */
export function findStall(flow: Flow): Stall | null {
  const segments = new Map<string, { readonly row: SketchRow; readonly end: number; last: Time; times: number; acknowledged: boolean }>();
  for (const row of flow.sketch) {
    for (const segment of segments.values()) {
      if (segment.row.from !== row.from && (row.flags & ACK) !== 0 && ((row.acknowledgement - segment.end) | 0) >= 0) segment.acknowledged = true;
    }
    if (row.length === 0) continue;
    const key = `${row.from} ${row.sequence}`;
    const known = segments.get(key);
    if (known === undefined) segments.set(key, { row, end: (row.sequence + row.length) >>> 0, last: row.time, times: 1, acknowledged: false });
    else {
      known.last = row.time;
      known.times++;
    }
  }
  const lost = [...segments.values()].filter((one) => !one.acknowledged && secondsBetween(one.row.time, one.last) >= RETRY_SECONDS)
    .sort((a, b) => b.row.length - a.row.length || b.times - a.times)[0];
  if (lost === undefined) return null;
  const { row } = lost;
  const passed = [...segments.values()].filter((one) => one.row.from === row.from && one.acknowledged && one.row.length < row.length).map((one) => one.row.length);
  // Bytes of that side before this segment were acknowledged, or nothing could be open at it: of which size they were, a late sketch does not say.
  const spoke = flow.payload[row.from] > row.length * lost.times;
  return {
    side: row.from, length: row.length, fullSize: row.length >= FULL_SIZE && (passed.length > 0 || spoke), passed: passed.length === 0 ? null : Math.max(...passed),
    first: row, times: lost.times, seconds: secondsBetween(row.time, lost.last),
  };
}

/** True: the RST acknowledges what was sent after the silence, so it comes from a program that had it. */
export function hadTheData({ reset, after }: Forgotten): boolean {
  return reset !== null && (reset.flags & ACK) !== 0 && ((reset.acknowledgement - after.sequence) | 0) > 0;
}

/** null: no silence, or what came after it was answered. */
export function findForgotten({ sketch }: Flow): Forgotten | null {
  for (let at = sketch.length - 2; at >= 0; at--) {
    const before = sketch[at]!;
    const after = sketch[at + 1]!;
    // The row for the packet before a silence has neither flags nor TTL.
    if (before.flags !== 0 || before.ttl !== 0 || after.length === 0 || !hasTime(before.time)) continue;
    const later = sketch.slice(at + 2);
    const reset = later.find((row) => row.from !== after.from && (row.flags & RST) !== 0 && secondsBetween(after.time, row.time) <= RESET_SECONDS) ?? null;
    const repeats = later.filter((row) => row.from === after.from && row.sequence === after.sequence && row.length > 0);
    const answered = later.some((row) => row.from !== after.from && (row.flags & (RST | ACK)) === ACK && ((row.acknowledgement - after.sequence) | 0) > 0);
    // Who closes on its way out, as LDAP clients do with their last request, expects no answer; servers like to reset then.
    const leaves = later.some((row) => row.from === after.from && (row.flags & FIN) !== 0);
    if (answered || leaves || (reset === null && repeats.length === 0)) continue;
    return { seconds: secondsBetween(before.time, after.time), before, after, reset, times: 1 + repeats.length };
  }
  return null;
}

/** null: no window stayed closed to the end. */
export function findClosedWindow(flow: Flow): ClosedWindow | null {
  for (const side of ['server', 'client'] as const) {
    const rows = flow.sketch.filter((row) => row.from === side && row.window === 0 && row.length === 0 && (row.flags & (SYN | RST | ACK)) === ACK);
    const first = rows[0];
    const last = rows.at(-1);
    if (first === undefined || last === undefined || rows.length < 2) continue;
    const seconds = secondsBetween(first.time, last.time);
    // Probes come at doubling intervals: one that is still awaited ends the flow at most as long after the last as that came after the first.
    if (seconds >= CLOSED_SECONDS && secondsBetween(last.time, flow.end) <= Math.max(seconds, CLOSED_SECONDS)) return { side, seconds, first, last, times: rows.length };
  }
  return null;
}

/** A side whose bytes never came to this capture nor to the receiver, who went on asking for them; null: nothing of the kind. */
export function findHole({ unseen }: Flow): { readonly side: Side; readonly bytes: number; readonly fullSize: boolean } | null {
  for (const side of ['server', 'client'] as const) {
    const bytes = unseen?.[side] ?? 0;
    if (bytes > 0) return { side, bytes, fullSize: bytes >= FULL_SIZE };
  }
  return null;
}
