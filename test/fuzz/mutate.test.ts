import { describe, expect, it } from 'vitest';
import { type DrawnTrial, drawTrial } from './draw.js';
import { MAX_MUTANT_LENGTH } from './mutate.js';
import { loadOriginals } from './originals.js';
import { Random } from './random.js';
import { mapRecords } from './record-map.js';

const originals = loadOriginals(undefined);

function textOf({ files, ...rest }: DrawnTrial): string {
  return JSON.stringify([rest, files.map((file) => Buffer.from(file).toString('base64'))]);
}

describe('what the fuzzer tries', () => {
  it('begins with captures in every container that the tests can write', () => {
    expect(originals.length).toBeGreaterThanOrEqual(17 * 8);
    expect(originals.every(({ bytes }) => bytes.length > 0)).toBe(true);
  });
  it('is the same for the same seed and number, and another for the next', () => {
    for (let number = 0; number < 40; number++) expect(textOf(drawTrial(originals, 7, number))).toBe(textOf(drawTrial(originals, 7, number)));
    expect(textOf(drawTrial(originals, 7, 1))).not.toBe(textOf(drawTrial(originals, 7, 2)));
  });
  it('stays small, and never has a chunk of nothing', () => {
    for (let number = 0; number < 300; number++) {
      const { files, chunks, otherChunks } = drawTrial(originals, 3, number);
      expect(Math.max(...files.map((file) => file.length))).toBeLessThanOrEqual(MAX_MUTANT_LENGTH);
      expect(Math.min(...chunks, ...(otherChunks ?? [1]))).toBeGreaterThanOrEqual(1);
    }
  });
  it('leaves the originals as they are', () => {
    const before = originals.map(({ bytes }) => bytes.slice());
    for (let number = 0; number < 200; number++) drawTrial(originals, 11, number);
    expect(originals.every(({ bytes }, i) => Buffer.compare(bytes, before[i]!) === 0)).toBe(true);
  });
});

describe('the map of records', () => {
  it('covers a pcap and a pcapng file to its end', () => {
    for (const { name, bytes } of originals.filter(({ name }) => name.endsWith('.pcapng') || name.includes('as pcap'))) {
      expect([name, mapRecords(bytes)?.records.at(-1)?.end]).toEqual([name, bytes.length < 128 * 1024 ? bytes.length : expect.any(Number)]);
    }
  });
  it('is undefined for what it does not know', () => {
    expect(mapRecords(new Uint8Array(100))).toBeUndefined();
    expect(mapRecords(new Uint8Array(3))).toBeUndefined();
  });
});

describe('random numbers', () => {
  it('are spread over their range', () => {
    const random = new Random(1);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) counts[random.below(10)]!++;
    expect(Math.min(...counts)).toBeGreaterThan(900);
    expect(random.below(0)).toBe(0);
  });
});
