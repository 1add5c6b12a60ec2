/**
 * From batches to flows: decodes each packet into one reused segment, counts its bucket, updates its flow. Everything that
 * `analyze` and `flows` do with packets happens in `batch`.
 */
import type { CaptureReader } from '../capture/capture-reader.js';
import { type PacketBatch, PacketFlag } from '../capture/packet-batch.js';
import type { PacketNote } from '../capture/packet-notes.js';
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
import type { LeftOutSyn } from './evidence.js';
import type { NeighbourSurvey } from './neighbour-survey.js';
import { TrafficFilter } from './traffic-filter.js';
import type { TrafficSelection } from './traffic-filter.js';
import { LARGE_PACKET, VantageSurvey } from './vantage-survey.js';

/** Packets that are decoded before the first of them is added to its flow. */
const GROUP = 32;

export interface PipelineOptions {
  readonly sink: FlowSink;
  readonly inspector?: Inspector | undefined;
  readonly sketches?: boolean;
  readonly maxFlows?: number;
  /** Shared with the inspector, which turns ids into text. */
  readonly addresses?: AddressTable;
  /** Count traits of senders. */
  readonly survey?: boolean;
  readonly selection?: TrafficSelection | undefined;
  /** Where attempts are remembered that `selection` leaves out. */
  readonly leftOut?: Map<string, LeftOutSyn> | undefined;
  /** Told of ARP and neighbour discovery. */
  readonly neighbours?: NeighbourSurvey | undefined;
}

export class PacketPipeline {
  readonly addresses: AddressTable;
  readonly encapsulations = new EncapsulationTable();
  readonly table: FlowTable;
  counts = new CaptureCounts();
  vantage = new VantageSurvey();
  private readonly decoder: PacketDecoder;
  /** The packets of one group. */
  private readonly segments = Array.from({ length: GROUP }, () => new Segment());
  private readonly hashes = new Int32Array(GROUP);
  /** What `FlowTable.lookAhead` found. */
  private readonly records = new Int32Array(GROUP);
  private readonly buckets = new Uint8Array(GROUP);
  private readonly rows = new Uint32Array(GROUP);
  private readonly surveys: boolean;
  private readonly filter: TrafficFilter | undefined;
  private readonly neighbours: NeighbourSurvey | undefined;
  private reorder: ReorderBuffer | undefined;

