/** Large texts are read piece by piece: the same faults at the same places, and nothing loaded by halves. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { documentItems, documentKeys, documentSchema } from '../../src/catalog/document-schema.js';
import { faultLine, sortFaults } from '../../src/catalog/fault.js';
import { loadDocument } from '../../src/catalog/load.js';
import { cutText } from '../../src/catalog/yaml-pieces.js';
import { readSource } from '../../src/catalog/yaml-source.js';
import { readInventory } from '../../src/inventory/read-inventory.js';

const head = 'id: x\ntitle: T\npublisher: P\nproducts: []\ntables:\n';
const row = (id: string, protocol = 'https'): string => `      - id: ${id}\n        entries: [{ ports: 443, protocol: ${protocol} }]\n        source: [vmm-server]\n        target: [hyper-v-host]\n        purpose: carries what the row says and a little more\n`;

describe('a text in pieces', () => {
  const line = fc.constantFrom(...`${row('a')}${row('b')}`.split('\n'), '      # a remark', '', '      -', '      - id: c', '        purpse: p', '\t- id: t', '        purpose: |', '          - no item', '    rows:', '  - id: t', '    title: T', 'claims:', '  - id: c', '    rows: []', '      - { id: d, entries: [', '          ], source: [], target: [], purpose: p }', '"');
  it('is the text: what was cut out stands in the pieces, in order', () => {
    fc.assert(fc.property(fc.array(line, { maxLength: 40 }), fc.integer({ min: 1, max: 200 }), (lines, size) => {
      const text = `${head}${lines.join('\n')}`;
      const { skeleton, lists, originalOffset } = cutText(text, ['rows', 'claims'], size);
      let rebuilt = skeleton;
      for (const list of [...lists].reverse()) {
        expect(rebuilt.slice(list.skeletonOffset, list.skeletonOffset + 2)).toBe('[]');
        const after = rebuilt.indexOf('\n', list.skeletonOffset) + 1;
        rebuilt = `${rebuilt.slice(0, list.skeletonOffset - 1)}${rebuilt.slice(list.skeletonOffset + 2, after)}${list.pieces.map((piece) => piece.text).join('')}${rebuilt.slice(after)}`;
        for (const piece of list.pieces) expect(text.startsWith(piece.text, piece.start)).toBe(true);
      }
      expect(rebuilt).toBe(text);
      expect(originalOffset(skeleton.length)).toBe(text.length);
    }));
  });

  it('gives the value and the faults that the whole gives', () => {
    const broken = row('z', 'htps').replace('source: [vmm-server]', 'sorce: [vmm-servr]');
    const item = fc.constantFrom(row('a'), row('b', 'unspecified'), broken, '      - { id: c, entries: [], source: [], target: [], purpose: p }\n', '      # nothing\n', '      - just text\n');
    fc.assert(fc.property(fc.array(item, { minLength: 1, maxLength: 12 }), fc.array(item, { minLength: 1, maxLength: 3 }), (first, second) => {
      const text = `${head}  - id: t\n    title: T\n    rows:\n${first.join('')}  - id: u\n    title: U\n    rows: # the second\n${second.join('')}claims:\n  - { id: c, claim: C, test: { kind: port-unused, transport: tcp, ports: 5986 } }\n`;
      const whole = readSource(text, 'f', documentSchema, documentKeys);
      const pieces = readSource(text, 'f', documentSchema, documentKeys, documentItems, 1);
      const cannotBeCut = pieces.faults.some((fault) => fault.code === 'too-large');
      if (cannotBeCut) return;
      expect(sortFaults(pieces.faults).map(faultLine)).toEqual(sortFaults(whole.faults).map(faultLine));
      expect(pieces.value).toEqual(whole.value);
    }));
  });
});

describe('100,000 rows', () => {
  it('of an inventory in CSV: each fault with its line and the nearest word', () => {
    const lines = Array.from({ length: 100_000 }, (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255},H${i},${i % 50_000 === 7 ? 'hyperv-hots' : 'hyper-v-host'},`);
    const { inventory, faults } = readInventory(`address,name,roles,use\n${lines.join('\n')}\n10.0.0.9,H,hyper-v-host,\n`, 'i.csv');
    expect(inventory).toBeUndefined();
    expect(faults.map(faultLine)).toEqual([
      'i.csv:9:1: unknown role "hyperv-hots" (did you mean "hyper-v-host"?)', 'i.csv:50009:1: unknown role "hyperv-hots" (did you mean "hyper-v-host"?)', 'i.csv:100002:1: 10.0.0.9 is already an address of H9',
    ]);
  });
});

describe('more than a megabyte', () => {
  const many = (change: (i: number) => string): string => `${head}  - id: t\n    title: T\n    rows:\n${Array.from({ length: 8000 }, (_, i) => change(i)).join('')}`;
  it('in block style: every fault at its line, or the whole document', () => {
    const { document, faults } = loadDocument(many((i) => row(i === 7999 ? 'r5' : `r${i}`, i % 4000 === 100 ? 'htps' : 'https')), 'f');
    expect(document).toBeUndefined();
    expect(faults.map(faultLine)).toEqual([
      'f:510:33: unknown protocol "htps" (did you mean "https"?)', 'f:20510:33: unknown protocol "htps" (did you mean "https"?)', 'f:40004:7: row id "r5" is used twice',
    ]);
    expect(loadDocument(many((i) => row(`r${i}`)), 'f').document?.tables[0]?.rows.length).toBe(8000);
  });

  it('in one line is refused at once', () => {
    expect(loadDocument(`{ id: x, title: ${'T'.repeat(1_100_000)} }`, 'f').faults.map(({ code, line }) => `${line} ${code}`)).toEqual(['1 too-large']);
    expect(loadDocument(`id: x\ntitle: ${'[' .repeat(100_000)}`, 'f').faults.length).toBeGreaterThan(0);
  });
});
