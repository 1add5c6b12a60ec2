import type { FrameReference, Time } from '../flow/flow.js';

/** Seconds since 1970 as one double: good to a fraction of a microsecond, so fit to compare and subtract, not to print. */
export function secondsOf(time: Time): number {
  return time.seconds + time.nanoseconds / 1e9;
}

/** NaN when one of them has no time. */
export function secondsBetween(earlier: Time, later: Time): number {
  return later.seconds - earlier.seconds + (later.nanoseconds - earlier.nanoseconds) / 1e9;
}

export function hasTime(time: Time | null): time is Time {
  return time !== null && !Number.isNaN(time.seconds);
}

/** Order in time; those without a time stand last, among themselves in the order of frames. */
export function compareMoments(a: Time, aFrame: FrameReference, b: Time, bFrame: FrameReference): number {
  const difference = (hasTime(a) ? a.seconds : Infinity) - (hasTime(b) ? b.seconds : Infinity);
  if (!Number.isNaN(difference) && difference !== 0) return difference;
  if (hasTime(a) && hasTime(b) && a.nanoseconds !== b.nanoseconds) return a.nanoseconds - b.nanoseconds;
  return aFrame.capture - bFrame.capture || aFrame.frame - bFrame.frame;
}

/** Strings by code unit, so that no locale changes the order. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
