import { expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { corrections } from '../../src/analysis/corrections.js';
import { builtInCatalog } from '../../src/catalog/catalog.js';
import { makeInventory } from '../../src/inventory/inventory.js';
import { CLIENT, evidence, flow, OTHER, SERVER, type FlowSketch } from './evidence-builder.js';

const catalog = builtInCatalog();
const of = (id: string, flows: FlowSketch[], roles: Record<string, string[]> = {}) => corrections(catalog.document(id)!, analyze(evidence({ flows: flows.map(flow) }), {
  catalog, documents: [id], inventory: makeInventory({ hosts: Object.entries(roles).map(([address, held]) => ({ name: null, addresses: [address], roles: held })), networks: [] }),
}), catalog);

it('tells a confirmed erratum with frames and the proposed text', () => {
  const [found] = of('hyper-v-host', [{ port: 636, outcome: 'accepted', frame: 42, application: { protocol: 'tls', confidence: 'payload', facts: {} } }], { [CLIENT]: ['domain-member'], [SERVER]: ['domain-controller'] });
  expect(found).toMatchObject({ kind: 'erratum', subject: 'hyper-v-host/other/686', says: expect.stringContaining('686') as string, proposed: expect.stringContaining('636') as string, frames: [{ capture: 0, frame: 42 }] });
});

it('proposes a missing row only between machines that the document is about', () => {
  const cluster: FlowSketch = { client: SERVER, server: OTHER, port: 3343, outcome: 'accepted', frame: 9 };
  expect(of('hyper-v-host', [cluster], { [SERVER]: ['cluster-node'], [OTHER]: ['cluster-node'] })).toMatchObject([{ kind: 'missing-row', subject: 'TCP 3343', proposed: expect.stringContaining('failover cluster node') as string, frames: [{ capture: 0, frame: 9 }] }]);
  expect(of('hyper-v-host', [cluster], { [SERVER]: ['mail-server'], [OTHER]: ['nfs-server'] })).toEqual([]);
});

it('tells a row that is witnessed the other way round, and a claim that does not hold', () => {
  const reversed: FlowSketch = { client: SERVER, server: CLIENT, port: 8102, outcome: 'accepted', frame: 5 };
  expect(of('vmm', [reversed], { [SERVER]: ['pxe-server'], [CLIENT]: ['vmm-server'] }).find(({ kind }) => kind === 'reversed')).toMatchObject({ subject: 'vmm/general/wds-pxe', frames: [{ capture: 0, frame: 5 }] });
  expect(of('hyper-v-host', [{ port: 5986, outcome: 'accepted' }]).find(({ kind }) => kind === 'claim')).toMatchObject({ subject: 'hyper-v-host, 5986-rarely-needed' });
});

it('has nothing to say where nothing was seen', () => {
  expect(of('vmm', [{ port: 9, outcome: 'no-answer' }])).toEqual([]);
});
