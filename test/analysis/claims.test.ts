import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { ClaimSightings } from '../../src/analysis/claim-sightings.js';
import { builtInCatalog } from '../../src/catalog/catalog.js';
import { makeInventory } from '../../src/inventory/inventory.js';
import { evidence, flow, type FlowSketch } from './evidence-builder.js';

const VMM = '10.1.0.1', HOST = '10.1.0.2', CNO = '10.1.0.3', CLIENT = '10.1.0.4', CLIENT2 = '10.1.0.5', VDI = '10.1.0.6';
const host = (name: string, address: string, ...roles: string[]) => ({ name, addresses: [address], roles });
const apart = [host('VMM', VMM, 'vmm-server'), host('HV', HOST, 'hyper-v-host'), host('C1', CLIENT, 'rds-client'), host('C2', CLIENT2, 'rds-client'), host('VDI', VDI, 'rds-virtual-machine')];
const claim = (id: string, flows: FlowSketch[], cno: string[] = ['cno']) => analyze(evidence({ flows: flows.map(flow) }), {
  catalog: builtInCatalog(), documents: ['hyper-v-host', 'vmm', 'ports-sockets'], inventory: makeInventory({ hosts: [...apart, host('CNO', CNO, ...cno)], networks: [] }),
}).claims.find((one) => one.id === id)!;
const logon = (mechanism: string): FlowSketch => ({ client: VMM, server: HOST, port: 5985, outcome: 'accepted', application: { protocol: 'winrm', confidence: 'payload', facts: { authentication: mechanism } } });
const rdp = (client: string): FlowSketch => ({ client, server: VDI, port: 3389, outcome: 'accepted' });
const udp = (client: string): FlowSketch => ({ client, server: VDI, port: 3391, transport: 'udp', outcome: 'answered' });

describe('claims', () => {
  it.each<[string, string, FlowSketch[], string, string[]?]>([
    ['ntlm', 'confirmed', [logon('ntlm')], '1 with logons, all by ntlm'],
    ['ntlm', 'contradicted', [logon('ntlm'), { ...logon('kerberos'), port: 5986 }], 'logon by kerberos'],
    ['ntlm', 'not-testable', [{ ...logon('kerberos'), client: CLIENT }], 'no logon of a vmm-server'],
    ['dynamic-range', 'confirmed', [{ client: VMM, server: HOST, port: 49_700, outcome: 'accepted' }], `${VMM} -> ${HOST} TCP 49700`],
    ['dynamic-range', 'not-testable', [{ client: HOST, server: VMM, port: 49_700, outcome: 'accepted' }], 'no connection'],
    ['dynamic-range', 'not-testable', [{ client: VMM, server: HOST, port: 49_700, outcome: 'no-answer' }], 'no connection'],
    ['3391-mirrors-3389', 'confirmed', [rdp(CLIENT), udp(CLIENT)], 'all 1 pairs'],
    ['3391-mirrors-3389', 'contradicted', [rdp(CLIENT), udp(CLIENT), rdp(CLIENT2)], `not this one: ${CLIENT2}`],
    ['3391-mirrors-3389', 'not-testable', [rdp(CLIENT)], 'switched off'],
    ['cno-is-management-ip', 'confirmed', [{ client: VMM, server: CNO, port: 135, outcome: 'accepted' }], 'plays both', ['cno', 'hyper-v-host:management']],
    ['cno-is-management-ip', 'not-testable', [{ client: VMM, server: CNO, port: 135, outcome: 'accepted' }], 'no address'],
    ['system-ports', 'not-testable', [rdp(CLIENT)], 'a definition'],
  ])('%s: %s', (id, status, flows, evidenceText, cno) => {
    const found = claim(id, flows, cno);
    expect(found.status).toBe(status);
    expect(found.evidence).toContain(evidenceText);
  });

  it('client-ports: decided by the flows whose own port is kept', () => {
    const decide = (...ports: number[]) => new ClaimSightings([], () => ({ id: 0, held: [], complete: false }), ports.map((port) => ({ ...flow(rdp(CLIENT)), client: { address: CLIENT, port } }))).decide({ kind: 'client-ports', range: [49_152, 65_535] });
    expect(decide(50_000, 65_535)).toMatchObject({ status: 'confirmed' });
    expect(decide(50_000, 40_001)).toMatchObject({ status: 'contradicted', evidence: expect.stringContaining('port 40001') as string });
    expect(decide()).toMatchObject({ status: 'not-testable' });
  });
});
