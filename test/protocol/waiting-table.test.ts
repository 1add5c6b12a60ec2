import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WaitingTable } from '../../src/protocol/waiting-table.js';

/** The same by a Map, which keeps the order in which keys came. */
class Model {
  readonly map = new Map<number, number>();

  add(key: number, value: number, maximum: number): number | undefined {
    this.map.delete(key);
    const [oldest] = this.map;
    const leaves = this.map.size >= maximum && oldest !== undefined;
    if (leaves) this.map.delete(oldest[0]);
    this.map.set(key, value);
    return leaves ? oldest[1] : undefined;
  }
}

describe('what waits for its answer', () => {
  it('is found by its number, leaves with it, and the oldest first where there is no room', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('add' as const), key: fc.nat(6), value: fc.nat() }), fc.record({ kind: fc.constant('delete' as const), key: fc.nat(6) }), fc.record({ kind: fc.constant('clear' as const) }),
    );
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (steps, maximum) => {
      const table = new WaitingTable<number>();
      const model = new Model();
      for (const one of steps) {
        if (one.kind === 'add') expect(table.add(one.key, one.value, maximum)).toBe(model.add(one.key, one.value, maximum));
        else if (one.kind === 'delete') {
          table.delete(one.key);
          model.map.delete(one.key);
        } else {
          table.clear();
          model.map.clear();
        }
        expect([...table]).toEqual([...model.map.values()]);
        expect(table.size).toBe(model.map.size);
        for (let key = 0; key <= 6; key++) {
          expect(table.get(key)).toBe(model.map.get(key));
          expect(table.has(key)).toBe(model.map.has(key));
        }
      }
    }));
  });
});
