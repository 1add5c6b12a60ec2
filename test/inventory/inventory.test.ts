import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { schemaText } from '../../src/catalog/json-schemas.js';
import { addressBits, networkBits, withoutHostBits } from '../../src/inventory/address-bits.js';
import { makeInventory } from '../../src/inventory/inventory.js';
import { gatheredJsonSchema } from '../../src/inventory/gathered.js';
import { inventorySchema } from '../../src/inventory/inventory-schema.js';

const inventory = makeInventory({
  hosts: [
    { name: 'HV01', addresses: ['10.0.1.1', '10.0.3.1', 'fd00::1'], roles: ['hyper-v-host', 'cluster-node'] },
    { name: 'dc.contoso.com', addresses: [], roles: ['domain-controller'] },
    { name: null, addresses: ['10.0.3.9'], roles: ['management-station'] },
  ],
  networks: [
    { name: 'migration', network: '10.0.3.0/24', roles: [], use: 'live-migration' },
    { name: null, network: 'fd00:9::/64', roles: ['rds-client'], use: null },
  ],
});

describe('roles of an address', () => {
  it.each([
    ['10.0.1.1', { roles: ['hyper-v-host', 'cluster-node'], name: 'HV01' }],
    ['10.0.3.1', { roles: ['hyper-v-host', 'cluster-node', 'hyper-v-host:live-migration'], name: 'HV01', network: 'migration', use: 'live-migration' }],
    ['10.0.3.9', { roles: ['management-station'], network: 'migration', use: 'live-migration' }],
    ['10.0.3.77', { roles: [], network: 'migration', use: 'live-migration' }],
    ['::ffff:10.0.1.1', { roles: ['hyper-v-host', 'cluster-node'], name: 'HV01' }],
    ['FD00:0::0001', { roles: ['hyper-v-host', 'cluster-node'], name: 'HV01' }],
    ['fd00:9::5', { roles: ['rds-client'], network: 'fd00:9::/64' }],
    ['10.0.4.1', undefined],
    ['nonsense', undefined],
  ])('%s', (address, roles) => {
    expect(inventory.rolesOf(address)).toEqual(roles);
  });

  it('of a name: a listed short name fits every domain, a full one only its own', () => {
    expect(inventory.rolesOfName('hv01.contoso.com.')?.roles).toContain('hyper-v-host');
    expect(inventory.rolesOfName('DC.contoso.com')?.roles).toEqual(['domain-controller']);
    expect(inventory.rolesOfName('dc.other.com')).toBeUndefined();
  });
});

describe('address arithmetic', () => {
  const v4 = fc.ipV4();
  it.each(['10.1', '010.0.0.1', '0x7f.0.0.1', '1.2.3.4.5', '256.1.1.1', '', 'abcd', '1:2'])('%j is no address', (text) => {
    expect(addressBits(text)).toBeUndefined();
  });
  it.each(['10.0.0.0', '10.0.0.0/33', 'fd00::/129', '/8', '10.0.0.0/', 'x/8'])('%j is no network', (text) => {
    expect(networkBits(text)).toBeUndefined();
  });
  it('knows the network that was meant', () => {
    expect(withoutHostBits('10.0.0.5/24')).toBe('10.0.0.0/24');
    expect(withoutHostBits('fd00::5/64')).toBe('fd00::/64');
    expect(withoutHostBits('10.0.0.0/24')).toBeUndefined();
  });
  it('agrees with the library about every prefix', () => {
    const pairs = fc.oneof(fc.tuple(v4, v4, fc.integer({ min: 0, max: 32 })), fc.tuple(fc.ipV6(), fc.ipV6(), fc.integer({ min: 0, max: 128 })));
    fc.assert(fc.property(pairs, ([address, other, length]) => {
      const network = networkBits(`${address}/${length}`)!;
      const bits = addressBits(other)!;
      const known = ipaddr.parse(other).match(ipaddr.parse(address), length);
      expect(network.start <= bits && bits <= network.end).toBe(known);
      expect(addressBits(address)! >= network.start && addressBits(address)! <= network.end).toBe(true);
    }), { numRuns: 1000 });
  });
});

it('the published schema is that of the code', async () => {
  await expect(schemaText(inventorySchema)).toMatchFileSnapshot('../../docs/schema/inventory.schema.json');
  await expect(schemaText(gatheredJsonSchema)).toMatchFileSnapshot('../../docs/schema/gathered.schema.json');
});
