/**
 * SHA-1 (FIPS 180-4) of messages that fit one block, synchronous and without a platform's crypto: Community ID is defined by it, and
 * nothing here depends on its strength. Two hundred thousand of them a second are wanted, so the schedule is reused.
 */

/** Bytes that fit one block beside the padding and the length. */
export const SHORT_MESSAGE = 55;
const schedule = new Int32Array(80);

/** Digest of `message[0, length)` into `digest` (20 bytes). `length` is at most {@link SHORT_MESSAGE}. */
export function sha1Short(message: Uint8Array, length: number, digest: Uint8Array): void {
  schedule.fill(0, 0, 16);
  for (let i = 0; i < length; i++) schedule[i >> 2]! |= message[i]! << (24 - (i & 3) * 8);
  schedule[length >> 2]! |= 0x80 << (24 - (length & 3) * 8);
  schedule[15] = length * 8;
  for (let i = 16; i < 80; i++) {
    const word = schedule[i - 3]! ^ schedule[i - 8]! ^ schedule[i - 14]! ^ schedule[i - 16]!;
    schedule[i] = (word << 1) | (word >>> 31);
  }
  let a = 0x67452301, b = 0xefcdab89 | 0, c = 0x98badcfe | 0, d = 0x10325476, e = 0xc3d2e1f0 | 0;
  // Four loops: one that asks for each round which function it has takes nearly twice as long.
  for (let i = 0; i < 20; i++) {
    const next = ((((a << 5) | (a >>> 27)) + ((b & c) | (~b & d)) | 0) + (e + schedule[i]! | 0) + 0x5a827999) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let i = 20; i < 40; i++) {
    const next = ((((a << 5) | (a >>> 27)) + (b ^ c ^ d) | 0) + (e + schedule[i]! | 0) + 0x6ed9eba1) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let i = 40; i < 60; i++) {
    const next = ((((a << 5) | (a >>> 27)) + ((b & c) | (b & d) | (c & d)) | 0) + (e + schedule[i]! | 0) + (0x8f1bbcdc | 0)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let i = 60; i < 80; i++) {
    const next = ((((a << 5) | (a >>> 27)) + (b ^ c ^ d) | 0) + (e + schedule[i]! | 0) + (0xca62c1d6 | 0)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  store(digest, 0, a + 0x67452301);
  store(digest, 4, b + 0xefcdab89);
  store(digest, 8, c + 0x98badcfe);
  store(digest, 12, d + 0x10325476);
  store(digest, 16, e + 0xc3d2e1f0);
}

function store(digest: Uint8Array, at: number, word: number): void {
  digest[at] = word >>> 24;
  digest[at + 1] = word >>> 16;
  digest[at + 2] = word >>> 8;
  digest[at + 3] = word;
}
