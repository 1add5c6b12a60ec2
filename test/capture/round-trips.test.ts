/** Packets → file → reader gives the packets back: for every container that the tests can write, in chunks of any size, through every compression that can be made here. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeDecompressors } from '../../src/capture/decompressors.node.js';
import { readCapture } from '../../src/capture/source.js';
import { inputOf, reportOf, labCapture } from '../evidence/captured.js';
import { writeErf, writeNetmon, writeSnoop } from '../support/container-writers.js';
import { EtlKeyword, ndisPacket, writeEtl } from '../support/etl-writer.js';
import { type WrittenPacket, writePcap } from '../support/pcap-writer.js';
import { PcapngWriter } from '../support/pcapng-writer.js';
import { packetsOf, readPackets, type ReadPacket } from '../support/read-packets.js';
import { PcapngReader } from '../../src/capture/pcapng.js';

type Packet = Required<WrittenPacket>;

interface Container {
  readonly name: string;
  readonly write: (packets: readonly Packet[]) => Uint8Array;
  /** Nanoseconds of the finest time that it can hold. */
  readonly step: number;
  /** A file of it says nothing without packets. */
  readonly needsPackets?: boolean;
  /** It is put in the order of time when it is read. */
  readonly isSorted?: boolean;
  readonly shortest?: number;
  /** The length of a packet that was cut is known from its IP header only. */
  readonly hidesOriginalLength?: boolean;
}

const EPOCH_TICKS = 1_700_000_000;
const ng = (littleEndian: boolean, resolution: number) => (packets: readonly Packet[]) => {
  const out = new PcapngWriter(littleEndian).section().interface({ resolution });
  for (const { data, seconds, nanoseconds, originalLength } of packets) out.packet({ data, originalLength, ticks: (BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds)) / (resolution === 9 ? 1n : 1000n) });
  return out.bytes();
};
const etl = (compressed: boolean) => (packets: readonly Packet[]) => writeEtl(packets.map(({ data, seconds, nanoseconds }, i) => (
  { processor: i % 3, ticks: (seconds - EPOCH_TICKS) * 1e7 + Math.floor(nanoseconds / 100), provider: 'ndis', id: 1001, keyword: EtlKeyword.start | EtlKeyword.end, data: ndisPacket(data) })), { compressed, startSeconds: EPOCH_TICKS });

const containers: readonly Container[] = [
  ...[true, false].flatMap((littleEndian): Container[] => [
    { name: `pcap, microseconds, little endian: ${littleEndian}`, step: 1000, write: (packets) => writePcap(packets, { littleEndian }) },
    { name: `pcap, nanoseconds, little endian: ${littleEndian}`, step: 1, write: (packets) => writePcap(packets, { littleEndian, nanoseconds: true }) },
    { name: `pcap, modified, little endian: ${littleEndian}`, step: 1000, write: (packets) => writePcap(packets, { littleEndian, modified: true }) },
    { name: `pcap before 2.3, little endian: ${littleEndian}`, step: 1000, write: (packets) => writePcap(packets, { littleEndian, minorVersion: 2, lengthsSwapped: true }) },
    { name: `pcapng, microseconds, little endian: ${littleEndian}`, step: 1000, write: ng(littleEndian, 6) },
    { name: `pcapng, nanoseconds, little endian: ${littleEndian}`, step: 1, write: ng(littleEndian, 9) },
  ]),
  { name: 'snoop', step: 1000, write: (packets) => writeSnoop(packets) },
  { name: 'ERF', step: 1, write: (packets) => writeErf(packets), needsPackets: true, shortest: 40 },
  { name: 'Network Monitor 2.0', step: 1000, write: (packets) => writeNetmon(packets, 0, EPOCH_TICKS) },
  { name: 'Network Monitor 2.3', step: 100, write: (packets) => writeNetmon(packets, 3, EPOCH_TICKS) },
  { name: 'ETL', step: 100, write: etl(false), needsPackets: true, isSorted: true, hidesOriginalLength: true },
  { name: 'ETL, compressed', step: 100, write: etl(true), needsPackets: true, isSorted: true, hidesOriginalLength: true },
];

