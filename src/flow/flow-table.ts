/**
 * The flow engine: one packet in, one record updated. Everything that runs for every packet stands in `add`; nothing here
 * allocates per packet. What a flow was is read from its record by `FlowView` when it leaves the table.
 */
import { IpProtocol, TcpFlag } from '../decode/segment.js';
import type { Segment } from '../decode/segment.js';
import { AnnexTable } from './annex-table.js';
import type { FlowAnnex } from './flow-annex.js';
import { DatagramMemory } from './datagram-memory.js';
import { FlowIndex, hashOf } from './flow-index.js';
import { F, frameKey, Oriented, RECORD_BYTES, RECORD_DOUBLES, RECORD_WORDS, S, UDP_BIT, W } from './flow-layout.js';
import { clientOf, isLive, isOver } from './flow-state.js';
import { appendOnce, Letter, Once } from './history.js';
import { saysUnreachable } from './icmp-names.js';
import { InspectedFlows } from './inspected-flows.js';
import type { Application, Inspector, PacketPosition, Side } from './inspection.js';
import type { FlowDrop, FlowProcess, IcmpError } from './flow.js';
import { TO_LINE } from './line-aligned.js';
import { PacketSketches } from './packet-sketches.js';
import { isServerPort } from './server-ports.js';
import { TcpFacts } from './tcp-facts.js';

/** Receives each flow once, when it leaves the table. The record is valid until the call returns. */
export interface FlowSink {
  flow(record: number, openAtEnd: boolean): void;
}

export interface FlowTableOptions {
  /** Live flows at most; beyond it flows are closed early, finished ones first. */
  readonly maxFlows?: number;
  readonly inspector?: Inspector | undefined;
  /** Keep the first packets of flows in doubt. */
  readonly sketches?: boolean;
}

const DEFAULT_MAX_FLOWS = 1 << 20;
const INITIAL_INDEX = 32_768;
export const UDP_IDLE_SECONDS = 60;
/** Records that are used before finished flows are asked to leave. */
const INITIAL_ROOM = 32_768;
/** How long a finished flow is kept at least: what the network still carries of it arrives within some seconds. */
const LINGER_SECONDS = 10;
const CONTROL = TcpFlag.syn | TcpFlag.fin | TcpFlag.rst;
/** No address has this id. */
const NOBODY = -1;
/** A pause from which firewalls forget connections; the shortest idle timers in use are half a minute. */
export const SILENCE_SECONDS = 30;

export class FlowTable {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly sketches: PacketSketches;
  /** Flows that had to leave because the table was full: finished ones, and ones still open. */
  evictedFinished = 0;
  evictedOpen = 0;
  /** Packets counted as duplicates, in all. */
  duplicates = 0;
  flows = 0;
  capture = 0;

  /** Result of `lookAhead`, kept so that its reads are not optimised away. */
  touched = 0;

  private readonly index: FlowIndex;
  private used = 0;
  private room: number;
  private freeRecords: number[] = [];
  private hand = 0;
  private readonly maxFlows: number;
  private readonly annexes: AnnexTable;
  private readonly tcp: TcpFacts;
  private readonly inspected: InspectedFlows | undefined;
  private datagrams: DatagramMemory | undefined;
  private readonly position: PacketPosition = { capture: 0, frame: 0, seconds: 0, nanoseconds: 0 };
  private readonly sink: FlowSink;

  constructor(sink: FlowSink, options: FlowTableOptions = {}) {
    this.sink = sink;
    this.maxFlows = options.maxFlows ?? DEFAULT_MAX_FLOWS;
    this.room = Math.min(INITIAL_ROOM, this.maxFlows);
    const keepSketches = options.sketches ?? false;
    this.sketches = keepSketches ? new PacketSketches() : new PacketSketches(0);
    // Reserved whole: pages are only backed by memory once a flow stands in them, and nothing is ever copied to grow.
    const buffer = new ArrayBuffer(TO_LINE + this.maxFlows * RECORD_BYTES);
    this.words = new Int32Array(buffer, TO_LINE);
    this.doubles = new Float64Array(buffer, TO_LINE);
    this.index = new FlowIndex(INITIAL_INDEX);
    this.annexes = new AnnexTable(this.words);
    this.tcp = new TcpFacts(this.words, this.doubles, this.annexes, this.sketches, keepSketches);
    this.inspected = options.inspector === undefined ? undefined : new InspectedFlows(this.words, this.annexes, options.inspector);
  }

