import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { XPRESS_HISTORY, XpressStream } from '../../src/capture/xpress.js';
import { compressXpress } from '../support/xpress-writer.js';

const latin = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

/** Unpacked whole, or in pieces of so many bytes through a window that keeps only what it must. */
function unpack(packed: Uint8Array, length: number, piece = length): { bytes: Uint8Array; isBroken: boolean } {
  const stream = new XpressStream(packed, 0, packed.length);
  const window = new Uint8Array(XPRESS_HISTORY + piece);
  const bytes: number[] = [];
  let end = 0;
  while (bytes.length < length) {
    const kept = Math.max(0, end - XPRESS_HISTORY);
    window.copyWithin(0, kept, end);
    end -= kept;
    const next = stream.read(window, end, Math.min(end + piece, end + length - bytes.length));
    if (next === end) break;
    bytes.push(...window.subarray(end, next));
    end = next;
  }
  return { bytes: Uint8Array.from(bytes), isBroken: stream.isBroken };
}

const pieces = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 400 })).map(([unit, times]) => Uint8Array.from({ length: unit.length * times }, (_, i) => unit[i % unit.length]!)));
const compressible = fc.array(pieces, { maxLength: 8 }).map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));

describe('plain LZ77', () => {
  // The two examples of MS-XCA, section 3.1.
  it.each([
    ['abcdefghijklmnopqrstuvwxyz', '3f000000 6162636465666768696a6b6c6d6e6f707172737475767778797a'],
    ['abc'.repeat(100), 'ffffff1f 616263 1700 0f ff 2601'],
  ])('unpacks the published example of %s', (text, packed) => {
    expect(Buffer.from(unpack(bytesOf(packed), text.length).bytes).toString('latin1')).toBe(text);
  });
  it('gives back what was packed, in pieces of any size', () => {
    fc.assert(fc.property(compressible, fc.integer({ min: 50, max: 9000 }), (bytes, piece) => {
      const packed = compressXpress(bytes);
      const { bytes: found, isBroken } = unpack(packed, bytes.length, piece);
      expect(isBroken).toBe(false);
      expect(Buffer.compare(found, bytes)).toBe(0);
    }), { numRuns: 60 });
  });
  it('unpacks matches longer than 65,535 bytes', () => {
    const bytes = new Uint8Array(200_000).fill(7);
    expect(unpack(compressXpress(bytes), bytes.length, 20_000)).toEqual({ bytes, isBroken: false });
  });
  it('refuses a match that reaches back behind the beginning, and keeps what came before', () => {
    // Two literals, then a match of distance 3.
    expect(unpack(bytesOf('ffffff3f 6162 1000'), 100)).toEqual({ bytes: latin('ab'), isBroken: true });
  });
  it('ends where the input ends, at every cut', () => {
    const bytes = latin('abcabcabcabcxyz'.repeat(40));
    const packed = compressXpress(bytes);
    for (let cut = 0; cut < packed.length; cut++) {
      const { bytes: found, isBroken } = unpack(packed.slice(0, cut), bytes.length);
      if (!isBroken) expect(found).toEqual(bytes.slice(0, found.length));
    }
  });
  it('ends with any bytes whatever', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (packed) => { expect(unpack(packed, 100_000, 5000).bytes.length).toBeLessThanOrEqual(100_000); }));
  });
});
