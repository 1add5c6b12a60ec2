/**
 * The few bytes of a record that began in one chunk and ends in a later one. Chunks themselves are never copied: only such a
 * record is completed here, and reading goes on inside the chunk behind it.
 */
export class StraddleBuffer {
  bytes = new Uint8Array(INITIAL_CAPACITY);
  view = new DataView(this.bytes.buffer);
  /** First byte that is still wanted, and the end (exclusive) of what is there. */
  start = 0;
  end = 0;

  get length(): number {
    return this.end - this.start;
  }

  /** Grows by what arrives, never by what a length field claims. */
  append(source: Uint8Array, from: number, count: number): void {
    if (this.end + count > this.bytes.length) this.makeRoom(count);
    if (count > SMALL_COPY) this.bytes.set(source.subarray(from, from + count), this.end);
    else for (let i = 0; i < count; i++) this.bytes[this.end + i] = source[from + i]!;
    this.end += count;
  }

  clear(): void {
    this.start = 0;
    this.end = 0;
  }

  /** Moves to the front only when half of the space is free, so dropping bytes one by one costs a constant each. */
  private makeRoom(count: number): void {
    const { bytes, length } = this;
    const wanted = length + count;
    const target = wanted * 2 <= bytes.length ? bytes : new Uint8Array(Math.max(bytes.length * 2, wanted * 2));
    target.set(bytes.subarray(this.start, this.end), 0);
    if (target !== bytes) {
      this.bytes = target;
      this.view = new DataView(target.buffer);
    }
    this.start = 0;
    this.end = length;
  }
}

const INITIAL_CAPACITY = 4096;
/** Below this, a loop is cheaper than the view that `set` needs. */
const SMALL_COPY = 32;
