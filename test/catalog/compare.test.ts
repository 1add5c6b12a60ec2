import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtInCatalog } from '../../src/catalog/catalog.js';
import { compareDocuments, type Comparison } from '../../src/catalog/compare.js';
import { protocolWords } from '../../src/catalog/protocol-vocabulary.js';
import type { CatalogDocument, Row } from '../../src/catalog/types.js';

const catalog = builtInCatalog();
const document = (id: string): CatalogDocument => catalog.document(id)!;
const status = ({ rows }: Comparison, a: string | null, b: string | null): string | undefined => rows.find((row) => row.a === a && row.b === b)?.status;

const roles = ['vmm-server', 'hyper-v-host', 'hyper-v-host:cluster', 'anyone', 'bmc', 'sql-server'];
const row = fc.record({ port: fc.integer({ min: 1, max: 12 }), width: fc.integer({ min: 0, max: 4 }), protocol: fc.constantFrom(...protocolWords.slice(0, 20).map((word) => word.id)), source: fc.subarray(roles), target: fc.subarray(roles), none: fc.boolean() });
const anyDocument = (id: string) => fc.array(row, { maxLength: 12 }).map((rows): CatalogDocument => ({
  id, kind: 'document', title: id, publisher: 'p', products: [], superseded: false, url: null, claims: [],
  tables: [{ id: 't', title: 't', rows: rows.map((one, index): Row => ({
    id: String(index), name: null, entries: one.none ? [] : [{ transport: 'tcp', transportStated: true, ports: [[one.port, one.port + one.width]], protocol: one.protocol }], source: one.source, target: one.target, direction: null, ruleOn: [],
    purpose: 'p', condition: null, configurable: null, ambient: false, sourceNote: null, errata: [],
  })) }],
}));

describe('comparing documents', () => {
  it('finds a document equal to itself', () => {
    for (const one of [...catalog.documents, ...catalog.references]) {
      const { counts, rows } = compareDocuments(one, one);
      expect(counts).toEqual({ same: rows.length, changed: 0, contradictory: 0, added: 0, gone: 0 });
    }
  });

  it('tells what the 2012 and the current VMM page say differently', () => {
    const compared = compareDocuments(document('vmm-2012'), document('vmm'));
    expect(compared.counts.added).toBeGreaterThan(0);
    expect(status(compared, null, 'vmm/vmware/to-vcenter')).toBe('added');
    // The current page lets VMM open the connections that the older one has the agents open.
    const contradictions = compared.rows.filter((one) => one.status === 'contradictory').map((one) => one.b);
    expect(contradictions).toContain('vmm/general/windows-pe');
    expect(contradictions).toContain('vmm/general/wds-pxe');
  });

  it('calls 2719 against 2179, and HTTP against TDS, contradictions', () => {
    const altaro = compareDocuments(document('vmm-2008'), document('hyper-v-host'));
    expect(altaro.rows.find((one) => one.a === 'vmm-2008/ports/vmconnect')).toMatchObject({ status: 'contradictory', b: 'hyper-v-host/inbound/2179' });
    const later = compareDocuments(document('vmm-2008'), document('vmm'));
    expect(later.rows.find((one) => one.a === 'vmm-2008/ports/sql')).toMatchObject({ status: 'contradictory', b: 'vmm/general/sql' });
    expect(later.rows.find((one) => one.a === 'vmm-2008/ports/host-host')).toMatchObject({ status: 'changed', b: 'vmm/general/host-to-host' });
  });

  it('has every row of both exactly once, and is the mirror of itself', () => {
    fc.assert(fc.property(anyDocument('a'), anyDocument('b'), (a, b) => {
      const compared = compareDocuments(a, b);
      expect(compared.rows.flatMap((one) => one.a ?? []).sort()).toEqual(a.tables[0]!.rows.map((one) => `a/t/${one.id}`).sort());
      expect(compared.rows.flatMap((one) => one.b ?? []).sort()).toEqual(b.tables[0]!.rows.map((one) => `b/t/${one.id}`).sort());
      const key = (x: string | null, y: string | null, kind: string): string => `${x} ${y} ${kind}`;
      const mirror = { same: 'same', changed: 'changed', contradictory: 'contradictory', added: 'gone', gone: 'added' } as const;
      expect(compareDocuments(b, a).rows.map((one) => key(one.b, one.a, mirror[one.status])).sort()).toEqual(compared.rows.map((one) => key(one.a, one.b, one.status)).sort());
    }), { numRuns: 200 });
  });
});
