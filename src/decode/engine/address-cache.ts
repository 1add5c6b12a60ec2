/**
 * The address table stands outside; here are the ids of the addresses seen last, so that it is asked once for each of them. One place for each
 * address: of two that want the same one the later stays.
 */
import { addressV4, addressV6 } from './host';
import { reserve } from './memory';

const V4_BITS = 15;
const V6_BITS = 13;
/** The address, then its id plus one. */
const V4_BYTES = 8;
const V6_BYTES = 32;

let entries4: usize = 0;
let entries6: usize = 0;

export function initAddresses(): void {
  entries4 = reserve(V4_BYTES << V4_BITS);
  entries6 = reserve(V6_BYTES << V6_BITS);
}

/** The id, or -1: the table is full. */
export function idOfV4(word: i32): i32 {
  const entry = entries4 + ((<usize>(<u32>word * <u32>0x9e3779b1) >> (32 - V4_BITS)) << 3);
  const known = load<i32>(entry, 4);
  if (known != 0 && load<i32>(entry) == word) return known - 1;
  const id = addressV4(word);
  store<i32>(entry, word);
  store<i32>(entry, id + 1, 4);
  return id;
}

/** The id, or -1: the table is full. `at`: of the 16 bytes. */
export function idOfV6(at: usize): i32 {
  const high = load<u64>(at);
  const low = load<u64>(at, 8);
  const mixed = (high * <u64>0x9e3779b97f4a7c15 + low) * <u64>0xc2b2ae3d27d4eb4f;
  const entry = entries6 + (<usize>(mixed >> (64 - V6_BITS)) << 5);
  const known = load<i32>(entry, 16);
  if (known != 0 && load<u64>(entry) == high && load<u64>(entry, 8) == low) return known - 1;
  const id = addressV6(bswap(load<i32>(at)), bswap(load<i32>(at, 4)), bswap(load<i32>(at, 8)), bswap(load<i32>(at, 12)));
  store<u64>(entry, high);
  store<u64>(entry, low, 8);
  store<i32>(entry, id + 1, 16);
  return id;
}
