import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ethernet, sll2 } from '../support/packet-builder.js';
import type { Layer } from '../support/packet-builder.js';
import { extract, flowOf } from './flows-of.js';
import type { TestPacket } from './flows-of.js';
import { Talk } from './talk.js';

const HOP = 63;

/** Handshake, request, answer, end. Each packet also comes from a second point when `twice` says how. */
function exchange(twice?: (talk: Talk) => Talk): Talk {
  const talk = new Talk();
  const steps: (() => Talk)[] = [
    () => talk.client('S'), () => talk.server('SA'), () => talk.client('A'), () => talk.client('PA', { length: 100 }), () => talk.server('A'),
    () => talk.server('PA', { length: 300 }), () => talk.client('A'), () => talk.client('FA'), () => talk.server('FA'), () => talk.client('A'),
  ];
  for (const step of steps) {
    step();
    twice?.(talk);
  }
  return talk;
}

function sums(packets: readonly TestPacket[], linkType = 1) {
  const flow = flowOf(packets, { linkType });
  const { packets: count, bytes, payload, duplicates, retransmissions, outcome, state, history, synCount } = flow;
  return { packets: count, bytes, payload, duplicates, retransmissions, outcome, state, history, synCount };
}

const single = sums(exchange().packets);

describe('packets of another capture point', () => {
  it('a single point has none', () => {
    expect(single).toMatchObject({ duplicates: 0, packets: { client: 6, server: 4 }, payload: { client: 100, server: 300 } });
  });
  it('a routed hop: lower TTL', () => {
    expect(sums(exchange((talk) => talk.again(-1, HOP)).packets)).toEqual({ ...single, duplicates: 10 });
  });
  it('another interface of the same file', () => {
    expect(sums(exchange((talk) => talk.again(-1, undefined, 1)).packets)).toEqual({ ...single, duplicates: 10 });
  });
  it('three points', () => {
    expect(sums(exchange((talk) => talk.again(-1, undefined, 1).again(-2, HOP, 2)).packets)).toEqual({ ...single, duplicates: 20 });
  });
  it('another ifindex of SLL2', () => {
    const LINKTYPE_SLL2 = 276;
    const at = (index: number) => exchange().packets.map((packet) => ({ ...packet, data: sll2(networkOf(packet.data), 0, index) }));
    const [one, other] = [at(2), at(5)];
    const both = one.flatMap((packet, i) => [packet, other[i]!]);
    expect(sums(one, LINKTYPE_SLL2)).toEqual(single);
    expect(sums(both, LINKTYPE_SLL2)).toEqual({ ...single, duplicates: 10 });
  });
  it('another encapsulation: a trunk beside an access port', () => {
    const packets = exchange().packets.flatMap((packet) => [packet, { ...packet, data: ethernet(networkOf(packet.data), { vlans: [10] }) }]);
    expect(sums(packets)).toEqual({ ...single, duplicates: 10 });
  });
  it('first and last frame include them, start and end too', () => {
    const { first, last } = flowOf(exchange((talk) => talk.again(-1, HOP)).packets);
    expect([first.frame, last.frame]).toEqual([1, 20]);
  });
  it('new sequence space is counted wherever it is seen', () => {
    const talk = new Talk().handshake().client('PA', { length: 50, ttl: HOP });
    expect(flowOf(talk.packets)).toMatchObject({ duplicates: 0, payload: { client: 50 } });
  });
  it('the same point again is a retransmission, not a duplicate', () => {
    const talk = new Talk().handshake().client('PA', { length: 50 }).again(-1);
    expect(flowOf(talk.packets)).toMatchObject({ duplicates: 0, retransmissions: 1, packets: { client: 4 } });
  });
  it('each direction has its own point', () => {
    const talk = new Talk().client('S').server('SA', { ttl: 128 }).client('A').server('PA', { length: 9, ttl: 128 });
    expect(flowOf(talk.packets)).toMatchObject({ duplicates: 0, packets: { client: 2, server: 2 } });
  });
});

describe('datagrams of another capture point', () => {
  it('are known by identification and content', () => {
    const talk = new Talk().datagram('client', 9, { id: 7 }).again(-1, HOP).datagram('client', 9, { id: 8 }).again(-1, HOP).datagram('server', 5, { id: 1 }).again(-1, HOP);
    expect(flowOf(talk.packets)).toMatchObject({ duplicates: 3, packets: { client: 2, server: 1 }, payload: { client: 18, server: 5 } });
  });
  it('not seen at the first point: counted', () => {
    expect(flowOf(new Talk().datagram('client', 9, { id: 7 }).datagram('client', 9, { id: 8, ttl: HOP }).packets)).toMatchObject({ duplicates: 0, packets: { client: 2 } });
  });
  it('are known again though many others came between: the second point is a router later', () => {
    const talk = new Talk();
    for (let id = 1; id <= 200; id++) talk.datagram('client', 9, { id });
    for (let index = 0; index < 200; index++) talk.again(index, HOP);
    expect(flowOf(talk.packets)).toMatchObject({ duplicates: 200, packets: { client: 200 } });
  });
  it('without payload, too', () => {
    expect(flowOf(new Talk().datagram('client', 0, { id: 7 }).again(-1, HOP).packets)).toMatchObject({ duplicates: 1, packets: { client: 1 } });
  });
  it('after more than a second it is another one', () => {
    const at = (seconds: number) => flowOf(new Talk().datagram('client', 9, { id: 7 }).wait(seconds).again(-1, HOP).packets);
    expect(at(0.99)).toMatchObject({ duplicates: 1, packets: { client: 1 } });
    expect(at(1.01)).toMatchObject({ duplicates: 0, packets: { client: 2 } });
  });
  it('of two flows with the same content are told apart', () => {
    const one = new Talk().datagram('client', 9, { id: 7 });
    const other = new Talk({ clientPort: 50_001 }).datagram('client', 9, { id: 6 }).datagram('client', 9, { id: 7, ttl: HOP });
    const { duplicates } = extract([...one.packets, ...other.packets]);
    expect(duplicates).toBe(0);
  });
  it('the same datagram at the same point was sent twice', () => {
    expect(flowOf(new Talk().datagram('client', 9, { id: 7 }).again(-1).packets)).toMatchObject({ duplicates: 0, packets: { client: 2 } });
  });
});

it('sums and duplicates are all that was decoded, whatever is seen where', () => {
  const step = fc.record({
    who: fc.constantFrom('client' as const, 'server' as const), flags: fc.constantFrom('S', 'SA', 'A', 'PA', 'FA', 'R'), length: fc.integer({ min: 0, max: 40 }),
    ttl: fc.constantFrom(64, 63, 128), interfaceId: fc.constantFrom(0, 1), udp: fc.boolean(),
  });
  fc.assert(fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
    const talk = new Talk();
    for (const { who, flags, udp, ...rest } of steps) {
      if (udp) talk.datagram(who, rest.length, rest);
      else talk[who](flags, rest);
    }
    const { flows, decoded, duplicates } = extract(talk.packets);
    const counted = flows.reduce((sum, flow) => sum + flow.packets.client + flow.packets.server + flow.duplicates, 0);
    expect(counted).toBe(decoded);
    expect(decoded).toBe(steps.length);
    expect(flows.reduce((sum, flow) => sum + flow.duplicates, 0)).toBe(duplicates);
    if (steps.every(({ ttl, interfaceId }) => ttl === 64 && interfaceId === 0)) expect(duplicates).toBe(0);
  }), { numRuns: 300 });
});

function networkOf(frame: Uint8Array): Layer {
  return { bytes: frame.subarray(14), number: 0x0800 };
}
