import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressTable } from '../../src/decode/address-table.js';
import { ConversationTable } from '../../src/evidence/conversation-table.js';
import { LocalSeries } from '../../src/evidence/packet-series.js';
import type { Flow } from '../../src/flow/flow.js';
import { PcapReader } from '../../src/capture/pcap.js';
import { writePcap } from '../support/pcap-writer.js';
import type { TestPacket } from '../flow/flows-of.js';
import { Talk } from '../flow/talk.js';

/** The table, and the flows that went into it. */
function tableOf(packets: readonly TestPacket[], maximum?: number, capture = 0): { table: ConversationTable; flows: Flow[]; listed: Flow[] } {
  const addresses = new AddressTable();
  const table = new ConversationTable(addresses, maximum);
  const flows: Flow[] = [];
  const listed: Flow[] = [];
  const series: LocalSeries = new LocalSeries({
    addresses, maxFlows: 1 << 15,
    sink: {
      flow: (view) => {
        const flow = view.toFlow(series.encapsulations);
        flows.push(flow);
        if (table.add(view, null) >= 0) listed.push(flow);
      },
    },
  });
  const { pipeline } = series;
  const reader = new PcapReader();
  pipeline.beginCapture(capture);
  reader.feed(writePcap(packets), (batch) => { pipeline.batch(batch, reader); });
  pipeline.endCapture(reader);
  pipeline.table.finish();
  return { table, flows, listed };
}

const keyOf = ({ client, server, transport }: Flow) => `${client.address} ${server.address} ${transport} ${server.port}`;

describe('conversations', () => {
  const step = fc.record({
    client: fc.integer({ min: 1, max: 3 }), server: fc.integer({ min: 1, max: 3 }), clientPort: fc.integer({ min: 50_000, max: 50_005 }), serverPort: fc.constantFrom(135, 445, 3343),
    flags: fc.constantFrom('S', 'SA', 'PA', 'R', 'udp'), who: fc.constantFrom('client' as const, 'server' as const), length: fc.integer({ min: 0, max: 9 }), at: fc.integer({ min: 0, max: 300 }),
  });
  const packetsOf = (steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]) => steps.flatMap(({ client, server, flags, who, length, at, ...ports }) => {
    const talk = new Talk({ client: `10.0.0.${client}`, server: `10.0.1.${server}`, ...ports }).wait(at);
    return (flags === 'udp' ? talk.datagram(who, length) : talk[who](flags, { length })).packets;
  });

  it('are the sums of their flows', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { table, flows } = tableOf(packetsOf(steps));
      expect(table.length).toBe(new Set(flows.map(keyOf)).size);
      for (const conversation of table) {
        const own = flows.filter((flow) => keyOf(flow) === `${conversation.client} ${conversation.server} ${conversation.transport} ${conversation.serverPort}`);
        const sum = (of: (flow: Flow) => number) => own.reduce((total, flow) => total + of(flow), 0);
        expect(conversation.flows).toBe(own.length);
        expect(conversation.packets).toEqual({ client: sum((flow) => flow.packets.client), server: sum((flow) => flow.packets.server) });
        expect(conversation.bytes).toEqual({ client: sum((flow) => flow.bytes.client), server: sum((flow) => flow.bytes.server) });
        for (const [outcome, count] of Object.entries(conversation.outcomes)) expect(count).toBe(own.filter((flow) => flow.outcome === outcome).length);
        expect(Object.values(conversation.outcomes).reduce((total, count) => total + count, 0)).toBe(own.length);
        expect(conversation.frames.map(({ frame }) => frame)).toEqual(own.map((flow) => flow.first.frame).sort((a, b) => a - b).slice(0, 4));
        expect(conversation.start.seconds).toBe(Math.min(...own.map((flow) => flow.start.seconds)));
        expect(conversation.end.seconds).toBe(Math.max(...own.map((flow) => flow.end.seconds)));
      }
    }), { numRuns: 100 });
  });

  it('grow beyond the first capacity and are found again', () => {
    const ends = (i: number) => ({ client: `10.1.${i >> 8}.${i & 255}`, clientPort: 50_000 });
    const syns = (port: number) => Array.from({ length: 10_000 }, (_, i) => new Talk({ ...ends(i), clientPort: port }).client('S').packets[0]!);
    const { table } = tableOf([...syns(50_000), ...syns(50_001)]);
    expect(table.length).toBe(10_000);
    const all = [...table];
    expect(all.every(({ flows, outcomes }) => flows === 2 && outcomes['no-answer'] === 2)).toBe(true);
    expect(new Set(all.map(({ client }) => client)).size).toBe(10_000);
    expect(table.aggregated()).toEqual([]);
  });

  it('stand for themselves when they are made JSON of, and agree with their fields', () => {
    const { table } = tableOf([...new Talk({ client: '10.0.0.1', server: '10.0.1.1', clientPort: 50_000, serverPort: 445 }).client('S').server('SA').client('A').packets]);
    const [conversation] = table;
    expect(JSON.parse(JSON.stringify(conversation))).toMatchObject({ index: 0, client: '10.0.0.1', server: '10.0.1.1', serverPort: 445, flows: 1, outcomes: { accepted: 1 }, packets: { client: 2, server: 1 }, frames: [{ capture: 0, frame: 1 }] });
  });

  it('are in the order of their first frames, also beyond the keys that are sorted as plain numbers', () => {
    for (const capture of [0, 3]) {
      const talks = Array.from({ length: 300 }, (_, i) => new Talk({ client: `10.2.${i >> 8}.${i & 255}`, clientPort: 50_000 }).wait(i).client('S').packets[0]!);
      const { table } = tableOf(talks, undefined, capture);
      expect([...table].map(({ frames }) => frames[0])).toEqual(talks.map((_, i) => ({ capture, frame: i + 1 })));
    }
  });

  it('beyond the maximum are only counted: no flow is lost', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 0, max: 6 }), (steps, maximum) => {
      const { table, flows, listed } = tableOf(packetsOf(steps), maximum);
      expect(table.length).toBeLessThanOrEqual(maximum);
      const [inRows, inAggregates] = [[...table], table.aggregated()];
      expect(inRows.reduce((total, row) => total + row.flows, 0)).toBe(listed.length);
      expect(inAggregates.reduce((total, row) => total + row.flows, 0)).toBe(flows.length - listed.length);
      const left = flows.filter((flow) => !listed.includes(flow));
      for (const { server, transport, serverPort, clients, flows: count, outcomes } of inAggregates) {
        const own = left.filter((flow) => flow.server.address === server && flow.transport === transport && flow.server.port === serverPort);
        expect([count, clients]).toEqual([own.length, new Set(own.map(({ client }) => client.address)).size]);
        for (const [outcome, number] of Object.entries(outcomes)) expect(number).toBe(own.filter((flow) => flow.outcome === outcome).length);
      }
    }), { numRuns: 100 });
  });
});
