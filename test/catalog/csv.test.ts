import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCsv } from '../../src/catalog/csv.js';

describe('CSV', () => {
  it('counts lines through quotes, comments and empty lines', () => {
    expect(parseCsv('\uFEFFa,b\r\n# note, "unclosed\r\n\r\n"x ""y""\nz",2\r\nlast,')).toEqual([
      { line: 1, values: ['a', 'b'] }, { line: 4, values: ['x "y"\nz', '2'] }, { line: 6, values: ['last', ''] },
    ]);
  });
  it('takes the semicolon of German spreadsheets', () => {
    expect(parseCsv('a;b\n1;"2;3"\n').map((record) => record.values)).toEqual([['a', 'b'], ['1', '2;3']]);
  });
  it('reads back what was written with quotes', () => {
    const cell = fc.string({ unit: 'binary' });
    fc.assert(fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1 }), (rows) => {
      const text = `h,k\n${rows.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(',')).join('\n')}\n`;
      expect(parseCsv(text).slice(1).map((record) => record.values)).toEqual(rows);
    }));
  });
});
