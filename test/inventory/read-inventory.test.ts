import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultLine } from '../../src/catalog/fault.js';
import { readInventory } from '../../src/inventory/read-inventory.js';

const faultsOf = (text: string): string[] => readInventory(text, 'inv').faults.map(faultLine);
const rolesIn = (text: string, address: string): unknown => readInventory(text, 'inv').inventory?.rolesOf(address);

describe('an inventory that is right', () => {
  const expected = { roles: ['hyper-v-host', 'cluster-node'], name: 'HV01', network: 'lan' };
  it.each([
    ['YAML', 'hosts:\n  - name: HV01\n    addresses: 10.0.0.1\n    roles: [Hyper-V host, cluster node]\nnetworks:\n  - { name: lan, network: 10.0.0.0/24 }\n'],
    ['JSON', JSON.stringify({ hosts: [{ name: 'HV01', addresses: ['10.0.0.1'], roles: ['hyper-v-host', 'cluster-node'] }], networks: [{ name: 'lan', network: '10.0.0.0/24' }] }, undefined, 2)],
    ['CSV', 'address,name,roles\n10.0.0.1,HV01,hyper-v-host; cluster-node\n10.0.0.0/24,lan,\n'],
    ['CSV of a German spreadsheet', 'Address;Name;Roles;Use\n10.0.0.1;HV01;"hyper-v-host;cluster-node";\n10.0.0.0/24;lan;;\n'],
  ])('may be %s, with a byte-order mark and Windows line ends', (_, text) => {
    expect(faultsOf(text)).toEqual([]);
    expect(rolesIn(text, '10.0.0.1')).toEqual(expected);
    expect(rolesIn(`\uFEFF${text.replaceAll('\n', '\r\n')}`, '10.0.0.1')).toEqual(expected);
  });

  it('a CSV host may have a line for each address, and a name only', () => {
    const read = readInventory('address,name,roles\n10.0.0.1,a,dc\n10.0.0.2,a,dns\n,b,sql\n', 'inv');
    expect(read.inventory?.rolesOfName('a')?.roles).toEqual(['domain-controller', 'dns-server']);
    expect(read.inventory?.rolesOfName('b')?.roles).toEqual(['sql-server']);
  });
});

describe('an inventory with faults', () => {
  it('is told all of them at once, and is not used', () => {
    const text = `hosts:
  - { name: a, addresses: [10.0.0.1, 10.0.0.1], role: x }
  - { name: A, addresses: [10.0.0.300], roles: [hyper-v-hsot] }
  - { roles: [dc] }
networks:
  - { network: 10.0.0.5/24, use: storrage }
  - { network: 10.0.0.0/16 }
`;
    expect(readInventory(text, 'inv').inventory).toBeUndefined();
    expect(faultsOf(text)).toEqual([
      'inv:2:5: 10.0.0.1 is already an address of a',
      'inv:2:49: unknown key "role" (did you mean "roles"?)',
      'inv:3:5: host "A" stands twice',
      'inv:3:28: "10.0.0.300" is no IP address',
      'inv:3:49: unknown role "hyper-v-hsot" (did you mean "hyper-v-host"?)',
      'inv:4:5: a host needs a name or an address',
      'inv:6:7: 10.0.0.5/24 lies in 10.0.0.0/16, which is listed too',
      'inv:6:7: "10.0.0.5/24" is an address with a prefix, not a network (did you mean "10.0.0.0/24"?)',
      'inv:6:29: "use" must be one of management, cluster, live-migration, storage (did you mean "storage"?)',
    ]);
  });

  it('has its line in CSV too', () => {
    expect(faultsOf('address,nam,roles\n"10.0.0.1\n",a,dc\n10.0.0.1,b,domain-controler\n10.0.0.0/24,,\n10.0.0.0/25,,\nfoo,x,\n10.0.0.9,a,dc,dns\n')).toEqual([
      'inv:1:1: unknown column "nam" (did you mean "name"?)',
      'inv:4:1: 10.0.0.1 is already an address of 10.0.0.1',
      'inv:4:1: unknown role "domain-controler" (did you mean "domain-controller"?)',
      'inv:6:1: 10.0.0.0/25 lies in 10.0.0.0/24, which is listed too',
      'inv:7:1: "foo" is no IP address',
      'inv:8:1: 4 values under 3 columns: quote a value that has the separator in it',
    ]);
  });

  it.each([['', 'inv:1:1: the document must be a mapping'], ['hosts:\n\t- name: a\n', 'inv:2:1: a tab indents this line: YAML wants spaces']])('%j', (text, fault) => {
    expect(faultsOf(text)).toContain(fault);
  });
});

describe('whatever the text', () => {
  it('reading answers with an inventory or with faults', () => {
    const parts = fc.constantFrom('hosts:', '  - name: a', '    addresses: [10.0.0.1]', 'networks:', '  - network: 10.0.0.0/8', 'address,name', '10.0.0.1,a', ',,,', '"', '\t', '*a', '- {', '{"hosts":[]}');
    fc.assert(fc.property(fc.array(fc.oneof(parts, fc.string({ unit: 'binary' })), { maxLength: 10 }), (lines) => {
      const read = readInventory(lines.join('\n'), 'inv');
      expect(read.inventory === undefined).toBe(read.faults.length > 0);
    }), { numRuns: 500 });
  });

  it('networks are refused exactly when two of them share an address', () => {
    const network = fc.tuple(fc.constantFrom('10.0.0.0', '10.0.1.0', '10.1.0.0', '10.0.0.128'), fc.constantFrom(16, 24, 25));
    fc.assert(fc.property(fc.array(network, { minLength: 1, maxLength: 5 }), (networks) => {
      const base = (address: string, length: number): number => Math.floor(address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) / 2 ** (32 - length)) * 2 ** (32 - length);
      const right = networks.filter(([address, length]) => base(address, length) === base(address, 32));
      const overlaps = right.some(([a, n], i) => right.some(([b, m], j) => i < j && base(a, Math.min(n, m)) === base(b, Math.min(n, m))));
      const text = `networks:${right.length === 0 ? ' []' : right.map(([address, length]) => `\n  - network: ${address}/${length}`).join('')}\n`;
      expect(readInventory(text, 'inv').inventory === undefined).toBe(overlaps);
    }));
  });
});
