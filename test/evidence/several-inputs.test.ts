import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Flow } from '../../src/flow/flow.js';
import { writePcap } from '../support/pcap-writer.js';
import { Talk } from '../flow/talk.js';
import { evidenceOf, flowsOfInputs, inputOf } from './captured.js';

/** Without frames, which are numbered file by file. */
function facts(flows: readonly Flow[]) {
  const none = { capture: 0, frame: 0 };
  return flows.map((flow) => ({ ...flow, first: none, last: none })).sort((a, b) => a.client.port - b.client.port || a.start.seconds - b.start.seconds || a.start.nanoseconds - b.start.nanoseconds);
}

const talks = [
  new Talk({ clientPort: 1 }).handshake().client('PA', { length: 70 }).server('PA', { length: 300 }).client('FA').server('FA').client('A'),
  new Talk({ clientPort: 2 }).client('S').wait(1).client('S', { seq: 1000 }),
  new Talk({ clientPort: 3 }).datagram('client', 20).datagram('server', 30).wait(61).datagram('client', 5),
];
/** In the order of time, no two at the same: inputs that begin together would be ordered by name. */
const packets = talks.flatMap((talk, i) => talk.packets.map((packet) => ({ ...packet, nanoseconds: packet.nanoseconds! + i * 1000 })))
  .sort((a, b) => a.seconds! - b.seconds! || a.nanoseconds - b.nanoseconds);

describe('a ring of files', () => {
  it('is one series: the same flows as one file, wherever it is cut and however the files are named', async () => {
    const whole = facts(await flowsOfInputs(inputOf('whole', writePcap(packets))));
    expect(whole).toHaveLength(4);
    await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: packets.length - 1 }), fc.boolean(), async (cut, turned) => {
      const parts = [packets.slice(0, cut), packets.slice(cut)].map((part, i) => inputOf(turned ? `z${9 - i}` : `a${i}`, writePcap(part)));
      expect(facts(await flowsOfInputs(...(turned ? parts.reverse() : parts)))).toEqual(whole);
    }), { numRuns: 40 });
  });
  it('frames name the file, files are numbered in the order of time', async () => {
    const [one, two] = [packets.slice(0, 5), packets.slice(5)].map((part) => writePcap(part));
    const flows = await flowsOfInputs(inputOf('a-later', two!), inputOf('b-earlier', one!));
    const flow = flows.find(({ client }) => client.port === 1)!;
    expect([flow.first, flow.last.capture]).toEqual([{ capture: 0, frame: 1 }, 1]);
    const { evidence } = await evidenceOf(inputOf('a-later', two!), inputOf('b-earlier', one!));
    expect(evidence.captures.map(({ file, packets: count }) => [file, count])).toEqual([['b-earlier', 5], ['a-later', packets.length - 5]]);
  });
  it('another link type is another series', async () => {
    const raw = packets.slice(5).map((packet) => ({ ...packet, data: packet.data.subarray(14) }));
    const flows = await flowsOfInputs(inputOf('a', writePcap(packets.slice(0, 5))), inputOf('b', writePcap(raw, { linkType: 101 })));
    expect(flows.filter(({ client }) => client.port === 1).length).toBeGreaterThan(1);
  });
});

describe('inputs that overlap', () => {
  it('are capture points: their flows are listed for each', async () => {
    const file = writePcap(packets);
    const [one, both] = [await flowsOfInputs(inputOf('a', file)), await flowsOfInputs(inputOf('a', file), inputOf('b', file))];
    expect(both).toHaveLength(one.length * 2);
    expect(both.every(({ duplicates }) => duplicates === 0)).toBe(true);
    for (const capture of [0, 1]) expect(facts(both.filter(({ first }) => first.capture === capture))).toEqual(facts(one));
  });
});

