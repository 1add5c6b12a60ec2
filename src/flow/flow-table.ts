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
import { EventNames } from './event-names.js';
import type { EventMemory, EventOutlet } from './event-outlet.js';
import { startEngine } from './flow-engine.js';
import type { Engine, EngineHost } from './flow-engine.js';
import { frameKey, RECORD_WORDS, S, W } from './flow-layout.js';
import { saysUnreachable } from './icmp-names.js';
import type { Glance, Side } from './inspection.js';
import type { FlowDrop, FlowProcess, IcmpError } from './flow.js';
import type { RareEvent } from './rare-event.js';
import { listed } from './server-ports.js';
import { type SenderState, SYN_WORDS } from './sender-layout.js';
import { MAX_CHUNKS } from './sketch-layout.js';

/** What is to be known of SYNs, and of packets longer than `above` bytes. */
export interface PacketSurvey {
  readonly above: number;
  look(segment: Segment, batch: PacketBatch, row: number): SenderState;
}

export interface FlowTableOptions {
  readonly outlet: EventOutlet;
  /** Live flows at most; beyond it flows are closed early, finished ones first. */
  readonly maxFlows?: number | undefined;
  /** Payload is wanted, of those flows that are worth it at first glance. */
  readonly glance?: Glance | undefined;
  /** Keep the first packets of flows in doubt. */
  readonly sketches?: boolean;
  readonly addresses: AddressTable;
  readonly encapsulations: EncapsulationTable;
  readonly survey?: PacketSurvey | undefined;
}

export const DEFAULT_MAX_FLOWS = 1 << 20;
const PORTS = 65_536;
const NO_BYTES = new Uint8Array(0);

export class FlowTable {
  capture = 0;
  /** Of the survey: see `Syn`. */
  readonly syns: Int32Array;

  private readonly engine: Engine;
  private readonly input: EngineInput;
  private readonly outlet: EventOutlet;
  private readonly survey: PacketSurvey | undefined;
  private readonly glance: Glance | undefined;
  private readonly surveyed = new Segment();
  private readonly memory: EventMemory;
  /** Where records begin in the memory's words. */
  private readonly records: number;
  /** Where the hearer does not have our tables. */
  private readonly names: EventNames | undefined;
  private readonly settle: (record: number, number: number) => void;
  /** What the engine is working on: rows of a batch, or one segment. Where payload stands, for who does not look into the engine's memory. */
  private batch!: PacketBatch;
  private bytes: Uint8Array = NO_BYTES;

  constructor({ outlet, maxFlows = DEFAULT_MAX_FLOWS, glance, sketches = false, addresses, encapsulations, survey }: FlowTableOptions) {
    this.outlet = outlet;
    this.survey = survey;
    this.glance = glance;
    const engine = startEngine(this.host(addresses, encapsulations));
    if (engine.init(maxFlows, sketches ? MAX_CHUNKS : 0, glance === undefined ? 0 : 1) === 0) throw new Error('the system gives no room for the table of flows, some 250 MB of address space');
    const { buffer } = engine.memory;
    new Uint8Array(buffer, engine.portsAt(), PORTS).set(portTraits());
    this.engine = engine;
    this.input = new EngineInput(engine);
    this.syns = new Int32Array(buffer, engine.synsAt(), SYN_WORDS);
    this.memory = { words: new Int32Array(buffer), doubles: new Float64Array(buffer), bytes: new Uint8Array(buffer) };
    this.records = engine.recordsAt() >> 2;
    this.names = outlet.hearRare === undefined ? new EventNames(this.memory, (kind, words) => engine.room(kind, words), addresses, encapsulations) : undefined;
    this.settle = (record, number) => {
      const w = this.records + record * RECORD_WORDS;
      const { words } = this.memory;
      if (words[w + W.inspection] !== number) return;
      words[w + W.inspection] = 0;
      words[w + W.state]! |= S.inspected;
    };
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
    if (this.survey !== undefined) this.engine.beginSurvey(this.survey.above);
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
    this.begin();
    return this.input.run(from, to, frameKey(this.capture, 0));
  }

