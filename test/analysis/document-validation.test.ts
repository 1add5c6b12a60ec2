import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import type { ReportModel } from '../../src/analysis/report-model.js';
import { builtInCatalog, makeCatalog } from '../../src/catalog/catalog.js';
import { loadDocument } from '../../src/catalog/load.js';
import { makeInventory } from '../../src/inventory/inventory.js';
import { CLIENT, evidence, flow, OTHER, SERVER, type FlowSketch } from './evidence-builder.js';

const judge = (documents: string[], flows: FlowSketch[], roles: Record<string, string[]> = {}, catalog = builtInCatalog()): ReportModel => analyze(evidence({ flows: flows.map(flow) }), {
  catalog, documents, inventory: Object.keys(roles).length === 0 ? undefined : makeInventory({ hosts: Object.entries(roles).map(([address, held]) => ({ name: null, addresses: [address], roles: held })), networks: [] }),
});
const documentText = (id: string, ...rows: string[]): string => `id: ${id}\ntitle: T\npublisher: P\nproducts: []\ntables:\n  - id: t\n    title: T\n    rows:\n${rows.map((row) => `      - { ${row}, purpose: p }\n`).join('')}`;
const tls = { protocol: 'tls', confidence: 'payload', facts: {} } as const;

describe('documents that contradict each other', () => {
  const console2008 = { [CLIENT]: ['management-station'], [SERVER]: ['hyper-v-host'] };
  it('are decided by the row that the capture witnesses, as a finding with both rows', () => {
    const model = judge(['hyper-v-host', 'vmm-2008'], [{ port: 2179, outcome: 'accepted', frame: 31 }], console2008);
    expect(model.contradictions).toContainEqual(expect.objectContaining({
      a: expect.objectContaining({ row: 'hyper-v-host/inbound/2179' }) as object, b: expect.objectContaining({ row: 'vmm-2008/ports/vmconnect' }) as object, status: 'decided', right: 'hyper-v-host/inbound/2179', frames: [{ capture: 0, frame: 31 }],
    }));
    expect(model.findings.find(({ code }) => code === 'document-contradiction')).toMatchObject({ rows: ['vmm-2008/ports/vmconnect', 'hyper-v-host/inbound/2179'], problem: null, severity: 'info', frames: [{ capture: 0, frame: 31 }] });
  });

  it('stay open where the capture shows neither, or both', () => {
    expect(judge(['hyper-v-host', 'vmm-2008'], [{ port: 445, outcome: 'accepted' }], console2008).contradictions.map(({ status, right }) => [status, right])).toEqual([['undecided', null]]);
    const both = judge(['hyper-v-host', 'vmm-2008'], [{ port: 2179, outcome: 'accepted' }, { port: 2719, outcome: 'accepted' }], console2008);
    expect(both.contradictions.map(({ status, right, frames }) => [status, right, frames.length])).toEqual([['both-seen', null, 2]]);
    expect(both.findings.filter(({ code }) => code === 'document-contradiction')).toEqual([]);
  });

  it('are not decided by a connection that failed', () => {
    expect(judge(['hyper-v-host', 'vmm-2008'], [{ port: 2179, outcome: 'no-answer' }], console2008).contradictions[0]!.status).toBe('undecided');
  });
});

describe('errata', () => {
  const ends = { [CLIENT]: ['domain-member'], [SERVER]: ['domain-controller'] };
  const status = (flows: FlowSketch[]): unknown => judge(['hyper-v-host'], flows, ends).documents[0]!.errata.find(({ row }) => row === 'hyper-v-host/other/686')!.status;
  it('are confirmed by the right port alone, contradicted by the wrong one alone', () => {
    expect(status([{ port: 636, outcome: 'accepted', application: tls }])).toBe('confirmed');
    expect(status([{ port: 686, outcome: 'accepted', application: tls }])).toBe('contradicted');
    expect(status([{ port: 636, outcome: 'accepted' }, { port: 686, outcome: 'accepted' }])).toBe('both-seen');
    expect(status([{ port: 636, outcome: 'no-answer' }])).toBe('not-seen');
    expect(status([{ port: 636, outcome: 'accepted', application: { protocol: 'ssh', confidence: 'payload', facts: {} } }])).toBe('not-seen');
  });

  it('say so in the finding, and are less sure where both ports are used', () => {
    const found = (flows: FlowSketch[]) => judge(['hyper-v-host'], flows, ends).findings.find(({ code }) => code === 'document-erratum')!;
    expect(found([{ port: 636, outcome: 'accepted' }])).toMatchObject({ confidence: 'certain', explanation: expect.stringContaining('nobody here on 686') as string });
    expect(found([{ port: 636, outcome: 'accepted' }, { port: 686, outcome: 'accepted' }])).toMatchObject({ confidence: 'possible' });
  });
});

