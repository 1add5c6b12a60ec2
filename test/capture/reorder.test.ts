import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PcapngReader } from '../../src/capture/pcapng.js';
import { ReorderBuffer } from '../../src/capture/reorder.js';
import { PcapngWriter } from '../support/pcapng-writer.js';
import { packetsOf, type ReadPacket } from '../support/read-packets.js';

interface Written { readonly ticks: bigint | undefined; readonly length: number }

function fileOf(written: readonly Written[]): Uint8Array {
  const writer = new PcapngWriter().section().interface();
  written.forEach(({ ticks, length }, i) => {
    const data = new Uint8Array(length).fill(i & 255);
    if (ticks === undefined) writer.simplePacket(data);
    else writer.packet({ data, ticks });
  });
  return writer.bytes();
}

function sorted(file: Uint8Array, chunkLength: number): ReadPacket[] {
  const reader = new PcapngReader();
  const buffer = new ReorderBuffer();
  const packets: ReadPacket[] = [];
  for (let at = 0; at < file.length; at += chunkLength) {
    const chunk = file.slice(at, at + chunkLength);
    reader.feed(chunk, (batch) => { buffer.add(batch, 0, batch.count, (each) => { packets.push(...packetsOf(each)); }); });
    chunk.fill(0xee);
  }
  reader.finish(() => { /* nothing is left */ });
  buffer.flush((each) => { packets.push(...packetsOf(each)); });
  return packets;
}

const at = (...milliseconds: (number | undefined)[]): Written[] => milliseconds.map((ms) => ({ ticks: ms === undefined ? undefined : BigInt(ms) * 1000n, length: 60 }));
const framesOf = (written: readonly Written[]) => sorted(fileOf(written), 1_000_000).map(({ frame }) => frame);

describe('ReorderBuffer', () => {
  it('puts packets into the order of time, in file order where times are equal', () => {
    expect(framesOf(at(5, 3, 5, 1, 3))).toEqual([4, 2, 5, 1, 3]);
  });
  it('holds a packet for one second and no longer', () => {
    expect(framesOf(at(2000, 3000, 1000))).toEqual([3, 1, 2]);
    expect(framesOf(at(2000, 3001, 1000))).toEqual([1, 3, 2]);
  });
  it('leaves packets without a time where they are', () => {
    expect(framesOf(at(1, undefined, 3, 2, undefined, 4))).toEqual([1, 2, 4, 5, 3, 6]);
    expect(framesOf(at(undefined, 1))).toEqual([1, 2]);
  });
  it('is not put off by one packet from the far future', () => {
    expect(framesOf(at(2, 10_000_000, 1, 4, 3))).toEqual([1, 3, 5, 4, 2]);
  });
  it('gives every packet once, whole, the same at any chunk size', () => {
    const written = fc.record({ ticks: fc.option(fc.bigInt({ min: 0n, max: 5_000_000n }), { nil: undefined }), length: fc.integer({ min: 0, max: 300 }) });
    fc.assert(fc.property(fc.array(written, { maxLength: 60 }), fc.integer({ min: 1, max: 2000 }), (packets, size) => {
      const file = fileOf(packets);
      const whole = sorted(file, file.length);
      expect(sorted(file, size)).toEqual(whole);
      expect(whole.map(({ frame }) => frame).sort((a, b) => a - b)).toEqual(packets.map((_, i) => i + 1));
      for (const { frame, data } of whole) expect(data).toBe(Buffer.alloc(packets[frame - 1]!.length, (frame - 1) & 255).toString('hex'));
    }));
  });
  it('stays within its bounds when all packets are of one moment', () => {
    const large = Array.from({ length: 1000 }, (_, i) => ({ ticks: BigInt(1000 - i), length: 200_000 }));
    const file = fileOf(large);
    const whole = sorted(file, 1_000_000).map(({ frame }) => frame);
    expect(whole).not.toEqual(large.map((_, i) => 1000 - i)); // 200 MB do not fit
    expect(sorted(file, 77_777).map(({ frame }) => frame)).toEqual(whole);
    expect(new Set(whole).size).toBe(1000);
    const many = Array.from({ length: 70_000 }, (_, i) => ({ ticks: BigInt(70_000 - i), length: 1 }));
    expect(new Set(sorted(fileOf(many), 1_000_000).map(({ frame }) => frame)).size).toBe(70_000);
  });
});
