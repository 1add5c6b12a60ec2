/** Messages whose lengths, counts or structure contradict each other are told with their frame, and whole ones are not. */
import { describe, expect, it } from 'vitest';
import { bind, bindAck, EPM, mapAnswer, mapQuestion, request, response, tower, LSARPC } from './dcerpc/pdus.js';
import { goldenFlows } from './golden-flows.js';
import { bytesOf, identityOf, inspect, piecesOf } from './inspect-pieces.js';
import type { Piece } from './inspect-pieces.js';
import { bytes, client, hello, numbered, server } from './tunnel/tunnels.js';

function wrong(transport: 'tcp' | 'udp', serverPort: number, pieces: readonly Omit<Piece, 'frame'>[]): string[] {
  const { events, malformed } = inspect(identityOf({ transport, clientPort: 50_000, serverPort }), numbered(pieces));
  expect(malformed).toBe(0);
  return events.wrong.map(({ protocol, what, at }) => `#${at.frame} ${protocol}: ${what}`);
}

const golden = (name: string) => piecesOf(goldenFlows.find((flow) => flow.name === name)!);

describe('a malformed message is told with its frame', () => {
  it('SMB: what follows a message is none', () => {
    const pieces = golden('SMB 3.1.1 session refused after NTLM').slice(0, 2);
    expect(wrong('tcp', 445, [...pieces, client('GET / HTTP/1.1\r\n\r\n')])).toEqual(['#3 smb: something that is no message of a session']);
  });

  it('LDAP: the operation is longer than its message', () => {
    expect(wrong('tcp', 389, [{ side: 0, bytes: bytesOf('300c02010160ff02010304008000') }])).toEqual([]); // not taken for LDAP at all
    expect(wrong('tcp', 389, [{ side: 0, bytes: bytesOf('300c020101600702010304008000') }, { side: 1, bytes: bytesOf('300c02010161ff0a013104000400') }, { side: 1, bytes: bytesOf('300c020101617f0a013104000400') }]))
      .toEqual(['#2 ldap: an operation that is longer than its message', '#3 ldap: an operation that is longer than its message']);
  });

  it('Kerberos: an element that is longer than its message', () => {
    const [asked] = golden(goldenFlows.find(({ application, transport }) => application.protocol === 'kerberos' && transport === 'udp')!.name);
    expect(wrong('udp', 88, [asked!])).toEqual([]);
    expect(wrong('udp', 88, [asked!, { side: 1, bytes: bytesOf('7e843fffffff3084ffffffffa003020105') }])).toEqual(['#2 kerberos: an element that is longer than its message']);
  });

  it('DNS: a question that goes beyond its message', () => {
    const question = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    expect(wrong('udp', 53, [client(...question, 3, 'hv1', 0, 0, 1, 0, 1), server(0, 1, 0x81, 0x80, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 63, 'hv1')])).toEqual(['#2 dns: a question that goes beyond its message']);
  });

  it('HTTP: a head without end', () => {
    expect(wrong('tcp', 80, [client('GET / HTTP/1.1\r\n', 'X: y\r\n'.repeat(3000))])).toEqual(['#1 http: a head without end']);
  });

  it('TLS: something that is no record', () => {
    expect(wrong('tcp', 443, [client(hello), client('what is this?')])).toEqual(['#2 tls: something that is no record']);
  });

  it('the endpoint mapper: a count of 2^32 towers, and a tower that is none', () => {
    const begun = [client(bind([{ id: 0, uuid: EPM }])), server(bindAck([[0, 0, '8a885d04-1ceb-11c9-9fe8-08002b104860']])), client(request(0, 3, mapQuestion(tower(LSARPC, 135))))];
    const answer = mapAnswer([tower(LSARPC, 49_667)]);
    expect(wrong('tcp', 135, [...begun, server(response(0, answer))])).toEqual([]);
    const many = answer.slice();
    many.set([0xff, 0xff, 0xff, 0xff], 20);
    expect(wrong('tcp', 135, [...begun, server(response(0, many))])).toEqual(['#4 epmap: an answer of the endpoint mapper that cannot be read']);
    const none = mapAnswer([bytes(9, 0, 1, 2, 3, 4, 5, 6)]);
    expect(wrong('tcp', 135, [...begun, server(response(0, none))])).toEqual(['#4 epmap: a tower of the endpoint mapper that cannot be read']);
  });
});

it('what real flows say is never called malformed, whole or cut by missing bytes', () => {
  for (const flow of goldenFlows) {
    const { events } = inspect(identityOf(flow), piecesOf(flow));
    expect(events.wrong.map(({ what }) => `${flow.name}: ${what}`)).toEqual([]);
  }
});

it('a flow tells of few, however many there are', () => {
  const question = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
  const broken = Array.from({ length: 50 }, () => server(0, 1, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0, 63, 'hv1'));
  expect(wrong('udp', 53, [client(...question, 3, 'hv1', 0, 0, 1, 0, 1), ...broken])).toHaveLength(8);
});
