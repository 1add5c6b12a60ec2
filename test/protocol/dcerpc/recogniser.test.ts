import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dcerpc } from '../../../src/protocol/dcerpc/recogniser.js';
import { RpcConnection } from '../../../src/protocol/dcerpc/connection.js';
import { Recognition } from '../../../src/protocol/recogniser.js';
import { bind, bindAck, concat, EPM, fault, LSARPC, NDR, pdu, request, response, Writer } from './pdus.js';
import { RecordingContext } from './recording.js';

const DYNAMIC = { senderPort: 50_000, receiverPort: 49_700 };
const MAPPER = { senderPort: 50_000, receiverPort: 135 };

function ask(bytes: Uint8Array, hint = DYNAMIC): Recognition {
  const framed = concat(new Uint8Array(2), bytes, new Uint8Array(40).fill(5));
  return dcerpc.recognise(framed, 2, 2 + bytes.length, hint);
}

/** A connectionless PDU whose body has that length. */
function datagram(type: number, { littleEndian = true, length = 0, claims = undefined as number | undefined } = {}): Uint8Array {
  return new Writer(littleEndian).u8(4, type, 0, 0, littleEndian ? 0x10 : 0, 0, 0, 0).uuid(EPM).uuid(LSARPC).uuid(LSARPC)
    .u32(0).u32(3).u32(1).u16(3).u16(0xffff).u16(0xffff).u16(claims ?? length).u16(0).u8(0, 0).bytes(new Uint8Array(length)).done();
}

describe('recognition over TCP', () => {
  const bound = bind([{ id: 0, uuid: EPM }]);

  it('knows who is who', () => {
    expect(ask(bound)).toBe(Recognition.client);
    expect(ask(request(0, 3, new Uint8Array(30)))).toBe(Recognition.client);
    for (const bytes of [bindAck([[0, 0, NDR]]), response(0, new Uint8Array(9)), fault(0, 5)]) expect(ask(bytes)).toBe(Recognition.server);
    expect(ask(bind([{ id: 0, uuid: EPM }], { littleEndian: false }))).toBe(Recognition.client);
    expect(ask(pdu(20, new Uint8Array(4)))).toBe(Recognition.either);
  });

  it('asks for more with every prefix of a header', () => {
    for (let length = 1; length < 16; length++) expect(ask(bound.slice(0, length))).toBe(Recognition.more);
    for (let length = 16; length < bound.length; length++) expect(ask(bound.slice(0, length))).toBe(Recognition.client);
  });

  it.each([[0, 6], [1, 2], [2, 1], [2, 21], [4, 0x20], [5, 4], [6, 1], [7, 1], [8, 15], [10, 0xff], [3, 0x04]])('refuses byte %i = %i', (at, value) => {
    const bytes = bound.slice();
    bytes[at] = value;
    if (at === 8) bytes[9] = 0;
    expect(ask(bytes)).toBe(Recognition.no);
  });

  it('wants support for what is weak in mid-stream', () => {
    const big = request(0, 3, new Uint8Array(300), { littleEndian: false });
    expect(ask(big.slice(0, 200))).toBe(Recognition.no);
    expect(ask(big.slice(0, 200), MAPPER)).toBe(Recognition.client);
    expect(ask(big)).toBe(Recognition.client);
    expect(ask(concat(big, big.slice(0, 20)))).toBe(Recognition.client);
    expect(ask(concat(big, new Uint8Array(20).fill(7)))).toBe(Recognition.no);
    expect(ask(request(0, 3, new Uint8Array(300)).slice(0, 200))).toBe(Recognition.client);
  });

  it('knows the greeting of ncacn_http', () => {
    const greeting = Uint8Array.from([...'ncacn_http/1.0'].map((one) => one.charCodeAt(0)));
    for (let length = 1; length < greeting.length; length++) expect(ask(greeting.slice(0, length))).toBe(Recognition.more);
    expect(ask(greeting)).toBe(Recognition.server);
    expect(ask(Uint8Array.from([...'ncacn_np'].map((one) => one.charCodeAt(0))))).toBe(Recognition.no);
  });

  it('does not take other traffic for it', () => {
    const others = ['05 01 00', '05 02 00 02', '05 00 00 01 0a 00 00 01 04 38', '16 03 01 02 00', 'ff 53 4d 42', '03 00 00 13 0e e0', '30 0c 02 01 01'];
    for (const text of others.filter((one) => one.length > 12)) expect(ask(Uint8Array.from(text.split(' ').map((one) => parseInt(one, 16))))).toBe(Recognition.no);
  });

  it('never throws and reads nothing behind the limit', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 120 }), fc.uint8Array({ maxLength: 20 }), (bytes, behind) => {
      const alone = dcerpc.recognise(bytes, 0, bytes.length, DYNAMIC);
      expect(dcerpc.recognise(concat(bytes, behind), 0, bytes.length, DYNAMIC)).toBe(alone);
    }));
  });

  it('makes the analyzer of the transport', () => {
    expect(dcerpc.analyse(new RecordingContext(135))).toBeInstanceOf(RpcConnection);
    expect(dcerpc.analyse(new RecordingContext(135, 'udp'))).not.toBeInstanceOf(RpcConnection);
  });
});

describe('recognition over UDP', () => {
  it('knows who is who, in both byte orders', () => {
    for (const littleEndian of [true, false]) {
      expect(ask(datagram(0, { littleEndian, length: 20 }))).toBe(Recognition.client);
      expect(ask(datagram(2, { littleEndian }))).toBe(Recognition.server);
      expect(ask(datagram(9, { littleEndian }))).toBe(Recognition.either);
    }
  });

  it('wants a body that fills the datagram', () => {
    expect(ask(datagram(0, { length: 20, claims: 19 }))).toBe(Recognition.no);
    expect(ask(datagram(0, { length: 20, claims: 30 }))).toBe(Recognition.no);
    expect(ask(datagram(0, { length: 20, claims: 30 }), MAPPER)).toBe(Recognition.client);
  });

  it.each([[0, 6], [1, 11], [3, 0x80], [4, 0x20], [5, 9], [6, 1]])('refuses byte %i = %i', (at, value) => {
    const bytes = datagram(0);
    bytes[at] = value;
    expect(ask(bytes)).toBe(Recognition.no);
  });
});
