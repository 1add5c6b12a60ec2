import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAnswer, readQuestion } from '../../../src/protocol/dcerpc/endpoint-mapper.js';
import type { Stub } from '../../../src/protocol/dcerpc/endpoint-mapper.js';
import { readTower } from '../../../src/protocol/dcerpc/tower.js';
import { concat, lookupAnswer, lookupQuestion, LSARPC, mapAnswer, mapQuestion, NDR, tower, Writer } from './pdus.js';
import { hex } from './recording.js';

function stub(bytes: Uint8Array, littleEndian = true): Stub {
  const framed = concat(new Uint8Array(3).fill(9), bytes, new Uint8Array(9).fill(9));
  return { bytes: framed, start: 3, limit: 3 + bytes.length, littleEndian };
}

const FORMS = [false, true].flatMap((wide) => [false, true].map((littleEndian) => ({ wide, littleEndian })));

describe('towers', () => {
  const octets = tower(LSARPC, 49_667, [10, 0, 0, 4]);

  it('reads interface, protocol, port and address', () => {
    expect(readTower(octets, 0, octets.length)).toEqual({
      interface: { uuid: LSARPC, version: '0.0' }, protocol: 'ncacn_ip_tcp', port: 49_667, announced: '10.0.0.4',
    });
  });

  it('answers undefined for every shorter prefix and for no UUID floor', () => {
    for (let length = 0; length < octets.length; length++) expect(readTower(octets, 0, length)).toBeUndefined();
    expect(readTower(Uint8Array.of(1, 0, 1, 0, 7, 2, 0, 1, 1), 0, 9)).toBeUndefined();
  });

  const endpoint = (rpc: number, transport: number, right: Uint8Array, host: Uint8Array): Uint8Array => new Writer().u16(5)
    .u16(19).u8(0x0d).uuid(LSARPC).u16(1).u16(2).u16(7).u16(19).u8(0x0d).uuid(NDR).u16(2).u16(2).u16(0)
    .u16(1).u8(rpc).u16(2).u16(0).u16(1).u8(transport).u16(right.length).bytes(right).u16(1).u8(0x11).u16(host.length).bytes(host).done();
  const ascii = (text: string): Uint8Array => Uint8Array.from([...text].map((one) => one.charCodeAt(0)));

  it.each([
    [0x0b, 0x0f, 'ncacn_np', 0, '\\\\HOST\\PIPE\\lsass'],
    [0x0b, 0x10, 'ncacn_np', 0, '\\\\HOST\\PIPE\\lsass'],
    [0x0c, 0x10, 'ncalrpc', 0, '\\\\HOST\\PIPE\\lsass'],
    [0x0b, 0x63, '', 0, '\\\\HOST\\PIPE\\lsass'],
  ])('reads floors %i and %i as %s', (rpc, transport, protocol, port, announced) => {
    const bytes = endpoint(rpc, transport, ascii('\\PIPE\\lsass\0'), ascii('\\\\HOST\0'));
    expect(readTower(bytes, 0, bytes.length)).toEqual({ interface: { uuid: LSARPC, version: '1.7' }, protocol, port, announced });
  });

  it.each([[0x0a, 0x08, 'ncadg_ip_udp'], [0x0b, 0x1f, 'ncacn_http']])('reads floors %i and %i as %s', (rpc, transport, protocol) => {
    const bytes = tower(LSARPC, 593, [0, 0, 0, 0], transport, rpc);
    expect(readTower(bytes, 0, bytes.length)).toMatchObject({ protocol, port: 593, announced: '0.0.0.0' });
  });
});

