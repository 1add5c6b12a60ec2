/** TDS whose login is encrypted ([MS-TDS] 2.2.6.5), and the login of TDS 4 and 5, from messages built by their layouts. */
import { describe, expect, it } from 'vitest';
import { cut, identityOf, inspect } from '../inspect-pieces.js';
import type { Piece } from '../inspect-pieces.js';
import { algorithms, helloRecord, protocols, serverName, versions } from '../tls/client-hello-builder.js';

const identity = identityOf({ transport: 'tcp', clientPort: 50_000, serverPort: 1433 });
const client = (bytes: Uint8Array): Piece => ({ side: 0, bytes, frame: 1 });
const server = (bytes: Uint8Array): Piece => ({ side: 1, bytes, frame: 2 });
const packet = (type: number, contents: Iterable<number>, status = 1) => {
  const body = [...contents];
  return Uint8Array.from([type, status, (body.length + 8) >> 8, (body.length + 8) & 0xff, 0, 0, 1, 0, ...body]);
};
/** VERSION and ENCRYPTION. */
const options = (encryption: number) => [0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 16, 0, 3, 0xe8, 0, 0, encryption];
const hello = helloRecord({ ciphers: [0xc02f, 0xc030], extensions: [serverName('sql01.lab.test'), algorithms(0x0401), versions(0x0303)] });
const alert = [21, 3, 3, 0, 2, 2, 40];
const agreement = [client(packet(0x12, options(1))), server(packet(4, options(3)))];

describe('TLS in PRELOGIN packets', () => {
  it('tells server name, version offered and fingerprint beside what was agreed', () => {
    const { application, malformed } = inspect(identity, [...agreement, client(packet(0x12, hello))]);
    expect(malformed).toBe(0);
    expect(application).toMatchObject({
      protocol: 'tds',
      facts: { encryptionAsked: 'on', encryption: 'required', version: '16.0.1000', serverName: 'sql01.lab.test', offeredVersion: 'TLS 1.2', ja4: expect.stringMatching(/^t12d0203/) as string },
    });
  });

  it.each([[0x12], [4]])('that is refused is a failure, its half of the handshake in packets of type %i', (type) => {
    const { failures } = inspect(identity, [...agreement, client(packet(0x12, hello)), server(packet(type, alert))]);
    expect(failures).toMatchObject([{ protocol: 'tls', kind: 'tls', code: 'handshake_failure', target: 'sql01.lab.test' }]);
  });

  it('whose hello takes two packets, cut anywhere, says the same', () => {
    const pieces = [...agreement, client(packet(0x12, hello.subarray(0, 40), 0)), client(packet(0x12, hello.subarray(40)))];
    const whole = inspect(identity, pieces).application;
    expect(whole?.facts).toMatchObject({ serverName: 'sql01.lab.test' });
    const total = pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
    for (let place = 1; place < total; place++) expect(inspect(identity, cut(pieces, new Set([place]))).application).toEqual(whole);
  });
});

describe('TLS around all of TDS 8', () => {
  it('says so by its protocol name', () => {
    const strict = helloRecord({ ciphers: [0x1301], extensions: [serverName('sql01'), protocols('tds/8.0')] });
    expect(inspect(identity, [client(strict)]).application).toMatchObject({ protocol: 'tds', facts: { alpn: ['tds/8.0'], serverName: 'sql01', tls: true } });
  });

  it('is TLS and no more where the client offers something else as well', () => {
    const web = helloRecord({ ciphers: [0x1301], extensions: [protocols('h2', 'tds/8.0')] });
    expect(inspect(identity, [client(web)]).application?.protocol).toBe('tls');
  });
});

describe('the login of TDS 5', () => {
  const field = (text: string, length = 30) => [...Array.from(text, (one) => one.charCodeAt(0)), ...new Array<number>(length - text.length).fill(0), text.length];
  const record = [
    ...field('MGMT1'), ...field('sa'), ...field('secret'), ...field('77'), ...new Array<number>(16).fill(0), ...field('console'), ...field('DB1'),
    ...new Array<number>(255).fill(0), 0, 5, 0, 0, 0, ...field('driver', 10), ...new Array<number>(31).fill(0),
  ];
  const login = [client(packet(2, record, 0)), client(packet(0x0f, new Array<number>(40).fill(0)))];
  const acknowledged = (status: number) => [0xad, 10, 0, status, 5, 0, 0, 0, 1, 65, 0, 0, 0, 0];

  it('tells user, machines and program, and never the password', () => {
    const { application } = inspect(identityOf({ transport: 'tcp', clientPort: 50_000, serverPort: 5000 }), [...login, server(packet(4, acknowledged(5)))]);
    expect(application).toEqual({ protocol: 'tds', confidence: 'payload', facts: { version: 'TDS 5.0', user: 'sa', clientName: 'MGMT1', application: 'console', serverName: 'DB1', loggedIn: true } });
  });

  it('that is refused is a failure, after messages that are none', () => {
    const message = (number: number, severity: number) => [0xe5, 8, 0, number & 0xff, number >> 8, 0, 0, 1, severity, 0, 0];
    expect(inspect(identity, [...login, server(packet(4, [...message(5701, 10), ...message(4002, 14)]))]).failures).toMatchObject([{ kind: 'authentication', code: '4002', target: 'sa' }]);
    expect(inspect(identity, [...login, server(packet(4, acknowledged(6)))]).failures).toMatchObject([{ kind: 'authentication', code: 'login failed', target: 'sa' }]);
  });

  it('is not believed where a length goes beyond its field', () => {
    for (const place of [30, 61, 92, 123, 170, 201, 472]) {
      const wrong = record.with(place, 31);
      expect(inspect(identityOf({ transport: 'tcp', clientPort: 50_000, serverPort: 5000 }), [client(packet(2, wrong, 0))]).application).toBeNull();
    }
  });
});
