/**
 * From batches to flows: decodes each packet into one reused segment, counts its bucket, updates its flow. Everything that
 * `analyze` and `flows` do with packets happens in `batch`.
 */
import type { CaptureReader } from '../capture/capture-reader.js';
import type { PacketBatch } from '../capture/packet-batch.js';
import { ReorderBuffer } from '../capture/reorder.js';
import { AddressTable } from '../decode/address-table.js';
import { Bucket } from '../decode/bucket.js';
import { EncapsulationTable } from '../decode/encapsulation-table.js';
import { PacketDecoder } from '../decode/packet-decoder.js';
import { Segment, TcpFlag } from '../decode/segment.js';
import { FlowTable } from '../flow/flow-table.js';
import type { FlowSink } from '../flow/flow-table.js';
import { icmpName } from '../flow/icmp-names.js';
import type { Inspector } from '../flow/inspection.js';
import { CaptureCounts } from './capture-counts.js';
import { LARGE_PACKET, VantageSurvey } from './vantage-survey.js';

/** One of `count` parts of the flows of a capture. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

export interface PipelineOptions {
  readonly sink: FlowSink;
  readonly inspector?: Inspector | undefined;
  readonly sketches?: boolean;
  readonly maxFlows?: number;
  /** Shared with the inspector, which turns ids into text. */
  readonly addresses?: AddressTable;
  /** Count traits of senders. */
  readonly survey?: boolean;
  /** Take only every `count`th flow, by its sockets; all packets are decoded, so that address ids are the same in all shards. */
  readonly shard?: Shard | undefined;
}

export class PacketPipeline {
  readonly addresses: AddressTable;
  readonly encapsulations = new EncapsulationTable();
  readonly table: FlowTable;
  counts = new CaptureCounts();
  vantage = new VantageSurvey();
  private readonly decoder: PacketDecoder;
  private readonly segment = new Segment();
  private readonly surveys: boolean;
  private readonly shard: Shard | undefined;
  private reorder: ReorderBuffer | undefined;
  /** Added to the interface index: a second series of captures is another set of capture points. */
  private pointBase = 0;

  constructor(options: PipelineOptions) {
    this.addresses = options.addresses ?? new AddressTable();
    this.decoder = new PacketDecoder(this.addresses, this.encapsulations);
    this.table = new FlowTable(options.sink, {
      inspector: options.inspector, sketches: options.sketches ?? false,
      ...(options.maxFlows === undefined ? {} : { maxFlows: options.maxFlows }),
    });
    this.surveys = options.survey ?? false;
    this.shard = options.shard;
  }

  /** The next capture of the same series: flows go on, counts begin anew. */
  beginCapture(index: number): void {
    this.table.capture = index;
    this.counts = new CaptureCounts();
    this.vantage = new VantageSurvey();
    this.reorder = undefined;
  }

  batch(batch: PacketBatch, reader: CaptureReader): void {
    this.counts.addBatch(batch);
    // Packets of several interfaces are written interface by interface: flow logic needs them in the order of time. The first
    // packet of a second interface decides, whatever the chunks are, so that the same file always gives the same flows.
    if (this.reorder === undefined && reader.interfaces.length > 1) {
      const { interfaceIndex, count } = batch;
      for (let row = 0; row < count; row++) {
        if (interfaceIndex[row] !== 0) {
          this.reorder = new ReorderBuffer();
          this.rows(batch, reader, 0, row);
          this.reorder.add(batch, row, batch.count, (sorted) => this.rows(sorted, reader, 0, sorted.count));
          return;
        }
      }
    }
    if (this.reorder !== undefined) this.reorder.add(batch, 0, batch.count, (sorted) => this.rows(sorted, reader, 0, sorted.count));
    else this.rows(batch, reader, 0, batch.count);
  }

  /** The capture is read to its end. */
  endCapture(reader: CaptureReader): void {
    this.reorder?.flush((sorted) => this.rows(sorted, reader, 0, sorted.count));
    this.reorder = undefined;
  }

  private rows(batch: PacketBatch, reader: CaptureReader, from: number, to: number): void {
    const { bytes, view, offset, capturedLength, originalLength, seconds, nanoseconds, interfaceIndex, frame } = batch;
    const { decoder, segment, table, counts, shard } = this;
    const { interfaces } = reader;
    let current = -1;
    let linkType = 0;
    let fcsLength = 0;
    for (let row = from; row < to; row++) {
      const at = interfaceIndex[row]!;
      if (at !== current) {
        current = at;
        linkType = interfaces[at]!.linkType;
        fcsLength = interfaces[at]!.fcsLength;
      }
      const start = offset[row]!;
      const captured = capturedLength[row]!;
      const bucket = decoder.decode(bytes, view, start, captured, originalLength[row]!, linkType, segment, fcsLength);
      counts.buckets.add(bucket, frame[row]!);
      if (bucket === Bucket.decoded) {
        if (this.surveys && ((segment.tcpFlags & TcpFlag.syn) !== 0 || segment.ipLength > LARGE_PACKET)) this.vantage.look(segment, bytes, start + captured, batch.flags[row]!);
        if (shard !== undefined && shardOf(segment.source ^ segment.destination, segment.sourcePort ^ segment.destinationPort, shard.count) !== shard.index) continue;
        table.add(segment, bytes, seconds[row]!, nanoseconds[row]!, frame[row]!, this.pointBase + at);
      } else if (bucket === Bucket.icmp && segment.quoted) this.quote(batch, row);
    }
  }

  private quote(batch: PacketBatch, row: number): void {
    const { segment, table, shard } = this;
    if (shard !== undefined && shardOf(segment.quotedSource ^ segment.quotedDestination, segment.quotedSourcePort ^ segment.quotedDestinationPort, shard.count) !== shard.index) return;
    const version = segment.ipVersion === 6 ? 6 : 4;
    table.quote(segment, batch.seconds[row]!, batch.nanoseconds[row]!, batch.frame[row]!, {
      type: segment.icmpType, code: segment.icmpCode, name: icmpName(version, segment.icmpType, segment.icmpCode),
      from: this.addresses.text(segment.source), first: { capture: table.capture, frame: batch.frame[row]! }, version,
    });
  }
}

/** Symmetric in the direction; overlay and transport do not matter. */
function shardOf(addresses: number, ports: number, count: number): number {
  return (Math.imul(Math.imul(addresses, 0x9e3779b1) ^ ports, 0x85ebca77) >>> 16) % count;
}
