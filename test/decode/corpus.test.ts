import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AddressTable } from '../../src/decode/address-table.js';
import { Bucket, BucketCounts, bucketNames } from '../../src/decode/bucket.js';
import { EncapsulationTable } from '../../src/decode/encapsulation-table.js';
import { PacketDecoder } from '../../src/decode/packet-decoder.js';
import { IpProtocol, Segment } from '../../src/decode/segment.js';
import { readPackets } from './capture-packets.js';

/**
 * Public captures and what TShark says of them, a folder that is not part of the repository: PORTWITNESS_CORPUS names it. Every row
 * (packets, bytes, payload of each direction between two sockets, of packets and first fragments), every ICMP error with the ports
 * that it quotes, and the packets without ports must come out, but for what is named here.
 */
const corpus = process.env['PORTWITNESS_CORPUS'];

interface Row {
  a: string; aPort: number; b: string; bPort: number; packetsAtoB: number; packetsBtoA: number;
  ipBytesAtoB: number; ipBytesBtoA: number; payloadAtoB: number; payloadBtoA: number;
}
interface Truth {
  packets: number; linkTypes: number[] | null; tcp: Row[]; udp: Row[]; fragments: unknown[]; brokenIp: number; tunnels?: object; severalPackets?: number;
  nonIp: number; otherIp: Record<string, number>;
  icmpErrors: { frame: number; from: string; to: string; type: number; code: number; quoted?: { src: string; dst: string; proto: number; srcPort?: number; dstPort?: number } }[];
}

/** What differs from TShark's reading, with the reason. */
const KNOWN: Record<string, string> = {
  'fragmented-3.pcap': 'TShark gives the first fragment of a TCP segment no payload; here it has what it carries',
  'ipv6-fragmented-dns.pcap': 'TShark counts what the UDP header claims for all fragments; here each fragment has what it carries',
};

