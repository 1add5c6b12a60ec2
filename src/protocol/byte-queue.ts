import type { PacketPosition } from '../flow/inspection.js';

/**
 * Bytes of one side of a stream that could not be read yet because a message is not complete: bounded, contiguous, cheap when a
 * message arrives whole. Analyzers append what `data` gives them, read messages from `bytes` between `start` and `limit`, and
 * `consume` them.
 */
export class ByteQueue {
  bytes: Uint8Array = EMPTY;
  start = 0;
  limit = 0;
  private owned = false;
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
      this.owned = false;
      return true;
    }
    this.keep();
    const needed = this.length + (limit - start);
    if (needed > this.maximum) {
      this.clear();
      return false;
    }
    if (this.limit + (limit - start) > this.bytes.length) {
      const grown = new Uint8Array(Math.min(this.maximum, Math.max(needed, 2 * this.length, 512)));
      grown.set(this.bytes.subarray(this.start, this.limit));
      this.limit -= this.start;
      this.start = 0;
      this.bytes = grown;
    }
    this.bytes.set(bytes.subarray(start, limit), this.limit);
    this.limit += limit - start;
    return true;
  }

  /** Takes ownership of what is left: to be called at the end of every `data`. Answers false when it is too much to be held. */
  keep(): boolean {
    if (this.owned || this.length === 0) return true;
    if (this.length > this.maximum) {
      this.clear();
      return false;
    }
    this.bytes = this.bytes.slice(this.start, this.limit);
    this.limit -= this.start;
    this.start = 0;
    this.owned = true;
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
    this.owned = false;
  }
}

const EMPTY = new Uint8Array(0);

/** A copy of the position that may be kept: the one that `data` receives is reused. */
export function copyPosition(at: PacketPosition): Readonly<PacketPosition> {
  return { capture: at.capture, frame: at.frame, seconds: at.seconds, nanoseconds: at.nanoseconds };
}
