/**
 * What holds for every recogniser: the same facts however a stream is cut, no exception and bounded time whatever bytes are changed.
 * Real flows (golden-flows.ts) have that in flow-inspection.test.ts; here is one exchange for each recogniser, built from the published
 * layouts, so that none is left out.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Recognition } from '../../src/protocol/recogniser.js';
import { allRecognisers } from '../../src/protocol/registry.js';
import { bind, bindAck, EPM, fault, LSARPC, mapAnswer, mapQuestion, request, response, tower } from './dcerpc/pdus.js';
import { goldenFlows } from './golden-flows.js';
import { cut, identityOf, inspect, piecesOf } from './inspect-pieces.js';
import type { Piece } from './inspect-pieces.js';
import { cryptoFrame, sealInitial } from './quic/sealed-initial.js';
import { chunk, client, connect, established, gatewayDialogue, hello as hello2, numbered, server, serverHello, socks5, webSocketGateway } from './tunnel/tunnels.js';
import { helloContents, helloRecord, serverName } from './tls/client-hello-builder.js';

type Content = string | Uint8Array | readonly (number | string)[];
interface Sample { readonly name: string; readonly transport: 'tcp' | 'udp'; readonly clientPort: number; readonly serverPort: number; readonly pieces: readonly Piece[] }

const zeros = (count: number) => new Array<number>(count).fill(0);
const bytesOf = (content: Content): Uint8Array => (content instanceof Uint8Array ? content : Uint8Array.from((typeof content === 'string' ? [content] : content)
  .flatMap((part) => (typeof part === 'number' ? [part] : Array.from(part, (one) => one.charCodeAt(0))))));

function sample(name: string, transport: 'tcp' | 'udp', serverPort: number, client: readonly Content[], server: readonly Content[] = [], clientPort = 50_000): Sample {
  const pieces = [...client.map((one) => ({ side: 0 as const, bytes: bytesOf(one) })), ...server.map((one) => ({ side: 1 as const, bytes: bytesOf(one) }))];
  return { name, transport, clientPort, serverPort, pieces: pieces.map((piece, index) => ({ ...piece, frame: index + 1 })) };
}

const netbiosName = [0x20, 'CKFDENECFDEFFCFGEFFCCACACACACACA', 0];
const dnsQuestion = (id: number) => [0, id, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 'hv1', 0, 0, 1, 0, 1];
const dhcp = (op: number, type: number) => [op, 1, 6, 0, ...zeros(232), 0x63, 0x82, 0x53, 0x63, 53, 1, type, 12, 3, 'hv1', 255];
const apRequest = [0x6e, 40, 0x30, 38, 0xa0, 3, 2, 1, 5, 0xa3, 31, 0x61, 29, 0x30, 27, 0xa0, 3, 2, 1, 5, 0xa2, 20, 0x30, 18, 0xa0, 3, 2, 1, 2, 0xa1, 11, 0x30, 9, 0x1b, 7, 'kadmin/'];
const kpasswd = [0, 48, 0, 1, 0, 42, ...apRequest];
const via = 'net.tcp://dc:9389/x';
const hello = helloContents({ ciphers: [0x1301], extensions: [serverName('a.test')] });
const dtlsHello = helloContents({ version: 0xfefd, ciphers: [0x1301], extensions: [serverName('a.test')], cookie: 0 });
const rpc = [
  [bind([{ id: 0, uuid: EPM }]), request(0, 3, mapQuestion(tower(LSARPC, 135)))],
  [bindAck([[0, 0, '8a885d04-1ceb-11c9-9fe8-08002b104860']]), response(0, mapAnswer([tower(LSARPC, 49_667)])), fault(0, 5)],
] as const;

const samples: readonly Sample[] = [
  sample('dce-rpc', 'tcp', 135, ...rpc),
  sample('tls', 'tcp', 443, [helloRecord({ ciphers: [0x1301], extensions: [serverName('a.test')] })], [[21, 3, 3, 0, 2, 2, 40]]),
  sample('tds with TLS inside', 'tcp', 1433, [[0x12, 1, 0, 20, 0, 0, 0, 0, 0, 0, 6, 0, 6, 0xff, 9, 0, 0, 0, 0, 0], (() => { const tls = helloRecord({ ciphers: [1], extensions: [] }); return Uint8Array.from([0x12, 1, 0, tls.length + 8, 0, 0, 0, 0, ...tls]); })()]),
  sample('rfb', 'tcp', 5900, ['RFB 003.008\n'], ['RFB 003.008\n']),
  sample('wcf', 'tcp', 9389, [[0, 1, 0, 1, 2, 2, via.length, via, 3, 8, 12]], [[0x0b]]),
  sample('smb-direct', 'tcp', 5445, [['MPA ID Req Frame', 0x40, 1, 0, 0]], [['MPA ID Rep Frame', 0x40, 1, 0, 0]]),
  sample('msmq', 'tcp', 1801, [[0x10, 0, 3, 0, 'LIOR', 0, 0, 0, 40, ...zeros(28)]]),
  sample('kpasswd over TCP', 'tcp', 464, [[0, 0, 0, 48, ...kpasswd]]),
  sample('kpasswd', 'udp', 464, [kpasswd]),
  sample('quic', 'udp', 443, [sealInitial({ first: new Uint8Array(8), frames: cryptoFrame(Uint8Array.from([1, 0, hello.length >> 8, hello.length & 0xff, ...hello])) })]),
  sample('dtls', 'udp', 3391, [[22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, dtlsHello.length + 12, 1, 0, 0, dtlsHello.length, 0, 0, 0, 0, 0, 0, 0, 0, dtlsHello.length, ...dtlsHello]]),
  sample('rdp-udp', 'udp', 3389, [[0xff, 0xff, 0xff, 0xff, 0, 0x40, 0, 1, 0, 0, 0, 1, 4, 0xd0, 4, 0xd0, ...zeros(1216)]]),
  sample('wcf that becomes TLS', 'tcp', 8100, [[0, 1, 0, 1, 2, 2, via.length, via, 3, 8, 9, 19, 'application/ssl-tls'], hello2], [[10], serverHello]),
  sample('wcf that negotiates', 'tcp', 8100, [[0, 1, 0, 1, 2, 2, via.length, via, 3, 8, 9, 21, 'application/negotiate'], [0x16, 1, 0, 0, apRequest.length, ...apRequest]], [[10], [0x15, 1, 0, 0, 8, 0, 0, 0, 0, 0, 0, 6, 0xfe]]),
  { name: 'socks', transport: 'tcp', clientPort: 50_000, serverPort: 1080, pieces: numbered(socks5) },
  { name: 'http with a tunnel', transport: 'tcp', clientPort: 50_000, serverPort: 3128, pieces: numbered([connect('vmm.lab.test:443'), established, client(hello2), server(serverHello)]) },
  { name: 'RD Gateway over WebSocket', transport: 'tcp', clientPort: 50_000, serverPort: 80, pieces: numbered(webSocketGateway(...gatewayDialogue)) },
  { name: 'RD Gateway in chunks', transport: 'tcp', clientPort: 50_000, serverPort: 80, pieces: numbered([
    client('RDG_IN_DATA /remoteDesktopGateway/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n'), ...gatewayDialogue.filter(([who]) => who === 'client').map(([, one]) => client(chunk(one))),
  ]) },
  sample('cluster', 'udp', 3343, [zeros(64)], [zeros(64)], 3343),
  sample('netbios-ns', 'udp', 137, [[0, 1, 1, 0x10, 0, 1, 0, 0, 0, 0, 0, 0, ...netbiosName, 0, 0x20, 0, 1]]),
  sample('netbios-dgm', 'udp', 138, [[0x11, 2, 0, 1, 10, 0, 0, 1, 0, 138, 0, 80, 0, 0, ...netbiosName, ...netbiosName, 0xff, 'SMB', ...zeros(28), '\\MAILSLOT\\BROWSE', 0]], [], 138),
  sample('dhcp', 'udp', 67, [dhcp(1, 3)], [dhcp(2, 6)], 68),
  sample('dhcpv6', 'udp', 547, [[1, 1, 2, 3, 0, 1, 0, 2, 9, 9]]),
  sample('ssdp', 'udp', 1900, ['M-SEARCH * HTTP/1.1\r\nST: ssdp:all\r\n\r\n']),
  sample('ws-discovery', 'udp', 3702, ['<?xml version="1.0"?><e xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><a>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a></e>']),
  sample('snmp', 'udp', 161, [[0x30, 19, 2, 1, 1, 4, 6, 'public', 0xa0, 6, 2, 1, 1, 2, 1, 0]]),
  sample('ipmi', 'udp', 623, [[6, 0, 0xff, 6, 0, 0, 0x11, 0xbe, 0x80, 0, 0, 0]]),
  sample('sql-browser', 'udp', 1434, [[4, 'SQLEXPRESS', 0]], [[5, 66, 0, 'ServerName;H;InstanceName;SQLEXPRESS;IsClustered;No;tcp;49700;;abcde']]),
  sample('stun', 'udp', 3478, [[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...zeros(12)]]),
  sample('radius', 'udp', 1812, [[1, 7, 0, 20, ...zeros(16)]]),
  sample('syslog', 'udp', 514, ['<34>Oct 11 22:14:15 host su: failed']),
  sample('llmnr', 'udp', 5355, [dnsQuestion(1)]),
  sample('mdns', 'udp', 5353, [dnsQuestion(0)], [], 5353),
  ...goldenFlows.map((flow) => ({ name: flow.name, transport: flow.transport, clientPort: flow.clientPort, serverPort: flow.serverPort, pieces: piecesOf(flow) })),
];
const built = samples.slice(0, samples.length - goldenFlows.length);

it('every recogniser has an exchange here or among the golden flows that it recognises', () => {
  const without = allRecognisers.filter((recogniser) => !samples.some(({ transport, clientPort, serverPort, pieces }) => (recogniser.transport === 'both' || recogniser.transport === transport) && pieces.some(({ side, bytes }) =>
    recogniser.recognise(bytes, 0, bytes.length, { senderPort: side === 0 ? clientPort : serverPort, receiverPort: side === 0 ? serverPort : clientPort }) > Recognition.more)));
  expect(without.map(({ protocol, transport }) => `${protocol} over ${transport}`)).toEqual([]);
});

describe.each(built)('$name', (one) => {
  const { transport, pieces } = one;
  const identity = identityOf(one);
  const total = pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const whole = inspect(identity, pieces);

  it('is recognised', () => {
    expect(whole.application).not.toBeNull();
    expect(whole.malformed).toBe(0);
  });

  // A datagram is never cut: there are no streams to be cut in UDP.
  if (transport === 'tcp') it('says the same however its stream is cut', () => {
    const facts = (result: typeof whole) => ({ application: result.application, rpc: result.events.rpc, failures: result.failures });
    fc.assert(fc.property(fc.uniqueArray(fc.nat(total), { maxLength: 24 }), (places) => {
      expect(facts(inspect(identity, cut(pieces, new Set(places))))).toEqual(facts(whole));
    }), { numRuns: 60 });
    expect(facts(inspect(identity, cut(pieces, new Set(Array.from({ length: total }, (_, index) => index)))))).toEqual(facts(whole));
  });

  it('never fails on changed, lost or repeated bytes', () => {
    const change = fc.record({ at: fc.nat(total - 1), value: fc.integer({ min: 0, max: 255 }) });
    fc.assert(fc.property(fc.array(change, { minLength: 1, maxLength: 16 }), fc.nat(total), fc.boolean(), (changes, length, repeated) => {
      let offset = 0;
      const changed = pieces.map((piece) => {
        const bytes = piece.bytes.slice(0, Math.max(0, length - offset));
        for (const { at, value } of within(changes, offset, bytes.length)) bytes[at] = value;
        offset += piece.bytes.length;
        return { ...piece, bytes };
      }).filter(({ bytes }) => bytes.length > 0);
      expect(inspect(identity, repeated ? [...changed, ...changed] : changed).malformed).toBe(0);
    }), { numRuns: 150 });
  });
});

function within(changes: readonly { readonly at: number; readonly value: number }[], offset: number, length: number): { at: number; value: number }[] {
  return changes.map(({ at, value }) => ({ at: at - offset, value })).filter(({ at }) => at >= 0 && at < length);
}

it('looking at any bytes takes bounded time, for every recogniser on every port', () => {
  const bytes = new Uint8Array(65_536);
  const began = performance.now();
  for (const recogniser of allRecognisers) {
    for (let first = 0; first < 256; first++) {
      bytes.fill(first);
      for (const port of [0, ...recogniser.ports]) recogniser.recognise(bytes, 0, bytes.length, { senderPort: 50_000, receiverPort: port });
    }
  }
  // Some 25,000 looks at 64 KiB: a look that walked all of it would take minutes.
  expect(performance.now() - began).toBeLessThan(20_000);
});
