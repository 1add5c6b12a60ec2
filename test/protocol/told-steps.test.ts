/** What recognisers tell beyond the facts of one flow: tickets, and traffic that no capture shows. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HiddenTraffic, TicketUse } from '../../src/protocol/events.js';
import { ProtocolInspector } from '../../src/protocol/flow-inspection.js';
import { readNetworkInterfaces } from '../../src/protocol/smb/network-interfaces.js';
import { ByteWriter, concat } from '../support/byte-writer.js';
import { recordingEvents } from './capture-driver.js';

function told(port: number, lines: readonly (readonly ['client' | 'server', Uint8Array])[]) {
  const tickets: TicketUse[] = [];
  const hidden: HiddenTraffic[] = [];
  const events = { ...recordingEvents(), ticketUse: (event: TicketUse) => { tickets.push(event); }, hiddenTraffic: (event: HiddenTraffic) => { hidden.push(event); } };
  const inspection = new ProtocolInspector(events).begin({ transport: 6, address0: 0, address1: 1, port0: 50_000, port1: port, overlay: 0, likelyServer: 1, byHandshake: true });
  let wanted = true;
  lines.forEach(([role, bytes], i) => { wanted &&= inspection.payload(role === 'client' ? 0 : 1, bytes, 0, bytes.length, { capture: 0, frame: i + 1, seconds: 0, nanoseconds: 0 }); });
  if (wanted) inspection.end();
  return { tickets: tickets.map(({ service, user, kind, result, at }) => ({ service, user, kind, result, frame: at.frame })), hidden: hidden.map(({ kind, detail, at }) => ({ kind, detail, frame: at.frame })), facts: inspection.application?.facts };
}

const der = (tag: number, ...parts: readonly Uint8Array[]): Uint8Array => {
  const inside = concat(...parts);
  const head = new ByteWriter(false).u8(tag);
  if (inside.length < 0x80) head.u8(inside.length);
  else if (inside.length < 0x100) head.u8(0x81, inside.length);
  else head.u8(0x82).u16(inside.length);
  return head.raw(inside).bytes();
};
const number = (value: number): Uint8Array => der(2, value < 128 ? Uint8Array.of(value) : Uint8Array.of(value >>> 8, value & 255));
const text = (value: string): Uint8Array => der(0x1b, new TextEncoder().encode(value));
const name = (...parts: readonly string[]): Uint8Array => der(0x30, der(0xa0, number(1)), der(0xa1, der(0x30, ...parts.map(text))));
const record = (message: Uint8Array): Uint8Array => new ByteWriter(false).u32(message.length).raw(message).bytes();

/** KDC-REQ, RFC 4120 5.4.1. */
function request(tag: number, service: readonly string[], { options = 0x40810000, padata = [] as readonly number[], user = '' } = {}): Uint8Array {
  const body = der(0x30, der(0xa0, der(3, new ByteWriter(false).u8(0).u32(options).bytes())), ...(user === '' ? [] : [der(0xa1, name(user))]), der(0xa2, text('LAB.TEST')), der(0xa3, name(...service)), der(0xa7, number(7)), der(0xa8, der(0x30, number(18))));
  const data = padata.length === 0 ? [] : [der(0xa3, der(0x30, ...padata.map((type) => der(0x30, der(0xa1, number(type)), der(0xa2, der(4, Uint8Array.of(1)))))))];
  return record(der(tag, der(0x30, der(0xa1, number(5)), der(0xa2, number(tag & 31)), ...data, der(0xa4, body))));
}
const reply = (tag: number): Uint8Array => record(der(tag, der(0x30, der(0xa0, number(5)), der(0xa1, number(tag & 31)), der(0xa3, text('LAB.TEST')))));
const error = (code: number): Uint8Array => record(der(0x7e, der(0x30, der(0xa0, number(5)), der(0xa1, number(30)), der(0xa6, number(code)), der(0xa9, text('LAB.TEST')), der(0xaa, name('krbtgt', 'LAB.TEST')))));
const AS = 0x6a, AS_REPLY = 0x6b, TGS = 0x6c, TGS_REPLY = 0x6d;

