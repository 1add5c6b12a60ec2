/**
 * The flow table: packets in, flows out. What runs for every packet is the engine (`engine/`), whose memory holds the records; here is what it asks
 * for, and what few packets need: ICMP errors, remarks of the capturing system, counters that overflow.
 */
import type { PacketBatch } from '../capture/packet-batch.js';
import type { AddressTable } from '../decode/address-table.js';
import { Encapsulation } from '../decode/encapsulation-table.js';
import type { EncapsulationTable } from '../decode/encapsulation-table.js';
import { PortTrait } from '../decode/port-trait.js';
import { IpProtocol, Segment, TcpFlag } from '../decode/segment.js';
import { G } from '../decode/segment-layout.js';
import { HIGHEST_PORT, LOWEST_PORT, NO_TUNNEL, tunnelOfPorts } from '../decode/udp.js';
import { EngineInput } from './engine-input.js';
import { startEngine } from './flow-engine.js';
import type { Engine, EngineHost } from './flow-engine.js';
import type { FlowEvents, FlowRecords } from './flow-events.js';
import { frameKey, RECORD_WORDS, S, W } from './flow-layout.js';
import { clientOf, isLive } from './flow-state.js';
import { saysUnreachable } from './icmp-names.js';
import type { Glance, PacketPosition, Side } from './inspection.js';
import type { FlowDrop, FlowProcess, IcmpError } from './flow.js';
import { PacketSketches } from './packet-sketches.js';
import { listed } from './server-ports.js';
import { MAX_CHUNKS } from './sketch-layout.js';

/** What is to be known of SYNs, and of packets longer than `above` bytes. */
export interface PacketSurvey {
  readonly above: number;
  look(segment: Segment, batch: PacketBatch, row: number): void;
}

export interface FlowTableOptions {
  /** Live flows at most; beyond it flows are closed early, finished ones first. */
  readonly maxFlows?: number | undefined;
  /** Payload is wanted, of those flows that are worth it at first glance. */
  readonly glance?: Glance | undefined;
  /** Keep the first packets of flows in doubt. */
  readonly sketches?: boolean;
  /** For `run`, which decodes. */
  readonly addresses?: AddressTable;
  readonly encapsulations?: EncapsulationTable;
  readonly survey?: PacketSurvey | undefined;
}

export const DEFAULT_MAX_FLOWS = 1 << 20;
const PORTS = 65_536;
const NO_BYTES = new Uint8Array(0);

export class FlowTable implements FlowRecords {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly sketches: PacketSketches;
  capture = 0;
  /** Who listens; to be set before the first packet. */
  events!: FlowEvents;

  private readonly engine: Engine;
  private readonly input: EngineInput;
  private readonly position: PacketPosition = { capture: 0, frame: 0, seconds: 0, nanoseconds: 0 };
  private readonly survey: PacketSurvey | undefined;
  private readonly glance: Glance | undefined;
  private readonly surveyed = new Segment();
  private readonly memoryWords: Int32Array;
  /** What the engine is working on: rows of a batch, or one segment. */
  private batch!: PacketBatch;
  private bytes: Uint8Array = NO_BYTES;
  private reassembled: Uint8Array = NO_BYTES;

  constructor({ maxFlows = DEFAULT_MAX_FLOWS, glance, sketches = false, addresses, encapsulations, survey }: FlowTableOptions = {}) {
    this.survey = survey;
    this.glance = glance;
    const engine = startEngine(this.host(addresses, encapsulations));
    if (engine.init(maxFlows, sketches ? MAX_CHUNKS : 0, glance === undefined ? 0 : 1) === 0) throw new Error('the system gives no room for the table of flows, some 250 MB of address space');
    if (survey !== undefined) engine.surveyAbove(survey.above);
    const { buffer } = engine.memory;
    new Uint8Array(buffer, engine.portsAt(), PORTS).set(portTraits());
    this.engine = engine;
    this.input = new EngineInput(engine);
    this.memoryWords = new Int32Array(buffer);
    this.words = new Int32Array(buffer, engine.recordsAt());
    this.doubles = new Float64Array(buffer, engine.recordsAt());
    this.sketches = new PacketSketches(new Uint32Array(buffer, engine.sketchesAt()), new Float64Array(buffer, engine.sketchesAt()));
  }

  /** Where pieces of files are best read to: their packets are not copied. */
  get chunk(): Uint8Array<ArrayBuffer> {
    return this.input.chunk;
  }

  /** Packets counted as duplicates, in all. */
  get duplicates(): number {
    return this.engine.duplicates();
  }
  /** Flows that had to leave because the table was full: finished ones, and ones still open. */
  get evictedFinished(): number {
    return this.engine.evictedFinished();
  }
  get evictedOpen(): number {
    return this.engine.evictedOpen();
  }

  /** Another capture of the same series: its interfaces are others. */
  beginCapture(index: number): void {
    this.capture = index;
    this.input.forgetInterfaces();
  }

