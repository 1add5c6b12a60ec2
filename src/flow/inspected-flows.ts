/**
 * The flows whose payload is being looked at: each has an assembler that brings its payload into stream order, and an inspection of the protocol
 * stage that reads it until nothing more is to be learned. What it learned then stands in the keeper's table.
 */
import { IpProtocol } from '../decode/segment.js';
import type { AnnexTable } from './annex-table.js';
import { Oriented, S, UDP_BIT, W } from './flow-layout.js';
import { clientOf } from './flow-state.js';
import type { Application, FlowIdentity, Inspector, PacketPosition, Side } from './inspection.js';
import { K, KEPT_WORDS } from './kept-flows.js';
import { HeldBytes, StreamAssembler } from './stream-assembler.js';

const MAX_IDLE_ASSEMBLERS = 65_536;

export class InspectedFlows {
  private readonly kept: Int32Array;
  private readonly annexes: AnnexTable;
  private readonly inspector: Inspector;
  /** The first stays empty: it is that of all flows without one, and an index of -1 would be looked up as a name. */
  private readonly assemblers: (StreamAssembler | undefined)[] = [undefined];
  private readonly freeAssemblers: number[] = [];
  private readonly idleAssemblers: StreamAssembler[] = [];
  private readonly heldBytes = new HeldBytes();

  /** @param kept see `kept-flows.ts` */
  constructor(kept: Int32Array, annexes: AnnexTable, inspector: Inspector) {
    this.kept = kept;
    this.annexes = annexes;
    this.inspector = inspector;
  }

  /** The flow's payload is looked at from now on. `words` at `w`: its record. Answers false where nothing is to be learned. */
  begin(record: number, words: Int32Array, w: number): boolean {
    const idle = this.idleAssemblers.pop();
    const identity = idle === undefined ? new Identity() : (idle.identity as Identity);
    identity.read(words, w);
    const inspection = this.inspector.begin(identity);
    if (inspection === undefined) return false;
    const assembler = idle ?? new StreamAssembler(identity, inspection, this.heldBytes);
    assembler.restart(inspection);
    const slot = this.freeAssemblers.pop() ?? this.assemblers.length;
    this.assemblers[slot] = assembler;
    this.kept[record * KEPT_WORDS + K.assembler] = slot;
    if (identity.transport === IpProtocol.tcp) {
      const state = words[w + W.state]!;
      if ((state & (S.syn | S.synAck)) !== 0) assembler.begin(0, (words[w + W.initial0]! + 1) >>> 0);
      if ((state & ((S.syn | S.synAck) << 1)) !== 0) assembler.begin(1, (words[w + W.initial1]! + 1) >>> 0);
    }
    return true;
  }

  /** Payload of a TCP segment. Answers false when nothing more is to be learned; so do the next two. */
  segment(record: number, side: Side, sequence: number, length: number, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    const assembler = this.of(record);
    return assembler !== undefined && (assembler.segment(side, sequence, length, bytes, start, limit, at) || this.end(record, assembler));
  }

  /** A UDP datagram, whole. */
  datagram(record: number, side: Side, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    const assembler = this.of(record);
    return assembler !== undefined && (assembler.inspection.payload(side, bytes, start, limit, at) || this.end(record, assembler));
  }

  /** `acknowledgement` of what `side` sent. */
  acknowledged(record: number, side: Side, acknowledgement: number): boolean {
    const assembler = this.of(record);
    return assembler !== undefined && (assembler.acknowledged(side, acknowledgement) || this.end(record, assembler));
  }

  /** The flow leaves: what still waits is handed over. */
  finish(record: number): void {
    const assembler = this.of(record);
    if (assembler === undefined) return;
    assembler.finish();
    this.end(record, assembler);
  }

  private of(record: number): StreamAssembler | undefined {
    return this.assemblers[this.kept[record * KEPT_WORDS + K.assembler]!];
  }

  /** What was learned stands in the table from now on. */
  private end(record: number, assembler: StreamAssembler): false {
    const k = record * KEPT_WORDS;
    const { kept } = this;
    const { inspection } = assembler;
    inspection.end();
    const slot = kept[k + K.assembler]!;
    this.assemblers[slot] = undefined;
    this.freeAssemblers.push(slot);
    kept[k + K.assembler] = 0;
    const { application, failures, server } = inspection;
    if (server !== undefined) kept[k + K.server] = server + 1;
    if (application !== null) {
      const number = this.inspector.share(application);
      if (number !== 0) kept[k + K.application] = number;
      else this.annexes.of(record).application = application;
    }
    if (failures.length > 0) this.annexes.of(record).failures = failures;
    assembler.forget();
    this.inspector.release(inspection);
    if (this.idleAssemblers.length < MAX_IDLE_ASSEMBLERS) this.idleAssemblers.push(assembler);
    return false;
  }

  /** What is spoken, where the inspector gave it a number, or the annex has it. */
  applicationAt(record: number): Application | null {
    const number = this.kept[record * KEPT_WORDS + K.application]!;
    return number === 0 ? (this.annexes.at(record)?.application ?? null) : this.inspector.shared(number);
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

  read(words: Int32Array, w: number): void {
    const state = words[w + W.state]!;
    const network = words[w + W.network]!;
    const ports = words[w + W.ports]!;
    this.transport = (network & UDP_BIT) !== 0 ? IpProtocol.udp : IpProtocol.tcp;
    this.address0 = words[w + W.address0]!;
    this.address1 = words[w + W.address1]!;
    this.port0 = ports >>> 16;
    this.port1 = ports & 0xffff;
    this.overlay = network & ~UDP_BIT;
    this.likelyServer = (1 - clientOf(state)) as Side;
    this.byHandshake = (state & S.orientationMask) >> S.orientationShift === Oriented.handshake;
  }
}
