/** The tunnel of RD Gateway, where TLS ends in front of it. */
import { describe, expect, it } from 'vitest';
import { identityOf, inspect } from '../inspect-pieces.js';
import type { Piece } from '../inspect-pieces.js';
import { chunk, client, frame, gateway, gatewayDialogue, numbered, server, webSocketGateway } from './tunnels.js';

const identity = identityOf({ transport: 'tcp', clientPort: 50_000, serverPort: 4711 });
const talk = (pieces: readonly Omit<Piece, 'frame'>[]) => inspect(identity, numbered(pieces));
const inside = { tunnelTo: 'vm1.lab.test:3389', clientName: 'PC7', tunnelled: 'rdp', user: 'anna', security: 'CredSSP', serverName: 'vmm.lab.test' };

describe('RD Gateway', () => {
  it('over WebSocket names the machine, and what is spoken with it', () => {
    const { application, failures } = talk(webSocketGateway(...gatewayDialogue));
    expect(application).toMatchObject({ protocol: 'rd-gateway', facts: { ...inside, host: 'rdg.lab.test', version: 'TLS 1.2', authentication: 'basic' } });
    expect(failures).toEqual([]);
  });

  it('lets pings pass, and large frames', () => {
    const ping = client(frame(true, Uint8Array.from([1, 2, 3]), 0x89));
    const [first, ...rest] = webSocketGateway(...gatewayDialogue);
    expect(talk([first!, ...rest.slice(0, 3), ping, ...rest.slice(3)]).application?.facts).toMatchObject(inside);
  });

  it('over two connections: what goes in is in chunks', () => {
    const said = gatewayDialogue.filter(([who]) => who === 'client').map(([, one]) => client(chunk(one)));
    const { application } = talk([client('RDG_IN_DATA /remoteDesktopGateway/ HTTP/1.1\r\nHost: rdg\r\nTransfer-Encoding: chunked\r\n\r\n'), ...said]);
    expect(application).toMatchObject({ protocol: 'rd-gateway', facts: { tunnelTo: 'vm1.lab.test:3389', tunnelled: 'rdp', serverName: 'vmm.lab.test' } });
  });

  it.each([0, 10, 100])('over two connections: what comes out follows %i bytes of nothing', (seed) => {
    const answers = gatewayDialogue.filter(([who]) => who === 'server').map(([, one]) => server(one));
    const { application } = talk([
      client('RDG_OUT_DATA /remoteDesktopGateway/ HTTP/1.1\r\nHost: rdg\r\nContent-Length: 0\r\n\r\n'), server('HTTP/1.1 200 OK\r\n\r\n', new Uint8Array(seed).fill(2)), ...answers,
    ]);
    expect(application?.facts).toMatchObject({ tunnelled: 'rdp', security: 'CredSSP', version: 'TLS 1.2' });
  });

  it.each([
    [0x800759da, 'access-denied', 'E_PROXY_RAP_ACCESSDENIED'], [0x000059dd, 'unavailable', 'E_PROXY_TS_CONNECTFAILED'], [0x80070005, 'refused', '0x80070005'],
  ])('says why it does not let through: %i', (code, kind, name) => {
    expect(talk(webSocketGateway(...gatewayDialogue.slice(0, 7), ['server', gateway.channelResponse(code)])).failures).toMatchObject([{ protocol: 'rd-gateway', kind, code: name, target: 'vm1.lab.test', frame: 12 }]);
  });

  it('says who may not make a tunnel at all', () => {
    expect(talk(webSocketGateway(...gatewayDialogue.slice(0, 5), ['server', gateway.authorizationResponse(0x800759db)])).failures).toMatchObject([{ kind: 'access-denied', code: 'E_PROXY_NAP_ACCESSDENIED' }]);
  });
});