const packets = (shortest = 0): fc.Arbitrary<Packet[]> => fc.array(fc.record({
  // No packet begins like an IP header behind Ethernet, from which a length would be read.
  data: fc.uint8Array({ minLength: shortest, maxLength: 200 }).map((data) => data.map((byte, i) => i === 12 ? 0x99 : byte)),
  seconds: fc.integer({ min: EPOCH_TICKS, max: EPOCH_TICKS + 100_000 }), nanoseconds: fc.integer({ min: 0, max: 999_999_999 }), cut: fc.integer({ min: 0, max: 1300 }),
}), { maxLength: 25 }).map((all) => all.map(({ cut, ...packet }) => ({ ...packet, originalLength: packet.data.length + cut })));

async function read(file: Uint8Array, lengths: readonly number[]): Promise<{ packets: ReadPacket[]; damage: unknown }> {
  const found: ReadPacket[] = [];
  const source = await inputOf('x', file, lengths).open();
  const { damage } = await readCapture(source, nodeDecompressors, { onBatch: (batch) => { found.push(...packetsOf(batch)); } });
  return { packets: found, damage };
}

describe.each(containers.map((container) => [container.name, container] as const))('%s', (_name, { write, step, needsPackets, isSorted, shortest, hidesOriginalLength }) => {
  it('gives back the packets that were written, plain and through gzip, in chunks of any size', async () => {
    await fc.assert(fc.asyncProperty(packets(shortest), fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 4 }), async (written, lengths) => {
      fc.pre(needsPackets !== true || written.length > 0);
      const file = write(written);
      const expected = written.map(({ data, seconds, nanoseconds, originalLength }) => ({
        seconds, nanoseconds: nanoseconds - (nanoseconds % step), originalLength: hidesOriginalLength === true ? data.length : originalLength, data: Buffer.from(data).toString('hex'),
      }));
      if (isSorted === true) {
        // Equal times: in the order of the file, which is that of processors.
        const order = written.map((_, i) => i).sort((a, b) => (a % 3) - (b % 3) || a - b);
        const inFile = order.map((i) => expected[i]!);
        expected.splice(0, expected.length, ...inFile.sort((a, b) => a.seconds - b.seconds || a.nanoseconds - b.nanoseconds));
      }
      for (const bytes of [file, new Uint8Array(gzipSync(file))]) {
        const { packets: found, damage } = await read(bytes, lengths);
        expect(damage).toEqual([]);
        expect(found.map(({ seconds, nanoseconds, originalLength, data }) => ({ seconds, nanoseconds, originalLength, data }))).toEqual(expected);
        expect(found.map(({ frame }) => frame)).toEqual(expected.map((_, i) => i + 1));
      }
    }), { numRuns: 25 });
  });
});

describe('the report of one and the same traffic', () => {
  const lab = readPackets(new PcapngReader(), labCapture('smb-logon-failure.pcapng')).packets
    .map(({ data, seconds, nanoseconds, originalLength }) => ({ data: new Uint8Array(Buffer.from(data, 'hex')), seconds, nanoseconds: nanoseconds - (nanoseconds % 1000), originalLength }));
  /** ERF keeps the frame check sequence, which is no payload. */
  const withChecksums = lab.map(({ data, originalLength, ...packet }) => ({ ...packet, data: Uint8Array.of(...data, 1, 2, 3, 4), originalLength: originalLength + 4 }));
  const start = Math.min(...lab.map(({ seconds }) => seconds));
  const files: readonly (readonly [string, Uint8Array])[] = containers.filter(({ name }) => !name.startsWith('ETL') && name !== 'Network Monitor 2.0').map(({ name, write }) => [name, write(name === 'ERF' ? withChecksums : lab)]);
  const traces = [false, true].map((compressed) => [`ETL, compressed: ${compressed}`, writeEtl(lab.map(({ data, seconds, nanoseconds }, i) => ({
    processor: i % 3, ticks: (seconds - start) * 1e7 + Math.floor(nanoseconds / 100), provider: 'ndis' as const, id: 1001, keyword: EtlKeyword.start | EtlKeyword.end, data: ndisPacket(data) })), { compressed, startSeconds: start })] as const);

  it.each([...files, ...traces])('in %s is the same byte for byte, whatever the chunks, one byte at a time included', async (_name, file) => {
    const whole = await reportOf(inputOf('x', file));
    expect(whole).toContain('"authentication-failed"');
    await fc.assert(fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 8 }), async (lengths) => {
      expect(await reportOf(inputOf('x', file, lengths))).toBe(whole);
    }), { numRuns: 4 });
    expect(await reportOf(inputOf('x', file, [1]))).toBe(whole);
    const zipped = new Uint8Array(gzipSync(file));
    expect(await reportOf(inputOf('x', zipped, [1]))).toBe(await reportOf(inputOf('x', zipped)));
  });
});