  /** A TCP or UDP segment. `point` is the interface it was taken on. */
  add(segment: Segment, bytes: Uint8Array, seconds: number, nanoseconds: number, frame: number, point: number): void {
    this.begin();
    // A fragment's payload is that of the whole datagram, once it is there.
    const isPiece = segment.fragment && segment.transport === IpProtocol.udp;
    this.bytes = isPiece ? segment.reassembled : bytes;
    this.input.put(segment, bytes, seconds, nanoseconds, frameKey(this.capture, frame), point);
    if (isPiece) this.input.payloadIs(0, segment.reassembled.length);
    this.engine.addOne();
  }

  /** What the capturing system says of the packet that was just added: kept of the first that says it. */
  remark(process: FlowProcess | null, dropped: FlowDrop | null): void {
    const record = this.engine.findOne();
    if (record >= 0) this.tellRare({ kind: 'remarked', record, process, dropped });
  }

  /** An ICMP error with a quote: tied to its flow, or a flow of its own that is known from the quote only. */
  quote(segment: Segment, seconds: number, nanoseconds: number, frame: number, error: IcmpError): void {
    this.begin();
    this.input.putQuoted(segment, seconds, nanoseconds, frameKey(this.capture, frame));
    let record = this.engine.findOne();
    if (record < 0) record = this.engine.quoteOne();
    const rejects = saysUnreachable(error.version, error.type, error.code) && (segment.quotedTransport !== IpProtocol.tcp || this.quotesSyn(record, this.input.side, segment));
    this.tellRare({ kind: 'quoted', record, error, rejects });
  }

  /** Tells what happened until now; else it is told when there is enough of it. */
  handOver(): void {
    this.engine.handOver();
  }

  /** Everything that is still in the table leaves it, in the order of the records. */
  finish(): void {
    this.engine.finish();
  }

  private host(addresses: AddressTable, encapsulations: EncapsulationTable): EngineHost {
    return {
      glance: (start, limit, senderPort, receiverPort) => (this.glance!.glance(this.bytes, start, limit, senderPort, receiverPort) ? 1 : 0),
      outside: (at, start, length) => { this.memory.bytes.set(this.bytes.subarray(start, start + length), at); },
      tell: (length) => { this.outlet.hear(this.memory, this.engine.eventsAt(), length); },
      survey: (segment, row) => this.lookAt(segment, row),
      addressV4: (word) => {
        const id = addresses.v4(word);
        this.names?.tell();
        return id;
      },
      addressV6: (word0, word1, word2, word3) => {
        const id = addresses.v6(word0, word1, word2, word3);
        this.names?.tell();
        return id;
      },
      vlan: (id) => {
        const stack = encapsulations.child(0, Encapsulation.vlan, id);
        this.names?.tell();
        return stack;
      },
    };
  }

  /** Before packets are added: what was heard meanwhile, and ids that their decoding gave. */
  private begin(): void {
    this.outlet.settled.hear(this.settle);
    this.names?.tell();
  }

  private tellRare(event: RareEvent): void {
    if (this.names !== undefined) {
      this.names.tellRare(event);
      return;
    }
    // What was told of the flow before stands before it.
    this.engine.handOver();
    this.outlet.hearRare!(event);
  }

  /** A quote that is too short for flags is taken for the SYN, unless the flow is known to be beyond it. */
  private quotesSyn(record: number, side: Side, { quotedTcpFlags: flags }: Segment): boolean {
    if (flags >= 0) return (flags & (TcpFlag.syn | TcpFlag.ack)) === TcpFlag.syn;
    const { words } = this.memory;
    const w = this.records + record * RECORD_WORDS;
    return words[w + W.packets0 + side] === 0 || (words[w + W.state]! & (S.syn << side)) !== 0;
  }

  private lookAt(at: number, row: number): SenderState {
    const { surveyed: segment, memory: { words } } = this;
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
    return this.survey!.look(segment, this.batch, row + this.input.firstRow);
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
