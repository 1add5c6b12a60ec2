/**
 * From batches to flows: decodes each packet into one reused segment, counts its bucket, updates its flow. Everything that
 * `analyze` and `flows` do with packets happens in `batch`.
 */
import type { CaptureReader } from '../capture/capture-reader.js';
import { type PacketBatch, PacketFlag } from '../capture/packet-batch.js';
import type { PacketNote } from '../capture/packet-notes.js';
import { ReorderBuffer } from '../capture/reorder.js';
import type { AddressTable } from '../decode/address-table.js';
import { Bucket } from '../decode/bucket.js';
import type { EncapsulationTable } from '../decode/encapsulation-table.js';
import { PacketDecoder } from '../decode/packet-decoder.js';
import { Segment, TcpFlag } from '../decode/segment.js';
import type { EventOutlet } from '../flow/event-outlet.js';
import { FlowTable } from '../flow/flow-table.js';
import type { SenderState } from '../flow/sender-layout.js';
import { icmpName } from '../flow/icmp-names.js';
import type { Glance } from '../flow/inspection.js';
import { CaptureCounts } from './capture-counts.js';
import type { LeftOutSyn } from './evidence.js';
import type { NeighbourSurvey } from './neighbour-survey.js';
import { TrafficFilter } from './traffic-filter.js';
import type { TrafficSelection } from './traffic-filter.js';
import { LARGE_PACKET, VantageSurvey } from './vantage-survey.js';

export interface PipelineOptions {
  /** Takes what flows tell. */
  readonly outlet: EventOutlet;
  /** Payload is wanted. */
  readonly glance?: Glance | undefined;
  readonly sketches?: boolean;
  readonly maxFlows?: number | undefined;
  /** Shared with those who turn ids into text. */
  readonly addresses: AddressTable;
  readonly encapsulations: EncapsulationTable;
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
  readonly encapsulations: EncapsulationTable;
  readonly table: FlowTable;
  counts = new CaptureCounts();
  vantage: VantageSurvey;
  private readonly decoder: PacketDecoder;
  /** The packet that the engine did not decode. */
  private readonly segment = new Segment();
  private readonly surveys: boolean;
  /** Flows are kept in this thread: they are told of with each batch. */
  private readonly isNear: boolean;
  private readonly filter: TrafficFilter | undefined;
  private readonly neighbours: NeighbourSurvey | undefined;
  private reorder: ReorderBuffer | undefined;

  constructor(options: PipelineOptions) {
    this.addresses = options.addresses;
    this.encapsulations = options.encapsulations;
    this.decoder = new PacketDecoder(this.addresses, this.encapsulations);
    const { outlet, glance, sketches = false, maxFlows } = options;
    const survey = { above: LARGE_PACKET, look: (segment: Segment, batch: PacketBatch, row: number) => this.look(segment, batch, row) };
    this.table = new FlowTable({
      outlet, glance, sketches, maxFlows, addresses: this.addresses, encapsulations: this.encapsulations, survey: options.survey === true ? survey : undefined,
    });
    this.vantage = new VantageSurvey(this.table.syns);
    this.isNear = outlet.hearRare !== undefined;
    this.surveys = options.survey ?? false;
    this.neighbours = options.neighbours;
    this.filter = options.selection === undefined ? undefined : new TrafficFilter(options.selection, this.addresses, options.leftOut);
  }

  /** The next capture of the same series: flows go on, counts begin anew. */
  beginCapture(index: number): void {
    this.table.beginCapture(index);
    this.counts = new CaptureCounts();
    this.vantage = new VantageSurvey(this.table.syns);
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
    this.vantage = this.vantage.copy();
  }

  private addRows(batch: PacketBatch, reader: CaptureReader, from: number, to: number): void {
    const { table, counts } = this;
    // What is asked about each packet, or said of it, is asked and said outside the engine.
    const isPlain = this.filter === undefined && (reader.notes === undefined || reader.notes.length === 0);
    table.describe(reader.interfaces);
    for (let row = from; row < to;) {
      const end = isPlain ? table.load(batch, row, to) : row;
      if (end === row) this.addRow(batch, reader, row++);
      while (row < end) {
        const odd = table.run(row, end);
        counts.buckets.addMany(Bucket.decoded, odd - row, batch.frame[row]!);
        row = odd;
        if (row < end) this.addRow(batch, reader, row++);
      }
    }
    if (this.isNear) table.handOver();
  }

  /** Any packet. */
  private addRow(batch: PacketBatch, reader: CaptureReader, row: number): void {
    const { table, segment, counts, filter } = this;
    const { bytes, view } = batch;
    const frame = batch.frame[row]!;
    const seconds = batch.seconds[row]!;
    const point = batch.interfaceIndex[row]!;
    const { linkType, fcsLength } = reader.interfaces[point]!;
    const bucket = this.decoder.decode(bytes, view, batch.offset[row]!, batch.capturedLength[row]!, batch.originalLength[row]!, linkType, segment, fcsLength);
    if (filter !== undefined && !(filter.admitsTime(seconds) && (!hasAddresses(bucket) || filter.admitsHosts(segment.source, segment.destination)))) {
      if (bucket === Bucket.decoded && !filter.admitsTime(seconds)) filter.leaveOut(segment, table.capture, frame);
      counts.buckets.add(Bucket['filtered-out'], frame);
      return;
    }
    counts.buckets.add(bucket, frame);
    if (bucket === Bucket.decoded) {
      if (this.surveys && ((segment.tcpFlags & TcpFlag.syn) !== 0 || segment.ipLength > LARGE_PACKET)) this.look(segment, batch, row);
      table.add(segment, bytes, seconds, batch.nanoseconds[row]!, frame, point);
      const { notes } = reader;
      if (notes !== undefined && batch.note[row] !== 0) this.remark(segment, notes[batch.note[row]! - 1]!, batch, row);
    } else if (bucket === Bucket.icmp && segment.quoted) this.quote(segment, batch, row);
    else if (bucket === Bucket.arp || (bucket === Bucket.icmp && segment.ipVersion === 6)) this.tellNeighbours(bucket, segment, batch, row);
  }

  private look(segment: Segment, batch: PacketBatch, row: number): SenderState {
    return this.vantage.look(segment, batch.bytes, batch.offset[row]! + batch.capturedLength[row]!, batch.flags[row]!);
  }

  /** ARP and neighbour discovery: in no flow, and rare. */
  private tellNeighbours(bucket: Bucket, segment: Segment, batch: PacketBatch, row: number): void {
    const at = this.neighbours?.at(this.table.capture, batch.frame[row]!, batch.seconds[row]!, batch.nanoseconds[row]!);
    const limit = batch.offset[row]! + batch.capturedLength[row]!;
    if (bucket === Bucket.arp) at?.arp(batch.view, this.decoder.position, limit);
    else at?.discovery(segment.icmpType, batch.view, segment.transportStart, limit, this.addresses.text(segment.source));
  }

  private remark(segment: Segment, { process, drop }: PacketNote, batch: PacketBatch, row: number): void {
    const { table } = this;
    const flags = batch.flags[row]!;
    const direction = (flags & PacketFlag.outbound) !== 0 ? 'outbound' : (flags & PacketFlag.inbound) !== 0 ? 'inbound' : null;
    table.remark(
      process === null ? null : { id: process, direction },
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
