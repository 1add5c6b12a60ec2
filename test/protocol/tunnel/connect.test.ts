/** What goes on behind a proxy's 200 to CONNECT (RFC 9110 9.3.6). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut, identityOf, inspect } from '../inspect-pieces.js';
import type { Piece } from '../inspect-pieces.js';
import { client, connect, established, hello, numbered, rdpConfirm, rdpRequest, server, serverHello, unknownCa } from './tunnels.js';

const identity = identityOf({ transport: 'tcp', clientPort: 50_000, serverPort: 4711 });
const talk = (...pieces: readonly Omit<Piece, 'frame'>[]) => inspect(identity, numbered(pieces));
const challenge = server('HTTP/1.1 407 \r\nProxy-Authenticate: Negotiate\r\nContent-Length: 3\r\n\r\nno!');
const throughProxy = [connect('vmm.lab.test:443'), established, client(hello), server(serverHello)];

describe('TLS behind CONNECT', () => {
  it('is recognised, with its facts beside those of the request', () => {
    const { application, failures } = talk(...throughProxy);
    expect(application).toMatchObject({
      protocol: 'http', confidence: 'payload',
      facts: { method: 'CONNECT', tunnelTo: 'vmm.lab.test:443', tunnelled: 'tls', serverName: 'vmm.lab.test', status: 200, version: 'TLS 1.2', alpn: ['http/1.1'] },
    });
    expect(application?.facts['ja4']).toMatch(/^t12d0203h1_/);
    expect(failures).toEqual([]);
  });

  it('tells why it fails', () => {
    expect(talk(...throughProxy, client(unknownCa)).failures).toMatchObject([{ protocol: 'tls', code: 'unknown_ca', target: 'vmm.lab.test', frame: 5 }]);
  });

  it('is found after the proxy wanted to know who asks, with the answer in the same connection', () => {
    const { application, failures } = talk(connect('vmm.lab.test:443'), challenge, connect('vmm.lab.test:443', 'Proxy-Authorization: Basic YTpi\r\n'), ...throughProxy.slice(1));
    expect(application?.facts).toMatchObject({ tunnelled: 'tls', serverName: 'vmm.lab.test', authentication: 'basic', status: 200 });
    expect(failures).toEqual([]);
  });

  it('is found though one side was not captured', () => {
    expect(talk(connect('vmm.lab.test:443'), client(hello)).application?.facts).toMatchObject({ tunnelTo: 'vmm.lab.test:443', tunnelled: 'tls', serverName: 'vmm.lab.test' });
    expect(talk(established, server(serverHello)).application).toMatchObject({ protocol: 'http' });
  });

  it('may come in one piece with what opens it', () => {
    expect(talk(client(connect('vmm.lab.test:443').bytes, hello), server(established.bytes, serverHello)).application?.facts).toMatchObject({ tunnelled: 'tls', serverName: 'vmm.lab.test', version: 'TLS 1.2' });
  });

  it('gives the same facts however the stream is cut', () => {
    const pieces = numbered([...throughProxy, client(unknownCa)]);
    const total = pieces.reduce((sum, one) => sum + one.bytes.length, 0);
    const whole = inspect(identity, pieces);
    fc.assert(fc.property(fc.uniqueArray(fc.nat(total), { maxLength: 24 }), (places) => {
      const { application, failures } = inspect(identity, cut(pieces, new Set(places)));
      expect({ application, failures }).toEqual({ application: whole.application, failures: whole.failures });
    }), { numRuns: 100 });
  });

  it('says nothing of the proxy: the certificate is not its own', () => {
    const certificate = [0x30, 29, 0x30, 27, 2, 1, 1, 0x30, 0, 0x30, 0, 0x30, 0, 0x30, 16, 0x31, 14, 0x30, 12, 6, 3, 0x55, 4, 3, 12, 5, ...'vmm-1'].flatMap((one) => (typeof one === 'string' ? [one.charCodeAt(0)] : [one]));
    const message = [11, 0, 0, certificate.length + 6, 0, 0, certificate.length + 3, 0, 0, certificate.length, ...certificate];
    const shown = server(Uint8Array.from([22, 3, 3, 0, message.length, ...message]));
    const inTunnel = talk(...throughProxy, shown);
    expect(inTunnel.application?.facts).toMatchObject({ certificate: 'vmm-1' });
    expect(inTunnel.events.names).toEqual([]);
    expect(talk(client(hello), server(serverHello), shown).events.names).toMatchObject([{ name: 'vmm-1', from: 'certificate' }]);
  });
});

describe('a tunnel', () => {
  it('may hold other protocols', () => {
    expect(talk(connect('hv1:3389'), established, client(rdpRequest), server(rdpConfirm), client(hello)).application?.facts).toMatchObject({ tunnelTo: 'hv1:3389', tunnelled: 'rdp', user: 'anna', security: 'CredSSP', serverName: 'vmm.lab.test' });
    expect(talk(connect('hv1:22'), established, server('SSH-2.0-OpenSSH_9\r\n')).application?.facts).toMatchObject({ tunnelled: 'ssh', serverSoftware: 'SSH-2.0-OpenSSH_9' });
    expect(talk(connect('hv1:5985'), established, client('POST /wsman HTTP/1.1\r\nHost: hv1\r\n\r\n'), server('HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n'))).toMatchObject({
      application: { protocol: 'http', facts: { tunnelTo: 'hv1:5985', tunnelled: 'winrm' } }, failures: [{ protocol: 'winrm', kind: 'not-found' }],
    });
  });

  it('that the proxy refuses is a failure, and what follows is HTTP', () => {
    const { application, failures } = talk(connect('hv1:443'), server('HTTP/1.1 502 \r\nContent-Length: 0\r\n\r\n'), client('GET / HTTP/1.1\r\n\r\n'), server('HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n'));
    expect(failures).toMatchObject([{ kind: 'unavailable', code: '502', target: 'hv1:443' }]);
    expect(application?.facts).not.toHaveProperty('tunnelTo');
    expect(application?.facts['status']).toBe(200);
  });

  it('that nobody knows ends the inspection, with its target named', () => {
    const { application, malformed } = talk(connect('hv1:9999'), established, client(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), server(9, 8, 7));
    expect(application?.facts).toMatchObject({ tunnelTo: 'hv1:9999' });
    expect(application?.facts).not.toHaveProperty('tunnelled');
    expect(malformed).toBe(0);
  });

  it('does not open in another tunnel', () => {
    expect(talk(connect('proxy2:8080'), established, connect('hv1:443'), established, client(hello)).application?.facts).toMatchObject({ tunnelTo: 'proxy2:8080', tunnelled: 'http', path: 'hv1:443' });
  });

  it('is TLS where a request asks for it in its own connection (RFC 2817)', () => {
    const { application } = talk(client('OPTIONS * HTTP/1.1\r\nHost: h\r\nUpgrade: TLS/1.2\r\n\r\n'), server('HTTP/1.1 101 \r\nUpgrade: TLS/1.2\r\n\r\n'), client(hello));
    expect(application?.facts).toMatchObject({ tunnelled: 'tls', serverName: 'vmm.lab.test' });
  });
});

it('a head that is longer than any is read as far as it was kept', () => {
  const { application } = talk(client('POST /wsman HTTP/1.1\r\nHost: hv1\r\nAuthorization: Negotiate ', 'A'.repeat(20_000), '\r\n\r\n'));
  expect(application).toMatchObject({ protocol: 'winrm', facts: { host: 'hv1', path: '/wsman' } });
});
