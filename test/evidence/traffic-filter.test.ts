import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressTable } from '../../src/decode/address-table.js';
import { parseNetwork, TrafficFilter } from '../../src/evidence/traffic-filter.js';

const idOf = (table: AddressTable, text: string): number => {
  const [a, b, c, d] = text.split('.').map(Number);
  return table.v4(((a! << 24) | (b! << 16) | (c! << 8) | d!) >>> 0);
};

describe('traffic filter', () => {
  it('keeps a packet of which one side lies in a network', () => {
    const table = new AddressTable();
    const filter = new TrafficFilter({ hosts: ['10.77.2.0/24', 'fd77::/16'] }, table);
    const inside = idOf(table, '10.77.2.20');
    const outside = idOf(table, '10.77.3.20');
    const six = table.v6(0xfd770001, 0, 0, 0x20);
    expect([filter.admitsHosts(inside, outside), filter.admitsHosts(outside, inside), filter.admitsHosts(outside, outside), filter.admitsHosts(outside, six)])
      .toEqual([true, true, false, true]);
  });

  it('agrees with masks computed in arithmetic, for every prefix length', () => {
    fc.assert(fc.property(fc.nat(0xffffffff), fc.nat(0xffffffff), fc.integer({ min: 0, max: 32 }), (network, address, bits) => {
      const table = new AddressTable();
      const id = table.v4(address);
      const text = [24, 16, 8, 0].map((shift) => (network >>> shift) & 255).join('.');
      const size = 2 ** (32 - bits);
      const expected = Math.floor(network / size) === Math.floor(address / size);
      expect(new TrafficFilter({ hosts: [`${text}/${bits}`] }, table).admitsHosts(id, id)).toBe(expected);
    }));
  });

  it('takes since as inclusive and until as exclusive, and keeps packets without a time', () => {
    const filter = new TrafficFilter({ since: 10, until: 20 }, new AddressTable());
    expect([9.9, 10, 19.9, 20, NaN].map((seconds) => filter.admitsTime(seconds))).toEqual([false, true, true, false, true]);
  });

  it('refuses what is no network', () => {
    for (const text of ['', 'host', '10.0.0.0/', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/8.5', 'fd77::/129', '10.0.0.256']) expect(() => parseNetwork(text), text).toThrow(RangeError);
  });
});