  /** Where a segment's flow is looked for: the same in both directions. */
  hashOf(segment: Segment): number {
    const { source, destination, sourcePort, destinationPort } = segment;
    const network = segment.transport === IpProtocol.tcp ? segment.overlay : segment.overlay | UDP_BIT;
    return source > destination || (source === destination && sourcePort > destinationPort)
      ? hashOf(destination, source, (destinationPort << 16) | sourcePort, network)
      : hashOf(source, destination, (sourcePort << 16) | destinationPort, network);
  }

  /**
   * Finds the records of the next few segments before they are added: `records` gets what the index has for each hash, or -1. Flows lie
   * all over memory, and asking for several of them, and for the sketches of those in doubt, lets the processor wait for all at once.
   */
  lookAhead(hashes: Int32Array, count: number, records: Int32Array): void {
    const slots = this.index.table;
    const mask = this.index.slotMask;
    const { words, sketches } = this;
    let touched = 0;
    for (let i = 0; i < count; i++) {
      const hash = hashes[i]!;
      let at = hash & mask;
      while (slots[at * 2] !== hash && slots[at * 2 + 1] !== 0) at = (at + 1) & mask;
      records[i] = slots[at * 2 + 1]! - 1;
    }
    for (let i = 0; i < count; i++) {
      const record = records[i]!;
      if (record >= 0) touched ^= words[record * RECORD_WORDS]! ^ words[record * RECORD_WORDS + W.endNanoseconds]!;
    }
    for (let i = 0; i < count; i++) {
      const record = records[i]!;
      if (record >= 0 && words[record * RECORD_WORDS + W.sketch] !== 0) touched ^= sketches.touch(words[record * RECORD_WORDS + W.sketch]! - 1);
    }
    this.touched = touched;
  }

