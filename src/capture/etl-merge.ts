/**
 * Events of many buffers in the order of time. Each processor writes buffers of its own, which reach the file when they are full, so that order exists only
 * among all that overlap. Buffers are held as they are stored, up to a bound, and are unpacked only while their time has come: a trace that fits the
 * bound (most do, as they are compressed) is put in order exactly. Beyond it the oldest buffers leave, and events that should have come before are late.
 */
import { type EtlBuffer, EtlBufferWalk, walkLength } from './etl-buffer.js';

export const MAX_HELD_BYTES = 96 * 1024 * 1024;

/** What the owner knows of events. */
export interface EtlEventSink {
  /** Whether the event at which the walk stands is one to be put in order. */
  wants(walk: EtlBufferWalk): boolean;
  /** Its time, ticks from the start of the trace. */
  ticks(walk: EtlBufferWalk): number;
  /** The next event in the order of time. What the walk holds is borrowed. */
  event(walk: EtlBufferWalk, ticks: number, processor: number): void;
}

interface HeldBuffer {
  readonly buffer: EtlBuffer;
  /** In the file: decides between events of the same time. */
  readonly order: number;
  readonly cost: number;
  /** Of its first event that was not handed over yet. */
  ticks: number;
  walk: EtlBufferWalk | undefined;
}

export class EtlMerge {
  /** Events that came later than one that had to be handed over already, and by how many ticks at most. */
  late = 0;
  mostTicksLate = 0;
  private readonly sink: EtlEventSink;
  private readonly maxHeldBytes: number;
  /** A binary heap: the first has the earliest event. */
  private readonly heap: HeldBuffer[] = [];
  private heldBytes = 0;
  private added = 0;
  private newest = -Infinity;

  constructor(sink: EtlEventSink, maxHeldBytes = MAX_HELD_BYTES) {
    this.sink = sink;
    this.maxHeldBytes = maxHeldBytes;
  }

  /** Takes over a buffer that has at least one wanted event, the first of which has the time `ticks`. */
  add(buffer: EtlBuffer, ticks: number): void {
    const cost = buffer.stored.length + walkLength(buffer);
    while (this.heap.length > 0 && this.heldBytes + cost > this.maxHeldBytes) this.handOverOne();
    this.heldBytes += cost;
    this.heap.push({ buffer, order: this.added++, cost, ticks, walk: undefined });
    this.rise(this.heap.length - 1);
  }

  /** Nothing more comes. */
  finish(): void {
    while (this.heap.length > 0) this.handOverOne();
  }

  private handOverOne(): void {
    const held = this.heap[0]!;
    held.walk ??= this.begin(held.buffer);
    const { walk, ticks } = held;
    if (ticks < this.newest) {
      this.late++;
      this.mostTicksLate = Math.max(this.mostTicksLate, this.newest - ticks);
    } else this.newest = ticks;
    this.sink.event(walk, ticks, held.buffer.processor);
    if (this.goOn(walk)) held.ticks = this.sink.ticks(walk);
    else {
      this.heldBytes -= held.cost;
      const last = this.heap.pop()!;
      if (last === held) return;
      this.heap[0] = last;
    }
    this.settle();
  }

  private begin(buffer: EtlBuffer): EtlBufferWalk {
    const walk = new EtlBufferWalk(buffer);
    this.goOn(walk);
    return walk;
  }

  private goOn(walk: EtlBufferWalk): boolean {
    while (walk.next()) if (this.sink.wants(walk)) return true;
    return false;
  }

  private isBefore(a: HeldBuffer, b: HeldBuffer): boolean {
    return a.ticks < b.ticks || (a.ticks === b.ticks && a.order < b.order);
  }

  private rise(from: number): void {
    const { heap } = this;
    let at = from;
    const moved = heap[at]!;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!this.isBefore(moved, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = moved;
  }

  private settle(): void {
    const { heap } = this;
    const moved = heap[0]!;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!this.isBefore(heap[child]!, moved)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = moved;
  }
}
