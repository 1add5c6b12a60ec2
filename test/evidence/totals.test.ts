import { describe, expect, it } from 'vitest';
import { PcapngReader } from '../../src/capture/pcapng.js';
import { arp, brokenIp } from './odd-packets.js';
import { writePcap } from '../support/pcap-writer.js';
import { readPackets } from '../support/read-packets.js';
import { Talk } from '../flow/talk.js';
import { evidenceOf, inputOf, labCapture, labCaptures } from './captured.js';

const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((total, count) => total + count, 0);

describe('every packet is counted once', () => {
  it.each(labCaptures)('%s: decoded and skipped are the packets of the file', async (name) => {
    const bytes = labCapture(name);
    const { packets } = readPackets(new PcapngReader(), bytes);
    const { evidence } = await evidenceOf(inputOf(name, bytes));
    const [capture] = evidence.captures;
    expect(capture!.packets).toBe(packets.length);
    expect(capture!.decoded + sum(capture!.skipped)).toBe(packets.length);
    expect(sum(Object.fromEntries(capture!.interfaces.map((entry, i) => [i, entry.packets])))).toBe(packets.length);
    expect(capture!.bytes).toBe(bytes.length);

    const inFlows = [...evidence.conversations].reduce((total, { packets: { client, server } }) => total + client + server, 0);
    const icmpAtMost = capture!.decoded - inFlows - capture!.traits.duplicates;
    expect(icmpAtMost).toBeGreaterThanOrEqual(0);
    expect(evidence.hosts.reduce((total, host) => total + host.packetsSent, 0)).toBe(inFlows);
    expect(evidence.hosts.reduce((total, host) => total + host.packetsReceived, 0)).toBe(inFlows);
  });

  it('skipped ones by reason, with the first frame of each', async () => {
    const [syn, ack] = new Talk().client('S').server('SA').packets;
    const file = writePcap([syn!, { data: arp() }, { data: brokenIp() }, { data: arp() }, ack!, { data: Uint8Array.of(1, 2, 3) }]);
    const { evidence } = await evidenceOf(inputOf('odd.pcap', file));
    const [{ packets, decoded, skipped, skippedFirst }] = evidence.captures as [typeof evidence.captures[0]];
    expect({ packets, decoded, skipped, skippedFirst }).toEqual({
      packets: 6, decoded: 2, skipped: { 'arp': 2, 'ipv4-bad-header': 1, 'link-cut': 1 }, skippedFirst: { 'arp': 2, 'ipv4-bad-header': 3, 'link-cut': 6 },
    });
  });

  it('a cut file: what came before the cut, and where it was', async () => {
    const file = writePcap(new Talk().handshake().packets);
    const { evidence, faults } = await evidenceOf(inputOf('cut.pcap', file.slice(0, -5)));
    expect(faults).toEqual([]);
    expect(evidence.captures[0]).toMatchObject({ packets: 2, decoded: 2, damage: [{ code: 'cut-record' }] });
  });

  it('start and end are the extremes, times or none', async () => {
    const [first, second, third] = new Talk().handshake().packets;
    const at = (packet: typeof first, seconds: number) => ({ ...packet!, seconds, nanoseconds: 5000 });
    const { evidence } = await evidenceOf(inputOf('back.pcap', writePcap([at(first, 30), at(second, 10), at(third, 20)])));
    expect(evidence.captures[0]).toMatchObject({ start: { seconds: 10, nanoseconds: 5000 }, end: { seconds: 30, nanoseconds: 5000 } });
    const none = await evidenceOf(inputOf('none.pcap', writePcap([])));
    expect(none.evidence.captures[0]).toMatchObject({ packets: 0, start: null, end: null });
  });
});
