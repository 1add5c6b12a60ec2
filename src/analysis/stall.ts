/** Reads from a sketch what a stalled connection lost: full-size segments only (an MTU black hole), or everything. */
import type { Flow, Time } from '../flow/flow.js';
import { secondsBetween } from './moments.js';

/** Segments from this length on fill a packet of the usual path MTUs, tunnels included. */
const FULL_SIZE = 1200;
/** Retransmission timers start at 200 ms; what comes again sooner is a duplicate of the capture. */
const RETRY_SECONDS = 0.15;
const ACK = 0x10;

export interface Stall {
  readonly side: 'client' | 'server';
  /** Payload bytes of the segment that is repeated. */
  readonly length: number;
  /** True: smaller segments of the same side were acknowledged, this one never. */
  readonly fullSize: boolean;
}

/** null: the sketch shows no segment that was repeated, at an interval of retries, and never acknowledged. */
export function findStall(flow: Flow): Stall | null {
  const segments = new Map<string, { readonly side: 'client' | 'server'; readonly length: number; readonly end: number; readonly first: Time; last: Time; acknowledged: boolean }>();
  for (const row of flow.sketch) {
    for (const segment of segments.values()) {
      if (segment.side !== row.from && (row.flags & ACK) !== 0 && ((row.acknowledgement - segment.end) | 0) >= 0) segment.acknowledged = true;
    }
    if (row.length === 0) continue;
    const key = `${row.from} ${row.sequence}`;
    const known = segments.get(key);
    if (known === undefined) segments.set(key, { side: row.from, length: row.length, end: (row.sequence + row.length) >>> 0, first: row.time, last: row.time, acknowledged: false });
    else known.last = row.time;
  }
  const lost = [...segments.values()].filter((one) => !one.acknowledged && secondsBetween(one.first, one.last) >= RETRY_SECONDS).sort((a, b) => b.length - a.length)[0];
  if (lost === undefined) return null;
  const smallerPassed = [...segments.values()].some((one) => one.side === lost.side && one.acknowledged && one.length < lost.length);
  return { side: lost.side, length: lost.length, fullSize: lost.length >= FULL_SIZE && smallerPassed };
}
