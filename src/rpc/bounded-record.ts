/**
 * Things heard again and again, kept once: what was said first, how often, and when last. Bounded: what comes when it is full is
 * counted, not kept.
 */
import type { PacketPosition } from '../flow/inspection.js';

export interface Heard<Event> {
  /** Earliest of those that say the same. */
  readonly event: Event;
  /** Position of the latest. */
  readonly last: Readonly<PacketPosition>;
  readonly times: number;
}

interface Entry<Event> {
  event: Event;
  last: Readonly<PacketPosition>;
  times: number;
}

export class BoundedRecord<Event extends { readonly at: Readonly<PacketPosition> }> {
  /** Events that were new when there was no room. */
  dropped = 0;
  private readonly maximum: number;
  private readonly entries = new Map<string, Entry<Event>>();

  constructor(maximum: number) {
    this.maximum = maximum;
  }

  /** Two events with one key say the same. Answers false when it was dropped. */
  add(key: string, event: Event): boolean {
    const known = this.entries.get(key);
    if (known !== undefined) {
      known.times++;
      if (comparePositions(event.at, known.event.at) < 0) known.event = event;
      if (comparePositions(event.at, known.last) > 0) known.last = event.at;
      return true;
    }
    if (this.entries.size >= this.maximum) {
      this.dropped++;
      return false;
    }
    this.entries.set(key, { event, last: event.at, times: 1 });
    return true;
  }

  /** In the order of time; equal times in the order of capture and frame. */
  inOrder(): Heard<Event>[] {
    return [...this.entries.values()].sort((one, other) => comparePositions(one.event.at, other.event.at));
  }
}

/** A packet without a time counts as the earliest. */
export function comparePositions(one: Readonly<PacketPosition>, other: Readonly<PacketPosition>): number {
  return timeOf(one.seconds) - timeOf(other.seconds) || one.nanoseconds - other.nanoseconds
    || one.capture - other.capture || one.frame - other.frame;
}

function timeOf(seconds: number): number {
  return Number.isNaN(seconds) ? -1 : seconds;
}
