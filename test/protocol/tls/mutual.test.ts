/** Whose certificates a TLS handshake shows, and that the server asked for the client's (RFC 5246 7.4.4). */
import { expect, it } from 'vitest';
import { identityOf, inspect } from '../inspect-pieces.js';
import { helloRecord, serverName, sized } from './client-hello-builder.js';

const message = (type: number, contents: readonly number[]) => [type, 0, ...sized(contents)];
const serverHello = message(2, [3, 3, ...new Array<number>(32).fill(1), 0, 0xc0, 0x30, 0]);
const certificateRequest = message(13, [1, 1, 0, 2, 4, 1, 0, 0]);

it('that the server asks for a certificate is told, that the client would send one of itself is not', () => {
  const hello = { side: 0 as const, bytes: helloRecord({ ciphers: [0xc030], extensions: [serverName('hv2.lab.test')] }), frame: 1 };
  const answer = (...messages: readonly number[][]) => ({ side: 1 as const, bytes: Uint8Array.from([22, 3, 3, ...sized(messages.flat())]), frame: 2 });
  const identity = identityOf({ transport: 'tcp', clientPort: 50_000, serverPort: 4711 });
  expect(inspect(identity, [hello, answer(serverHello, certificateRequest)]).application?.facts).toMatchObject({ serverName: 'hv2.lab.test', clientCertificateAsked: true });
  expect(inspect(identity, [hello, answer(serverHello)]).application?.facts).not.toHaveProperty('clientCertificateAsked');
});
