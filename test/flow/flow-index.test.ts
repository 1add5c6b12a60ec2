import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FlowIndex } from '../../src/flow/flow-index.js';

/** Records that a probe for `hash` meets, as the table's own search walks. */
function probe(index: FlowIndex, hash: number): number[] {
  const found: number[] = [];
  for (let at = hash & index.slotMask; index.table[at * 2 + 1] !== 0; at = (at + 1) & index.slotMask) {
    if (index.table[at * 2] === hash) found.push(index.table[at * 2 + 1]! - 1);
  }
  return found.sort((a, b) => a - b);
}

it('finds what is in it and nothing else, with hashes that collide, wrap round and are negative', () => {
  const hash = fc.oneof(fc.constantFrom(0, 1, 2, 1023, 2047, 4095, -1, -2, 0x7fff_ffff, -0x8000_0000), fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }), fc.integer({ min: 1018, max: 1030 }));
  fc.assert(fc.property(fc.array(fc.record({ hash, remove: fc.boolean(), which: fc.nat() }), { maxLength: 300 }), (steps) => {
    const index = new FlowIndex(1);
    const model = new Map<number, number>();
    let next = 0;
    for (const { hash: value, remove, which } of steps) {
      if (remove && model.size > 0) {
        const [record, stored] = [...model][which % model.size]!;
        index.remove(stored, record);
        model.delete(record);
      } else {
        index.insert(value, next);
        model.set(next++, value);
      }
    }
    expect(index.count).toBe(model.size);
    for (const value of new Set(steps.map((step) => step.hash))) expect(probe(index, value)).toEqual([...model].filter(([, stored]) => stored === value).map(([record]) => record));
  }), { numRuns: 300 });
});

it('grows beyond its first size, and keeps everything', () => {
  const index = new FlowIndex(1);
  const before = index.slotMask;
  for (let record = 0; record < 5000; record++) index.insert(record % 7, record);
  expect(index.slotMask).toBeGreaterThan(before);
  expect(probe(index, 3)).toEqual(Array.from({ length: 5000 }, (_, i) => i).filter((record) => record % 7 === 3));
  for (let record = 0; record < 5000; record++) index.remove(record % 7, record);
  expect([index.count, index.table.some((word, i) => i % 2 === 1 && word !== 0)]).toEqual([0, false]);
});

it('removing what is not there changes nothing', () => {
  const index = new FlowIndex(1);
  index.insert(5, 0);
  index.remove(5, 1);
  index.remove(6, 0);
  expect([index.count, probe(index, 5)]).toEqual([1, [0]]);
});
