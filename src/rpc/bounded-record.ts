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
  /** Another with the same hash. */
  readonly next: Entry<Event> | undefined;
}

/** When two events say the same. No text is made of an event to find that out: most were heard before. */
export interface Sameness<Event> {
  /** Equal for events that say the same, and rarely for others. */
  hash(event: Event): number;
  same(one: Event, other: Event): boolean;
}

export class BoundedRecord<Event extends { readonly at: Readonly<PacketPosition> }> {
  /** Events that were new when there was no room. */
  dropped = 0;
  private readonly maximum: number;
  private readonly sameness: Sameness<Event>;
  private readonly byHash = new Map<number, Entry<Event>>();
  private readonly entries: Entry<Event>[] = [];

  constructor(maximum: number, sameness: Sameness<Event>) {
    this.maximum = maximum;
    this.sameness = sameness;
  }

  /** Answers false when it was dropped. */
  add(event: Event): boolean {
    const hash = this.sameness.hash(event);
    const first = this.byHash.get(hash);
    let known = first;
    while (known !== undefined && !this.sameness.same(known.event, event)) known = known.next;
    if (known !== undefined) {
      known.times++;
      if (comparePositions(event.at, known.event.at) < 0) known.event = event;
      if (comparePositions(event.at, known.last) > 0) known.last = event.at;
      return true;
    }
    if (this.entries.length >= this.maximum) {
      this.dropped++;
      return false;
    }
    const entry = { event, last: event.at, times: 1, next: first };
    this.entries.push(entry);
    this.byHash.set(hash, entry);
    return true;
  }

  /** In the order of time; equal times in the order of capture and frame. */
  inOrder(): Heard<Event>[] {
    return [...this.entries].sort((one, other) => comparePositions(one.event.at, other.event.at));
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