  describe(interfaces: readonly { readonly linkType: number; readonly fcsLength: number }[]): void {
    this.input.describe(interfaces);
  }

  /** Loads rows of a batch, for `run`; answers where they end. See `EngineInput`. */
  load(batch: PacketBatch, from: number, to: number): number {
    this.batch = batch;
    return this.input.load(batch, from, to);
  }

  /** Decodes loaded rows and adds them to their flows; answers the first row that is not plain: that one is to be decoded and added by itself. Or `to`. */
  run(from: number, to: number): number {
    this.bytes = this.batch.bytes;
    return this.input.run(from, to, frameKey(this.capture, 0));
  }

  /** A TCP or UDP segment. `point` is the interface it was taken on. */
  add(segment: Segment, bytes: Uint8Array, seconds: number, nanoseconds: number, frame: number, point: number): void {
    this.standAt(frame, seconds, nanoseconds);
    this.bytes = bytes;
    this.reassembled = segment.reassembled;
    this.input.put(segment, bytes, seconds, nanoseconds, frameKey(this.capture, frame), point);
    this.engine.addOne();
  }

  /** What the capturing system says of the packet that was just added: kept of the first that says it. */
  remark(process: FlowProcess | null, dropped: FlowDrop | null): void {
    const record = this.engine.findOne();
    if (record >= 0) this.events.remarked(record, process, dropped);
  }

  /** An ICMP error with a quote: tied to its flow, or a flow of its own that is known from the quote only. */
  quote(segment: Segment, seconds: number, nanoseconds: number, frame: number, error: IcmpError): void {
    this.input.putQuoted(segment, seconds, nanoseconds, frameKey(this.capture, frame));
    let record = this.engine.findOne();
    if (record < 0) record = this.engine.quoteOne();
    const rejects = saysUnreachable(error.version, error.type, error.code) && (segment.quotedTransport !== IpProtocol.tcp || this.quotesSyn(record, this.input.side, segment));
    this.events.quoted(record, error, rejects);
  }

  /** Everything that is still in the table leaves it, in the order of the records. */
  finish(): void {
    this.engine.finish();
  }

  private host(addresses: AddressTable | undefined, encapsulations: EncapsulationTable | undefined): EngineHost {
    return {
      payload: (record, side, sequence, length, start, limit, syn, row) => {
        const first = (sequence + syn) | 0;
        const w = record * RECORD_WORDS;
        if (this.words[w + W.inspection] === 0 && !(this.isWorthInspecting(w, side as Side, sequence, start, limit) && this.begins(record, w))) return;
        if (row >= 0) this.standAtRow(row);
        if (!this.events.payload(record, side as Side, first, length >>> 0, this.bytes, start, limit, this.position)) this.ends(w);
      },
      datagram: (record, side, start, limit, fragment, row) => {
        const { bytes, reassembled } = this;
        if (fragment !== 0 && reassembled.length === 0) return;
        const w = record * RECORD_WORDS;
        if (this.words[w + W.inspection] === 0 && !this.begins(record, w)) return;
        if (row >= 0) this.standAtRow(row);
        const wantsMore = fragment === 0
          ? this.events.datagram(record, side as Side, bytes, start, limit, this.position)
          : this.events.datagram(record, side as Side, reassembled, 0, reassembled.length, this.position);
        if (!wantsMore) this.ends(w);
      },
      acknowledged: (record, side, acknowledgement) => {
        if (!this.events.acknowledged(record, side as Side, acknowledgement)) this.ends(record * RECORD_WORDS);
      },
      emit: (record, openAtEnd) => { this.events.leaves(record, this.words, this.doubles, record * RECORD_WORDS, this.sketches, openAtEnd !== 0); },
      carry: (record, side, bytes, length) => { this.carry(record, side as Side, bytes, length); },
      translated: (record, sequence, twinRecord, client, server, twinPorts, source, destination, ports) => {
        this.events.translated(record, { clientAddress: client, clientPort: twinPorts >>> 16, serverAddress: server, serverPort: twinPorts & 0xffff });
        if (!this.isStill(twinRecord, sequence, client)) return;
        this.events.translated(twinRecord, { clientAddress: source, clientPort: ports >>> 16, serverAddress: destination, serverPort: ports & 0xffff });
      },
      survey: (segment, row) => { this.lookAt(segment, row); },
      addressV4: (word) => addresses!.v4(word),
      addressV6: (word0, word1, word2, word3) => addresses!.v6(word0, word1, word2, word3),
      vlan: (id) => encapsulations!.child(0, Encapsulation.vlan, id),
    };
  }

  private begins(record: number, w: number): boolean {
    const wants = this.events.begins(record, this.words, w);
    if (wants) this.words[w + W.inspection] = 1;
    else this.ends(w);
    return wants;
  }

