import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { AddressTable, NO_ADDRESS } from '../../src/decode/address-table.js';

const word = fc.integer({ min: 0, max: 0xffffffff });
const sparse = fc.oneof(fc.constant(0), word, fc.integer({ min: 0, max: 0xffff }), fc.constant(0xffff0000));

describe('AddressTable', () => {
  it('gives dense ids in order of first sight and the same id again, IPv4 and IPv6 apart', () => {
    const table = new AddressTable();
    expect([table.v4(0x0a000001), table.v6(0, 0, 0xffff, 0x0a000001), table.v4(0xc0a80001), table.v4(-0x3f57ffff), table.v4(0x0a000001)]).toEqual([0, 1, 2, 2, 0]);
    expect(table.count).toBe(3);
    expect([0, 1, 2].map((id) => table.text(id))).toEqual(['10.0.0.1', '::ffff:10.0.0.1', '192.168.0.1']);
    expect([0, 1, 2].map((id) => table.isV6(id))).toEqual([false, true, false]);
  });

  it('keeps every address while it grows', () => {
    const table = new AddressTable();
    let wrong = 0;
    for (let pass = 0; pass < 2; pass++) {
      for (let i = 0; i < 50_000; i++) if (table.v4(Math.imul(i, 65537)) !== 2 * i || table.v6(0x20010db8, 0, i, 1) !== 2 * i + 1) wrong++;
    }
    expect(wrong).toBe(0);
    expect(table.count).toBe(100_000);
  });

  it('writes IPv6 as RFC 5952 says', () => {
    const table = new AddressTable();
    const cases: [string, string][] = [
      ['0:0:0:0:0:0:0:0', '::'], ['0:0:0:0:0:0:0:1', '::1'], ['1:0:0:0:0:0:0:0', '1::'], ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
      ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'], ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'], ['FE80:0:0:0:0:0:AB:1', 'fe80::ab:1'],
      ['0:0:0:0:0:ffff:c000:0201', '::ffff:192.0.2.1'], ['::ffff:192.0.2.1', '::ffff:192.0.2.1'], ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
    ];
    for (const [written, canonical] of cases) {
      const bytes = ipaddr.IPv6.parse(written).toByteArray();
      const view = new DataView(Uint8Array.from(bytes).buffer);
      const id = table.v6(view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12));
      expect(table.text(id)).toBe(canonical);
      expect(table.idOf(written)).toBe(id);
    }
  });

  it('agrees with an independent library on any address, and reads back what it writes', () => {
    fc.assert(fc.property(sparse, sparse, sparse, sparse, (a, b, c, d) => {
      const table = new AddressTable();
      const six = table.v6(a, b, c, d);
      const four = table.v4(d);
      expect(ipaddr.parse(table.text(six)).toByteArray()).toEqual([...table.bytes(six)]);
      expect(ipaddr.parse(table.text(four)).toByteArray()).toEqual([...table.bytes(four)]);
      expect(table.idOf(table.text(six))).toBe(six);
      expect(table.idOf(ipaddr.parse(table.text(six)).toNormalizedString())).toBe(six);
      expect(table.idOf(table.text(four))).toBe(four);
    }));
  });

  it('knows no id of what it has not seen or what is no address', () => {
    const table = new AddressTable();
    table.v4(0x01020304);
    for (const text of ['1.2.3.5', '1.2.3', '1.2.3.4.5', '01.2.3.4', '1.2.3.256', '', 'a', '::', ':::', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '::1.2.3', '12345::', 'g::']) {
      expect(table.idOf(text), text).toBeUndefined();
    }
    expect(table.idOf('1.2.3.4')).toBe(0);
    expect(table.count).toBe(1);
  });

  it('orders IPv4 before IPv6, then by value', () => {
    const table = new AddressTable();
    const ids = [table.v6(0xfe800000, 0, 0, 1), table.v4(0xc0a80001), table.v6(0, 0, 0, 1), table.v4(0x0a000001)];
    expect(ids.sort((a, b) => table.compare(a, b)).map((id) => table.text(id))).toEqual(['10.0.0.1', '192.168.0.1', '::1', 'fe80::1']);
    expect(table.compare(ids[0]!, ids[0]!)).toBe(0);
  });

  it('tells the ranges that have a meaning', () => {
    const table = new AddressTable();
    const id = (text: string): number => {
      const bytes = Uint8Array.from(ipaddr.parse(text).toByteArray());
      const view = new DataView(bytes.buffer);
      return bytes.length === 4 ? table.v4(view.getUint32(0)) : table.v6(view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12));
    };
    const all = ['224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255', 'ff02::1', 'fe80::1', 'febf::1', 'fec0::1', '169.254.1.1', '10.1.1.1', '172.16.0.1', '172.31.0.1', '172.32.0.1',
      '192.168.0.1', 'fc00::1', 'fdff::1', 'fe00::1', '127.0.0.1', '::1', '0.0.0.0', '::', '8.8.8.8', '2001:db8::1'];
    const which = (predicate: (id: number) => boolean): string[] => all.filter((text) => predicate(id(text)));
    expect(which((i) => table.isMulticastOrBroadcast(i))).toEqual(['224.0.0.1', '239.255.255.255', '255.255.255.255', 'ff02::1']);
    expect(which((i) => table.isLinkLocal(i))).toEqual(['fe80::1', 'febf::1', '169.254.1.1']);
    expect(which((i) => table.isPrivate(i))).toEqual(['10.1.1.1', '172.16.0.1', '172.31.0.1', '192.168.0.1', 'fc00::1', 'fdff::1']);
    expect(which((i) => table.isLoopback(i))).toEqual(['127.0.0.1', '::1']);
    expect(which((i) => table.isUnspecified(i))).toEqual(['0.0.0.0', '::']);
  });

  it('stops at its maximum, counts what it refuses and still knows what it has', () => {
    const table = new AddressTable(3);
    expect([table.v4(1), table.v6(0, 0, 0, 1), table.v4(2), table.v4(3), table.v6(0, 0, 0, 2), table.v4(2)]).toEqual([0, 1, 2, NO_ADDRESS, NO_ADDRESS, 2]);
    expect([table.count, table.refused]).toEqual([3, 2]);
  });
});
