/**
 * Keeps what flows have beside their records: inspections of their payload, and what few of them have (`FlowAnnex`). Hands each flow over when it
 * leaves the table.
 */
import { AnnexTable } from './annex-table.js';
import type { AddressTable } from '../decode/address-table.js';
import { IpProtocol } from '../decode/segment.js';
import type { FlowDrop, FlowProcess, IcmpError } from './flow.js';
import type { TranslatedSockets } from './flow-annex.js';
import type { FlowEvents, SketchSource } from './flow-events.js';
import { S, W } from './flow-layout.js';
import { FlowView } from './flow-view.js';
import { InspectedFlows } from './inspected-flows.js';
import type { Inspector, PacketPosition, Side } from './inspection.js';
import { K, KEPT_WORDS } from './kept-flows.js';

/** Receives each flow once, when it leaves the table. The view is of this flow until the call returns. */
export interface FlowSink {
  flow(flow: FlowView): void;
}

export class FlowKeeper implements FlowEvents {
  /** That have left. */
  flows = 0;
  private readonly kept: Int32Array;
  private readonly annexes: AnnexTable;
  private readonly inspected: InspectedFlows | undefined;
  private readonly inspector: Inspector | undefined;
  private readonly sink: FlowSink;
  private readonly view: FlowView;

  /** `addresses`: those of the flows; `maxFlows`: as the table has it. */
  constructor(addresses: AddressTable, sink: FlowSink, maxFlows: number, inspector?: Inspector) {
    this.sink = sink;
    this.kept = new Int32Array(maxFlows * KEPT_WORDS);
    this.annexes = new AnnexTable(this.kept);
    this.inspector = inspector;
    this.inspected = inspector === undefined ? undefined : new InspectedFlows(this.kept, this.annexes, inspector);
    this.view = new FlowView(addresses);
  }

  begins(record: number, words: Int32Array, w: number): boolean {
    return this.inspected !== undefined && this.inspected.begin(record, words, w);
  }

  payload(record: number, side: Side, sequence: number, length: number, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    return this.inspected!.segment(record, side, sequence, length, bytes, start, limit, at);
  }

  datagram(record: number, side: Side, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    return this.inspected!.datagram(record, side, bytes, start, limit, at);
  }

  acknowledged(record: number, side: Side, acknowledgement: number): boolean {
    return this.inspected!.acknowledged(record, side, acknowledgement);
  }

  carried(record: number, side: Side, packets: number, bytes: number, payload: number): void {
    const carried = (this.annexes.of(record).carried ??= new Float64Array(6));
    carried[side]! += packets;
    carried[2 + side]! += bytes;
    carried[4 + side]! += payload;
  }

  translated(record: number, twin: TranslatedSockets): void {
    this.annexes.of(record).translation ??= twin;
  }

  quoted(record: number, error: IcmpError, rejects: boolean): void {
    const annex = this.annexes.of(record);
    // An error that decides the outcome stands before one that does not.
    if (annex.icmp === null || (rejects && !annex.rejected)) annex.icmp = error;
    annex.rejected ||= rejects;
  }

  remarked(record: number, process: FlowProcess | null, dropped: FlowDrop | null): void {
    const annex = this.annexes.of(record);
    annex.process ??= process;
    annex.dropped ??= dropped;
  }

  leaves(record: number, words: Int32Array, doubles: Float64Array, w: number, sketches: SketchSource, openAtEnd: boolean): void {
    const { view, kept, inspected } = this;
    const k = record * KEPT_WORDS;
    const isOpen = kept[k + K.assembler] !== 0;
    inspected?.finish(record);
    view.move(words, doubles, w, sketches, openAtEnd, this.annexes.at(record), kept[k + K.server]!);
    view.application = inspected === undefined ? null : (inspected.applicationAt(record) ?? (isOpen ? null : this.conventional(words[w + W.state]!, view)));
    this.flows++;
    this.sink.flow(view);
    this.annexes.drop(record);
    kept[k + K.application] = 0;
    kept[k + K.server] = 0;
  }

  /** Only where nothing was recognised: one side may be unknown and the other say it all. */
  private conventional(state: number, view: FlowView): FlowView['application'] {
    if ((state & (S.unknownPayload | (S.unknownPayload << 1))) === 0) return null;
    const number = this.inspector!.conventional(IpProtocol.tcp, view.serverPort);
    return number === 0 ? null : this.inspector!.shared(number);
  }
}
