/** Times as the interfaces promise them: decimal strings, seconds since 1970 with 9 decimals. */
import type { Time } from '../flow/flow.js';

/** `null` where the file has no time. */
export function decimalTime(time: Time | null): string | null {
  if (time === null || Number.isNaN(time.seconds)) return null;
  return `${time.seconds}.${String(time.nanoseconds).padStart(9, '0')}`;
}

/** The same as JSON. The padding is by hand, because every flow has four of these. */
export function jsonTime(time: Time | null): string {
  if (time === null || time.seconds !== time.seconds) return 'null';
  const n = time.nanoseconds;
  const zeros = n >= 100_000_000 ? '' : n >= 10_000_000 ? '0' : n >= 1_000_000 ? '00' : n >= 100_000 ? '000' : n >= 10_000 ? '0000' : n >= 1000 ? '00000' : n >= 100 ? '000000' : n >= 10 ? '0000000' : '00000000';
  return `"${time.seconds}.${zeros}${n}"`;
}
