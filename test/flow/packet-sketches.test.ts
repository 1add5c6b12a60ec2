import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameKey } from '../../src/flow/flow-layout.js';
import { PacketSketches } from '../../src/flow/packet-sketches.js';

const MAX_ROWS = 64;

function add(sketches: PacketSketches, sketch: number, frame: number): void {
  sketches.add(sketch, 100 + frame, 5, frameKey(3, frame), 0x12, frame & 1, 57, 0xffff_fff0 + (frame & 15), 0x8000_0001, 1460, 0xffff, 0xfffe);
}
const framesOf = (sketches: PacketSketches, sketch: number) => sketches.read(sketch, 0).map((row) => row.frame.frame);

describe('packet sketches', () => {
  it('give back what was put in, at the edges of every field', () => {
    const sketches = new PacketSketches();
    const sketch = sketches.open();
    add(sketches, sketch, 7);
    expect(sketches.read(sketch, 1)).toEqual([{
      frame: { capture: 3, frame: 7 }, time: { seconds: 107, nanoseconds: 5 }, from: 'client', flags: 0x12, sequence: 0xffff_fff7, acknowledgement: 0x8000_0001, length: 1460, ttl: 57, window: 0xffff, ipId: 0xfffe,
    }]);
    expect(sketches.read(sketch, 0)[0]!.from).toBe('server');
  });
  it('keep the first 64 rows', () => {
    const sketches = new PacketSketches();
    const sketch = sketches.open();
    for (let frame = 1; frame <= 100; frame++) add(sketches, sketch, frame);
    expect(framesOf(sketches, sketch)).toEqual(Array.from({ length: MAX_ROWS }, (_, i) => i + 1));
  });
  it('opened, filled and closed in any order: each has its own rows', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('open' as const), which: fc.nat(20), rows: fc.nat(0) }),
      fc.record({ do: fc.constant('add' as const), which: fc.nat(20), rows: fc.integer({ min: 1, max: 30 }) }),
      fc.record({ do: fc.constant('close' as const), which: fc.nat(20), rows: fc.nat(0) }),
    );
    fc.assert(fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const sketches = new PacketSketches();
      const model: { sketch: number; rows: number[] }[] = [];
      let frame = 0;
      for (const { do: what, which, rows } of steps) {
        const chosen = model[which % Math.max(1, model.length)];
        if (what === 'open') model.push({ sketch: sketches.open(), rows: [] });
        else if (chosen !== undefined && what === 'add') {
          for (let i = 0; i < rows; i++) {
            add(sketches, chosen.sketch, ++frame);
            if (chosen.rows.length < MAX_ROWS) chosen.rows.push(frame);
          }
        } else if (chosen !== undefined) {
          sketches.close(chosen.sketch);
          model.splice(model.indexOf(chosen), 1);
        }
      }
      for (const { sketch, rows } of model) expect(framesOf(sketches, sketch)).toEqual(rows);
    }), { numRuns: 300 });
  });
  it('has a bound: beyond it flows have none, and there is room again when one is closed', () => {
    const sketches = new PacketSketches();
    const opened: number[] = [];
    for (let sketch = sketches.open(); sketch >= 0 && opened.length < 200_000; sketch = sketches.open()) opened.push(sketch);
    expect(opened.length).toBe(131_072);
    expect(sketches.open()).toBe(-1);
    sketches.close(opened[5]!);
    expect(sketches.open()).toBe(opened[5]);
  });
});
