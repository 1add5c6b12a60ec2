/** What follows where both ends of net.tcp agree on an upgrade ([MC-NMF] 3.1.4.2, [MS-NNS]). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut, identityOf, inspect } from './inspect-pieces.js';
import type { Piece } from './inspect-pieces.js';
import { bytes, client, hello, numbered, server, serverHello, unknownCa } from './tunnel/tunnels.js';
import { ticketFor } from './http/tickets.js';

const identity = identityOf({ transport: 'tcp', clientPort: 50_000, serverPort: 8100 });
const talk = (pieces: readonly Omit<Piece, 'frame'>[]) => inspect(identity, numbered(pieces));
const via = 'net.tcp://vmm:8100/x';
const preamble = (security: string) => client(0, 1, 0, 1, 2, 2, via.length, via, 3, 8, 9, security.length, security);
const upgraded = server(10);
const handshake = (id: number, token: Uint8Array) => Uint8Array.from([id, 1, 0, token.length >> 8, token.length & 0xff, ...token]);

const overTls = [preamble('application/ssl-tls'), upgraded, client(hello), server(serverHello), client(unknownCa)];
const ticket = Uint8Array.from(Buffer.from(ticketFor('SCVMM', 'vmm.lab.test'), 'base64'));
const negotiated = [preamble('application/negotiate'), upgraded, client(handshake(0x16, ticket)), server(handshake(0x15, bytes(0, 0, 0, 0, 0x80, 0x09, 0x03, 0x0c)))];

describe('net.tcp that is upgraded', () => {
  it('to TLS shows its handshake, and why it fails', () => {
    const { application, failures } = talk(overTls);
    expect(application).toMatchObject({ protocol: 'wcf', facts: { via, security: 'application/ssl-tls', upgraded: true, serverName: 'vmm.lab.test', version: 'TLS 1.2' } });
    expect(failures).toMatchObject([{ protocol: 'tls', code: 'unknown_ca', frame: 5 }]);
  });

  it('by negotiation shows which service was asked for, and that the logon was refused', () => {
    const { application, failures } = talk(negotiated);
    expect(application).toMatchObject({ protocol: 'wcf', facts: { authentication: 'kerberos', service: 'SCVMM/vmm.lab.test' } });
    expect(failures).toMatchObject([{ protocol: 'wcf', kind: 'authentication', code: '0x8009030c', target: 'SCVMM/vmm.lab.test', frame: 4 }]);
  });

  it.each([overTls, negotiated])('is read the same however it is cut', (...pieces) => {
    const whole = talk(pieces);
    const total = pieces.reduce((sum, one) => sum + one.bytes.length, 0);
    fc.assert(fc.property(fc.uniqueArray(fc.nat(total), { maxLength: 24 }), (places) => {
      const { application, failures } = inspect(identity, cut(numbered(pieces), new Set(places)));
      expect({ application, failures }).toEqual({ application: whole.application, failures: whole.failures });
    }), { numRuns: 100 });
  });

  it('but not to anything that nobody knows', () => {
    expect(talk([preamble('application/x'), upgraded, client(hello)]).application?.facts).toEqual({ via, encoding: 'binary with session', security: 'application/x', upgraded: true });
  });
});
