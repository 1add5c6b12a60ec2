import type { PacketPosition } from '../flow/inspection.js';
import { giveBackMemory, lendMemory } from '../flow/spare-memory.js';

/**
 * Bytes of one side of a stream that could not be read yet because a message is not complete: bounded, contiguous, cheap when a
 * message arrives whole. Analyzers append what `data` gives them, read messages from `bytes` between `start` and `limit`, and
 * `consume` them.
 */
export class ByteQueue {
  bytes: Uint8Array = EMPTY;
  start = 0;
  limit = 0;
  /** What is held lies here. Stays when the queue is emptied, for what comes next. */
  private own: Uint8Array = EMPTY;
  private readonly maximum: number;

  /** @param maximum bytes that are held at most; an append beyond it answers false. */
  constructor(maximum = 65_536) {
    this.maximum = maximum;
  }

  get length(): number {
    return this.limit - this.start;
  }

  /**
   * Adds borrowed bytes. While nothing is held they are not copied but looked at in place: call `keep` before the borrow ends.
   * Answers false when the bound would be passed; the queue is then empty.
   */
  append(bytes: Uint8Array, start: number, limit: number): boolean {
    if (this.length === 0) {
      this.bytes = bytes;
      this.start = start;
      this.limit = limit;
      return true;
    }
    this.keep();
    const needed = this.length + (limit - start);
    if (needed > this.maximum) {
      this.clear();
      return false;
    }
    if (this.limit + (limit - start) > this.own.length) this.hold(needed);
    this.own.set(bytes.subarray(start, limit), this.limit);
    this.limit += limit - start;
    return true;
  }

  /** Takes ownership of what is left: to be called at the end of every `data`. Answers false when it is too much to be held. */
  keep(): boolean {
    if (this.length === 0 || this.bytes === this.own) return true;
    if (this.length > this.maximum) {
      this.clear();
      return false;
    }
    this.hold(this.length);
    return true;
  }

  consume(count: number): void {
    this.start += Math.min(count, this.length);
    if (this.start === this.limit) this.clear();
  }

  clear(): void {
    this.bytes = EMPTY;
    this.start = 0;
    this.limit = 0;
  }

  /** As `clear`; and other queues may use the memory from now on: nobody may still read what was held. */
  release(): void {
    this.clear();
    giveBackMemory(this.own);
    this.own = EMPTY;
  }

  /** Moves what is there to the beginning of memory of its own, with room for `needed` bytes. */
  private hold(needed: number): void {
    const { own } = this;
    const to = needed <= own.length ? own : lendMemory(needed);
    to.set(this.bytes.subarray(this.start, this.limit));
    if (to !== own) giveBackMemory(own);
    this.own = to;
    this.bytes = to;
    this.limit -= this.start;
    this.start = 0;
  }
}

const EMPTY = new Uint8Array(0);

/** A copy of the position that may be kept: the one that `data` receives is reused. */
export function copyPosition(at: PacketPosition): Readonly<PacketPosition> {
  return { capture: at.capture, frame: at.frame, seconds: at.seconds, nanoseconds: at.nanoseconds };
}

/** As `copyPosition`, into one that nobody else was given. */
export function movePosition(to: PacketPosition, at: PacketPosition): void {
  to.capture = at.capture;
  to.frame = at.frame;
  to.seconds = at.seconds;
  to.nanoseconds = at.nanoseconds;
}
