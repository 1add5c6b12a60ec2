import { describe, expect, it } from 'vitest';
import { draftInventory } from '../../src/analysis/inventory-draft.js';
import { analyze } from '../../src/analysis/analyze.js';
import { builtInCatalog } from '../../src/catalog/catalog.js';
import { gatherScript, gatheredSchema } from '../../src/inventory/gather-script.js';
import { readInventory } from '../../src/inventory/read-inventory.js';
import { evidence, flow } from '../analysis/evidence-builder.js';

const hv01 = {
  schema: 'portwitness.gathered/1', name: 'HV01', system: [{ DNSHostName: 'HV01', Domain: 'contoso.com', PartOfDomain: true, DomainRole: 3 }],
  addresses: [{ IPAddress: '10.0.1.21', PrefixLength: 24, InterfaceAlias: 'Mgmt' }, { IPAddress: '10.0.2.21', PrefixLength: 24, InterfaceAlias: 'Cluster' }, { IPAddress: '169.254.1.9', PrefixLength: 16, InterfaceAlias: 'NetFT' }, { IPAddress: '127.0.0.1', PrefixLength: 8, InterfaceAlias: 'lo' }, { IPAddress: '10.0.1.30', PrefixLength: 24, InterfaceAlias: 'Mgmt' }],
  services: ['vmms', 'ClusSvc'], clusterNetworks: [{ Node: 'HV01', Network: 'C', Address: '10.0.2.21', Role: 'Cluster' }, { Node: 'HV02', Network: 'C', Address: '10.0.2.22', Role: 'Cluster' }], clusterNames: [{ Name: 'HVC', Address: '10.0.1.30' }],
  migrationNetworks: ['10.0.3.0/24'], listeners: [{ LocalAddress: '::', LocalPort: 135, Process: 'svchost' }], rules: null, failed: [],
};

describe('what the gathering script brings', () => {
  it('is an inventory: roles by services, the cluster name apart, no overlay addresses', () => {
    const { inventory, faults } = readInventory(`\uFEFF${JSON.stringify(hv01)}`, 'hv01.json');
    expect(faults).toEqual([]);
    expect(inventory!.rolesOf('10.0.1.21')).toMatchObject({ name: 'HV01', roles: ['hyper-v-host', 'cluster-node', 'domain-member', 'windows-computer'] });
    expect(inventory!.rolesOf('10.0.2.21')!.roles).toContain('hyper-v-host:cluster');
    expect(inventory!.rolesOf('10.0.2.22')).toMatchObject({ name: 'HV02', roles: ['cluster-node'] });
    expect(inventory!.rolesOf('10.0.1.30')).toMatchObject({ name: 'HVC', roles: ['cno'] });
    expect(inventory!.rolesOf('169.254.1.9')).toBeUndefined();
    expect(inventory!.networks).toMatchObject([{ network: '10.0.3.0/24', use: 'live-migration' }, { network: '10.0.2.0/24', use: 'cluster' }]);
  });

  it('takes several machines at once, and tells what is wrong', () => {
    const two = [hv01, { ...hv01, name: 'HV02', addresses: [{ IPAddress: '10.0.1.22', PrefixLength: 24 }], clusterNames: [] }];
    expect(readInventory(JSON.stringify(two), 'f').inventory!.rolesOf('10.0.1.22')).toMatchObject({ name: 'HV02' });
    expect(readInventory(JSON.stringify({ ...hv01, name: 5 }), 'f').faults).toMatchObject([{ code: 'wrong-value' }]);
    expect(readInventory(JSON.stringify(hv01).slice(0, -1), 'f').faults).toMatchObject([{ code: 'syntax' }]);
  });

  it('comes from a script that only reads', () => {
    const code = gatherScript.split('\n').filter((line) => !line.startsWith('#')).join('\n');
    const verbs = new Set([...code.matchAll(/\b([A-Z][A-Za-z]+)-[A-Z]\w+/g)].map((match) => match[1]!));
    expect([...verbs].filter((verb) => !['Get', 'Select', 'Where', 'ForEach', 'ConvertTo'].includes(verb)).sort()).toEqual(['New', 'Read']);
    expect(code.match(/New-\w+/g)).toEqual(['New-Object']);
    expect(code).toContain('function Read-Part');
    for (const command of ['Get-NetIPAddress', 'Get-ClusterNetworkInterface', 'Get-VMMigrationNetwork', 'Get-NetTCPConnection -State Listen', 'Get-NetFirewallRule', 'Get-NetFirewallPortFilter']) expect(gatherScript).toContain(command);
    expect([...gatherScript].every((letter) => letter.charCodeAt(0) < 128)).toBe(true);
  });
});

it('drafts an inventory from traffic that loads, with reasons, and certainties only', () => {
  const flows = [flow({ client: '10.0.0.1', server: '10.0.0.2', port: 88, outcome: 'accepted' }), flow({ client: '10.0.0.1', server: '10.0.0.2', port: 389, outcome: 'accepted' }), flow({ client: '10.0.0.1', server: '10.0.0.3', port: 445, outcome: 'accepted' }), flow({ client: 'fe80::1', server: '10.0.0.3', port: 445, outcome: 'accepted' })];
  const { yaml, hosts } = draftInventory(analyze(evidence({ flows, names: [{ address: '10.0.0.2', name: "dc: '1'\n#x", from: 'ntlm', frame: { capture: 0, frame: 1 } }] }), { catalog: builtInCatalog() }));
  const { inventory, faults } = readInventory(yaml, 'draft.yaml');
  expect(faults).toEqual([]);
  expect(hosts).toBe(3);
  expect(inventory!.rolesOf('10.0.0.2')!.roles).toContain('domain-controller');
  expect(inventory!.rolesOf('10.0.0.3')!.roles).not.toContain('hyper-v-host');
  expect(yaml).toMatch(/# domain-controller: certain, serves Kerberos 88 and LDAP 389/);
  expect(yaml).not.toContain('fe80');
});

describe('faults in the JSON of the script', () => {
  const machine = (changes: string) => `{\n  "schema": "${gatheredSchema}",\n  "name": "HV01",\n  "system": [],\n  "addresses": [],\n  "services": [],\n  "clusterNetworks": [],\n  "clusterNames": [],\n  "migrationNetworks": [],\n  ${changes},\n  "rules": [],\n  "failed": []\n}`;

  it('each at its line', () => {
    const { faults, inventory } = readInventory(machine('"listeners": [\n    {"LocalAddress": "0.0.0.0", "LocalPort": 135},\n    {"LocalAddress": "::", "LocalPort": "x"},\n    {"LocalPort": 5985}\n  ]'), 'hv01.json');
    expect(inventory).toBeUndefined();
    expect(faults.map(({ line, text }) => `${line} ${text.split(':')[0]}`)).toEqual(['12 listeners.1.LocalPort', '13 listeners.2.LocalAddress']);
  });
  it('of several machines, too, and of text that is no JSON', () => {
    expect(readInventory(`[${machine('"listeners": []')},\n${machine('"listeners": 5')}]`, 'all.json').faults).toMatchObject([{ line: 23 }]);
    expect(readInventory(machine('"listeners": [}'), 'cut.json').faults).toMatchObject([{ code: 'syntax', line: 10 }]);
  });
});
