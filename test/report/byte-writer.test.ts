import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter, piece } from '../../src/report/byte-writer.js';

/** What `write` gives as one text. */
function written(write: (out: ByteWriter) => void): string {
  const parts: Uint8Array[] = [];
  const out = new ByteWriter((bytes) => parts.push(bytes.slice()));
  write(out);
  out.flush();
  return Buffer.concat(parts).toString('utf8');
}

describe('bytes of text', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('text' as const), value: fc.string({ unit: 'grapheme', maxLength: 40 }) }),
    fc.record({ kind: fc.constant('piece' as const), value: fc.string({ unit: 'grapheme', maxLength: 40 }) }),
    fc.record({ kind: fc.constant('quoted' as const), value: fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.ipV4(), fc.ipV6()) }),
    fc.record({ kind: fc.constant('number' as const), value: fc.oneof(fc.integer(), fc.nat(), fc.double(), fc.maxSafeInteger()) }),
  );

  it('is what JavaScript makes of the same', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const text = written((out) => {
        for (const { kind, value } of steps) {
          if (kind === 'number') out.number(value);
          else if (kind === 'piece') out.piece(piece(value));
          else out[kind](value);
        }
      });
      expect(text).toBe(steps.map(({ kind, value }) => (kind === 'quoted' ? JSON.stringify(value) : String(value))).join(''));
    }));
  });

  it('goes over the ends of the buffer, in pieces that are not longer', () => {
    for (let length = 1; length <= 9; length++) {
      const one = piece('abcdefghi'.slice(0, length));
      expect(written((out) => { for (let i = 0; i < 20_000; i++) out.piece(one); })).toBe('abcdefghi'.slice(0, length).repeat(20_000));
    }
    const long = 'ä'.repeat(100_000);
    expect(written((out) => { out.text('a'); out.text(long); out.piece(piece(long)); out.quoted(long); })).toBe(`a${long}${long}"${long}"`);
  });

  it('has nanoseconds with leading zeros', () => {
    fc.assert(fc.property(fc.nat({ max: 999_999_999 }), (value) => { expect(written((out) => { out.nanoseconds(value); })).toBe(String(value).padStart(9, '0')); }));
  });
});