  /** Nothing more is wanted. */
  private ends(w: number): void {
    this.words[w + W.inspection] = 0;
    this.words[w + W.state]! |= S.inspected;
  }

  /** Looks at the first payload of a side whose beginning was captured. `sequence`: as its segment has it, so that what came with a SYN is always looked at whole. */
  private isWorthInspecting(w: number, side: Side, sequence: number, start: number, limit: number): boolean {
    const { words } = this;
    const state = words[w + W.state]!;
    if ((state & (S.unknownPayload << side)) !== 0) return false;
    // Captured from its middle, or not in order: the inspection itself has to find its way.
    if ((state & ((S.syn | S.synAck) << side)) === 0 || sequence !== ((words[w + W.initial0 + side]! + 1) | 0)) return true;
    const port0 = words[w + W.ports]! >>> 16;
    const port1 = words[w + W.ports]! & 0xffff;
    if (this.glance!.glance(this.bytes, start, limit, side === 0 ? port0 : port1, side === 0 ? port1 : port0)) return true;
    const other = (state & (S.unknownPayload << (1 - side))) !== 0;
    words[w + W.state] = state | (S.unknownPayload << side) | (other ? S.inspected : 0);
    return false;
  }

  /** A quote that is too short for flags is taken for the SYN, unless the flow is known to be beyond it. */
  private quotesSyn(record: number, side: Side, { quotedTcpFlags: flags }: Segment): boolean {
    if (flags >= 0) return (flags & (TcpFlag.syn | TcpFlag.ack)) === TcpFlag.syn;
    const w = record * RECORD_WORDS;
    return this.words[w + W.packets0 + side] === 0 || (this.words[w + W.state]! & (S.syn << side)) !== 0;
  }

  private standAtRow(row: number): void {
    const { batch } = this;
    const at = row + this.input.firstRow;
    this.standAt(batch.frame[at]!, batch.seconds[at]!, batch.nanoseconds[at]!);
  }

  private standAt(frame: number, seconds: number, nanoseconds: number): void {
    const { position } = this;
    position.capture = this.capture;
    position.frame = frame;
    position.seconds = seconds;
    position.nanoseconds = nanoseconds;
  }

  private lookAt(at: number, row: number): void {
    const { surveyed: segment, memoryWords: words } = this;
    const w = at >> 2;
    segment.source = words[w + (G.source >> 2)]!;
    segment.sourcePort = words[w + (G.ports >> 2)]! >>> 16;
    segment.ttl = words[w + (G.ttl >> 2)]!;
    segment.ipId = words[w + (G.ipId >> 2)]!;
    segment.ipVersion = words[w + (G.ipVersion >> 2)]!;
    segment.ipLength = words[w + (G.ipLength >> 2)]!;
    segment.tcpFlags = words[w + (G.tcpFlags >> 2)]!;
    segment.sequence = words[w + (G.sequence >> 2)]! >>> 0;
    segment.transportStart = words[w + (G.transportStart >> 2)]!;
    segment.payloadStart = words[w + (G.payloadStart >> 2)]!;
    segment.payloadLength = words[w + (G.payloadLength >> 2)]!;
    this.survey!.look(segment, this.batch, row + this.input.firstRow);
  }

  /** The flow on the other side of the router, where it is kept here and is still what it was. */
  private isStill(record: number, sequence: number, clientAddress: number): boolean {
    if (!isLive(this.doubles, record)) return false;
    const w = record * RECORD_WORDS;
    const client = clientOf(this.words[w + W.state]!);
    return this.words[w + W.initial0 + client] === sequence && this.words[w + W.address0 + client] === clientAddress;
  }

  /** A 32-bit counter would overflow: what was counted moves out of the record, to where doubles hold it. `length` was added to the payload last. */
  private carry(record: number, side: Side, bytes: number, length: number): void {
    const w = record * RECORD_WORDS;
    const { words } = this;
    words[w + W.state]! |= S.carried;
    // One packet stays behind: a direction without packets is not bound to a capture point. Payload is stored modulo 2^32, but it was below 2^31 before.
    this.events.carried(record, side, words[w + W.packets0 + side]! - 1, bytes, ((words[w + W.payload0 + side]! - length) | 0) + length);
    words[w + W.packets0 + side] = 1;
    words[w + W.bytes0 + side] = 0;
    words[w + W.payload0 + side] = 0;
  }
}

let traits: Uint8Array | undefined;

/** Of all ports: the same for all tables. `listed` has the bit of server ports. */
function portTraits(): Uint8Array {
  if (traits !== undefined) return traits;
  traits = listed.slice();
  for (let port = LOWEST_PORT; port <= HIGHEST_PORT; port++) {
    traits[port]! |= (tunnelOfPorts(0, port) !== NO_TUNNEL ? PortTrait.tunnelTo : 0) | (tunnelOfPorts(port, 0) !== NO_TUNNEL ? PortTrait.tunnelFrom : 0);
  }
  return traits;
}
