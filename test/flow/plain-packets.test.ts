/**
 * The engine's short way for plain packets against the decoder of any packet: the same flows, buckets, payload and traits. Where something is selected,
 * here everything, each packet goes the long way.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PcapReader } from '../../src/capture/pcap.js';
import { AddressTable } from '../../src/decode/address-table.js';
import { Bucket } from '../../src/decode/bucket.js';
import { LocalSeries } from '../../src/evidence/packet-series.js';
import type { Flow } from '../../src/flow/flow.js';
import type { Glance, Inspector } from '../../src/flow/inspection.js';
import { capturedPacket } from '../decode/random-packets.js';
import { writePcap } from '../support/pcap-writer.js';

/** Wants all payload, and keeps it. */
function listener(heard: string[]): Inspector & Glance {
  return {
    glance: () => true,
    conventional: () => 0,
    share: () => 0,
    shared: () => ({ protocol: '', confidence: 'port', facts: {} }),
    release: () => undefined,
    begin: (flow) => {
      heard.push(JSON.stringify(flow));
      return {
        payload: (side, bytes, start, limit, at) => {
          heard.push(`${side} ${at.frame} ${at.seconds} ${at.nanoseconds} ${Buffer.from(bytes.subarray(start, limit)).toString('hex')}`);
          return true;
        },
        gap: (side) => {
          heard.push(`gap ${side}`);
          return true;
        },
        end: () => undefined,
        server: undefined, application: null, failures: [],
      };
    },
  };
}

function read(file: Uint8Array, isLongWay: boolean) {
  const flows: Flow[] = [];
  const heard: string[] = [];
  const series: LocalSeries = new LocalSeries({
    addresses: new AddressTable(), maxFlows: 64, sketches: true, survey: true, inspector: listener(heard), selection: isLongWay ? {} : undefined,
    sink: { flow: (view) => { flows.push(view.toFlow(series.encapsulations)); } },
  });
  const { pipeline } = series;
  const reader = new PcapReader();
  pipeline.beginCapture(0);
  reader.feed(file, (batch) => { pipeline.batch(batch, reader); });
  reader.finish((batch) => { pipeline.batch(batch, reader); });
  pipeline.endCapture(reader);
  pipeline.table.finish();
  return { flows, heard, buckets: pipeline.counts.buckets, vantage: series.vantage, duplicates: series.duplicates };
}

it('plain packets go the short way, and come out as on the long one', () => {
  const runs = Number(process.env['PORTWITNESS_RUNS'] ?? 400);
  let decoded = 0;
  fc.assert(fc.property(fc.array(capturedPacket, { minLength: 10, maxLength: 40 }), fc.constantFrom(undefined, 4), (packets, fcsLength) => {
    const file = writePcap(
      packets.map(({ packet, originalLength }, i) => ({ data: packet, originalLength: Math.max(originalLength, packet.length), seconds: 1_700_000_000 + i, nanoseconds: i * 1000 })),
      fcsLength === undefined ? {} : { fcsLength },
    );
    const short = read(file, false);
    expect(short).toEqual(read(file, true));
    decoded += short.buckets.packets[Bucket.decoded]!;
  }), { numRuns: runs });
  // Among them many that are plain.
  expect(decoded / runs).toBeGreaterThan(1.5);
});
