import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import type { FindingReport } from '../../src/analysis/report-model.js';
import { detectFormat } from '../../src/capture/detect.js';
import type { PacketBatch } from '../../src/capture/packet-batch.js';
import { builtInCatalog } from '../../src/catalog/catalog.js';
import { evidenceOf, inputOf, labCapture } from '../evidence/captured.js';
import { pktmonPacket, writeEtl } from '../support/etl-writer.js';
import { writePcap } from '../support/pcap-writer.js';

interface Packet { readonly data: Uint8Array; readonly seconds: number; readonly nanoseconds: number; readonly originalLength: number }

/** The packets of a fixture, no more than `snapLength` bytes of each. */
function snapped(name: string, snapLength: number): { packets: Packet[]; linkType: number } {
  const detection = detectFormat(labCapture(name), true);
  if (detection.kind !== 'capture') throw new Error('no capture');
  const reader = detection.create();
  const packets: Packet[] = [];
  const take = (batch: PacketBatch): void => {
    for (let row = 0; row < batch.count; row++) {
      const start = batch.offset[row]!;
      packets.push({ data: batch.bytes.slice(start, start + Math.min(snapLength, batch.capturedLength[row]!)), seconds: batch.seconds[row]!, nanoseconds: batch.nanoseconds[row]!, originalLength: batch.originalLength[row]! });
    }
  };
  reader.feed(labCapture(name), take);
  reader.finish(take);
  return { packets, linkType: reader.interfaces[0]!.linkType };
}

async function incomplete(file: Uint8Array): Promise<FindingReport | undefined> {
  const { evidence } = await evidenceOf(inputOf('x', file));
  return analyze(evidence, { catalog: builtInCatalog() }).findings.find(({ code }) => code === 'capture-incomplete');
}

describe('a capture cut by its snap length', () => {
  it('says so, and where that hides what was spoken', async () => {
    const { packets, linkType } = snapped('live-migration-6600.pcapng', 256);
    const finding = await incomplete(writePcap(packets, { linkType, snapLength: 256 }));
    expect(finding?.title).toMatch(/^162 packets of x are cut after 256 bytes/u);
    expect(finding?.explanation).toMatch(/^What stood beyond 256 bytes of a packet cannot be read\. .* portwitness howto capture\.$/u);
  });
  it('as pktmon cuts it: the dynamic ports that the endpoint mapper named are lost', async () => {
    const { packets } = snapped('rpc-dynamic-dropped.pcapng', 128);
    const start = packets[0]!.seconds;
    const events = packets.map(({ data, seconds, nanoseconds, originalLength }) => ({
      ticks: (seconds - start) * 1e7 + Math.floor(nanoseconds / 100), provider: 'pktmon' as const, id: 160, data: pktmonPacket(data, { originalLength }),
    }));
    const finding = await incomplete(writeEtl(events));
    expect(finding).toMatchObject({ severity: 'warning', confidence: 'certain' });
    expect(finding?.title).toContain('answers of the endpoint mapper cannot be read');
    expect(finding?.explanation).toMatch(/10\.77\.2\.2[01].* asked on TCP 135.*--pkt-size 0.*howto capture/u);
    expect(finding?.frames[0]).toEqual({ capture: 0, frame: 1 });
  });
  it('whole packets: no such finding', async () => {
    const { packets, linkType } = snapped('rpc-dynamic-dropped.pcapng', 65_535);
    expect(await incomplete(writePcap(packets, { linkType }))).toBeUndefined();
  });
});
