/** Numbers and bytes, one behind the other, in either byte order. */
export class ByteWriter {
  private buffer = new Uint8Array(256);
  private view = new DataView(this.buffer.buffer);
  length = 0;
  readonly littleEndian: boolean;

  constructor(littleEndian = true) {
    this.littleEndian = littleEndian;
  }

  u8(...values: number[]): this {
    for (const value of values) {
      const at = this.room(1);
      this.view.setUint8(at, value);
    }
    return this;
  }

  u16(...values: number[]): this {
    for (const value of values) {
      const at = this.room(2);
      this.view.setUint16(at, value, this.littleEndian);
    }
    return this;
  }

  u32(...values: number[]): this {
    for (const value of values) {
      const at = this.room(4);
      this.view.setUint32(at, value, this.littleEndian);
    }
    return this;
  }

  u64(...values: bigint[]): this {
    for (const value of values) {
      const at = this.room(8);
      this.view.setBigUint64(at, BigInt.asUintN(64, value), this.littleEndian);
    }
    return this;
  }

  raw(bytes: Uint8Array | readonly number[]): this {
    const at = this.room(bytes.length);
    this.buffer.set(bytes, at);
    return this;
  }

  text(text: string): this {
    return this.raw(new TextEncoder().encode(text));
  }

  /** Zeros until the length is a multiple of `unit`. */
  pad(unit: number): this {
    return this.raw(new Uint8Array((unit - (this.length % unit)) % unit));
  }

  bytes(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }

  private room(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.buffer.length) {
      const larger = new Uint8Array(Math.max(this.length, this.buffer.length * 2));
      larger.set(this.buffer);
      this.buffer = larger;
      this.view = new DataView(larger.buffer);
    }
    return at;
  }
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