describe.skipIf(corpus === undefined)('public captures', () => {
  const truths = corpus === undefined ? [] : (readdirSync(corpus, { recursive: true }) as string[]).filter((file) => file.endsWith('.truth.json')).sort();
  const captures = truths.flatMap((name) => {
    const truth = JSON.parse(readFileSync(join(corpus!, name), 'utf8')) as Truth;
    const path = join(corpus!, name.replace('.truth.json', ''));
    const capture = Array.isArray(truth.tcp) && existsSync(path) ? readPackets(readFileSync(path)) : undefined;
    return capture === undefined ? [] : [{ name: path.slice(corpus!.length + 1), truth, ...capture, ...decodeAll(capture.bytes, capture.packets) }];
  });
  const unexplained = (wrong: readonly string[]): readonly string[] => wrong.filter((line) => !Object.keys(KNOWN).some((known) => line.includes(known)));

  it('give the rows that TShark gives', () => {
    let all = 0;
    const wrong: string[] = [];
    for (const { name, truth, rows, packets } of captures) {
      if (packets.length !== truth.packets) wrong.push(`${name}: ${packets.length} packets of ${truth.packets}`);
      for (const [transport, expected] of [['tcp', truth.tcp], ['udp', truth.udp]] as const) {
        for (const row of expected) {
          all++;
          const there = `${transport} ${row.a} ${row.aPort} ${row.b} ${row.bPort}`;
          const back = `${transport} ${row.b} ${row.bPort} ${row.a} ${row.aPort}`;
          const have = [rows.get(there) ?? [0, 0, 0], there === back ? [0, 0, 0] : (rows.get(back) ?? [0, 0, 0])];
          const want = [[row.packetsAtoB, row.ipBytesAtoB, row.payloadAtoB], [row.packetsBtoA, row.ipBytesBtoA, row.payloadBtoA]];
          if (JSON.stringify(have) !== JSON.stringify(want)) wrong.push(`${name}: ${there} has ${JSON.stringify(have)} wants ${JSON.stringify(want)}`);
        }
      }
    }
    process.stdout.write(`${all - wrong.length} of ${all} rows exact, in ${captures.length} of ${truths.length} captures\n`);
    expect(unexplained(wrong)).toEqual([]);
  });

  it('give the ICMP errors that TShark gives, and what they quote', () => {
    let all = 0;
    const wrong: string[] = [];
    for (const { name, truth, errors } of captures) {
      for (const { frame, from, to, type, code, quoted } of truth.icmpErrors) {
        all++;
        const ports = quoted?.srcPort === undefined ? '' : ` ${quoted.src} ${quoted.srcPort} ${quoted.dst} ${quoted.dstPort}`;
        const want = `${from} ${to} ${type}/${code}${ports}`;
        if (errors.get(frame) !== want) wrong.push(`${name} frame ${frame}: has ${errors.get(frame)} wants ${want}`);
      }
    }
    process.stdout.write(`${all - wrong.length} of ${all} ICMP errors exact\n`);
    expect(unexplained(wrong)).toEqual([]);
  });

  it('have as many packets without ports as TShark finds, and every packet in one bucket', () => {
    const wrong: string[] = [];
    for (const { name, truth, counts, packets } of captures) {
      const sum = (...buckets: (keyof typeof Bucket)[]): number => buckets.reduce((total, bucket) => total + counts.packets[Bucket[bucket]]!, 0);
      if (sum(...bucketNames) !== packets.length) wrong.push(`${name}: ${sum(...bucketNames)} counted of ${packets.length}`);
      const other = Object.values(truth.otherIp).reduce((total, n) => total + n, 0);
      if (sum('icmp', 'other-ip-protocol') !== other) wrong.push(`${name}: ${sum('icmp', 'other-ip-protocol')} without ports, TShark ${other}`);
      if (sum('arp', 'not-ip', 'link-type-unsupported', 'link-cut') !== truth.nonIp) wrong.push(`${name}: ${sum('arp', 'not-ip', 'link-type-unsupported', 'link-cut')} without IP, TShark ${truth.nonIp}`);
    }
    expect(unexplained(wrong)).toEqual([]);
  });

  it('damaged ones are decoded to the end', () => {
    const folder = join(corpus!, 'malformed');
    const total = new BucketCounts();
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      const capture = readPackets(readFileSync(join(folder, name)));
      if (capture === undefined) continue;
      const { counts } = decodeAll(capture.bytes, capture.packets);
      expect(counts.packets.reduce((sum, n) => sum + n, 0), name).toBe(capture.packets.length);
      counts.packets.forEach((n, bucket) => (total.packets[bucket]! += n));
    }
    process.stdout.write(`damaged: ${bucketNames.map((name) => `${name} ${total.packets[Bucket[name]]}`).join(', ')}\n`);
  });
});

function decodeAll(bytes: Uint8Array, packets: readonly { at: number; captured: number; original: number; linkType: number; frame: number }[]) {
  const addresses = new AddressTable();
  const decoder = new PacketDecoder(addresses, new EncapsulationTable());
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const segment = new Segment();
  const counts = new BucketCounts();
  const rows = new Map<string, [number, number, number]>();
  const errors = new Map<number, string>();
  for (const { at, captured, original, linkType, frame } of packets) {
    const bucket = decoder.decode(bytes, view, at, captured, original, linkType, segment);
    counts.add(bucket, frame);
    if (bucket === Bucket.icmp) {
      const quoted = segment.quoted
        ? ` ${addresses.text(segment.quotedSource)} ${segment.quotedSourcePort} ${addresses.text(segment.quotedDestination)} ${segment.quotedDestinationPort}`
        : '';
      errors.set(frame, `${addresses.text(segment.source)} ${addresses.text(segment.destination)} ${segment.icmpType}/${segment.icmpCode}${quoted}`);
    }
    if (bucket !== Bucket.decoded || (segment.fragment && !segment.fragmentFirst)) continue;
    const transport = segment.transport === IpProtocol.tcp ? 'tcp' : 'udp';
    const key = `${transport} ${addresses.text(segment.source)} ${segment.sourcePort} ${addresses.text(segment.destination)} ${segment.destinationPort}`;
    const row = rows.get(key) ?? [0, 0, 0];
    row[0]++;
    row[1] += segment.ipLength;
    row[2] += segment.payloadLength;
    rows.set(key, row);
  }
  return { rows, counts, errors };
}
