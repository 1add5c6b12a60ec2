import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identityOf, inspect } from '../inspect-pieces.js';
import type { Piece } from '../inspect-pieces.js';
import { cryptoFrame, sealInitial } from './sealed-initial.js';

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
/** The connection id and the hello of RFC 9001, appendix A. */
const first = hex('8394c8f03e515708');
const hello = hex(
  '010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578616d706c652e'
  + '636f6dff01000100000a00080006001d0017001800100007000504616c706e000500050100000000003300260024001d00209370b2c9caa47fbabaf4559fedba753d'
  + 'e171fa71f50f1ce15d43e994ec74d748002b0003020304000d0010000e0403050306030203080408050806002d00020101001c00024001003900320408ffffffff'
  + 'ffffffff05048000ffff07048000ffff0801100104800075300901100f088394c8f03e51570806048000ffff',
);
const serverHello = hex('020000560303eefce7f7b37ba1d1632e96677825ddf73988cfc79825df566dc5430b9a045a1200130100002e00330024001d00209d3c940d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a002b00020304');
const identity = identityOf({ transport: 'udp', clientPort: 50_000, serverPort: 443 });
const told = { serverName: 'example.com', alpn: ['alpn'], offeredVersion: 'TLS 1.3' };

const client = (bytes: Uint8Array, frame = 1): Piece => ({ side: 0, bytes, frame });
const server = (bytes: Uint8Array, frame = 2): Piece => ({ side: 1, bytes, frame });
const factsOf = (pieces: readonly Piece[]) => inspect(identity, pieces).application?.facts;

describe('the packets of RFC 9001 and RFC 9369, appendix A', () => {
  it('are what the test seals', () => {
    const begins = (version: 1 | 2) => Buffer.from(sealInitial({ version, first, frames: Buffer.concat([hex('060040f1'), hello]) })).toString('hex').slice(0, 64);
    expect(begins(1)).toBe('c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11');
    expect(begins(2)).toBe('d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485');
  });

  it.each([[1, '1'], [2, '2']] as const)('are read in version %i', (version, name) => {
    const { application, malformed } = inspect(identity, [client(sealInitial({ version, first, frames: cryptoFrame(hello) }))]);
    expect(malformed).toBe(0);
    expect(application).toMatchObject({ protocol: 'quic', confidence: 'payload', facts: { version: name, ...told } });
  });
});

describe('the hello of a client', () => {
  it('has the fingerprint of its lists, with q in front', () => {
    const hash = (list: string) => createHash('sha256').update(list).digest('hex').slice(0, 12);
    // 2 ciphers, 11 extensions, ALPN `alpn`; the lists were sorted by hand.
    expect(factsOf([client(sealInitial({ first, frames: cryptoFrame(hello) }))])?.['ja4'])
      .toBe(`q13d0211an_${hash('1301,1302')}_${hash('0005,000a,000d,001c,002b,002d,0033,0039,ff01_0403,0503,0603,0203,0804,0805,0806')}`);
  });

  it('is put together from frames in any order, over several datagrams, sent twice', () => {
    fc.assert(fc.property(fc.uniqueArray(fc.integer({ min: 1, max: hello.length - 1 }), { maxLength: 12 }), fc.array(fc.nat(100), { maxLength: 20 }), (places, order) => {
      const edges = [0, ...places.sort((a, b) => a - b), hello.length];
      const frames = edges.slice(1).map((limit, index) => cryptoFrame(hello, edges[index], limit));
      for (const [index, swap] of order.entries()) {
        const [one, other] = [index % frames.length, swap % frames.length];
        [frames[one], frames[other]] = [frames[other]!, frames[one]!];
      }
      frames.push(frames[0]!);
      const half = Math.ceil(frames.length / 2);
      const pieces = [frames.slice(0, half), frames.slice(half)].map((some, index) => client(
        sealInitial({ first, number: index, numberLength: index === 0 ? 1 : 2, frames: Buffer.concat([...some, Uint8Array.of(1)]) }), index + 1,
      ));
      expect(factsOf(pieces)).toMatchObject(told);
    }), { numRuns: 60 });
  });

  it('is found behind another packet of the same datagram, and behind acknowledgements', () => {
    const early = sealInitial({ first, frames: Uint8Array.of(2, 5, 0, 1, 2, 0, 0, 3, 5, 0, 0, 2, 1, 1, 1), pad: 40 });
    const late = sealInitial({ first, frames: cryptoFrame(hello) });
    expect(factsOf([client(Buffer.concat([early, late]))])).toMatchObject(told);
  });

  it('is read after a Retry with the keys of the new id', () => {
    const second = hex('f067a5502a4262b5');
    const retry = Buffer.concat([hex('ff000000010008f067a5502a4262b5746f6b656e'), new Uint8Array(16)]);
    expect(factsOf([
      client(sealInitial({ first, frames: cryptoFrame(hello, 0, 60) })), server(retry), client(sealInitial({ first: second, token: hex('746f6b656e'), frames: cryptoFrame(hello) }), 3),
    ])).toMatchObject({ ...told, retry: true });
  });

  it('says nothing when one bit of it was changed: its tag is verified', () => {
    const sealed = sealInitial({ first, frames: cryptoFrame(hello) });
    for (const at of [18, 40, 700, sealed.length - 1]) {
      const changed = sealed.slice();
      changed[at]! ^= 0x10;
      expect(factsOf([client(changed)])).toEqual({ version: '1' });
    }
  });
});

