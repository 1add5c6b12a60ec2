import { describe, expect, it } from 'vitest';
import { extract, flowOf } from './flows-of.js';
import { CLIENT, SERVER, Talk } from './talk.js';

const ROUTER = '10.0.0.254';
const UNREACHABLE = { type: 3, code: 13 };

/** Only the error, not the packet that it quotes. */
function errorAlone(talk: Talk, quoted: number, fields = UNREACHABLE, router = ROUTER) {
  return talk.error(0, router, fields, quoted).packets.slice(1);
}

describe('ICMP errors', () => {
  it('are tied to the flow that they quote', () => {
    const { icmp, packets, first, last } = flowOf(new Talk().client('S').error(0, ROUTER, UNREACHABLE).packets);
    expect(icmp).toEqual({ type: 3, code: 13, name: 'communication administratively prohibited', from: ROUTER, first: { capture: 0, frame: 2 }, version: 4 });
    expect([packets, first.frame, last.frame]).toEqual([{ client: 1, server: 0 }, 1, 1]);
  });
  it('keep the first frame when they are repeated', () => {
    const talk = new Talk().client('S').error(0, ROUTER, UNREACHABLE).client('S', { seq: 1000 }).error(0, ROUTER, UNREACHABLE);
    expect(flowOf(talk.packets).icmp?.first.frame).toBe(2);
  });
  it('quote the answer as well: the server is then who sent what was quoted', () => {
    const { icmp, client } = flowOf(new Talk().handshake().error(1, ROUTER, { type: 3, code: 1 }).packets);
    expect([icmp?.code, client.address]).toEqual([1, CLIENT]);
  });
  it('of ICMPv6', () => {
    const { icmp } = flowOf(new Talk({ client: 'fd00::1', server: 'fd00::2' }).client('S').error(0, 'fd00::ff', { type: 1, code: 4 }, 60).packets);
    expect([icmp?.name, icmp?.from]).toEqual(['port unreachable', 'fd00::ff']);
  });
});

describe('a flow that is only in the quote', () => {
  it('is a flow without packets, its sender the client', () => {
    const flow = flowOf(errorAlone(new Talk().client('S'), 28));
    expect([flow.orientation, flow.client, flow.server]).toEqual(['icmp', { address: CLIENT, port: 50_000 }, { address: SERVER, port: 445 }]);
    expect([flow.packets, flow.bytes, flow.outcome, flow.synCount, flow.first.frame]).toEqual([{ client: 0, server: 0 }, { client: 0, server: 0 }, 'rejected', 0, 1]);
    expect(flow.ttl).toEqual({ client: null, server: null });
  });
  it('of UDP and of IPv6', () => {
    expect(flowOf(errorAlone(new Talk({ serverPort: 53 }).datagram('client', 40), 28))).toMatchObject({ transport: 'udp', orientation: 'icmp', outcome: 'rejected', server: { port: 53 } });
    const six = new Talk({ client: 'fd00::1', server: 'fd00::2' }).client('S');
    expect(flowOf(errorAlone(six, 48, { type: 1, code: 1 }, 'fd00::ff'))).toMatchObject({ transport: 'tcp', orientation: 'icmp', outcome: 'rejected', client: { address: 'fd00::1' } });
  });
  it('does not remember the flags of the packet before it', () => {
    const other = new Talk({ clientPort: 1 }).client('S').packets;
    const flows = extract([...other, ...errorAlone(new Talk().client('S'), 28)], { sketches: true }).flows;
    expect(flows.map((flow) => [flow.orientation, flow.history, flow.sketch.length])).toEqual([['handshake', 'S', 1], ['icmp', '', 0]]);
  });
  it('is an ordinary one as soon as a packet of it comes', () => {
    const flow = flowOf([...errorAlone(new Talk().client('S'), 28), ...new Talk().wait(1).client('S').server('SA').client('A').packets]);
    expect([flow.orientation, flow.outcome, flow.first.frame, flow.icmp?.first.frame]).toEqual(['handshake', 'accepted', 2, 1]);
    expect(flow.handshakeMs).toBe(2);
    const datagrams = flowOf([...errorAlone(new Talk({ serverPort: 4242 }).datagram('client', 4), 28), ...new Talk({ serverPort: 4242 }).datagram('server', 4).packets]);
    expect(datagrams.orientation).toBe('first-packet');
  });
  it.each([0, 19, 20, 23])('makes no flow when only %i bytes are quoted: the ports are not there', (quoted) => {
    const { flows, icmp, decoded } = extract(errorAlone(new Talk().client('S'), quoted));
    expect([flows.length, icmp, decoded]).toEqual([0, 1, 0]);
  });
  it.each([28, 33, 40])('%i quoted bytes are enough', (quoted) => {
    expect(flowOf(errorAlone(new Talk().client('S'), quoted)).outcome).toBe('rejected');
  });
});

describe('whether an error rejects', () => {
  it('not when it quotes something else than the SYN', () => {
    expect(flowOf(errorAlone(new Talk().client('PA', { ack: 1, length: 9 }), 40)).outcome).toBe('midstream');
    expect(flowOf(errorAlone(new Talk().server('SA'), 40)).outcome).toBe('midstream');
  });
  it('a quote too short for flags is held against what else is known', () => {
    expect(flowOf(new Talk().client('PA', { ack: 1, length: 9 }).error(0, ROUTER, UNREACHABLE, 28).packets).outcome).toBe('midstream');
    expect(flowOf(new Talk().client('S').error(0, ROUTER, UNREACHABLE, 28).packets).outcome).toBe('rejected');
  });
  it('the error that decides is the one that is shown', () => {
    const talk = new Talk().client('S').error(0, ROUTER, { type: 11, code: 0 }).error(0, ROUTER, UNREACHABLE).error(0, SERVER, { type: 3, code: 3 });
    expect(flowOf(talk.packets).icmp).toMatchObject({ type: 3, code: 13, first: { frame: 3 } });
  });
});
