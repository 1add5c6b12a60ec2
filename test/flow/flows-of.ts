/** From written packets to flows, through the reader, the decoder, the flow table and its view: nothing of the way is left out. */
import type { CaptureReader } from '../../src/capture/capture-reader.js';
import { PcapReader } from '../../src/capture/pcap.js';
import { PcapngReader } from '../../src/capture/pcapng.js';
import { AddressTable } from '../../src/decode/address-table.js';
import { Bucket } from '../../src/decode/bucket.js';
import { LocalSeries } from '../../src/evidence/packet-series.js';
import type { Flow } from '../../src/flow/flow.js';
import type { Glance, Inspector } from '../../src/flow/inspection.js';
import { writePcap } from '../support/pcap-writer.js';
import type { WrittenPacket } from '../support/pcap-writer.js';
import { PcapngWriter } from '../support/pcapng-writer.js';

export interface TestPacket extends WrittenPacket {
  /** Default 0. A file with a second interface is written as pcapng. */
  readonly interfaceId?: number;
}

export interface FlowsOptions {
  readonly linkType?: number;
  readonly maxFlows?: number;
  readonly sketches?: boolean;
  readonly inspector?: Inspector & Glance;
}

export interface Extraction {
  readonly flows: Flow[];
  /** Packets in flows, and ICMP messages. */
  readonly decoded: number;
  readonly icmp: number;
  readonly duplicates: number;
  readonly evicted: { readonly finished: number; readonly open: number };
}

export function extract(packets: readonly TestPacket[], options: FlowsOptions = {}): Extraction {
  const several = packets.some((packet) => (packet.interfaceId ?? 0) > 0);
  const linkType = options.linkType ?? 1;
  return several
    ? extractFile(new PcapngReader(), blocksOf(packets, linkType), options)
    : extractFile(new PcapReader(), writePcap(packets, { nanoseconds: true, linkType }), options);
}

export function extractFile(reader: CaptureReader, file: Uint8Array, { maxFlows = 256, sketches = false, inspector }: FlowsOptions = {}): Extraction {
  const flows: Flow[] = [];
  const addresses = new AddressTable();
  const series: LocalSeries = new LocalSeries({
    addresses, maxFlows, sketches, inspector,
    sink: { flow: (view) => { flows.push(view.toFlow(series.encapsulations)); } },
  });
  const { pipeline } = series;
  pipeline.beginCapture(0);
  reader.feed(file, (batch) => { pipeline.batch(batch, reader); });
  reader.finish((batch) => { pipeline.batch(batch, reader); });
  pipeline.endCapture(reader);
  pipeline.table.finish();
  const { packets } = pipeline.counts.buckets;
  return {
    flows, decoded: packets[Bucket.decoded]!, icmp: packets[Bucket.icmp]!, duplicates: pipeline.table.duplicates,
    evicted: { finished: pipeline.table.evictedFinished, open: pipeline.table.evictedOpen },
  };
}

export function flowsOf(packets: readonly TestPacket[], options: FlowsOptions = {}): Flow[] {
  return extract(packets, options).flows;
}

/** The one flow that these packets are. */
export function flowOf(packets: readonly TestPacket[], options: FlowsOptions = {}): Flow {
  const flows = flowsOf(packets, options);
  if (flows.length !== 1) throw new Error(`${flows.length} flows where one was expected`);
  return flows[0]!;
}

export function packetsIn(flow: Flow): number {
  return flow.packets.client + flow.packets.server;
}

function blocksOf(packets: readonly TestPacket[], linkType: number): Uint8Array {
  const out = new PcapngWriter().section();
  const interfaces = Math.max(...packets.map((packet) => packet.interfaceId ?? 0)) + 1;
  for (let i = 0; i < interfaces; i++) out.interface({ linkType, resolution: 9, name: `port${i}` });
  for (const { data, seconds = 0, nanoseconds = 0, originalLength = data.length, interfaceId = 0 } of packets) {
    out.packet({ data, originalLength, interfaceId, ticks: BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds) });
  }
  return out.bytes();
}