  /** A TCP or UDP segment. `point` is the interface it was taken on; `hash` is that of `hashOf`, `expected` the record of `lookAhead`. */
  add(segment: Segment, bytes: Uint8Array, seconds: number, nanoseconds: number, frame: number, point: number, hash = this.hashOf(segment), expected = -1): void {
    const tcp = segment.transport === IpProtocol.tcp;
    const { source, destination, sourcePort, destinationPort } = segment;
    const side: Side = source > destination || (source === destination && sourcePort > destinationPort) ? 1 : 0;
    const address0 = side === 0 ? source : destination;
    const address1 = side === 0 ? destination : source;
    const ports = side === 0 ? (sourcePort << 16) | destinationPort : (destinationPort << 16) | sourcePort;
    const network = tcp ? segment.overlay : segment.overlay | UDP_BIT;
    let record = expected;
    if (expected < 0 || !this.isOf(expected, address0, address1, ports, network)) record = this.find(hash, address0, address1, ports, network);
    const key = frameKey(this.capture, frame);
    const flags = segment.tcpFlags;
    if (record < 0) {
      record = this.open(hash, address0, address1, ports, network, segment, side, seconds, nanoseconds, key, tcp);
    } else if (tcp) {
      if ((flags & (TcpFlag.syn | TcpFlag.ack)) === TcpFlag.syn && this.tcp.beginsAnew(record, side, segment.sequence | 0)) {
        this.restart(record, segment, side, seconds, nanoseconds, key, tcp);
      }
    } else {
      const last = this.doubles[record * RECORD_DOUBLES + F.endSeconds]!;
      if (seconds - last >= UDP_IDLE_SECONDS && this.isIdle(record, seconds, nanoseconds)) {
        this.restart(record, segment, side, seconds, nanoseconds, key, tcp);
      }
    }
    const { words, doubles } = this;
    const w = record * RECORD_WORDS;
    const d = record * RECORD_DOUBLES;

    const lastSeconds = doubles[d + F.endSeconds]!;
    let afterSilence = false;
    if (seconds >= lastSeconds) {
      if (seconds > lastSeconds || nanoseconds > words[w + W.endNanoseconds]!) {
        if (seconds - lastSeconds >= SILENCE_SECONDS) {
          afterSilence = true;
          if (tcp) this.tcp.pausedAfter(record);
        }
        doubles[d + F.endSeconds] = seconds;
        words[w + W.endNanoseconds] = nanoseconds;
      } else this.earlier(record, seconds, nanoseconds);
    } else this.earlier(record, seconds, nanoseconds);
    if (key > doubles[d + F.lastFrame]!) doubles[d + F.lastFrame] = key;
    else if (key < doubles[d + F.firstFrame]!) doubles[d + F.firstFrame] = key;

    const here = pointOf(point, segment);
    const packets = words[w + W.packets0 + side]!;
    if (packets === 0) {
      // Known from a quote only until now: here it begins.
      if ((words[w + W.state]! & S.orientationMask) === Oriented.icmp << S.orientationShift) this.start(record, segment, side, seconds, nanoseconds, key, tcp);
      this.bind(record, side, here, segment, tcp);
    } else if (words[w + W.point0 + side] !== here && (tcp ? this.tcp.isDuplicate(record, side, segment) : this.isKnownDatagram(hash, side, segment, bytes, seconds, nanoseconds))) {
      words[w + W.duplicates]!++;
      this.duplicates++;
      return;
    }
    const length = segment.payloadLength;
    const bytesBefore = words[w + W.bytes0 + side]!;
    const bytesNow = bytesBefore + segment.ipLength;
    words[w + W.packets0 + side] = packets + 1;
    words[w + W.bytes0 + side] = bytesNow;
    words[w + W.payload0 + side]! += length;
    // Payload and packets cannot overflow before bytes do: these are watched for all three.
    if (bytesNow > 0x7fffffff) this.carry(record, side, bytesNow, length);

    if (!tcp) {
      this.rememberDatagram(hash, side, segment, bytes, seconds, nanoseconds);
      if (length > 0) {
        if ((words[w + W.once]! & (Once.data << (side * Once.shift))) === 0) appendOnce(words, record, Once.data, Letter.data, side);
        if ((words[w + W.state]! & S.inspected) === 0) {
          if (!segment.fragment) this.inspected!.datagram(record, side, bytes, segment.payloadStart, segment.payloadLimit, this.positionOf(seconds, nanoseconds, frame));
          else if (segment.reassembled.length > 0) this.inspected!.datagram(record, side, segment.reassembled, 0, segment.reassembled.length, this.positionOf(seconds, nanoseconds, frame));
        }
      }
      return;
    }

    // A later fragment has no TCP header: it is counted, and says nothing about the connection.
    if (segment.fragment && !segment.fragmentFirst) return;

    // Once the handshake is through, only what may end badly is sketched: control packets here, repetitions where they are seen, and what
    // the other side acknowledges meanwhile.
    if (words[w + W.sketch] !== 0 && ((flags & CONTROL) !== 0 || (words[w + W.state]! & S.established) === 0 || (length === 0 && (words[w + W.state]! & (S.repeating << (1 - side))) !== 0))) {
      this.sketches.add(words[w + W.sketch]! - 1, seconds, nanoseconds, key, flags, side, segment.ttl, segment.sequence, segment.acknowledgement, length, segment.window, segment.ipId);
    }
    if (words[w + W.sketch] !== 0 && (words[w + W.state]! & S.established) !== 0) this.tcp.probe(w, side, segment, afterSilence, seconds, nanoseconds, key);
    if ((flags & CONTROL) !== 0) {
      if ((flags & TcpFlag.rst) !== 0) this.tcp.reset(w, side, segment, seconds, nanoseconds, key);
      this.tcp.control(record, side, segment, flags);
    } else {
      const state = words[w + W.state]!;
      if ((state & (S.spoke << side)) === 0) this.tcp.spoke(record, side, seconds, nanoseconds);
      if (length === 0) {
        if ((words[w + W.once]! & (Once.ack << (side * Once.shift))) === 0 && (flags & TcpFlag.ack) !== 0) appendOnce(words, record, Once.ack, Letter.ack, side);
        if (segment.window === 0) this.tcp.zeroWindow(w, record, side, segment, seconds, nanoseconds, key);
      }
    }
    if ((flags & TcpFlag.ack) !== 0) {
      const acknowledgement = segment.acknowledgement | 0;
      const before = words[w + W.acknowledged0 + side]!;
      if (before === 0 || ((acknowledgement - before) | 0) > 0) {
        words[w + W.acknowledged0 + side] = acknowledgement;
        words[w + W.state]! &= ~(S.repeating << (1 - side));
        if (words[w + W.assembler] !== 0) this.inspected!.acknowledged(record, (1 - side) as Side, acknowledgement);
      }
    }
    if (length > 0) {
      // Zeek writes no D for what a FIN carries.
      if ((words[w + W.once]! & (Once.data << (side * Once.shift))) === 0 && (flags & TcpFlag.fin) === 0) appendOnce(words, record, Once.data, Letter.data, side);
      const sequence = segment.sequence | 0;
      const behind = (sequence + length + ((flags & TcpFlag.syn) !== 0 ? 1 : 0)) | 0;
      const next = words[w + W.next0 + side]!;
      if (((behind - next) | 0) > 0) {
        words[w + W.next0 + side] = behind;
        if (words[w + W.sketch] !== 0 && (side !== clientOf(words[w + W.state]!) || (words[w + W.state]! & S.late) !== 0)) this.tcp.closeSketch(w);
      } else this.tcp.repeated(w, record, side, segment, next, seconds, nanoseconds, key);
      if ((words[w + W.state]! & S.inspected) === 0) this.inspected!.segment(record, side, segment, bytes, this.positionOf(seconds, nanoseconds, frame));
    }
    if ((flags & TcpFlag.fin) !== 0) {
      const behind = ((segment.sequence | 0) + length + 1) | 0;
      if (((behind - words[w + W.next0 + side]!) | 0) > 0) words[w + W.next0 + side] = behind;
    }
    if (afterSilence) this.tcp.silence(w, side, segment, seconds, nanoseconds, key);
  }

