import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { HostGroups } from '../../src/analysis/host-groups.js';
import type { ReportModel } from '../../src/analysis/report-model.js';
import { builtInCatalog } from '../../src/catalog/catalog.js';
import type { StatementEvidence } from '../../src/evidence/evidence.js';
import { makeInventory, type InventoryHost } from '../../src/inventory/inventory.js';
import { evidence, flow } from './evidence-builder.js';

const frame = (number: number) => ({ capture: 0, frame: number });
const says = (address: string, addresses: string[], from: 'dcom' | 'smb-interfaces' = 'dcom'): StatementEvidence => ({ address, from, addresses, name: '', frame: frame(7) });
const signs = (address: string, name: string): StatementEvidence => ({ address, from: 'ntlm', addresses: [], name, frame: frame(9) });
const host = (name: string, addresses: string[], roles: string[] = ['hyper-v-host']): InventoryHost => ({ name, addresses, roles });
const all = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '172.17.0.1', '169.254.1.1', 'fe80::1', 'fd00::1'];
const groupsOf = (statements: StatementEvidence[], listed: InventoryHost[] = [], named: [string, string][] = []): string[] =>
  [...new HostGroups({ seen: new Set(all), statements, listed, named })].filter(({ addresses }) => addresses.length > 1).map(({ addresses }) => addresses.join(' ')).sort();

describe('addresses of one machine', () => {
  it('are told by DCOM, by SMB, by the name in an NTLM challenge, by the inventory, by a name for both families', () => {
    expect(groupsOf([says('10.0.0.1', ['10.0.0.1', '10.0.0.2', '10.9.9.9'])])).toEqual(['10.0.0.1 10.0.0.2']);
    expect(groupsOf([says('10.0.0.1', ['10.0.0.3'], 'smb-interfaces')])).toEqual(['10.0.0.1 10.0.0.3']);
    expect(groupsOf([signs('10.0.0.1', 'HV01.lab'), signs('10.0.0.4', 'hv01.LAB'), signs('10.0.0.2', 'hv02.lab')])).toEqual(['10.0.0.1 10.0.0.4']);
    expect(groupsOf([], [host('HV01', ['10.0.0.1', '10.0.0.2'])])).toEqual(['10.0.0.1 10.0.0.2']);
    expect(groupsOf([], [], [['10.0.0.1', 'fd00::1']])).toEqual(['10.0.0.1 fd00::1']);
  });

  it('are not told by what two machines claim, by an address that changed its name, by loopback', () => {
    expect(groupsOf([says('10.0.0.1', ['172.17.0.1']), says('10.0.0.2', ['172.17.0.1'])])).toEqual([]);
    expect(groupsOf([says('10.0.0.1', ['172.17.0.1', '10.0.0.2']), says('10.0.0.2', ['172.17.0.1'])])).toEqual(['10.0.0.1 10.0.0.2 172.17.0.1']);
    expect(groupsOf([signs('10.0.0.1', 'a'), signs('10.0.0.2', 'a'), signs('10.0.0.2', 'b'), signs('10.0.0.3', 'b')])).toEqual([]);
    expect(groupsOf([says('10.0.0.1', ['127.0.0.1', '::1', '0.0.0.0'])])).toEqual([]);
  });

  it('are two machines where the inventory says so, whatever the wire says', () => {
    expect(groupsOf([says('10.0.0.1', ['10.0.0.2'])], [host('A', ['10.0.0.1']), host('B', ['10.0.0.2'])])).toEqual([]);
    expect(groupsOf([says('10.0.0.1', ['10.0.0.3']), says('10.0.0.3', ['10.0.0.2'])], [host('A', ['10.0.0.1']), host('B', ['10.0.0.2'])])).toEqual(['10.0.0.1 10.0.0.3']);
  });

  it("hold a cluster's address, of whichever node answers there", () => {
    expect(groupsOf([signs('10.0.0.1', 'n1'), signs('10.0.0.3', 'n1')], [host('N1', ['10.0.0.1']), host('CLU', ['10.0.0.3'], ['cno'])])).toEqual(['10.0.0.1 10.0.0.3']);
  });

  it('do not depend on the order of anything', () => {
    const statement = fc.oneof(
      fc.record({ address: fc.constantFrom(...all), addresses: fc.uniqueArray(fc.constantFrom(...all), { maxLength: 3 }) }).map(({ address, addresses }) => says(address, addresses)),
      fc.record({ address: fc.constantFrom(...all), name: fc.constantFrom('a', 'b', 'c') }).map(({ address, name }) => signs(address, name)),
    );
    fc.assert(fc.property(fc.array(statement, { maxLength: 8 }), (statements) => {
      expect(groupsOf([...statements].reverse())).toEqual(groupsOf(statements));
    }));
  });
});

