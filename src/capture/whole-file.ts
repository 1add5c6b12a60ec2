/** For formats whose index stands at their end: keeps the file, up to a bound. */
export class WholeFile {
  bytes = new Uint8Array(INITIAL_CAPACITY);
  length = 0;
  /** Bytes that came, kept or not. */
  received = 0;
  private readonly maxLength: number;

  constructor(maxLength: number) {
    this.maxLength = maxLength;
  }

  append(chunk: Uint8Array): void {
    this.received += chunk.length;
    const kept = Math.min(chunk.length, this.maxLength - this.length);
    if (kept <= 0) return;
    if (this.length + kept > this.bytes.length) {
      const larger = new Uint8Array(Math.min(this.maxLength, Math.max(this.bytes.length * 2, this.length + kept)));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(kept === chunk.length ? chunk : chunk.subarray(0, kept), this.length);
    this.length += kept;
  }

  view(): DataView {
    return new DataView(this.bytes.buffer, 0, this.length);
  }
}

const INITIAL_CAPACITY = 1024 * 1024;