  /** What the capturing system says of the packet that was just added: kept of the first that says it. Rare, so the flow is looked up again. */
  remark(segment: Segment, hash: number, process: FlowProcess | null, dropped: FlowDrop | null): void {
    const { source, destination, sourcePort, destinationPort } = segment;
    const swap = source > destination || (source === destination && sourcePort > destinationPort);
    const network = segment.transport === IpProtocol.tcp ? segment.overlay : segment.overlay | UDP_BIT;
    const record = swap
      ? this.find(hash, destination, source, (destinationPort << 16) | sourcePort, network)
      : this.find(hash, source, destination, (sourcePort << 16) | destinationPort, network);
    if (record < 0) return;
    const annex = this.annexes.of(record);
    annex.process ??= process;
    annex.dropped ??= dropped;
  }

  /** An ICMP error with a quote: tied to its flow, or a flow of its own that is known from the quote only. */
  quote(segment: Segment, seconds: number, nanoseconds: number, frame: number, error: IcmpError): void {
    const tcp = segment.quotedTransport === IpProtocol.tcp;
    const { quotedSource: source, quotedDestination: destination, quotedSourcePort: from, quotedDestinationPort: to } = segment;
    const side: Side = source > destination || (source === destination && from > to) ? 1 : 0;
    const address0 = side === 0 ? source : destination;
    const address1 = side === 0 ? destination : source;
    const ports = side === 0 ? (from << 16) | to : (to << 16) | from;
    const network = tcp ? segment.overlay : segment.overlay | UDP_BIT;
    const hash = hashOf(address0, address1, ports, network);
    let record = this.find(hash, address0, address1, ports, network);
    if (record < 0) {
      segment.tcpFlags = 0; // those of an earlier packet
      record = this.open(hash, address0, address1, ports, network, segment, side, seconds, nanoseconds, frameKey(this.capture, frame), tcp);
      const state = this.words[record * RECORD_WORDS + W.state]! & ~(S.orientationMask | S.clientIsSide1 | S.openAtStart);
      this.words[record * RECORD_WORDS + W.state] = state | (Oriented.icmp << S.orientationShift) | (side === 1 ? S.clientIsSide1 : 0) | S.inspected;
    }
    const annex = this.annexes.of(record);
    const rejects = saysUnreachable(error.version, error.type, error.code) && (!tcp || this.quotesSyn(record, side, segment));
    // An error that decides the outcome stands before one that does not.
    if (annex.icmp === null || (rejects && !annex.rejected)) annex.icmp = error;
    annex.rejected ||= rejects;
  }

