/** How Windows writes times into files. */
import type { PacketBatch } from './packet-batch.js';

/** From 1601, where FILETIME begins, to 1970, seconds. */
const EPOCH_SECONDS = 11_644_473_600;
const TICKS_PER_SECOND = 1e7;

/** Sets the time of a row from a FILETIME (100 ns since 1601 UTC, 64 bits) in two halves, exactly. */
export function secondsOfFiletime(high: number, low: number, batch: PacketBatch, row: number): void {
  // high * 2^32 = high * 429 * 10^7 + high * 4967296, and high is below 2^31 until the year 30828: all below 2^53.
  const ticks = (high % TICKS_PER_SECOND) * 4_967_296 + low;
  const whole = Math.floor(ticks / TICKS_PER_SECOND);
  batch.seconds[row] = high * 429 + Math.floor(high / TICKS_PER_SECOND) * 4_967_296 + whole - EPOCH_SECONDS;
  batch.nanoseconds[row] = (ticks - whole * TICKS_PER_SECOND) * 100;
}

/** Seconds from 1970 to a date and time of the proleptic Gregorian calendar, as UTC. Month and day count from 1. */
export function secondsOfCivilTime(year: number, month: number, day: number, hour: number, minute: number, second: number): number {
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}
