import { describe, expect, it } from 'vitest';
import { flowOf, flowsOf, packetsIn } from './flows-of.js';
import { Talk } from './talk.js';

describe('where a TCP flow ends', () => {
  const closed = () => new Talk().handshake().client('FA').server('FA').client('A');

  it('a new SYN after FIN is a new flow', () => {
    const flows = flowsOf(closed().client('S', { seq: 77_000 }).server('SA', { seq: 88_000 }).packets);
    expect(flows.map((flow) => [packetsIn(flow), flow.state, flow.outcome, flow.first.frame, flow.last.frame])).toEqual([
      [6, 'SF', 'accepted', 1, 6], [2, 'S1', 'accepted', 7, 8],
    ]);
  });
  it('a new SYN after RST is a new flow, also in the other direction', () => {
    const flows = flowsOf(new Talk().handshake().client('R').server('S', { seq: 77_000 }).packets);
    expect(flows.map((flow) => [flow.state, flow.client.port])).toEqual([['RSTO', 50_000], ['S0', 445]]);
  });
  it('the same initial sequence number after a RST is the same attempt', () => {
    const talk = new Talk().client('S').server('RA', { seq: 0 });
    for (let i = 0; i < 2; i++) talk.wait(0.5).client('S', { seq: 1000 }).server('RA', { seq: 0 });
    const flow = flowOf(talk.packets);
    expect([flow.synCount, flow.packets, flow.outcome]).toEqual([3, { client: 3, server: 3 }, 'refused']);
  });
  it('a SYN with another number, but nothing had ended: one flow, both counted', () => {
    const flow = flowOf(new Talk().client('S').client('S', { seq: 2000 }).packets);
    expect([flow.synCount, flow.history]).toEqual([2, 'SS']);
  });
  it('a SYN-ACK never begins anew', () => {
    expect(flowsOf(closed().server('SA', { seq: 9 }).packets)).toHaveLength(1);
  });
  it('not by idleness', () => {
    const flow = flowOf(new Talk().handshake().wait(86_400).client('PA', { length: 5 }).packets);
    expect([packetsIn(flow), flow.end.seconds - flow.start.seconds]).toEqual([4, 86_400]);
  });
  it('sequence numbers go round: the flow goes on', () => {
    const top = 0xffff_fffe;
    const flow = flowOf(new Talk().client('S', { seq: top }).server('SA').client('A').client('PA', { length: 100 }).client('PA', { length: 100 }).server('A').packets);
    expect([flow.payload.client, flow.retransmissions, flow.outcome]).toEqual([200, 0, 'accepted']);
  });
});

describe('simultaneous open', () => {
  it('is one flow, opened by the SYN that was seen first', () => {
    const flow = flowOf(new Talk().client('S').server('S').client('SA', { seq: 1000 }).server('SA', { seq: 500_000 }).client('PA', { length: 4 }).packets);
    expect([flow.packets, flow.orientation, flow.outcome]).toEqual([{ client: 3, server: 2 }, 'handshake', 'accepted']);
    expect(flow.payload).toEqual({ client: 4, server: 0 });
  });
  it('both SYNs alone: nothing was accepted', () => {
    const flow = flowOf(new Talk().client('S').server('S').packets);
    expect([flow.outcome, flow.client.port]).toEqual(['no-answer', 50_000]);
  });
});

describe('where a UDP flow ends', () => {
  it('goes on after 60 seconds, ends after more', () => {
    expect(flowsOf(new Talk().datagram('client', 1).wait(59.999).datagram('server', 1).packets)).toHaveLength(1);
    const flows = flowsOf(new Talk().datagram('client', 1).wait(60).datagram('server', 1).packets);
    expect(flows.map((flow) => [packetsIn(flow), flow.outcome])).toEqual([[1, 'one-way'], [1, 'one-way']]);
  });
  it('counts from the last packet of either side', () => {
    expect(flowsOf(new Talk().datagram('client', 1).wait(40).datagram('server', 1).wait(40).datagram('client', 1).packets)).toHaveLength(1);
  });
  it('counts nanoseconds over the second', () => {
    const packet = (seconds: number, nanoseconds: number) => ({ ...new Talk().datagram('client', 1).packets[0]!, seconds, nanoseconds });
    expect(flowsOf([packet(100, 900_000_000), packet(160, 900_000_000)])).toHaveLength(1);
    expect(flowsOf([packet(100, 900_000_000), packet(160, 900_000_001)])).toHaveLength(2);
    expect(flowsOf([packet(100, 900_000_000), packet(161, 0)])).toHaveLength(2);
  });
});

describe('what keeps flows apart', () => {
  it('transport, ports and addresses', () => {
    const packets = [
      ...new Talk({ serverPort: 53 }).datagram('client', 1).packets, ...new Talk({ serverPort: 53 }).client('S').packets,
      ...new Talk({ serverPort: 53, clientPort: 50_001 }).client('S').packets, ...new Talk({ serverPort: 53, client: '10.0.0.9' }).client('S').packets,
    ];
    expect(flowsOf(packets)).toHaveLength(4);
  });
  it('a host that talks to itself, also from a port to the same port', () => {
    const ends = { client: '10.0.0.1', server: '10.0.0.1' };
    const flow = flowOf(new Talk(ends).handshake().packets);
    expect([flow.packets, flow.client.port, flow.outcome]).toEqual([{ client: 2, server: 1 }, 50_000, 'accepted']);
    expect(packetsIn(flowOf(new Talk({ ...ends, clientPort: 445 }).client('S').client('S', { seq: 1000 }).packets))).toBe(2);
  });
  it('ports of 0 are ports', () => {
    const flow = flowOf(new Talk({ clientPort: 0, serverPort: 0 }).client('S').packets);
    expect([flow.client.port, flow.server.port, flow.outcome]).toEqual([0, 0, 'no-answer']);
  });
});