describe('a connection at several capture points', () => {
  type Packet = (typeof packets)[number];
  const shifted = (part: readonly Packet[], seconds: number) => part.map((packet) => ({ ...packet, seconds: packet.seconds! + seconds }));
  const count = async (...files: readonly (readonly Packet[])[]) => {
    const { evidence } = await evidenceOf(...files.map((file, i) => inputOf(`${i}`, writePcap(file))));
    return [...evidence.conversations].map(({ transport, flows, outcomes, packets: { client, server } }) => ({ transport, flows, outcomes, client, server }));
  };
  const once = [
    { transport: 'tcp', flows: 2, outcomes: { accepted: 1, 'no-answer': 1 }, client: 7, server: 3 },
    { transport: 'udp', flows: 2, outcomes: { answered: 1, 'one-way': 1 }, client: 2, server: 1 },
  ];
  const portOf = ({ data }: Packet) => Math.min(data[34]! * 256 + data[35]!, data[36]! * 256 + data[37]!);

  it('counts once, with the packets of one of them, whatever their clocks say', async () => {
    expect(await count(packets)).toEqual(once);
    for (const seconds of [0, 0.0001, 90, -90]) expect(await count(packets, shifted(packets, seconds))).toEqual(once);
    expect(await count(packets, packets, packets)).toEqual(once);
  });
  it('counts once for its hosts, too', async () => {
    const hosts = async (...files: readonly (readonly Packet[])[]) => (await evidenceOf(...files.map((file, i) => inputOf(`${i}`, writePcap(file))))).evidence.hosts;
    const one = await hosts(packets);
    expect(one.map(({ packetsSent }) => packetsSent).sort((a, b) => a - b)).toEqual([4, 9]);
    expect(await hosts(packets, shifted(packets, 90))).toEqual(one);
    // Each side at its own point.
    const tcp = packets.filter((packet) => portOf(packet) === 1);
    const isClient = ({ data }: Packet) => data[29] === tcp[0]!.data[29];
    expect(await hosts(tcp.filter(isClient), shifted(tcp.filter((packet) => !isClient(packet)), 0.0001))).toEqual(await hosts(tcp));
  });
  it('counts as it looks where its outcome says more', async () => {
    const syn = packets.filter((packet) => portOf(packet) === 1).slice(0, 2);
    const unanswered = packets.filter((packet) => portOf(packet) === 2);
    // The SYN-ACK is lost on the way back.
    const near = [syn[0]!, ...unanswered];
    const far = [...syn, ...unanswered];
    for (const [one, other] of [[near, far], [far, near]] as const) {
      expect(await count(one, shifted(other, 0.0001))).toEqual([{ transport: 'tcp', flows: 2, outcomes: { 'no-answer': 2 }, client: 3, server: 1 }]);
    }
  });
  it('that one of them missed counts as well', async () => {
    const first = packets.filter((packet) => portOf(packet) !== 1);
    expect(await count(first, shifted(packets, 0.001))).toEqual(once);
  });
  it('is not what the same sockets exchange later: datagrams have no sequence number', async () => {
    const udp = packets.filter((packet) => portOf(packet) === 3);
    const raw = shifted(udp, 3600).map((packet) => ({ ...packet, data: packet.data.subarray(14) }));
    const { evidence } = await evidenceOf(inputOf('0', writePcap(udp)), inputOf('1', writePcap(raw, { linkType: 101 })));
    expect([...evidence.conversations].map(({ flows }) => flows)).toEqual([4]);
  });
});

describe('inputs that cannot be read', () => {
  const text = () => inputOf('notes.txt', new TextEncoder().encode('not a capture at all, only some words'));
  const gone = () => ({ name: 'gone.pcap', open: () => Promise.reject(new Error('no such file')) });

  it('are faults; the others are collected', async () => {
    const { evidence, faults } = await evidenceOf(text(), inputOf('a', writePcap(packets)), gone());
    expect(faults.map(({ name }) => name).sort()).toEqual(['gone.pcap', 'notes.txt']);
    expect(evidence.captures.map(({ file }) => file)).toEqual(['a']);
    expect(evidence.conversations.length).toBe(2);
  });
  it('none can be read, or there is none: evidence of nothing', async () => {
    for (const inputs of [[], [gone()], [text(), gone()]]) {
      const { evidence, faults } = await evidenceOf(...inputs);
      expect([evidence.captures, evidence.conversations.length, evidence.evictedFlows, faults.length]).toEqual([[], 0, 0, inputs.length]);
    }
  });
});
