/** SOCKS (RFC 1928, 1929) and what goes through it; and what is not SOCKS though it begins alike. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readFlows } from '../../../src/node.js';
import { Recognition } from '../../../src/protocol/recogniser.js';
import { socks } from '../../../src/protocol/socks.js';
import { corpus } from '../../corpus/public-captures.js';
import { bind, EPM } from '../dcerpc/pdus.js';
import { identityOf, inspect } from '../inspect-pieces.js';
import type { Piece } from '../inspect-pieces.js';
import { bytes, client, hello, numbered, server, socks5 } from './tunnels.js';

const identity = identityOf({ transport: 'tcp', clientPort: 50_000, serverPort: 4711 });
const talk = (...pieces: readonly Omit<Piece, 'frame'>[]) => inspect(identity, numbered(pieces));
const hint = { senderPort: 50_000, receiverPort: 1080 };

describe('SOCKS', () => {
  it('5 names the user, where to, and what is spoken there; never the password', () => {
    const { application, failures } = talk(...socks5);
    expect(application).toMatchObject({ protocol: 'socks', facts: { tunnelTo: 'vmm.lab.test:443', user: 'anna', authentication: 'password', tunnelled: 'tls', serverName: 'vmm.lab.test' } });
    expect(JSON.stringify(application)).not.toContain('pwd');
    expect(failures).toEqual([]);
  });

  it('5 to an address of either family', () => {
    expect(talk(client(5, 1, 0), server(5, 0), client(5, 1, 0, 1, 10, 77, 2, 20, 0x0d, 0x3d)).application?.facts).toMatchObject({ tunnelTo: '10.77.2.20:3389', authentication: 'none' });
    const ipv6 = [0xfd, 0x12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    expect(talk(client(5, 1, 0), server(5, 0), client(5, 1, 0, 4, ...ipv6, 0x0d, 0x3d)).application?.facts).toMatchObject({ tunnelTo: '[fd12::1]:3389' });
  });

  it('5 that is refused', () => {
    const asked = client(5, 1, 0, 3, 3, 'hv1', 1, 0xbb);
    expect(talk(client(5, 1, 0), server(5, 0), asked, server(5, 2, 0, 1, 0, 0, 0, 0, 0, 0)).failures).toMatchObject([{ protocol: 'socks', kind: 'access-denied', code: 'not allowed by ruleset', target: 'hv1:443' }]);
    expect(talk(client(5, 1, 0), server(5, 0xff)).failures).toMatchObject([{ kind: 'authentication', code: 'no acceptable method' }]);
    expect(talk(client(5, 1, 2), server(5, 2), client(1, 1, 'a', 1, 'b'), server(1, 1)).failures).toMatchObject([{ kind: 'authentication', code: 'login failed' }]);
  });

  it('4 and 4A', () => {
    expect(talk(client(4, 1, 1, 0xbb, 10, 77, 2, 20, 'anna', 0), server(0, 0x5a, 0, 0, 0, 0, 0, 0), client(hello)).application).toMatchObject({ protocol: 'socks', facts: { tunnelTo: '10.77.2.20:443', user: 'anna', tunnelled: 'tls' } });
    expect(talk(client(4, 1, 1, 0xbb, 0, 0, 0, 1, 0, 'hv1', 0), server(0, 0x5b, 0, 0, 0, 0, 0, 0)).failures).toMatchObject([{ kind: 'refused', code: 'request rejected (91)', target: 'hv1:443' }]);
  });

  it('is not what begins alike: DCE/RPC, an answer of TDS, a greeting with methods that nobody named', () => {
    const rpc = bind([{ id: 0, uuid: EPM }]);
    for (const [content, length] of [[rpc, rpc.length], [rpc, 3]] as const) expect(socks.recognise(content, 0, length, hint)).toBe(Recognition.no);
    const tds = bytes(4, 1, 0, 37, 1, 0x35, 1, 0, 0, 0, 21, 0, 6, 1, 0, 27, 0, 1, 0xff, 0);
    expect(socks.recognise(tds, 0, tds.length, hint)).toBe(Recognition.no);
    for (const content of [bytes(5, 1, 0x20), bytes(5, 0), bytes(5, 1, 0, 0x16), bytes(5, 1, 0xff)]) expect(socks.recognise(content, 0, content.length, hint)).toBe(Recognition.no);
  });
});

it.skipIf(corpus === undefined)('a real connection through a proxy shows the RDP in it', async () => {
  const told: unknown[] = [];
  await readFlows([join(corpus!, 'rdp/socks5-rdp.pcap')], ({ application }) => { told.push(application); });
  expect(told).toMatchObject([{ protocol: 'socks', facts: { tunnelTo: '10.0.0.1:3389', tunnelled: 'rdp', user: 'XXX', security: 'standard RDP' } }]);
});
