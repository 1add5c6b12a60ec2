/**
 * What the flow table tells of flows, in order: what may have to be looked at outside of the engine, and the flows that leave. The keeper of the
 * flows listens, in the same thread or in another one.
 */
import type { FlowDrop, FlowProcess, IcmpError, SketchRow } from './flow.js';
import type { TranslatedSockets } from './flow-annex.js';
import type { PacketPosition, Side } from './inspection.js';

/** Where the sketch of a flow is read that leaves. */
export interface SketchSource {
  /** `sketch`: as the record has it. */
  read(sketch: number, client: number): SketchRow[];
}

export interface FlowEvents {
  /** The flow's payload is offered from now on. `words` at `w`: its record. Answers false where it is not wanted. */
  begins(record: number, words: Int32Array, w: number): boolean;
  /**
   * Payload of a TCP segment: `sequence` of its first byte, `length` on the wire; what was captured of it stands in `bytes` from `start` to `limit`. All is borrowed.
   * Answers false when nothing more is wanted of this flow; so do the next two.
   */
  payload(record: number, side: Side, sequence: number, length: number, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean;
  /** A UDP datagram, whole. */
  datagram(record: number, side: Side, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean;
  /** `acknowledgement` of what `side` sent. */
  acknowledged(record: number, side: Side, acknowledgement: number): boolean;
  /** Counters of one side that moved out of the record. */
  carried(record: number, side: Side, packets: number, bytes: number, payload: number): void;
  /** The same connection on the other side of a translating router. */
  translated(record: number, twin: TranslatedSockets): void;
  /** An ICMP error quotes the flow; `rejects`: it says that the packet that opens the flow did not get there. */
  quoted(record: number, error: IcmpError, rejects: boolean): void;
  /** What the capturing system says of a packet of the flow. */
  remarked(record: number, process: FlowProcess | null, dropped: FlowDrop | null): void;
  /** The flow leaves the table: its record, at `w` in `words` and at half of it in `doubles`, is valid until the call returns. */
  leaves(record: number, words: Int32Array, doubles: Float64Array, w: number, sketches: SketchSource, openAtEnd: boolean): void;
}