describe('the server', () => {
  const asked = client(sealInitial({ first, frames: cryptoFrame(hello) }));

  it('answers with its choice of ciphers', () => {
    const answer = sealInitial({ from: 'server', first, destination: new Uint8Array(0), frames: Buffer.concat([Uint8Array.of(2, 0, 0, 0, 0), cryptoFrame(serverHello)]) });
    expect(factsOf([asked, server(answer)])).toMatchObject({ ...told, cipher: 'TLS_AES_128_GCM_SHA256' });
  });

  it('may answer in version 2 with keys of the same id', () => {
    const answer = sealInitial({ version: 2, from: 'server', first, destination: new Uint8Array(0), frames: cryptoFrame(serverHello) });
    expect(factsOf([asked, server(answer)])).toMatchObject({ version: '2', cipher: 'TLS_AES_128_GCM_SHA256' });
  });

  it('that refuses the handshake is a failure with the name of the alert', () => {
    // CONNECTION_CLOSE with no_application_protocol (120), as a server without SMB over QUIC answers.
    const answer = sealInitial({ from: 'server', first, destination: new Uint8Array(0), frames: Uint8Array.of(0x1c, 0x41, 0x78, 6, 0) });
    const { application, failures } = inspect(identity, [asked, server(answer)]);
    expect(application?.facts).toMatchObject({ handshake: 'failed', alertFrom: 'server' });
    expect(failures).toMatchObject([{ protocol: 'quic', kind: 'tls', code: 'no_application_protocol', target: 'example.com', frame: 2 }]);
  });
});

describe('hostile datagrams', () => {
  it('of any frames never fail, and take bounded time', () => {
    const began = performance.now();
    fc.assert(fc.property(fc.array(fc.tuple(fc.constantFrom<'client' | 'server'>('client', 'server'), fc.uint8Array({ minLength: 20, maxLength: 300 })), { minLength: 1, maxLength: 14 }), (packets) => {
      const pieces = packets.map(([from, frames], index) => ({ side: from === 'client' ? 0 as const : 1 as const, frame: index + 1, bytes: sealInitial({ from, first, frames, number: index }) }));
      expect(inspect(identity, pieces).malformed).toBe(0);
    }), { numRuns: 150 });
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  it('with frames far apart take bounded memory', () => {
    const pieces = Array.from({ length: 11 }, (_, index) => client(sealInitial({
      first, number: index, frames: Buffer.concat(Array.from({ length: 100 }, (__, place) => cryptoFrame(new Uint8Array(16_000), 0, 1).with(1, 0x40 | (((index * 100 + place) * 14) >> 8)).with(2, ((index * 100 + place) * 14) & 0xff))),
    }), index + 1));
    expect(inspect(identity, pieces).application?.facts).toEqual({ version: '1' });
  });
});
