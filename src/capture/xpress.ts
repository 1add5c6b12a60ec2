/**
 * Plain LZ77 of the Xpress family (MS-XCA, section 2.4), as a stream: what Windows compresses the buffers of event traces with. Flags come in
 * words of 32 bits, highest first: a literal byte, or a match of a distance of at most {@link XPRESS_HISTORY} and a length. Little endian.
 */

/** How far back a match may reach, bytes: the distance has 13 bits. */
export const XPRESS_HISTORY = 8192;

const SHORTEST_MATCH = 3;
/** Of a length field that goes on: 3 bits in the match itself, then 4 shared by two matches, then 8, 16, 32. */
const LENGTH_3_CONTINUES = 7;
const LENGTH_4_CONTINUES = 15;
const LENGTH_8_CONTINUES = 255;

export class XpressStream {
  /** The input is no such stream from here on; what came before is sound. */
  isBroken = false;
  private readonly source: Uint8Array;
  private readonly limit: number;
  private at: number;
  private flags = 0;
  private flagsLeft = 0;
  /** Where the byte stands of which the next match uses the upper half; -1: none. */
  private halfAt = -1;
  /** Of a match that found no room: what is left of it. */
  private matchDistance = 0;
  private matchLeft = 0;
  private written = 0;

  /** Reads `source` from `start` to `limit` (exclusive). The bytes are not copied, and must stay. */
  constructor(source: Uint8Array, start: number, limit: number) {
    this.source = source;
    this.at = start;
    this.limit = limit;
  }

  /**
   * Writes into `out` from `from` to at most `limit` (exclusive) and answers the end of what was written: less than `limit` where the input ends or
   * is broken. The {@link XPRESS_HISTORY} bytes that were written last (or as many as there were) must stand in front of `from`.
   */
  read(out: Uint8Array, from: number, limit: number): number {
    const { source } = this;
    const end = this.limit;
    let { at, flags, flagsLeft } = this;
    let to = from;
    let distance = this.matchDistance;
    let left = this.matchLeft;
    for (;;) {
      if (left > 0) {
        const count = Math.min(left, limit - to);
        // Byte by byte: a match may repeat what it writes.
        for (let i = 0; i < count; i++) out[to + i] = out[to + i - distance]!;
        to += count;
        left -= count;
      }
      if (to >= limit) break;
      if (flagsLeft === 0) {
        if (end - at < 4) break;
        flags = source[at]! | (source[at + 1]! << 8) | (source[at + 2]! << 16) | (source[at + 3]! << 24);
        at += 4;
        flagsLeft = 32;
      }
      if (flags >= 0) {
        if (at >= end) break;
        out[to++] = source[at++]!;
      } else {
        if (end - at < 2) break;
        const word = source[at]! | (source[at + 1]! << 8);
        at += 2;
        distance = (word >>> 3) + 1;
        left = word & 7;
        if (left === LENGTH_3_CONTINUES) {
          at = this.readLength(at);
          left = this.matchLeft;
        }
        left += SHORTEST_MATCH;
        if (this.isBroken || distance > this.written + to - from) {
          this.isBroken = true;
          left = 0;
          break;
        }
      }
      flags <<= 1;
      flagsLeft--;
    }
    this.at = at;
    this.flags = flags;
    this.flagsLeft = flagsLeft;
    this.matchDistance = distance;
    this.matchLeft = left;
    this.written += to - from;
    return to;
  }

  /** Length less three of a match whose 3 bits are all set, into `matchLeft`. Answers where the input goes on. */
  private readLength(start: number): number {
    const { source, limit } = this;
    let at = start;
    let length: number;
    if (this.halfAt < 0) {
      this.halfAt = at;
      length = (source[at++] ?? 0) & 15;
    } else {
      length = source[this.halfAt]! >>> 4;
      this.halfAt = -1;
    }
    if (length === LENGTH_4_CONTINUES) {
      const byte = source[at++] ?? 0;
      if (byte < LENGTH_8_CONTINUES) length += byte;
      else {
        // From here on the whole length is given, not what is to be added.
        length = (source[at] ?? 0) | ((source[at + 1] ?? 0) << 8);
        at += 2;
        if (length === 0) {
          length = ((source[at] ?? 0) | ((source[at + 1] ?? 0) << 8) | ((source[at + 2] ?? 0) << 16) | ((source[at + 3] ?? 0) << 24)) >>> 0;
          at += 4;
        }
        length -= LENGTH_3_CONTINUES;
        if (length < LENGTH_4_CONTINUES) this.isBroken = true;
      }
    }
    if (at > limit) this.isBroken = true;
    this.matchLeft = length + LENGTH_3_CONTINUES;
    return at;
  }
}
