import fc from 'fast-check';
import { expect, it } from 'vitest';
import { StatementIndex, TextNumbers } from '../../src/evidence/statement-index.js';

const word = fc.oneof(fc.integer({ min: -2, max: 3 }), fc.integer());

it('a statement is found where it was put, as a map of texts finds it', () => {
  fc.assert(fc.property(fc.array(fc.tuple(word, word, word, word), { maxLength: 400 }), (statements) => {
    const index = new StatementIndex();
    const known = new Map<string, number>();
    for (const [a, b, c, d] of statements) {
      const key = `${a} ${b} ${c} ${d}`;
      expect(index.find(a, b, c, d)).toBe(known.get(key) ?? -1);
      if (!known.has(key)) known.set(key, index.add(a, b, c, d));
    }
    expect(index.length).toBe(known.size);
    for (const [a, b, c, d] of statements) expect(index.find(a, b, c, d)).toBe(known.get(`${a} ${b} ${c} ${d}`));
  }));
});

it('a text has one number, from when it is kept', () => {
  const texts = new TextNumbers();
  expect(texts.find('a')).toBe(-1);
  expect([texts.of('a'), texts.of('b'), texts.of('a'), texts.find('b')]).toEqual([0, 1, 0, 1]);
});
