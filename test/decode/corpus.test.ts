import { readFileSync, readdirSync } from 'node:fs';
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
 * (packets, bytes, payload of each direction between two sockets) must come out. Captures whose reading is a matter of opinion
 * (tunnels, fragments, broken headers) may differ in the rows named here, and nowhere else.
 */
const corpus = process.env['PORTWITNESS_CORPUS'];

interface Row {
  a: string; aPort: number; b: string; bPort: number; packetsAtoB: number; packetsBtoA: number;
  ipBytesAtoB: number; ipBytesBtoA: number; payloadAtoB: number; payloadBtoA: number;
}
interface Truth {
  packets: number; linkTypes: number[] | null; tcp: Row[]; udp: Row[]; fragments: unknown[]; brokenIp: number; tunnels?: object; severalPackets?: number;
  nonIp: number; otherIp: Record<string, number>;
}

/** Rows that differ from TShark's, with the reason. */
const KNOWN: Record<string, string> = {};

describe.skipIf(corpus === undefined)('public captures', () => {
  it('give the rows that TShark gives', () => {
    let exact = 0;
    let all = 0;
    const wrong: string[] = [];
    for (const name of (readdirSync(corpus!, { recursive: true }) as string[]).filter((file) => file.endsWith('.truth.json')).sort()) {
      const truth = JSON.parse(readFileSync(join(corpus!, name), 'utf8')) as Truth;
      const capture = readPackets(readFileSync(join(corpus!, name.replace('.truth.json', ''))));
      if (capture === undefined || !Array.isArray(truth.tcp)) continue;
      const { rows, counts } = decodeAll(capture.bytes, capture.packets);
      const odd = truth.fragments.length > 0 || truth.brokenIp > 0 || truth.tunnels !== undefined || truth.severalPackets !== undefined;
      if (capture.packets.length !== truth.packets) wrong.push(`${name}: ${capture.packets.length} packets of ${truth.packets}`);
      let bad = 0;
      for (const [transport, truths] of [['tcp', truth.tcp], ['udp', truth.udp]] as const) {
        for (const row of truths) {
          all++;
          const there = [row.packetsAtoB, row.ipBytesAtoB, row.payloadAtoB];
          const back = [row.packetsBtoA, row.ipBytesBtoA, row.payloadBtoA];
          const keyThere = `${transport} ${row.a} ${row.aPort} ${row.b} ${row.bPort}`;
          const keyBack = `${transport} ${row.b} ${row.bPort} ${row.a} ${row.aPort}`;
          const have = [rows.get(keyThere) ?? [0, 0, 0], keyThere === keyBack ? [0, 0, 0] : (rows.get(keyBack) ?? [0, 0, 0])];
          if (JSON.stringify(have) === JSON.stringify([there, back])) exact++;
          else {
            bad++;
            wrong.push(`${name}${odd ? ' (odd)' : ''}: ${keyThere} has ${JSON.stringify(have)} wants ${JSON.stringify([there, back])}`);
          }
        }
      }
      if (process.env['PORTWITNESS_VERBOSE'] !== undefined && (bad > 0 || odd)) {
        wrong.push(`  ${name}: ${bucketNames.filter((_, i) => counts.packets[i]! > 0).map((b) => `${b} ${counts.packets[Bucket[b]]}`).join(', ')}; truth nonIp ${truth.nonIp} otherIp ${JSON.stringify(truth.otherIp)} broken ${truth.brokenIp}`);
      }
    }
    process.stdout.write(`${exact} of ${all} rows exact\n`);
    expect(wrong.filter((line) => !Object.keys(KNOWN).some((known) => line.includes(known)))).toEqual([]);
  });
});

function decodeAll(bytes: Uint8Array, packets: readonly { at: number; captured: number; original: number; linkType: number; frame: number }[]) {
  const addresses = new AddressTable();
  const decoder = new PacketDecoder(addresses, new EncapsulationTable());
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const segment = new Segment();
  const counts = new BucketCounts();
  const rows = new Map<string, [number, number, number]>();
  for (const { at, captured, original, linkType, frame } of packets) {
    const bucket = decoder.decode(bytes, view, at, captured, original, linkType, segment);
    counts.add(bucket, frame);
    if (bucket !== Bucket.decoded || (segment.fragment && !segment.fragmentFirst)) continue;
    const transport = segment.transport === IpProtocol.tcp ? 'tcp' : 'udp';
    const key = `${transport} ${addresses.text(segment.source)} ${segment.sourcePort} ${addresses.text(segment.destination)} ${segment.destinationPort}`;
    const row = rows.get(key) ?? [0, 0, 0];
    row[0]++;
    row[1] += segment.ipLength;
    row[2] += segment.payloadLength;
    rows.set(key, row);
  }
  return { rows, counts };
}