  /** A quote that is too short for flags is taken for the SYN, unless the flow is known to be beyond it. */
  private quotesSyn(record: number, side: Side, { quotedTcpFlags: flags }: Segment): boolean {
    if (flags >= 0) return (flags & (TcpFlag.syn | TcpFlag.ack)) === TcpFlag.syn;
    const w = record * RECORD_WORDS;
    return this.words[w + W.packets0 + side] === 0 || (this.words[w + W.state]! & (S.syn << side)) !== 0;
  }

  /** Everything that is still in the table leaves it, in the order of the records. */
  finish(): void {
    for (let record = 0; record < this.used; record++) {
      if (!isLive(this.doubles, record)) continue;
      this.emit(record, true);
      this.doubles[record * RECORD_DOUBLES + F.firstFrame] = 0;
    }
    this.index.clear();
  }

  annexAt(record: number): FlowAnnex | undefined {
    return this.annexes.at(record);
  }

  applicationAt(record: number): Application | null {
    return this.inspected === undefined ? null : this.inspected.applicationAt(record);
  }

  /** A record that was left belongs to nobody. */
  private isOf(record: number, address0: number, address1: number, ports: number, network: number): boolean {
    const { words } = this;
    const w = record * RECORD_WORDS;
    return words[w + W.address0] === address0 && words[w + W.address1] === address1 && words[w + W.ports] === ports && words[w + W.network] === network;
  }

