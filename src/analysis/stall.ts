/** Reads from a sketch what a stalled connection lost: full-size segments only (an MTU black hole), or everything. */
import type { Flow } from '../flow/flow.js';

/** Segments from this length on fill a packet of the usual path MTUs, tunnels included. */
const FULL_SIZE = 1200;

export interface Stall {
  readonly side: 'client' | 'server';
  /** Payload bytes of the segment that is repeated. */
  readonly length: number;
  /** True: smaller segments of the same side were acknowledged, this one never. */
  readonly fullSize: boolean;
}

/** null: the sketch does not show a repeated segment. */
export function findStall(flow: Flow): Stall | null {
  const times = new Map<string, { readonly side: 'client' | 'server'; readonly length: number; readonly sequence: number; count: number }>();
  for (const row of flow.sketch) {
    if (row.length === 0) continue;
    const key = `${row.from} ${row.sequence}`;
    const known = times.get(key);
    if (known === undefined) times.set(key, { side: row.from, length: row.length, sequence: row.sequence, count: 1 });
    else known.count++;
  }
  const repeated = [...times.values()].filter((one) => one.count > 1).sort((a, b) => b.count - a.count)[0];
  if (repeated === undefined) return null;
  const smallerPassed = flow.sketch.some((row) => row.from === repeated.side && row.length > 0 && row.length < repeated.length && row.sequence !== repeated.sequence);
  return { side: repeated.side, length: repeated.length, fullSize: repeated.length >= FULL_SIZE && smallerPassed };
}
