/**
 * Keeps what flows have beside their records: inspections of their payload, and what few of them have (`FlowAnnex`). Hands each flow over when it
 * leaves the table; what it was is read from its record by `FlowView`.
 */
import { AnnexTable } from './annex-table.js';
import type { FlowDrop, FlowProcess, IcmpError } from './flow.js';
import type { FlowAnnex, TranslatedSockets } from './flow-annex.js';
import type { FlowEvents, FlowRecords } from './flow-events.js';
import { InspectedFlows } from './inspected-flows.js';
import type { Application, Inspector, PacketPosition, Side } from './inspection.js';
import type { PacketSketches } from './packet-sketches.js';

/** Receives each flow once, when it leaves the table. The record is valid until the call returns. */
export interface FlowSink {
  flow(record: number, openAtEnd: boolean): void;
}

export class FlowKeeper implements FlowEvents, FlowRecords {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly sketches: PacketSketches;
  /** That have left. */
  flows = 0;
  private readonly annexes: AnnexTable;
  private readonly inspected: InspectedFlows | undefined;
  private readonly sink: FlowSink;

  constructor({ words, doubles, sketches }: FlowRecords, sink: FlowSink, inspector?: Inspector) {
    this.words = words;
    this.doubles = doubles;
    this.sketches = sketches;
    this.sink = sink;
    this.annexes = new AnnexTable(words);
    this.inspected = inspector === undefined ? undefined : new InspectedFlows(words, this.annexes, inspector);
  }

  annexAt(record: number): FlowAnnex | undefined {
    return this.annexes.at(record);
  }

  applicationAt(record: number): Application | null {
    return this.inspected === undefined ? null : this.inspected.applicationAt(record);
  }

  payload(record: number, side: Side, sequence: number, length: number, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    this.inspected?.segment(record, side, sequence, length, bytes, start, limit, at);
  }

  datagram(record: number, side: Side, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    this.inspected?.datagram(record, side, bytes, start, limit, at);
  }

  acknowledged(record: number, side: Side, acknowledgement: number): void {
    this.inspected?.acknowledged(record, side, acknowledgement);
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

  leaves(record: number, openAtEnd: boolean): void {
    this.inspected?.finish(record);
    this.flows++;
    this.sink.flow(record, openAtEnd);
    this.annexes.drop(record);
  }
}
