import { describe, expect, it } from 'vitest';
import type { Inspection, Side } from '../../src/flow/inspection.js';
import { flowOf } from './flows-of.js';
import { CLIENT, SERVER, Talk } from './talk.js';

const high = { clientPort: 40_000, serverPort: 41_000 };

function clientOf(talk: Talk, options: Parameters<typeof flowOf>[1] = {}): readonly [string, string] {
  const { orientation, client } = flowOf(talk.packets, options);
  return [orientation, client.address];
}

describe('orientation of TCP', () => {
  it('handshake: who sends the SYN is the client, whatever the ports', () => {
    expect(clientOf(new Talk({ clientPort: 445, serverPort: 50_000 }).client('S').server('SA'))).toEqual(['handshake', CLIENT]);
  });
  it('handshake: who sends the SYN-ACK is the server, also when the SYN was not captured', () => {
    expect(clientOf(new Talk(high).server('SA').client('A'))).toEqual(['handshake', CLIENT]);
  });
  it('handshake: a SYN after midstream packets still tells', () => {
    expect(clientOf(new Talk(high).server('A', { ack: 1 }).client('S'))).toEqual(['handshake', CLIENT]);
  });
  it('port: the listed one is the server', () => {
    expect(clientOf(new Talk().server('PA', { length: 3, ack: 9 }).client('A'))).toEqual(['port', CLIENT]);
  });
  it('first-packet: when both ports or neither are listed', () => {
    expect(clientOf(new Talk(high).server('PA', { length: 3, ack: 9 }).client('A'))).toEqual(['first-packet', SERVER]);
    expect(clientOf(new Talk({ clientPort: 445, serverPort: 139 }).server('PA', { length: 3, ack: 9 }))).toEqual(['first-packet', SERVER]);
  });
  it('a lone RST+ACK with sequence number 0 comes from the server', () => {
    expect(clientOf(new Talk(high).server('RA', { seq: 0, ack: 77 }))).toEqual(['first-packet', CLIENT]);
  });
});

describe('orientation by protocol', () => {
  /** Recognises at the first payload, and says that its sender is the server. */
  function senderIsServer() {
    return {
      glance: () => true, conventional: () => 0, share: () => 0, shared: () => { throw new Error('nothing is shared'); }, release: () => undefined,
      begin: (): Inspection => {
        let server: Side | undefined;
        return {
          payload: (side) => {
            server = side;
            return false;
          },
          gap: () => true,
          end: () => undefined,
          get server() { return server; },
          application: null,
          failures: [],
        };
      },
    };
  }

  it('overrides first packet and port', () => {
    expect(clientOf(new Talk(high).server('PA', { length: 3, ack: 9 }).client('A'), { inspector: senderIsServer() })).toEqual(['protocol', CLIENT]);
    expect(clientOf(new Talk({ clientPort: 445, serverPort: 50_000 }).server('PA', { length: 3, ack: 9 }), { inspector: senderIsServer() })).toEqual(['protocol', CLIENT]);
  });
  it('never overrides the handshake', () => {
    expect(clientOf(new Talk().handshake().client('PA', { length: 3 }), { inspector: senderIsServer() })).toEqual(['handshake', CLIENT]);
  });
});

describe('orientation of UDP', () => {
  it('port, and first packet without a listed port', () => {
    expect(clientOf(new Talk({ serverPort: 53 }).datagram('server', 9).datagram('client', 9))).toEqual(['port', CLIENT]);
    expect(clientOf(new Talk(high).datagram('server', 9).datagram('client', 9))).toEqual(['first-packet', SERVER]);
  });
  it('symmetric: equal ports and both sides send; the lower address stands first', () => {
    const peers = { clientPort: 3343, serverPort: 3343 };
    expect(clientOf(new Talk(peers).datagram('server', 9).datagram('client', 9))).toEqual(['symmetric', CLIENT]);
    expect(clientOf(new Talk({ ...peers, client: '10.0.0.200', server: '10.0.0.30' }).datagram('client', 9).datagram('server', 9))).toEqual(['symmetric', '10.0.0.30']);
  });
  it('equal ports, but one side is silent: the sender is the client', () => {
    expect(clientOf(new Talk({ clientPort: 3343, serverPort: 3343 }).datagram('server', 9))).toEqual(['first-packet', SERVER]);
  });
});