describe('a machine in the report', () => {
  const talk = (client: string, server: string, port: number, application: string | null = null, transport: 'tcp' | 'udp' = 'tcp') => flow({ client, server, port, transport, outcome: transport === 'tcp' ? 'accepted' : 'answered', ...(application === null ? {} : { application: { protocol: application, confidence: 'payload' as const, facts: {} } }) });
  const judge = (flows: ReturnType<typeof flow>[], statements: StatementEvidence[], hosts: InventoryHost[] = []): ReportModel =>
    analyze(evidence({ flows, statements }), { catalog: builtInCatalog(), inventory: hosts.length === 0 ? undefined : makeInventory({ hosts, networks: [{ name: 'lm', network: '10.0.3.0/24', roles: [], use: 'live-migration' }] }) });

  it('plays on every address what the inventory says of one, and what its network says', () => {
    const model = judge([talk('10.0.1.5', '10.0.3.2', 6600), talk('10.0.1.5', '10.0.1.2', 135)], [says('10.0.1.2', ['10.0.1.2', '10.0.3.2'])], [host('HV02', ['10.0.1.2']), host('HV01', ['10.0.1.5'])]);
    const [hv01, hv02] = model.hosts;
    expect(hv01!.id).toBe('HV01');
    expect(hv02).toMatchObject({ id: 'HV02', groupedBy: 'dcom', addresses: [{ address: '10.0.1.2', provedBy: null }, { address: '10.0.3.2', network: 'lm', overlay: false, provedBy: { by: 'dcom', with: '10.0.1.2', frame: frame(7) } }] });
    expect(model.documents.find(({ id }) => id === 'hyper-v-host')!.rows.find(({ id }) => id === 'hyper-v-host/inbound/6600')).toMatchObject({ status: 'witnessed', reason: null });
  });

  it('is what any of its addresses betrays', () => {
    const model = judge([talk('10.0.0.9', '10.0.0.1', 88, 'kerberos'), talk('10.0.0.9', '10.0.0.2', 389, 'ldap'), talk('10.0.0.9', '10.0.0.3', 389, 'ldap')], [says('10.0.0.1', ['10.0.0.2'])]);
    expect(model.hosts.find(({ addresses }) => addresses.length === 2)!.roles).toContainEqual(expect.objectContaining({ role: 'domain-controller', confidence: 'certain' }));
    expect(model.hosts.find(({ id }) => id === '10.0.0.3')!.roles.map(({ role }) => role)).not.toContain('domain-controller');
  });

  it("lends its roles to the cluster's address that it holds, and borrows none of it", () => {
    const model = judge([talk('10.0.1.5', '10.0.1.2', 135), talk('10.0.1.5', '10.0.1.9', 135)], [signs('10.0.1.2', 'hv02'), signs('10.0.1.9', 'hv02')], [host('HV02', ['10.0.1.2']), host('CLU', ['10.0.1.9'], ['cno'])]);
    const machine = model.hosts.find(({ addresses }) => addresses.length === 2)!;
    expect(machine.id).toBe('HV02');
    expect(machine.roles.map(({ role, reason }) => `${role} (${reason})`).sort()).toEqual(['cno (inventory)', 'hyper-v-host (inventory)']);
  });

  it("leaves the cluster's overlay to no rule, but its carrier to all", () => {
    const nodes = [host('N1', ['10.0.0.1'], ['cluster-node']), host('N2', ['10.0.0.2'], ['cluster-node'])];
    const statements = [says('10.0.0.1', ['fe80::1', '169.254.1.1']), says('10.0.0.2', ['fe80::2', '169.254.1.2'])];
    const flows = [talk('169.254.1.1', '169.254.1.2', 445), talk('fe80::1', 'fe80::2', 445), talk('fe80::1', 'fe80::2', 3343, null, 'udp'), talk('10.0.0.1', '10.0.0.2', 3343, null, 'udp'), talk('fe80::3', 'fe80::4', 4455)];
    const verdicts = (model: ReportModel) => Object.fromEntries([...model.conversations].map(({ index, client, serverPort }) => [`${client} ${serverPort}`, model.conversations.classification(index).verdict]));
    expect(verdicts(judge(flows, statements, nodes))).toEqual({ '169.254.1.1 445': 'ambient', 'fe80::1 445': 'ambient', 'fe80::1 3343': 'undocumented', '10.0.0.1 3343': 'undocumented', 'fe80::3 4455': 'undocumented' });
    expect(verdicts(judge(flows.filter(({ server }) => server.port !== 3343), []))).toMatchObject({ '169.254.1.1 445': 'documented' });
    expect(judge(flows, statements, nodes).hosts.find(({ id }) => id === 'N1')!.addresses.filter(({ overlay }) => overlay).map(({ address }) => address)).toEqual(['169.254.1.1', 'fe80::1']);
  });
});