describe('rows that a document lacks', () => {
  const nodes = { [SERVER]: ['hyper-v-host', 'cluster-node'], [OTHER]: ['hyper-v-host', 'cluster-node'] };
  const cluster: FlowSketch = { client: SERVER, server: OTHER, port: 3343, transport: 'udp', outcome: 'answered', frame: 77 };

  it("stand in the document's own form, load there, and explain the traffic", () => {
    const text = documentText('own', 'id: a, entries: [{ ports: 445, protocol: smb }], source: [hyper-v-host], target: [hyper-v-host]', 'id: udp-3343, entries: [{ ports: 9, protocol: unspecified }], source: [bmc], target: [bmc]');
    const own = loadDocument(text, 'own.yaml').document!;
    const [missing, ...more] = judge(['own'], [cluster], nodes, builtInCatalog([own])).documents[0]!.missing;
    expect(more).toEqual([]);
    expect(missing).toMatchObject({ transport: 'udp', port: 3343, source: ['hyper-v-host'], target: ['hyper-v-host'], conversations: 1, frames: [{ capture: 0, frame: 77 }] });
    const mended = loadDocument(`${text}${missing!.yaml.replaceAll(/^/gm, '      ').trimEnd()}\n`, 'own.yaml');
    expect(mended.faults).toEqual([]);
    expect(mended.document!.tables[0]!.rows.map(({ id }) => id)).toEqual(['a', 'udp-3343', 'udp-3343-2']);
    const after = judge(['own'], [cluster], nodes, makeCatalog([mended.document!]));
    expect(after.documents[0]!.rows.at(-1)).toMatchObject({ id: 'own/t/udp-3343-2', status: 'witnessed', frames: [{ capture: 0, frame: 77 }] });
    expect(after.documents[0]!.missing).toEqual([]);
  });

  it('are none between machines that the document is not about, or of unknown roles', () => {
    expect(judge(['vmm'], [cluster], { [SERVER]: ['mail-server'], [OTHER]: ['mail-server'] }).documents[0]!.missing).toEqual([]);
    expect(judge(['vmm'], [{ ...cluster, port: 4477, transport: 'tcp', outcome: 'accepted' }]).documents[0]!.missing).toEqual([]);
    expect(judge(['ports-sockets'], [cluster], nodes).documents[0]!.missing).toEqual([]);
  });

  it('are bounded', () => {
    const flows = Array.from({ length: 120 }, (_, i): FlowSketch => ({ client: SERVER, server: OTHER, port: 4000 + i, outcome: 'accepted' }));
    expect(judge(['vmm'], flows, { [SERVER]: ['vmm-server'], [OTHER]: ['hyper-v-host'] }).documents[0]!.missing.length).toBe(50);
  });
});

it('shows the frames of a row, of the conversation that agrees in both roles first', () => {
  const model = judge(['hyper-v-host'], [{ client: OTHER, port: 445, outcome: 'accepted', frame: 3 }, { port: 445, outcome: 'accepted', frame: 60 }], { [CLIENT]: ['management-station'], [SERVER]: ['hyper-v-host:management'] });
  expect(model.documents[0]!.rows.find(({ id }) => id === 'hyper-v-host/inbound/445')).toMatchObject({ status: 'witnessed', reason: null, frames: [{ capture: 0, frame: 60 }] });
  expect(model.documents[0]!.rows.filter(({ status, frames }) => (status === 'not-seen' || status === 'not-observable') && frames.length > 0)).toEqual([]);
});
