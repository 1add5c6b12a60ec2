/**
 * BER and DER elements (X.690): tag, length, contents. One reader, moved over the bytes; nothing is allocated for an element.
 * Tags above 30 and indefinite lengths are not met in the protocols read here and end the reading.
 */
export class BerCursor {
  bytes: Uint8Array = EMPTY;
  /** Of the element last read: its tag, and where its contents begin and end. */
  tag = 0;
  start = 0;
  limit = 0;
  /** Length that the element claims: contents may be cut by the end of what was captured. */
  length = 0;

  /** Reads the element at `at` that must end at or before `end`; contents that go beyond are an error. */
  read(bytes: Uint8Array, at: number, end: number): boolean {
    return this.header(bytes, at, end) && this.start + this.length <= end;
  }

  /** As `read`; answers whether the element has this tag, too. */
  enter(bytes: Uint8Array, at: number, end: number, tag: number): boolean {
    return this.read(bytes, at, end) && this.tag === tag;
  }

  /** As `read`, but the contents may be cut: `limit` is then `end`. */
  header(bytes: Uint8Array, at: number, end: number): boolean {
    if (end - at < 2) return false;
    this.bytes = bytes;
    this.tag = bytes[at]!;
    if ((this.tag & 0x1f) === 0x1f) return false;
    const first = bytes[at + 1]!;
    let length = first;
    let contents = at + 2;
    if (first >= 0x80) {
      const count = first & 0x7f;
      if (count === 0 || count > 4 || end - contents < count) return false;
      length = 0;
      for (let index = 0; index < count; index++) length = length * 256 + bytes[contents + index]!;
      contents += count;
    }
    this.start = contents;
    this.length = length;
    this.limit = Math.min(end, contents + length);
    return true;
  }

  /** Enters the element with this tag among those between `start` and `limit`. */
  find(tag: number): boolean {
    const { bytes, limit } = this;
    for (let at = this.start; at < limit;) {
      if (!this.read(bytes, at, limit)) return false;
      if (this.tag === tag) return true;
      at = this.limit;
    }
    return false;
  }

  /** Contents as an unsigned integer of at most 4 bytes; the higher bytes of a longer one are lost. */
  integer(): number {
    let value = 0;
    for (let at = this.start; at < this.limit; at++) value = ((value << 8) | this.bytes[at]!) >>> 0;
    return value;
  }
}

/**
 * Total length of the element at `start`, its tag and length included: 0 when the length is not complete, -1 when it is none
 * that is read here.
 */
export function berTotal(bytes: Uint8Array, start: number, limit: number): number {
  if (limit - start < 2) return 0;
  const first = bytes[start + 1]!;
  if (first < 0x80) return 2 + first;
  const count = first & 0x7f;
  if (count === 0 || count > 4) return -1;
  if (limit - start < 2 + count) return 0;
  let length = 0;
  for (let index = 0; index < count; index++) length = length * 256 + bytes[start + 2 + index]!;
  return 2 + count + length;
}

const EMPTY = new Uint8Array(0);
