/**
 * Reads a stub in NDR (C706 14) or NDR64 ([MS-RPCE] 2.2.5): alignment counts from the stub's first byte, and counts, offsets and
 * pointers have 4 bytes in one and 8 in the other. Past the end everything reads as zero and `failed` is set: look at it before
 * believing what was read. A count is a claim: compare it with `remaining` before looping.
 */
import { readUint16, readUint32, readUuid, UUID_LENGTH } from './data-representation.js';

export class NdrReader {
  failed = false;
  position: number;
  readonly bytes: Uint8Array;
  readonly limit: number;
  readonly littleEndian: boolean;
  readonly wide: boolean;
  private readonly start: number;

  constructor(bytes: Uint8Array, start: number, limit: number, littleEndian: boolean, wide: boolean) {
    this.bytes = bytes;
    this.start = start;
    this.position = start;
    this.limit = limit;
    this.littleEndian = littleEndian;
    this.wide = wide;
  }

  get remaining(): number {
    return this.failed ? 0 : this.limit - this.position;
  }

  align(size: number): void {
    const over = (this.position - this.start) % size;
    if (over !== 0) this.take(size - over);
  }

  uint16(): number {
    this.align(2);
    const at = this.take(2);
    return at < 0 ? 0 : readUint16(this.bytes, at, this.littleEndian);
  }

  uint32(): number {
    this.align(4);
    const at = this.take(4);
    return at < 0 ? 0 : readUint32(this.bytes, at, this.littleEndian);
  }

  /** A count, offset or pointer: 4 or 8 bytes. One above 2^53 is rounded: it is too large for any use. */
  size(): number {
    if (!this.wide) return this.uint32();
    this.align(8);
    const first = this.uint32();
    const second = this.uint32();
    return this.littleEndian ? second * 2 ** 32 + first : first * 2 ** 32 + second;
  }

  uuid(): string {
    this.align(4);
    const at = this.take(UUID_LENGTH);
    return at < 0 ? '' : readUuid(this.bytes, at, this.littleEndian);
  }

  /** Passes `count` bytes and answers where they begin; -1 when they are not there. */
  take(count: number): number {
    if (this.failed || !(count <= this.limit - this.position)) {
      this.failed = true;
      return -1;
    }
    const at = this.position;
    this.position += count;
    return at;
  }

  /** A context handle (C706 appendix N): answers whether it is anything but null. */
  handle(): boolean {
    this.align(4);
    const at = this.take(HANDLE_LENGTH);
    if (at < 0) return false;
    for (let index = at; index < at + HANDLE_LENGTH; index++) if (this.bytes[index] !== 0) return true;
    return false;
  }
}

const HANDLE_LENGTH = 20;
