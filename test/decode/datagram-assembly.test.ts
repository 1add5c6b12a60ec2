import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DatagramAssembly } from '../../src/decode/datagram-assembly.js';
import { decodeOne, newDecoder } from './decode-one.js';
import { ethernet, fragmentHeader, ipv4, ipv6, join, u16 } from './headers.js';

const PAYLOAD = Uint8Array.from({ length: 3001 }, (_, i) => i * 7);
const DATAGRAM = join(u16(88), u16(50000), u16(8 + PAYLOAD.length), u16(0), PAYLOAD);

/** Two pieces. */
const HALF = 1512;

/** The datagram in pieces of `size` bytes: offset, whether more follow, bytes. */
function pieces(size: number): { offset: number; more: boolean; bytes: Uint8Array }[] {
  return Array.from({ length: Math.ceil(DATAGRAM.length / size) }, (_, i) => ({ offset: i * size, more: (i + 1) * size < DATAGRAM.length, bytes: DATAGRAM.slice(i * size, (i + 1) * size) }));
}

describe('fragmented datagrams', () => {
  const frames4 = pieces(1480).map(({ offset, more, bytes }) => ethernet(0x0800, ipv4(17, bytes, { fragment: (more ? 0x2000 : 0) | (offset / 8) })));
  const frames6 = pieces(1448).map(({ offset, more, bytes }) => ethernet(0x86dd, ipv6(44, fragmentHeader(17, offset / 8, more, 0xffffffff, bytes))));

  for (const [name, frames] of [['IPv4', frames4], ['IPv6', frames6]] as const) {
    it(`${name}: are whole in the packet that completes them, in any order`, () => {
      for (const order of [[0, 1, 2], [2, 1, 0], [1, 0, 2], [0, 0, 2, 2, 1], [0, 2, 1]]) {
        const decoder = newDecoder();
        const whole = order.map((i) => decodeOne(frames[i]!, { decoder }).segment.reassembled.slice());
        expect(whole.slice(0, -1).every((bytes) => bytes.length === 0)).toBe(true);
        expect(whole.at(-1)).toEqual(PAYLOAD);
      }
    });
  }

  it('stay unfinished when a fragment is cut by the capture', () => {
    const decoder = newDecoder();
    for (const [i, frame] of frames4.entries()) {
      const snapped = i === 1 ? frame.slice(0, 100) : frame;
      expect(decodeOne(snapped, { decoder, originalLength: frame.length }).segment.reassembled.length).toBe(0);
    }
  });
});

describe('DatagramAssembly', () => {
  it('puts together any cut in any order, with repeats', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 100 }), fc.infiniteStream(fc.nat()), (units, random) => {
      const parts = pieces(8 * units);
      const shuffled = [...parts, ...parts.slice(0, 2)].map((part) => ({ part, key: Number(random.next().value) })).sort((a, b) => a.key - b.key).map(({ part }) => part);
      const assembly = new DatagramAssembly();
      let wholes = 0;
      for (const { offset, more, bytes } of shuffled) {
        const answer = assembly.add(1, 2, 3, 0, offset, more, bytes, 0, bytes.length);
        if (answer.length === 0) continue;
        expect(answer).toEqual(PAYLOAD);
        wholes++;
      }
      expect(wholes).toBeGreaterThanOrEqual(1);
    }), { numRuns: 50 });
  });

  it('keeps the first of two versions of a byte, and takes nothing that does not fit', () => {
    const assembly = new DatagramAssembly();
    const add = (offset: number, more: boolean, bytes: Uint8Array): Uint8Array => assembly.add(1, 2, 3, 0, offset, more, bytes, 0, bytes.length);
    const first = pieces(HALF)[0]!;
    const last = pieces(HALF)[1]!;
    expect(add(0, true, first.bytes).length).toBe(0);
    expect(add(8, true, new Uint8Array(800).fill(0xee)).length).toBe(0);
    expect(add(HALF, true, new Uint8Array(9)).length).toBe(0); // no multiple of 8 before the end
    expect(add(65528, false, new Uint8Array(8)).length).toBe(0); // beyond 65535: refused, or the length would be believed
    expect(add(HALF, false, last.bytes)).toEqual(PAYLOAD);
  });

  it('holds no more datagrams than its bound, and counts what it gives up', () => {
    const assembly = new DatagramAssembly(2);
    const first = pieces(HALF)[0]!;
    const last = pieces(HALF)[1]!;
    for (const id of [1, 2, 3]) assembly.add(1, 2, id, 0, 0, true, first.bytes, 0, first.bytes.length);
    expect(assembly.abandoned).toBe(1);
    const whole = [1, 2, 3].map((id) => assembly.add(1, 2, id, 0, HALF, false, last.bytes, 0, last.bytes.length).length);
    expect(whole.filter((length) => length > 0).length).toBeLessThan(3);
    expect(whole[0]).toBe(0);
  });
});
