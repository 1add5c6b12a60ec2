/**
 * The flows whose payload is being looked at: each has an assembler that brings its payload into stream order, and an inspection of the protocol
 * stage that reads it until nothing more is to be learned. What it learned then stands in the record.
 */
import { IpProtocol } from '../decode/segment.js';
import type { AnnexTable } from './annex-table.js';
import { Oriented, RECORD_WORDS, S, UDP_BIT, W } from './flow-layout.js';
import { clientOf } from './flow-state.js';
import type { Application, FlowIdentity, Inspector, PacketPosition, Side } from './inspection.js';
import { HeldBytes, StreamAssembler } from './stream-assembler.js';

const MAX_IDLE_ASSEMBLERS = 65_536;

export class InspectedFlows {
  private readonly words: Int32Array;
  private readonly annexes: AnnexTable;
  private readonly inspector: Inspector;
  /** The first stays empty: it is that of all flows without one, and an index of -1 would be looked up as a name. */
  private readonly assemblers: (StreamAssembler | undefined)[] = [undefined];
  private readonly freeAssemblers: number[] = [];
  private readonly idleAssemblers: StreamAssembler[] = [];
  private readonly heldBytes = new HeldBytes();

  /** @param words of the records */
  constructor(words: Int32Array, annexes: AnnexTable, inspector: Inspector) {
    this.words = words;
    this.annexes = annexes;
    this.inspector = inspector;
  }

  /** Payload of a TCP segment: `sequence` of its first byte, `length` on the wire, what was captured of it from `start` to `limit`. */
  segment(record: number, side: Side, sequence: number, length: number, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    const { words } = this;
    const w = record * RECORD_WORDS;
    let assembler = this.assemblers[words[w + W.assembler]!];
    if (assembler === undefined) {
      if (!this.isWorthInspecting(w, side, sequence, bytes, start, limit)) return;
      assembler = this.begin(record);
      if (assembler === undefined) return;
      const state = words[w + W.state]!;
      if ((state & (S.syn | S.synAck)) !== 0) assembler.begin(0, (words[w + W.initial0]! + 1) >>> 0);
      if ((state & ((S.syn | S.synAck) << 1)) !== 0) assembler.begin(1, (words[w + W.initial1]! + 1) >>> 0);
    }
    if (!assembler.segment(side, sequence, length, bytes, start, limit, at)) this.end(record, assembler);
  }

  /** A UDP datagram, whole. */
  datagram(record: number, side: Side, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    const assembler = this.assemblers[this.words[record * RECORD_WORDS + W.assembler]!] ?? this.begin(record);
    if (assembler === undefined) return;
    if (!assembler.inspection.payload(side, bytes, start, limit, at)) this.end(record, assembler);
  }

  /** `acknowledgement` of what `side` sent. */
  acknowledged(record: number, side: Side, acknowledgement: number): void {
    const assembler = this.assemblers[this.words[record * RECORD_WORDS + W.assembler]!];
    if (assembler !== undefined && !assembler.acknowledged(side, acknowledgement)) this.end(record, assembler);
  }

  /** The flow leaves: what still waits is handed over, and what was learned stands in the record afterwards. */
  finish(record: number): void {
    const w = record * RECORD_WORDS;
    const assembler = this.assemblers[this.words[w + W.assembler]!];
    if (assembler !== undefined) {
      assembler.finish();
      this.end(record, assembler);
    } else if ((this.words[w + W.state]! & (S.unknownPayload | (S.unknownPayload << 1))) !== 0) this.applyConvention(record);
  }

  /** What is spoken, where the inspector gave it a number, or the annex has it. */
  applicationAt(record: number): Application | null {
    const number = this.words[record * RECORD_WORDS + W.application]!;
    return number === 0 ? (this.annexes.at(record)?.application ?? null) : this.inspector.shared(number);
  }

