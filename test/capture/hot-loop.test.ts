/** What the readers must not do per packet: make garbage. And what they answer, against a reader that others wrote. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PerformanceObserver } from 'node:perf_hooks';
import pcapParser from 'pcap-parser';
import { describe, expect, it } from 'vitest';
import type { CaptureReader } from '../../src/capture/capture-reader.js';
import { openCapture } from '../../src/capture/file-source.node.js';
import { PcapReader } from '../../src/capture/pcap.js';
import { PcapngReader } from '../../src/capture/pcapng.js';
import { concat } from '../support/byte-writer.js';
import { writePcap } from '../support/pcap-writer.js';
import { PcapngWriter } from '../support/pcapng-writer.js';
import { readPackets } from '../support/read-packets.js';

const PACKETS_PER_CHUNK = 10_000;
const CHUNKS = 50;
const data = new Uint8Array(60);
const records = writePcap(Array.from({ length: PACKETS_PER_CHUNK }, (_, i) => ({ data, seconds: 1_700_000_000 + i, nanoseconds: i * 1000 })));
const blocks = new PcapngWriter();
for (let i = 0; i < PACKETS_PER_CHUNK; i++) blocks.packet({ data, ticks: 1_700_000_000_000_000n + BigInt(i), flags: 1 });

const cases: readonly (readonly [string, () => CaptureReader, Uint8Array, Uint8Array])[] = [
  ['pcap', () => new PcapReader(), records.slice(0, 24), records.slice(24)],
  ['pcapng', () => new PcapngReader(), new PcapngWriter().section().interface().bytes(), blocks.bytes()],
];

/** Chunks that are no multiple of a record, so that records straddle. */
function readAll(reader: CaptureReader, header: Uint8Array, body: Uint8Array): number {
  let packets = 0;
  const onBatch = (batch: { count: number }) => { packets += batch.count; };
  reader.feed(header, onBatch);
  for (let i = 0; i < CHUNKS; i++) {
    reader.feed(body.subarray(0, 333_333), onBatch);
    reader.feed(body.subarray(333_333), onBatch);
  }
  reader.finish(onBatch);
  return packets;
}

it.each(cases)('%s: half a million packets cause next to no garbage collections', async (_name, create, header, body) => {
  readAll(create(), header, body); // compiled
  let collections = 0;
  const observer = new PerformanceObserver((list) => { collections += list.getEntries().length; });
  observer.observe({ entryTypes: ['gc'] });
  expect(readAll(create(), header, body)).toBe(PACKETS_PER_CHUNK * CHUNKS);
  await new Promise((resolve) => { setTimeout(resolve, 50); });
  observer.disconnect();
  expect(collections).toBeLessThanOrEqual(3);
});

describe('files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'portwitness-'));
  const path = join(folder, 'capture');

  it('come in chunks that stay as they are until the next one is asked for', async () => {
    const file = Uint8Array.from({ length: 10_007 }, (_, i) => (i * 7) & 255);
    writeFileSync(path, file);
    const source = await openCapture(path, new Uint8Array(1000));
    expect(source.size).toBe(file.length);
    const parts: Uint8Array[] = [];
    for await (const chunk of source) {
      await new Promise((resolve) => { setTimeout(resolve, 1); });
      parts.push(chunk.slice());
    }
    expect(concat(...parts)).toEqual(file);
    await expect(openCapture(folder)).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(openCapture(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each([true, false])('give what pcap-parser reads from them (little endian: %s)', async (littleEndian) => {
    const packets = Array.from({ length: 300 }, (_, i) => ({ data: Uint8Array.from({ length: 14 + (i % 90) }, (__, k) => (i + k) & 255), seconds: 1_700_000_000 + i, nanoseconds: ((i * 7919) % 1_000_000) * 1000, originalLength: 200 }));
    const file = writePcap(packets, { littleEndian });
    writeFileSync(path, file);
    const theirs = await new Promise<unknown[]>((resolve, reject) => {
      const read: unknown[] = [];
      const parser = pcapParser.parse(path);
      parser.on('packet', ({ header, data: bytes }) => { read.push([header.timestampSeconds, header.timestampMicroseconds * 1000, header.originalLength, bytes.toString('hex')]); });
      parser.on('end', () => { resolve(read); });
      parser.on('error', reject);
    });
    expect(readPackets(new PcapReader(), file).packets.map((packet) => [packet.seconds, packet.nanoseconds, packet.originalLength, packet.data])).toEqual(theirs);
    rmSync(path);
  });
});
