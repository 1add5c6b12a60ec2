import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultLine } from '../../src/catalog/fault.js';
import { loadDocument, loadDocuments } from '../../src/catalog/load.js';
import { parsePortSpec } from '../../src/catalog/port-spec.js';

const head = 'id: x\ntitle: T\npublisher: P\nproducts: []\n';
const row = (fields: string): string => `${head}tables:\n  - id: t\n    title: T\n    rows:\n      - ${fields}\n`;
const good = '{ id: 1, entries: [{ ports: 80, protocol: HTTP }], source: [SCVMM], target: [Hyper-V Host], purpose: web }';
const faultsOf = (text: string): string[] => loadDocument(text, 'my.yaml').faults.map((fault) => `${fault.code} ${faultLine(fault)}`);

describe('a document that is right', () => {
  it('is normalised: roles, protocols, ports, defaults', () => {
    expect(loadDocument(`\uFEFF${row(good)}`, 'my.yaml').document?.tables[0]?.rows[0]).toEqual({
      id: '1', name: null, source: ['vmm-server'], target: ['hyper-v-host'], direction: null, ruleOn: [], purpose: 'web', condition: null, configurable: null,
      ambient: false, sourceNote: null, errata: [], entries: [{ transport: 'tcp', transportStated: false, ports: [[80, 80]], protocol: 'http' }],
    });
  });

  it('may be JSON', () => {
    const json = JSON.stringify({ id: 'x', title: 'T', publisher: 'P', products: [], tables: [], claims: [{ id: 'a', claim: 'c', test: { kind: 'port-unused', transport: 'tcp', ports: '80-81' } }] }, undefined, '\t');
    expect(loadDocument(json, 'my.json').document?.claims[0]?.test).toEqual({ kind: 'port-unused', transport: 'tcp', ports: [[80, 81]] });
  });

  it('has Windows line ends', () => {
    expect(loadDocument(row(good).replaceAll('\n', '\r\n'), 'my.yaml').faults).toEqual([]);
  });
});

describe('a document with faults', () => {
  it('is told all of them at once, each with its line and the nearest right word, and is not loaded', () => {
    const text = `${head}tabels: []
tables:
  - id: a
    title: A
    rows:
      - id: 1
        entries: [{ protocol: smbb, ports: 70000 }, { ports: 90-80, protocol: smb }]
        source: [hyper-v-hots]
        target: []
        direction: inbond
        purpos: x
      - id: 1
        entries: [{ protocol: smb }]
        source: []
        target: []
        purpose: ''
claims:
  - { id: a, claim: x, test: { kind: encripted, protocol: winrm } }
`;
    expect(loadDocument(text, 'my.yaml').document).toBeUndefined();
    expect(faultsOf(text)).toEqual([
      'unknown-key my.yaml:5:1: unknown key "tabels" (did you mean "tables"?)',
      'missing-key my.yaml:10:9: "purpose" is missing',
      'unknown-protocol my.yaml:11:21: unknown protocol "smbb" (did you mean "smb"?)',
      'impossible-port my.yaml:11:37: port 70000 does not exist: ports run from 1 to 65535',
      'impossible-port my.yaml:11:55: the range 90-80 runs backwards',
      'unknown-role my.yaml:12:18: unknown role "hyper-v-hots" (did you mean "hyper-v-host"?)',
      'wrong-value my.yaml:14:9: "direction" must be one of inbound, outbound (did you mean "inbound"?)',
      'unknown-key my.yaml:15:9: unknown key "purpos" (did you mean "purpose"?)',
      'duplicate-id my.yaml:16:9: row id "1" is used twice',
      'impossible-port my.yaml:17:19: "ports" is missing',
      'wrong-value my.yaml:20:9: "purpose": must not be empty',
      expect.stringContaining('(did you mean "encrypted"?)'),
    ]);
  });

  it.each([
    ['', 'wrong-type my.yaml:1:1: the document must be a mapping'],
    ['just text', 'wrong-type my.yaml:1:1: the document must be a mapping'],
    ['tables:\n\t- id: a\n', expect.stringContaining('syntax my.yaml:2:1: a tab')],
    [`${head}id: y\ntables: []\n`, expect.stringContaining('duplicate-key my.yaml:5:1')],
    ['tables: [', expect.stringContaining('syntax my.yaml:1')],
    [`a: &a [1]\n${'b: *a\n'}`, expect.stringContaining('unknown-key')],
    ['a: *nowhere\n', expect.stringContaining('syntax')],
    ['--- 1\n--- 2\n', expect.stringContaining('syntax')],
  ])('%j is refused', (text, fault) => {
    expect(faultsOf(text)).toContainEqual(fault);
  });

  it('refuses a reference whose rows name nothing', () => {
    expect(faultsOf(row(good).replace('publisher', 'kind: reference\npublisher')).map((fault) => fault.split(' ')[0])).toEqual(['missing-key', 'missing-key']);
  });
});

describe('several documents', () => {
  const file = (name: string, text: string) => ({ file: name, text });
  it('are loaded together or not at all', () => {
    expect(loadDocuments([file('a.yaml', row(good)), file('b.yaml', 'x')]).documents).toEqual([]);
    expect(loadDocuments([file('a.yaml', row(good))]).documents.length).toBe(1);
  });
  it('may not share an id with each other or with a built-in one', () => {
    expect(loadDocuments([file('a.yaml', row(good)), file('b.yaml', row(good))]).faults.map(faultLine)).toEqual(['b.yaml:1:1: document id "x" is already used by a.yaml']);
    expect(loadDocuments([file('a.yaml', row(good))], ['x']).faults.length).toBe(1);
  });
});

describe('whatever the text', () => {
  it('loading answers with a document or with faults inside the text', () => {
    const lines = fc.constantFrom(...row(good).split('\n'), '\t- x', '  - {', 'id: x', '&a', '*a', '"', '? a', '- - -', 'claims:', '!!int a', '<<: 1', '__proto__: 1');
    fc.assert(fc.property(fc.array(fc.oneof(lines, fc.string({ unit: 'binary' })), { maxLength: 12 }), (parts) => {
      const text = parts.join('\n');
      const loaded = loadDocument(text, 'f');
      expect(loaded.document === undefined).toBe(loaded.faults.length > 0);
      const last = text.split('\n').length;
      for (const fault of loaded.faults) expect(fault.line >= 1 && fault.line <= last + 1).toBe(true);
    }), { numRuns: 500 });
  });

  it('ports come back as written or are refused', () => {
    fc.assert(fc.property(fc.integer({ min: -2, max: 70000 }), fc.integer({ min: -2, max: 70000 }), (from, to) => {
      const possible = from >= 1 && from <= to && to <= 65535;
      expect('ranges' in parsePortSpec([[from, to]])).toBe(possible);
      if (possible) expect(parsePortSpec(`${from}-${to}`)).toEqual({ ranges: [[from, to]] });
    }));
  });
});
