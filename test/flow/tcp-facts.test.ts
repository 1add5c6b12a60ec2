import { describe, expect, it } from 'vitest';
import { flowOf, flowsOf } from './flows-of.js';
import { Talk } from './talk.js';

describe('retransmissions', () => {
  it('are payload whose sequence space was all sent before', () => {
    expect(flowOf(new Talk().handshake().client('PA', { length: 90 }).client('PA', { length: 90, seq: 1001 }).client('PA', { length: 10, seq: 1020 }).packets).retransmissions).toBe(2);
  });
  it('are not: new bytes behind old ones, and a repeated SYN', () => {
    expect(flowOf(new Talk().client('S').client('S', { seq: 1000 }).server('SA').client('PA', { length: 90 }).client('PA', { length: 91, seq: 1001 }).packets)).toMatchObject({ retransmissions: 0, synCount: 2 });
  });
  it('a keep-alive repeats one byte, or none, on purpose', () => {
    const talk = new Talk().handshake().client('PA', { length: 90 }).server('A');
    for (let i = 0; i < 5; i++) talk.wait(60).client('A', { length: i % 2, seq: 1090 }).server('A');
    expect(flowOf(talk.packets)).toMatchObject({ retransmissions: 0, outcome: 'accepted', history: 'ShADa' });
  });
  it('of both sides are summed up; UDP has none', () => {
    expect(flowOf(new Talk().handshake().server('PA', { length: 9 }).server('PA', { length: 9, seq: 500_001 }).client('PA', { length: 9 }).client('PA', { length: 9, seq: 1001 }).packets).retransmissions).toBe(2);
    expect(flowOf(new Talk().datagram('client', 4).packets)).toMatchObject({ retransmissions: null, synCount: null, handshakeMs: null });
  });
});

describe('handshakeMs', () => {
  it('runs from the first SYN to the answer to the SYN-ACK', () => {
    expect(flowOf(new Talk().handshake().packets).handshakeMs).toBe(2);
    expect(flowOf(new Talk().client('S').wait(1).client('S', { seq: 1000 }).server('SA').client('A').packets).handshakeMs).toBe(1003);
    expect(flowOf(new Talk().client('S').server('SA').client('PA', { length: 4 }).packets).handshakeMs).toBe(2);
  });
  it('to the microsecond', () => {
    const packets = new Talk().handshake().packets.map((packet, i) => ({ ...packet, seconds: 1_700_000_000 + (i === 2 ? 1 : 0), nanoseconds: [999_999_000, 999_999_500, 1_234_500][i]! }));
    expect(flowOf(packets).handshakeMs).toBe(1.236);
  });
  it.each([
    ['no SYN', new Talk().server('SA').client('A')],
    ['no SYN-ACK', new Talk().client('S').client('A', { ack: 1 })],
    ['no answer', new Talk().client('S').server('SA')],
    ['refused', new Talk().client('S').server('RA', { seq: 0 })],
  ])('null: %s', (_title, talk) => {
    expect(flowOf(talk.packets).handshakeMs).toBeNull();
  });
});

describe('sums', () => {
  it('bytes are IP lengths, payload ends with the datagram: padding is neither', () => {
    const talk = new Talk().client('S').client('PA', { length: 3 });
    const padded = talk.packets.map((packet) => ({ ...packet, data: Uint8Array.from({ length: 60 }, (_, i) => packet.data[i] ?? 0) }));
    expect(flowOf(padded)).toMatchObject({ bytes: { client: 40 + 43 }, payload: { client: 3 } });
  });
  it('a packet that was cut short counts as it was on the wire', () => {
    const [packet] = new Talk().client('PA', { length: 1400, ack: 1 }).packets;
    expect(flowOf([{ ...packet!, data: packet!.data.slice(0, 60), originalLength: packet!.data.length }])).toMatchObject({ bytes: { client: 1440 }, payload: { client: 1400 } });
  });
  it('the TTL is that of the first packet of each side', () => {
    expect(flowOf(new Talk().client('S', { ttl: 128 }).server('SA', { ttl: 61 }).client('A', { ttl: 127 }).packets).ttl).toEqual({ client: 128, server: 61 });
  });
});

describe('times and frames', () => {
  const at = (...seconds: number[]) => new Talk().client('S').server('SA').client('A').packets.map((packet, i) => ({ ...packet, seconds: seconds[i]!, nanoseconds: 5 }));

  it('start and end are the extremes in time, first and last those of the file', () => {
    expect(flowOf(at(20, 10, 15))).toMatchObject({ start: { seconds: 10, nanoseconds: 5 }, end: { seconds: 20, nanoseconds: 5 }, first: { frame: 1 }, last: { frame: 3 } });
  });
  it('two interfaces: TCP goes by time within a second, frames stay those of the file', () => {
    const [syn, synAck, ack] = new Talk().handshake().packets;
    const flow = flowOf([{ ...synAck!, interfaceId: 1 }, syn!, ack!]);
    expect(flow).toMatchObject({ history: 'ShA', first: { frame: 1 }, last: { frame: 3 }, handshakeMs: 2 });
  });
  it('frames of other flows lie between', () => {
    const mixed = [...new Talk({ clientPort: 1 }).client('S').packets, ...new Talk().client('S').packets, ...new Talk({ clientPort: 1 }).client('S', { seq: 1000 }).packets];
    expect(flowsOf(mixed).map((flow) => [flow.first.frame, flow.last.frame])).toEqual([[1, 3], [2, 2]]);
  });
});