  private find(hash: number, address0: number, address1: number, ports: number, network: number): number {
    const slots = this.index.table;
    const mask = this.index.slotMask;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const tagged = slots[at * 2 + 1]!;
      if (tagged === 0) return -1;
      if (slots[at * 2] === hash && this.isOf(tagged - 1, address0, address1, ports, network)) return tagged - 1;
    }
  }

  private open(hash: number, address0: number, address1: number, ports: number, network: number, segment: Segment, side: Side, seconds: number, nanoseconds: number, key: number, tcp: boolean): number {
    const record = this.takeRecord(seconds);
    this.index.insert(hash, record);
    const w = record * RECORD_WORDS;
    const { words } = this;
    words.fill(0, w, w + RECORD_WORDS);
    words[w + W.address0] = address0;
    words[w + W.address1] = address1;
    words[w + W.ports] = ports;
    words[w + W.network] = network;
    this.start(record, segment, side, seconds, nanoseconds, key, tcp);
    return record;
  }

  /** The same sockets begin another flow: the old one leaves, the record is used again. */
  private restart(record: number, segment: Segment, side: Side, seconds: number, nanoseconds: number, key: number, tcp: boolean): void {
    this.emit(record, false);
    const w = record * RECORD_WORDS;
    this.words.fill(0, w + W.state, w + RECORD_WORDS);
    this.start(record, segment, side, seconds, nanoseconds, key, tcp);
  }

  private start(record: number, segment: Segment, side: Side, seconds: number, nanoseconds: number, key: number, tcp: boolean): void {
    const { words, doubles } = this;
    const w = record * RECORD_WORDS;
    const d = record * RECORD_DOUBLES;
    doubles[d + F.startSeconds] = seconds;
    doubles[d + F.endSeconds] = seconds;
    words[w + W.startNanoseconds] = nanoseconds;
    words[w + W.endNanoseconds] = nanoseconds;
    doubles[d + F.firstFrame] = key;
    doubles[d + F.lastFrame] = key;
    words[w + W.encapsulation] = segment.encapsulation;
    words[w + W.handshakeMicroseconds] = -1;
    const port0 = words[w + W.ports]! >>> 16;
    const port1 = words[w + W.ports]! & 0xffff;
    let client: number = side;
    let how: number = Oriented.firstPacket;
    const flags = segment.tcpFlags;
    if (tcp && (flags & TcpFlag.syn) !== 0) {
      how = Oriented.handshake;
      if ((flags & TcpFlag.ack) !== 0) client = 1 - side;
      words[w + W.sketch] = this.tcp.openSketch();
    } else if (tcp && (flags & (TcpFlag.rst | TcpFlag.ack)) === (TcpFlag.rst | TcpFlag.ack) && segment.payloadLength === 0 && segment.sequence === 0) {
      client = 1 - side; // a RST+ACK with sequence number 0 answers a SYN that was not captured
    } else {
      const listed0 = isServerPort(port0);
      const listed1 = isServerPort(port1);
      if (listed0 !== listed1) {
        how = Oriented.port;
        client = listed0 === 1 ? 1 : 0;
      }
    }
    words[w + W.state] =
      (client === 1 ? S.clientIsSide1 : 0) | (how << S.orientationShift) |
      (tcp && how !== Oriented.handshake ? S.openAtStart : 0) | (this.inspected === undefined ? S.inspected : 0);
  }

  /** First packet of a direction: it binds the direction to its capture point and starts its sequence space. */
  private bind(record: number, side: Side, point: number, segment: Segment, tcp: boolean): void {
    const w = record * RECORD_WORDS;
    const { words } = this;
    words[w + W.point0 + side] = point;
    words[w + W.ttls]! |= segment.ttl << (side * 8);
    if (tcp) {
      words[w + W.initial0 + side] = segment.sequence | 0;
      words[w + W.next0 + side] = segment.sequence | 0;
    }
  }

  private isKnownDatagram(hash: number, side: Side, segment: Segment, bytes: Uint8Array, seconds: number, nanoseconds: number): boolean {
    return this.datagrams?.knows(hash ^ -side, signatureOf(segment, bytes), seconds, nanoseconds) === true;
  }

  private rememberDatagram(hash: number, side: Side, segment: Segment, bytes: Uint8Array, seconds: number, nanoseconds: number): void {
    (this.datagrams ??= new DatagramMemory()).remember(hash ^ -side, signatureOf(segment, bytes), seconds, nanoseconds);
  }

  private positionOf(seconds: number, nanoseconds: number, frame: number): PacketPosition {
    const { position } = this;
    position.capture = this.capture;
    position.frame = frame;
    position.seconds = seconds;
    position.nanoseconds = nanoseconds;
    return position;
  }

  private earlier(record: number, seconds: number, nanoseconds: number): void {
    const { words, doubles } = this;
    const w = record * RECORD_WORDS;
    const d = record * RECORD_DOUBLES;
    if (Number.isNaN(seconds)) return;
    const startSeconds = doubles[d + F.startSeconds]!;
    if (Number.isNaN(startSeconds)) {
      doubles[d + F.startSeconds] = doubles[d + F.endSeconds] = seconds;
      words[w + W.startNanoseconds] = words[w + W.endNanoseconds] = nanoseconds;
    } else if (seconds < startSeconds || (seconds === startSeconds && nanoseconds < words[w + W.startNanoseconds]!)) {
      doubles[d + F.startSeconds] = seconds;
      words[w + W.startNanoseconds] = nanoseconds;
    }
  }

  private isIdle(record: number, seconds: number, nanoseconds: number): boolean {
    const end = this.doubles[record * RECORD_DOUBLES + F.endSeconds]!;
    return seconds - end > UDP_IDLE_SECONDS || nanoseconds > this.words[record * RECORD_WORDS + W.endNanoseconds]!;
  }

  /** A 32-bit counter would overflow: what was counted moves into the annex, where doubles hold it. `length` was added to the payload last. */
  private carry(record: number, side: Side, bytes: number, length: number): void {
    const w = record * RECORD_WORDS;
    const { words } = this;
    const carried = (this.annexes.of(record).carried ??= new Float64Array(6));
    // One packet stays behind: a direction without packets is not bound to a capture point.
    carried[side]! += words[w + W.packets0 + side]! - 1;
    words[w + W.packets0 + side] = 1;
    carried[2 + side]! += bytes;
    words[w + W.bytes0 + side] = 0;
    // Stored modulo 2^32, but it was below 2^31 before.
    carried[4 + side]! += ((words[w + W.payload0 + side]! - length) | 0) + length;
    words[w + W.payload0 + side] = 0;
  }

  private isFinished(record: number, seconds: number): boolean {
    const w = record * RECORD_WORDS;
    if ((this.words[w + W.network]! & UDP_BIT) !== 0) return seconds - this.doubles[record * RECORD_DOUBLES + F.endSeconds]! > UDP_IDLE_SECONDS;
    return isOver(this.words[w + W.state]!);
  }

  /** Hands the flow to the sink and gives back what it held; the record itself stays in the index. */
  private emit(record: number, openAtEnd: boolean): void {
    const w = record * RECORD_WORDS;
    this.inspected?.finish(record);
    this.flows++;
    this.sink.flow(record, openAtEnd);
    if (this.words[w + W.sketch] !== 0) this.tcp.closeSketch(w);
    this.annexes.drop(record);
  }

  private leave(record: number, openAtEnd: boolean): void {
    this.emit(record, openAtEnd);
    const w = record * RECORD_WORDS;
    const { words } = this;
    this.index.remove(hashOf(words[w + W.address0]!, words[w + W.address1]!, words[w + W.ports]!, words[w + W.network]!), record);
    this.doubles[record * RECORD_DOUBLES + F.firstFrame] = 0;
    words[w + W.address0] = NOBODY;
  }

  private takeRecord(seconds: number): number {
    const free = this.freeRecords.pop();
    if (free !== undefined) return free;
    if (this.used < this.room) return this.used++;
    if (this.room < this.maxFlows) {
      this.retire(seconds);
      const retired = this.freeRecords.pop();
      if (retired !== undefined) return retired;
      this.room = Math.min(this.room * 2, this.maxFlows);
      return this.used++;
    }
    this.evict(seconds);
    return this.freeRecords.pop()!;
  }

  /**
   * Before more memory is taken: flows that have been over for a while make room, oldest records first. Over means FIN from both
   * sides or a RST; idleness alone ends no connection. Too few of them, and the table grows after all.
   */
  private retire(seconds: number): void {
    const over: number[] = [];
    for (let record = 0; record < this.used; record++) {
      if (this.isFinished(record, seconds) && seconds - this.doubles[record * RECORD_DOUBLES + F.endSeconds]! > LINGER_SECONDS) over.push(record);
    }
    if (over.length < this.room >> 3) return;
    for (const record of over) this.leave(record, false);
    this.freeRecords = over.reverse();
  }

  /** Makes room for an eighth of the table: finished flows where there are any, else those met first. */
  private evict(seconds: number): void {
    const wanted = Math.max(1, this.maxFlows >> 3);
    const freed: number[] = [];
    for (const onlyFinished of [true, false]) {
      for (let step = 0; step < this.maxFlows && freed.length < wanted; step++) {
        const record = this.hand;
        this.hand = (this.hand + 1) % this.maxFlows;
        if (!isLive(this.doubles, record)) continue;
        const finished = this.isFinished(record, seconds);
        if (onlyFinished && !finished) continue;
        if (finished) this.evictedFinished++;
        else this.evictedOpen++;
        this.leave(record, !finished);
        freed.push(record);
      }
      if (freed.length > 0) break;
    }
    this.freeRecords = freed.reverse();
  }
}

/** Interface, ifindex, encapsulation and TTL in one word; never compared with anything but another of its kind. */
function pointOf(point: number, segment: Segment): number {
  if (segment.encapsulation === 0 && segment.interfaceWithin === 0) return (point << 8) | segment.ttl;
  return ((Math.imul(segment.interfaceWithin, 0x9e3779b1) ^ Math.imul(segment.encapsulation, 0x85ebca77) ^ (point << 8)) & ~0xff) | segment.ttl;
}

/** What tells one datagram from the next without keeping it: identification, length and UDP checksum. */
function signatureOf(segment: Segment, bytes: Uint8Array): number {
  const at = segment.transportStart + 6;
  const checksum = segment.fragment || at + 2 > bytes.length ? 0 : (bytes[at]! << 8) | bytes[at + 1]!;
  return (Math.imul(segment.ipId + 1, 0x9e3779b1) ^ Math.imul(segment.payloadLength + 1, 0x85ebca77) ^ checksum) | 0;
}
