/**
 * Datagrams of the last second, so that one which passes a second capture point is known again. What identifies one is hashed, not
 * kept: the flow, the direction, IP identification, length and UDP checksum. Bounded: of two that want the same place the older one is
 * forgotten, and its copy would then be counted.
 */
import { reserve } from '../../decode/engine/memory';

const SETS: i32 = 1 << 15;
const WAYS = 2;
const SECONDS = 1;
const ENTRY_BYTES = 32;
/** Of an entry. Doubles: seconds. */
const KEY = 0;
const SIGNATURE = 4;
const IN_USE = 8;
const NANOSECONDS = 12;
const AT_SECONDS = 16;

let base: usize = 0;

export function initDatagrams(): void {
  base = reserve(<usize>(SETS * WAYS * ENTRY_BYTES));
}

function keyOf(flow: i32, signature: i32): i32 {
  const mixed = <u32>(flow ^ <i32>(<u32>signature * <u32>0x9e3779b1)) * <u32>0x85ebca77;
  return <i32>(mixed ^ (mixed >>> 15));
}

function setOf(key: i32): usize {
  return base + <usize>((key & (SETS - 1)) * (WAYS * ENTRY_BYTES));
}

function is(entry: usize, key: i32, signature: i32): bool {
  return load<i32>(entry, KEY) == key && load<i32>(entry, SIGNATURE) == signature;
}

/** `flow`: hash of the flow and direction; `signature`: of the datagram. */
export function rememberDatagram(flow: i32, signature: i32, seconds: f64, nanoseconds: i32): void {
  const key = keyOf(flow, signature);
  let entry = setOf(key);
  if (!is(entry, key, signature)) {
    const other = entry + ENTRY_BYTES;
    const before: f64 = load<i32>(entry, IN_USE) == 0 ? -Infinity : load<f64>(entry, AT_SECONDS);
    const beforeOther: f64 = load<i32>(other, IN_USE) == 0 ? -Infinity : load<f64>(other, AT_SECONDS);
    if (is(other, key, signature) || beforeOther < before) entry = other;
  }
  store<i32>(entry, key, KEY);
  store<i32>(entry, signature, SIGNATURE);
  store<i32>(entry, 1, IN_USE);
  store<i32>(entry, nanoseconds, NANOSECONDS);
  store<f64>(entry, seconds, AT_SECONDS);
}

/** Whether the same was remembered within a second; where the capture has no times, at all. */
export function knowsDatagram(flow: i32, signature: i32, seconds: f64, nanoseconds: i32): bool {
  const key = keyOf(flow, signature);
  let entry = setOf(key);
  for (let way = 0; way < WAYS; way++) {
    if (is(entry, key, signature) && load<i32>(entry, IN_USE) != 0) {
      const apart = abs<f64>(seconds - load<f64>(entry, AT_SECONDS) + <f64>(nanoseconds - load<i32>(entry, NANOSECONDS)) / 1e9);
      if (!(apart > SECONDS)) return true;
    }
    entry += ENTRY_BYTES;
  }
  return false;
}