describe('stubs of the endpoint mapper', () => {
  it('reads the worked example in NDR64', () => {
    const bytes = hex(`0000000000000000000000000000000000000000 01000000 0400000000000000 0000000000000000 0100000000000000
      0300000000000000 4b00000000000000 4b000000 0500 1300 0d 7857341234 12cdabef000123456789ab 0000 0200 0000
      1300 0d 045d888aeb1cc9119fe808002b104860 0200 0200 0000 0100 0b 0200 0000 0100 07 0200 c203 0100 09 0400 0a000004 00 00000000`);
    expect(bytes.length).toBe(148);
    expect(readAnswer(stub(bytes), 'ept_map', true)).toEqual({
      operation: 'ept_map', continues: false, unread: 0, status: 0,
      entries: [{ annotation: '', tower: { interface: { uuid: LSARPC, version: '0.0' }, protocol: 'ncacn_ip_tcp', port: 49_667, announced: '10.0.0.4' } }],
    });
    expect(readAnswer(stub(bytes), 'ept_map', false)).toBeUndefined();
    expect(readAnswer(stub(bytes), 'ept_lookup', true)).toBeUndefined();
  });

  it('reads the worked example in NDR', () => {
    const bytes = hex(`00000000 ec6bcfa1 d8502343b24a7e301a7222a7 01000000 01000000 00000000 01000000 03000000 4b000000 4b000000
      0500 1300 0d 785634123412cdabef0001234567cffb 0100 0200 0000 1300 0d 045d888aeb1cc9119fe808002b104860 0200 0200 0000
      0100 0b 0200 0000 0100 07 0200 c204 0100 09 0400 ac104224 00 00000000`);
    expect(bytes.length).toBe(128);
    const answer = readAnswer(stub(bytes), 'ept_map', false);
    expect(answer).toMatchObject({ continues: true, status: 0 });
    expect(answer!.entries[0]!.tower).toEqual({
      interface: { uuid: '12345678-1234-abcd-ef00-01234567cffb', version: '1.0' }, protocol: 'ncacn_ip_tcp', port: 49_668, announced: '172.16.66.36',
    });
    expect(readAnswer(stub(bytes), 'ept_map', true)).toBeUndefined();
  });

  const towers = [tower(LSARPC, 49_675), null, tower(LSARPC, 49_667)];
  const entries = [{ tower: towers[0]!, annotation: 'Remote Fw APIs' }, { tower: towers[2]!, annotation: '' }];

  it.each(FORMS)('reads each operation in exactly the form in which it was written: %j', (form) => {
    const { littleEndian, wide } = form;
    const map = stub(mapAnswer(towers, 0, form), littleEndian);
    expect(readAnswer(map, 'ept_map', wide)!.entries.map((one) => one.tower.port)).toEqual([49_675, 49_667]);
    const lookup = stub(lookupAnswer(entries, 0, form), littleEndian);
    expect(readAnswer(lookup, 'ept_lookup', wide)!.entries.map((one) => [one.annotation, one.tower.port])).toEqual([['Remote Fw APIs', 49_675], ['', 49_667]]);
    for (const operation of ['ept_map', 'ept_lookup'] as const) {
      expect(readAnswer(map, operation, !wide)).toBeUndefined();
      expect(readAnswer(lookup, operation, !wide)).toBeUndefined();
    }
    for (const object of [true, false]) {
      expect(readQuestion(stub(mapQuestion(tower(LSARPC, 0), form, 0, object), littleEndian), 'ept_map', wide))
        .toEqual({ operation: 'ept_map', interface: { uuid: LSARPC, version: '0.0' }, continues: false });
    }
    expect(readQuestion(stub(lookupQuestion(form), littleEndian), 'ept_lookup', wide)).toEqual({ operation: 'ept_lookup', interface: null, continues: false });
    expect(readQuestion(stub(lookupQuestion(form, LSARPC), littleEndian), 'ept_lookup', wide)!.interface).toEqual({ uuid: LSARPC, version: '1.0' });
  });

  it.each(FORMS)('tells an answer without towers from its other form: %j', (form) => {
    const bytes = mapAnswer([], 0x16c9a0d6, form);
    expect(bytes.length).toBe(form.wide ? 52 : 40);
    expect(readAnswer(stub(bytes, form.littleEndian), 'ept_map', form.wide)).toMatchObject({ entries: [], status: 0x16c9a0d6 });
    expect(readAnswer(stub(bytes, form.littleEndian), 'ept_map', !form.wide)).toBeUndefined();
  });

  it.each(FORMS)('answers undefined for every shorter prefix: %j', (form) => {
    const samples = [['ept_map', mapAnswer(towers, 0, form)], ['ept_lookup', lookupAnswer(entries, 0, form)]] as const;
    for (const [operation, bytes] of samples) {
      for (let length = 0; length < bytes.length; length++) {
        expect(readAnswer(stub(bytes.slice(0, length), form.littleEndian), operation, form.wide)).toBeUndefined();
      }
    }
  });

  it('believes no count', () => {
    for (const wide of [false, true]) {
      const bytes = new Writer(true, wide).bytes(new Uint8Array(20)).u32(0xffff_ffff).size(0xffff_ffff).size(0).size(0xffff_ffff).bytes(new Uint8Array(4096)).done();
      const began = performance.now();
      for (const operation of ['ept_map', 'ept_lookup'] as const) expect(readAnswer(stub(bytes), operation, wide)).toBeUndefined();
      expect(performance.now() - began).toBeLessThan(200);
    }
  });

  it('never throws on mutated stubs', () => {
    const samples = FORMS.flatMap((form) => [mapAnswer(towers, 0, form), lookupAnswer(entries, 0, form), mapQuestion(tower(LSARPC, 0), form), lookupQuestion(form, LSARPC)]);
    fc.assert(fc.property(fc.constantFrom(...samples), fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 8 }), (sample, changes) => {
      const bytes = sample.slice();
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      for (const operation of ['ept_map', 'ept_lookup'] as const) {
        for (const { littleEndian, wide } of FORMS) {
          readAnswer(stub(bytes, littleEndian), operation, wide);
          readQuestion(stub(bytes, littleEndian), operation, wide);
        }
      }
    }), { numRuns: 500 });
  });
});