  constructor(options: PipelineOptions) {
    this.addresses = options.addresses ?? new AddressTable();
    this.decoder = new PacketDecoder(this.addresses, this.encapsulations);
    this.table = new FlowTable(options.sink, {
      inspector: options.inspector, sketches: options.sketches ?? false,
      ...(options.maxFlows === undefined ? {} : { maxFlows: options.maxFlows }),
    });
    this.surveys = options.survey ?? false;
    this.neighbours = options.neighbours;
    this.filter = options.selection === undefined ? undefined : new TrafficFilter(options.selection, this.addresses, options.leftOut);
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
          this.addRows(batch, reader, 0, row);
          this.reorder.add(batch, row, batch.count, (sorted) => this.addRows(sorted, reader, 0, sorted.count));
          return;
        }
      }
    }
    if (this.reorder !== undefined) this.reorder.add(batch, 0, batch.count, (sorted) => this.addRows(sorted, reader, 0, sorted.count));
    else this.addRows(batch, reader, 0, batch.count);
  }

  /** The capture is read to its end. */
  endCapture(reader: CaptureReader): void {
    this.reorder?.flush((sorted) => this.addRows(sorted, reader, 0, sorted.count));
    this.reorder = undefined;
  }

  private addRows(batch: PacketBatch, reader: CaptureReader, from: number, to: number): void {
    const { bytes, view, offset, capturedLength, originalLength, seconds, nanoseconds, interfaceIndex, frame } = batch;
    const { decoder, segments, table, counts, surveys, hashes, records, buckets, rows, filter } = this;
    const { interfaces, notes } = reader;
    let current = -1;
    let linkType = 0;
    let fcsLength = 0;
    for (let row = from; row < to;) {
      // A few packets are decoded before the first of them is added: see `FlowTable.lookAhead`.
      let count = 0;
      while (count < GROUP && row < to) {
        const at = interfaceIndex[row]!;
        if (at !== current) {
          current = at;
          linkType = interfaces[at]!.linkType;
          fcsLength = interfaces[at]!.fcsLength;
        }
        const segment = segments[count]!;
        const bucket = decoder.decode(bytes, view, offset[row]!, capturedLength[row]!, originalLength[row]!, linkType, segment, fcsLength);
        if (filter !== undefined && !(filter.admitsTime(seconds[row]!) && (!hasAddresses(bucket) || filter.admitsHosts(segment.source, segment.destination)))) {
          if (bucket === Bucket.decoded && !filter.admitsTime(seconds[row]!)) filter.leaveOut(segment, table.capture, frame[row]!);
          counts.buckets.add(Bucket['filtered-out'], frame[row]!);
          row++;
          continue;
        }
        counts.buckets.add(bucket, frame[row]!);
        row++;
        if (bucket === Bucket.decoded) {
          if (surveys && ((segment.tcpFlags & TcpFlag.syn) !== 0 || segment.ipLength > LARGE_PACKET)) this.vantage.look(segment, bytes, offset[row - 1]! + capturedLength[row - 1]!, batch.flags[row - 1]!);
          hashes[count] = table.hashOf(segment);
        } else if (bucket !== Bucket.icmp || !segment.quoted) {
          if (bucket === Bucket.arp || (bucket === Bucket.icmp && segment.ipVersion === 6)) this.survey(bucket, segment, batch, row - 1);
          continue;
        }
        buckets[count] = bucket;
        rows[count] = row - 1;
        count++;
        // What a fragment completes is only lent until the next packet is decoded.
        if (segment.fragment) break;
      }
      table.lookAhead(hashes, count, records);
      for (let i = 0; i < count; i++) {
        const at = rows[i]!;
        const segment = segments[i]!;
        if (buckets[i] === Bucket.decoded) table.add(segment, bytes, seconds[at]!, nanoseconds[at]!, frame[at]!, interfaceIndex[at]!, hashes[i], records[i]);
        else this.quote(segment, batch, at);
        if (notes !== undefined && batch.note[at] !== 0 && buckets[i] === Bucket.decoded) this.remark(segment, hashes[i]!, notes[batch.note[at]! - 1]!, batch, at);
      }
    }
  }

  /** ARP and neighbour discovery: in no flow, and rare. */
  private survey(bucket: Bucket, segment: Segment, batch: PacketBatch, row: number): void {
    const at = this.neighbours?.at(this.table.capture, batch.frame[row]!, batch.seconds[row]!, batch.nanoseconds[row]!);
    const limit = batch.offset[row]! + batch.capturedLength[row]!;
    if (bucket === Bucket.arp) at?.arp(batch.view, this.decoder.position, limit);
    else at?.discovery(segment.icmpType, batch.view, segment.transportStart, limit, this.addresses.text(segment.source));
  }

  private remark(segment: Segment, hash: number, { process, drop }: PacketNote, batch: PacketBatch, row: number): void {
    const { table } = this;
    const flags = batch.flags[row]!;
    const direction = (flags & PacketFlag.outbound) !== 0 ? 'outbound' : (flags & PacketFlag.inbound) !== 0 ? 'inbound' : null;
    table.remark(
      segment, hash, process === null ? null : { id: process, direction },
      drop === null ? null : { ...drop, frame: { capture: table.capture, frame: batch.frame[row]! }, from: this.addresses.text(segment.source) },
    );
  }

  private quote(segment: Segment, batch: PacketBatch, row: number): void {
    const { table } = this;
    const version = segment.ipVersion === 6 ? 6 : 4;
    table.quote(segment, batch.seconds[row]!, batch.nanoseconds[row]!, batch.frame[row]!, {
      type: segment.icmpType, code: segment.icmpCode, name: icmpName(version, segment.icmpType, segment.icmpCode),
      from: this.addresses.text(segment.source), first: { capture: table.capture, frame: batch.frame[row]! }, version,
    });
  }
}

function hasAddresses(bucket: Bucket): boolean {
  return bucket === Bucket.decoded || bucket === Bucket.icmp;
}