describe('Kerberos tickets', () => {
  it('asked for and granted, after the usual demand for preauthentication', () => {
    expect(told(88, [['client', request(AS, ['krbtgt', 'LAB.TEST'], { user: 'ops' })], ['server', error(25)], ['client', request(AS, ['krbtgt', 'LAB.TEST'], { user: 'ops' })], ['server', reply(AS_REPLY)], ['client', request(TGS, ['cifs', 'hv1.lab.test'])], ['server', reply(TGS_REPLY)]]).tickets)
      .toEqual([{ service: 'krbtgt/LAB.TEST', user: 'ops', kind: 'logon', result: 'granted', frame: 3 }, { service: 'cifs/hv1.lab.test', user: 'ops', kind: 'ticket', result: 'granted', frame: 5 }]);
  });
  it('the two halves of delegation, the second refused', () => {
    const service = 'Microsoft Virtual System Migration Service';
    expect(told(88, [
      ['client', request(TGS, ['hv1$'], { padata: [1, 129] })], ['server', reply(TGS_REPLY)], ['client', request(TGS, [service, 'hv2'], { options: 0x40810000 | (1 << 17), padata: [1] })], ['server', error(13)],
    ]).tickets).toEqual([{ service: 'hv1$', user: '', kind: 'for-user', result: 'granted', frame: 1 }, { service: `${service}/hv2`, user: '', kind: 'on-behalf', result: 'KDC_ERR_BADOPTION', frame: 3 }]);
  });
  it('never answered', () => {
    expect(told(88, [['client', request(TGS, ['HTTP', 'hv1'])]]).tickets).toEqual([{ service: 'HTTP/hv1', user: '', kind: 'ticket', result: 'unanswered', frame: 1 }]);
  });
  it('no prefix and no change of a request fails', () => {
    const good = request(TGS, ['cifs', 'hv1'], { padata: [1, 129] });
    fc.assert(fc.property(fc.integer({ min: 1, max: good.length }), fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 }), (cut, changes) => {
      const bytes = good.slice();
      for (const [i, value] of changes) bytes[i] = value;
      expect(told(88, [['client', bytes.subarray(0, cut)], ['server', reply(TGS_REPLY)]]).tickets.length).toBeLessThanOrEqual(1);
    }), { numRuns: 300 });
  });
});

/** NETWORK_INTERFACE_INFO, [MS-SMB2] 2.2.32.5. */
function networkInterface(last: boolean, capability: number, address: Uint8Array): Uint8Array {
  const six = address.length === 16;
  const socket = new ByteWriter(true).u16(six ? 0x17 : 2).u16(0).raw(six ? new Uint8Array(4) : []).raw(address).bytes();
  return concat(new ByteWriter(true).u32(last ? 0 : 152).u32(3, capability, 0).u32(10_000_000_00, 0).raw(socket).bytes(), new Uint8Array(128 - socket.length));
}
const list = concat(networkInterface(false, 1, Uint8Array.of(10, 0, 0, 5)), networkInterface(true, 3, Uint8Array.from({ length: 16 }, (_, i) => (i === 0 ? 0xfd : i === 15 ? 9 : 0))));

describe('network interfaces that a server offers', () => {
  it('are read with their abilities', () => {
    expect(readNetworkInterfaces(list, 0, list.length).list).toEqual([{ address: '10.0.0.5', bitsPerSecond: 1_000_000_000, rdma: false }, { address: 'fd00::9', bitsPerSecond: 1_000_000_000, rdma: true }]);
  });
  it('no cut and no change is read beyond its end, and a chain that goes in circles ends', () => {
    fc.assert(fc.property(fc.nat(list.length), fc.array(fc.tuple(fc.nat(list.length - 1), fc.nat(255)), { maxLength: 8 }), (cut, changes) => {
      const bytes = list.slice(0, cut);
      for (const [i, value] of changes) bytes[i] = value;
      expect(readNetworkInterfaces(bytes, 0, cut).list.length).toBeLessThanOrEqual(16);
    }));
  });
  it('one that is able of RDMA is told as what cannot be seen', () => {
    const header = (command: number, response: boolean): Uint8Array => new ByteWriter(true).raw([0xfe, 0x53, 0x4d, 0x42]).u16(64, 0).u32(0).u16(command, 1).u32(response ? 1 : 0, 0).u32(0, 0, 0, 0, 0, 0).raw(new Uint8Array(16)).bytes();
    const framed = (message: Uint8Array): Uint8Array => new ByteWriter(false).u32(message.length).raw(message).bytes();
    const negotiate = framed(concat(header(0, false), new ByteWriter(true).u16(36, 1, 1, 0).u32(0x7f).raw(new Uint8Array(16)).u32(0, 0).u16(0x0311).bytes()));
    const answer = framed(concat(header(11, true), new ByteWriter(true).u16(49, 0).u32(0x001401fc).raw(new Uint8Array(16).fill(0xff)).u32(112, 0, 112, list.length, 0, 0).raw(list).bytes()));
    const { hidden, facts } = told(445, [['client', negotiate], ['server', answer]]);
    expect(hidden).toEqual([{ kind: 'rdma', detail: 'fd00::9', frame: 2 }]);
    expect(facts).toMatchObject({ networkInterfaces: ['10.0.0.5 1 Gbit/s', 'fd00::9 1 Gbit/s, RDMA'] });
  });
});