  private identify(record: number, identity: Identity): void {
    const { words } = this;
    const w = record * RECORD_WORDS;
    const state = words[w + W.state]!;
    identity.transport = (words[w + W.network]! & UDP_BIT) !== 0 ? IpProtocol.udp : IpProtocol.tcp;
    identity.address0 = words[w + W.address0]!;
    identity.address1 = words[w + W.address1]!;
    identity.port0 = words[w + W.ports]! >>> 16;
    identity.port1 = words[w + W.ports]! & 0xffff;
    identity.overlay = words[w + W.network]! & ~UDP_BIT;
    identity.likelyServer = (1 - clientOf(state)) as Side;
    identity.byHandshake = (state & S.orientationMask) >> S.orientationShift === Oriented.handshake;
  }

  private begin(record: number): StreamAssembler | undefined {
    const idle = this.idleAssemblers.pop();
    const identity = idle === undefined ? new Identity() : (idle.identity as Identity);
    this.identify(record, identity);
    const inspection = this.inspector.begin(identity);
    const w = record * RECORD_WORDS;
    if (inspection === undefined) {
      this.words[w + W.state]! |= S.inspected;
      return undefined;
    }
    const assembler = idle ?? new StreamAssembler(identity, inspection, this.heldBytes);
    assembler.restart(inspection);
    const slot = this.freeAssemblers.pop() ?? this.assemblers.length;
    this.assemblers[slot] = assembler;
    this.words[w + W.assembler] = slot;
    return assembler;
  }

  /** Looks at the first payload of a side whose beginning was captured, before anything is made for the flow. */
  private isWorthInspecting(w: number, side: Side, sequence: number, bytes: Uint8Array, start: number, limit: number): boolean {
    const { words } = this;
    const state = words[w + W.state]!;
    if ((state & (S.unknownPayload << side)) !== 0) return false;
    // Captured from its middle, or not in order: the inspection itself has to find its way.
    if ((state & ((S.syn | S.synAck) << side)) === 0 || sequence !== ((words[w + W.initial0 + side]! + 1) | 0)) return true;
    const port0 = words[w + W.ports]! >>> 16;
    const port1 = words[w + W.ports]! & 0xffff;
    if (this.inspector.glance(bytes, start, limit, side === 0 ? port0 : port1, side === 0 ? port1 : port0)) return true;
    const other = (state & (S.unknownPayload << (1 - side))) !== 0;
    words[w + W.state] = state | (S.unknownPayload << side) | (other ? S.inspected : 0);
    return false;
  }

  private end(record: number, assembler: StreamAssembler): void {
    const w = record * RECORD_WORDS;
    const { inspection } = assembler;
    inspection.end();
    const slot = this.words[w + W.assembler]!;
    this.assemblers[slot] = undefined;
    this.freeAssemblers.push(slot);
    this.words[w + W.assembler] = 0;
    let state = this.words[w + W.state]! | S.inspected;
    const how = (state & S.orientationMask) >> S.orientationShift;
    if (inspection.server !== undefined && how !== Oriented.handshake && how !== Oriented.icmp) {
      state = (state & ~(S.orientationMask | S.clientIsSide1)) | (Oriented.protocol << S.orientationShift) | (inspection.server === 0 ? S.clientIsSide1 : 0);
    }
    this.words[w + W.state] = state;
    const { application, failures } = inspection;
    if (application !== null) {
      const number = this.inspector.share(application);
      if (number !== 0) this.words[w + W.application] = number;
      else this.annexes.of(record).application = application;
    }
    if (failures.length > 0) this.annexes.of(record).failures = failures;
    assembler.forget();
    this.inspector.release(inspection);
    if (this.idleAssemblers.length < MAX_IDLE_ASSEMBLERS) this.idleAssemblers.push(assembler);
  }

  /** Only where nothing was recognised: one side may be unknown and the other say it all. */
  private applyConvention(record: number): void {
    if (this.applicationAt(record) !== null) return;
    const w = record * RECORD_WORDS;
    const ports = this.words[w + W.ports]!;
    this.words[w + W.application] = this.inspector.conventional(IpProtocol.tcp, clientOf(this.words[w + W.state]!) === 0 ? ports & 0xffff : ports >>> 16);
  }
}

class Identity implements FlowIdentity {
  transport = 0;
  address0 = 0;
  address1 = 0;
  port0 = 0;
  port1 = 0;
  overlay = 0;
  likelyServer: Side = 0;
  byHandshake = false;
}
