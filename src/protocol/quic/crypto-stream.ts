/**
 * The handshake of one side, put together from CRYPTO frames (RFC 9000 19.6), which come in any order, overlap, and repeat. Bounded: a
 * hello with post-quantum keys has some 2 KB.
 */
const MESSAGE_MAXIMUM = 16_384;
const PIECES_MAXIMUM = 64;
const HANDSHAKE_HEADER = 4;

export class CryptoStream {
  private bytes = new Uint8Array(2048);
  /** What has come: pairs of start and limit, ascending, apart from each other. */
  private readonly pieces: number[] = [];

  add(offset: number, data: Uint8Array): void {
    const limit = offset + data.length;
    if (data.length === 0 || limit > MESSAGE_MAXIMUM) return;
    if (limit > this.bytes.length) {
      const grown = new Uint8Array(Math.min(MESSAGE_MAXIMUM, Math.max(limit, 2 * this.bytes.length)));
      grown.set(this.bytes);
      this.bytes = grown;
    }
    if (!this.mark(offset, limit)) return;
    this.bytes.set(data, offset);
  }

  /** The first handshake message once all of it is there, its header included. */
  get message(): Uint8Array | undefined {
    const { bytes, pieces } = this;
    const have = pieces[0] === 0 ? pieces[1]! : 0;
    if (have < HANDSHAKE_HEADER) return undefined;
    const length = HANDSHAKE_HEADER + ((bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!);
    return length <= have ? bytes.subarray(0, length) : undefined;
  }

  /** Answers false when there is no room for another piece. */
  private mark(start: number, limit: number): boolean {
    const { pieces } = this;
    let at = 0;
    while (at < pieces.length && pieces[at + 1]! < start) at += 2;
    let end = at;
    while (end < pieces.length && pieces[end]! <= limit) {
      start = Math.min(start, pieces[end]!);
      limit = Math.max(limit, pieces[end + 1]!);
      end += 2;
    }
    if (end === at && pieces.length >= 2 * PIECES_MAXIMUM) return false;
    pieces.splice(at, end - at, start, limit);
    return true;
  }
}
