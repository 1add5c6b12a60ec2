/**
 * Open addressing from hash to record, two words a slot: the hash, and the record's number plus one (0: free). The hash is kept,
 * so that a probe touches no record in vain and a removal can move its followers back (no tombstones).
 *
 * A table of n slots stands n slots behind the beginning of the area: one that is twice as large then begins where it ends.
 */
import { reserve } from '../../decode/engine/memory';

const SLOT_BYTES: usize = 8;
const INITIAL_SLOTS: i32 = 65_536;

let area: usize = 0;
let slots: usize = 0;
let mask: i32 = 0;
let count: i32 = 0;

export function initIndex(maxFlows: i32): void {
  let size = INITIAL_SLOTS;
  while (size < maxFlows * 2) size *= 2;
  area = reserve(<usize>size * 4 * SLOT_BYTES);
  slots = area + <usize>INITIAL_SLOTS * SLOT_BYTES;
  mask = INITIAL_SLOTS - 1;
}

function slotAt(at: i32): usize {
  return slots + (<usize>at << 3);
}

/** The slot where the search for `hash` begins. */
export function firstSlot(hash: i32): i32 {
  return hash & mask;
}
export function nextSlot(at: i32): i32 {
  return (at + 1) & mask;
}
export function hashIn(at: i32): i32 {
  return load<i32>(slotAt(at));
}
/** Number of the record plus one; 0: the slot is free. */
export function taggedIn(at: i32): i32 {
  return load<i32>(slotAt(at), 4);
}

/** Reads where the search for `hash` begins: see `lookAhead`. */
export function touchSlot(hash: i32): i32 {
  return hashIn(firstSlot(hash));
}

/** The first record with this hash, or -1. */
export function guess(hash: i32): i32 {
  let at = hash & mask;
  while (hashIn(at) != hash && taggedIn(at) != 0) at = (at + 1) & mask;
  return taggedIn(at) - 1;
}

function place(hash: i32, tagged: i32): void {
  let at = hash & mask;
  while (taggedIn(at) != 0) at = (at + 1) & mask;
  store<i32>(slotAt(at), hash);
  store<i32>(slotAt(at), tagged, 4);
}

/** The caller has probed and found no equal record. */
export function insert(hash: i32, record: i32): void {
  if ((count + 1) * 2 > mask) grow();
  place(hash, record + 1);
  count++;
}

export function remove(hash: i32, record: i32): void {
  let at = hash & mask;
  while (taggedIn(at) != record + 1) {
    if (taggedIn(at) == 0) return;
    at = (at + 1) & mask;
  }
  count--;
  // Backward shift: a follower moves into the hole unless it already stands at or behind its own place.
  let hole = at;
  for (let next = (hole + 1) & mask; taggedIn(next) != 0; next = (next + 1) & mask) {
    const home = hashIn(next) & mask;
    if (((next - home) & mask) >= ((next - hole) & mask)) {
      store<u64>(slotAt(hole), load<u64>(slotAt(next)));
      hole = next;
    }
  }
  store<i32>(slotAt(hole), 0, 4);
}

export function clearIndex(): void {
  memory.fill(slots, 0, (<usize>mask + 1) * SLOT_BYTES);
  count = 0;
}

function grow(): void {
  const old = slots;
  const size = mask + 1;
  slots = area + <usize>(size * 2) * SLOT_BYTES;
  mask = size * 2 - 1;
  for (let i = 0; i < size; i++) {
    const tagged = load<i32>(old + (<usize>i << 3), 4);
    if (tagged != 0) place(load<i32>(old + (<usize>i << 3)), tagged);
  }
}
