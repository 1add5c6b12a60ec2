/**
 * The flow engine: one packet in, one record updated. Everything that runs for every packet stands in `add`; nothing here
 * allocates per packet. What a flow was is read from its record by `FlowView` when it leaves the table.
 */
import { IpProtocol, TcpFlag } from '../decode/segment.js';
import type { Segment } from '../decode/segment.js';
import type { FlowAnnex, TranslatedSockets } from './flow-annex.js';
import { emptyAnnex } from './flow-annex.js';
import { DatagramMemory } from './datagram-memory.js';
import { FlowIndex } from './flow-index.js';
import { F, frameKey, Oriented, RECORD_BYTES, RECORD_DOUBLES, RECORD_WORDS, S, UDP_BIT, W } from './flow-layout.js';
import { appendHistory, Letter } from './history.js';
import { saysUnreachable } from './icmp-names.js';
import type { Application, FlowIdentity, Inspector, PacketPosition, Side } from './inspection.js';
import type { FlowDrop, FlowProcess, IcmpError } from './flow.js';
import { TO_LINE } from './line-aligned.js';
import { PacketSketches } from './packet-sketches.js';
import { isServerPort } from './server-ports.js';
import { HeldBytes, StreamAssembler } from './stream-assembler.js';
import { TranslationWatch } from './translation-watch.js';

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
const MAX_IDLE_ASSEMBLERS = 65_536;
/** A pause from which firewalls forget connections; the shortest idle timers in use are half a minute. */
export const SILENCE_SECONDS = 30;
const ONCE_ACK = 1;
const ONCE_DATA = 2;
const ONCE_INCONSISTENT = 4;
const ONCE_MULTI = 8;
const ONCE_SHIFT = 16;

export class FlowTable {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly annexes: (FlowAnnex | undefined)[] = [];
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
  private readonly inspector: Inspector | undefined;
  private readonly keepSketches: boolean;
  /** The first stays empty: it is that of all flows without one, and an index of -1 would be looked up as a name. */
  private readonly assemblers: (StreamAssembler | undefined)[] = [undefined];
  private readonly heldBytes = new HeldBytes();
  private datagrams: DatagramMemory | undefined;
  private readonly translations = new TranslationWatch();
  private readonly freeAssemblers: number[] = [];
  private readonly idleAssemblers: StreamAssembler[] = [];
  private readonly freeAnnexes: number[] = [];
  private readonly position: PacketPosition = { capture: 0, frame: 0, seconds: 0, nanoseconds: 0 };
  /** The packet before a long silence. */
  private quietSeconds = 0;
  private quietNanoseconds = 0;
  private quietKey = 0;
  private readonly sink: FlowSink;

  constructor(sink: FlowSink, options: FlowTableOptions = {}) {
    this.sink = sink;
    this.maxFlows = options.maxFlows ?? DEFAULT_MAX_FLOWS;
    this.room = Math.min(INITIAL_ROOM, this.maxFlows);
    this.inspector = options.inspector;
    this.keepSketches = options.sketches ?? false;
    this.sketches = this.keepSketches ? new PacketSketches() : new PacketSketches(0);
    // Reserved whole: pages are only backed by memory once a flow stands in them, and nothing is ever copied to grow.
    const buffer = new ArrayBuffer(TO_LINE + this.maxFlows * RECORD_BYTES);
    this.words = new Int32Array(buffer, TO_LINE);
    this.doubles = new Float64Array(buffer, TO_LINE);
    this.index = new FlowIndex(INITIAL_INDEX);
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
      if ((flags & (TcpFlag.syn | TcpFlag.ack)) === TcpFlag.syn && this.beginsAnew(record, side, segment.sequence | 0)) {
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
          this.quietSeconds = lastSeconds;
          this.quietNanoseconds = words[w + W.endNanoseconds]!;
          this.quietKey = doubles[d + F.lastFrame]!;
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
    } else if (words[w + W.point0 + side] !== here && (tcp ? this.isDuplicate(record, side, segment) : this.isKnownDatagram(hash, side, segment, bytes, seconds, nanoseconds))) {
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
        if ((words[w + W.once]! & (ONCE_DATA << (side * ONCE_SHIFT))) === 0) this.once(w, record, ONCE_DATA, Letter.data, side);
        if ((words[w + W.state]! & S.inspected) === 0) {
          if (!segment.fragment) this.inspectDatagram(record, side, bytes, segment.payloadStart, segment.payloadLimit, seconds, nanoseconds, frame);
          else if (segment.reassembled.length > 0) this.inspectDatagram(record, side, segment.reassembled, 0, segment.reassembled.length, seconds, nanoseconds, frame);
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
    if ((flags & CONTROL) !== 0) this.control(record, side, segment, flags);
    else {
      const state = words[w + W.state]!;
      if ((state & (S.spoke << side)) === 0) this.spoke(record, side, seconds, nanoseconds);
      if (length === 0) {
        if ((words[w + W.once]! & (ONCE_ACK << (side * ONCE_SHIFT))) === 0 && (flags & TcpFlag.ack) !== 0) this.once(w, record, ONCE_ACK, Letter.ack, side);
        if (segment.window === 0) this.zeroWindow(w, record, side, segment, seconds, nanoseconds, key);
      }
    }
    if ((flags & TcpFlag.ack) !== 0) {
      const acknowledgement = segment.acknowledgement | 0;
      const before = words[w + W.acknowledged0 + side]!;
      if (before === 0 || ((acknowledgement - before) | 0) > 0) {
        words[w + W.acknowledged0 + side] = acknowledgement;
        words[w + W.state]! &= ~(S.repeating << (1 - side));
        if (words[w + W.assembler] !== 0) this.acknowledge(record, (1 - side) as Side, acknowledgement);
      }
    }
    if (length > 0) {
      // Zeek writes no D for what a FIN carries.
      if ((words[w + W.once]! & (ONCE_DATA << (side * ONCE_SHIFT))) === 0 && (flags & TcpFlag.fin) === 0) this.once(w, record, ONCE_DATA, Letter.data, side);
      const sequence = segment.sequence | 0;
      const behind = (sequence + length + ((flags & TcpFlag.syn) !== 0 ? 1 : 0)) | 0;
      const next = words[w + W.next0 + side]!;
      if (((behind - next) | 0) > 0) {
        words[w + W.next0 + side] = behind;
        if (words[w + W.sketch] !== 0 && (side !== clientOf(words[w + W.state]!) || (words[w + W.state]! & S.late) !== 0)) this.closeSketch(w);
      } else this.repeated(w, record, side, segment, next, seconds, nanoseconds, key);
      if ((words[w + W.state]! & S.inspected) === 0) this.inspect(record, side, segment, bytes, seconds, nanoseconds, frame);
    }
    if ((flags & TcpFlag.fin) !== 0) {
      const behind = ((segment.sequence | 0) + length + 1) | 0;
      if (((behind - words[w + W.next0 + side]!) | 0) > 0) words[w + W.next0 + side] = behind;
    }
    if (afterSilence) this.silence(w, side, segment, seconds, nanoseconds, key);
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
    const annex = this.annexOf(record);
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
    const annex = this.annexOf(record);
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
      if (!this.isLive(record)) continue;
      this.emit(record, true);
      this.doubles[record * RECORD_DOUBLES + F.firstFrame] = 0;
    }
    this.index.clear();
  }

  annexAt(record: number): FlowAnnex | undefined {
    const slot = this.words[record * RECORD_WORDS + W.annex]!;
    return slot === 0 ? undefined : this.annexes[slot - 1];
  }

  applicationAt(record: number): Application | null {
    const number = this.words[record * RECORD_WORDS + W.application]!;
    return number === 0 ? (this.annexAt(record)?.application ?? null) : this.inspector!.shared(number);
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
      if (this.keepSketches) words[w + W.sketch] = this.sketches.open() + 1;
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
      (tcp && how !== Oriented.handshake ? S.openAtStart : 0) | (this.inspector === undefined ? S.inspected : 0);
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

  /** A packet of another capture point than its direction's: has it been seen at the first one already? */
  private isDuplicate(record: number, side: Side, segment: Segment): boolean {
    const w = record * RECORD_WORDS;
    const { words } = this;
    const { tcpFlags: flags } = segment;
    const occupied = segment.payloadLength + ((flags & TcpFlag.syn) !== 0 ? 1 : 0) + ((flags & TcpFlag.fin) !== 0 ? 1 : 0);
    const behind = ((segment.sequence | 0) + occupied) | 0;
    if (occupied > 0) return ((behind - words[w + W.next0 + side]!) | 0) <= 0;
    const state = words[w + W.state]!;
    if ((flags & TcpFlag.rst) !== 0) return (state & (S.rst << side)) !== 0;
    return (state & (S.spoke << side)) !== 0 && (((segment.acknowledgement | 0) - words[w + W.acknowledged0 + side]!) | 0) <= 0;
  }

  private isKnownDatagram(hash: number, side: Side, segment: Segment, bytes: Uint8Array, seconds: number, nanoseconds: number): boolean {
    return this.datagrams?.knows(hash ^ -side, signatureOf(segment, bytes), seconds, nanoseconds) === true;
  }

  private rememberDatagram(hash: number, side: Side, segment: Segment, bytes: Uint8Array, seconds: number, nanoseconds: number): void {
    (this.datagrams ??= new DatagramMemory()).remember(hash ^ -side, signatureOf(segment, bytes), seconds, nanoseconds);
  }

  private control(record: number, side: Side, segment: Segment, flags: number): void {
    const { words } = this;
    const w = record * RECORD_WORDS;
    let state = words[w + W.state]!;
    if ((flags & TcpFlag.syn) !== 0) {
      const again = words[w + W.initial0 + side] === (segment.sequence | 0);
      if ((flags & TcpFlag.ack) !== 0) {
        if ((state & (S.synAck << side)) === 0 || !again) appendHistory(words, record, Letter.synAck, side);
        else state |= S.synAckAgain << side;
        state |= S.synAck << side;
        state = orient(state, 1 - side);
      } else {
        if ((state & (S.syn << side)) === 0) this.matchTranslation(record, segment);
        if ((state & (S.syn << side)) === 0 || !again) appendHistory(words, record, Letter.syn, side);
        state |= S.syn << side;
        if ((state & (S.syn << (1 - side))) === 0) state = orient(state, side);
        words[w + W.syns0 + side]!++;
      }
      words[w + W.initial0 + side] = segment.sequence | 0;
      const next = ((segment.sequence | 0) + 1) | 0;
      if (((next - words[w + W.next0 + side]!) | 0) > 0) words[w + W.next0 + side] = next;
    }
    if ((flags & TcpFlag.fin) !== 0) {
      const behind = ((segment.sequence | 0) + segment.payloadLength + 1) | 0;
      if ((state & (S.fin << side)) === 0 || ((behind - words[w + W.next0 + side]!) | 0) > 0) appendHistory(words, record, Letter.fin, side);
      state |= (S.fin << side) | (S.spoke << side);
    }
    if ((flags & TcpFlag.rst) !== 0) {
      if ((state & (S.rst << side)) === 0) {
        appendHistory(words, record, Letter.rst, side);
        if (side !== clientOf(state) && (state & (S.synAck << side)) === 0) state |= S.rstAnsweredSyn;
      }
      if ((state & (S.spoke << (1 - side))) !== 0 && words[w + W.payload0 + side] === 0 && this.annexAt(record)?.carried === undefined) state |= S.rstBeforePayload << side;
      state |= S.rst << side;
    }
    words[w + W.state] = state;
    if ((flags & TcpFlag.fin) !== 0 && (flags & TcpFlag.rst) !== 0) this.once(w, record, ONCE_INCONSISTENT, Letter.inconsistent, side);
    if ((flags & TcpFlag.syn) !== 0 && (flags & (TcpFlag.fin | TcpFlag.rst)) !== 0) this.once(w, record, ONCE_MULTI, Letter.multiFlag, side);
  }

  private matchTranslation(record: number, segment: Segment): void {
    const { source, destination, sourcePort, destinationPort } = segment;
    const sequence = segment.sequence | 0;
    const seconds = this.doubles[record * RECORD_DOUBLES + F.startSeconds]!;
    if (!this.translations.see(sequence, source, sourcePort, destination, destinationPort, seconds, record)) return;
    this.annexOf(record).translation ??= this.translations.twin;
    this.tellTwin(sequence, { clientAddress: source, clientPort: sourcePort, serverAddress: destination, serverPort: destinationPort });
  }

  /** The flow on the other side of the router, where it is kept here and is still what it was. */
  private tellTwin(sequence: number, sockets: TranslatedSockets): void {
    const { twinRecord: record, twin } = this.translations;
    if (record < 0 || twin === null || !this.isLive(record)) return;
    const w = record * RECORD_WORDS;
    const client = clientOf(this.words[w + W.state]!);
    if (this.words[w + W.initial0 + client] !== sequence || this.words[w + W.address0 + client] !== twin.clientAddress) return;
    this.annexOf(record).translation ??= sockets;
  }

  /** The first packet of a side that is neither SYN, SYN-ACK nor RST: for the client it ends the handshake. */
  private spoke(record: number, side: Side, seconds: number, nanoseconds: number): void {
    const { words, doubles } = this;
    const w = record * RECORD_WORDS;
    const state = words[w + W.state]! | (S.spoke << side);
    words[w + W.state] = state;
    if (side === clientOf(state) && (state & (S.syn << side)) !== 0 && (state & (S.synAck << (1 - side))) !== 0) {
      words[w + W.state] = state | S.established;
      const micro = (seconds - doubles[record * RECORD_DOUBLES + F.startSeconds]!) * 1e6 + (nanoseconds - words[w + W.startNanoseconds]!) / 1e3;
      if (micro >= 0 && micro < 0x7fffffff) words[w + W.handshakeMicroseconds] = Math.round(micro);
    }
  }

  private once(w: number, record: number, bit: number, letter: number, side: Side): void {
    const mask = bit << (side * ONCE_SHIFT);
    if ((this.words[w + W.once]! & mask) !== 0) return;
    this.words[w + W.once]! |= mask;
    appendHistory(this.words, record, letter, side);
  }

  /** A sketch of a flow that was healthy so far: kept when the handshake was seen, so that a bad end can be told. Answers 0 when there is none. */
  private lateSketch(w: number, bits: number): number {
    const { words } = this;
    if (words[w + W.sketch] === 0 && this.keepSketches && (words[w + W.state]! & S.established) !== 0) {
      words[w + W.sketch] = this.sketches.open() + 1;
      words[w + W.state]! |= bits;
    }
    return words[w + W.sketch]!;
  }

  /** A packet after a long pause: what comes of it is sketched, behind a row for the packet before the pause (no flags, TTL 0). */
  private silence(w: number, side: Side, segment: Segment, seconds: number, nanoseconds: number, key: number): void {
    if ((this.words[w + W.state]! & S.established) === 0) return;
    const sketch = this.lateSketch(w, 0);
    if (sketch === 0) return;
    this.sketches.add(sketch - 1, this.quietSeconds, this.quietNanoseconds, this.quietKey, 0, side, 0, segment.sequence, segment.acknowledgement, 0, 0, 0);
    this.sketches.add(sketch - 1, seconds, nanoseconds, key, segment.tcpFlags, side, segment.ttl, segment.sequence, segment.acknowledgement, segment.payloadLength, segment.window, segment.ipId);
  }

  private zeroWindow(w: number, record: number, side: Side, segment: Segment, seconds: number, nanoseconds: number, key: number): void {
    const shift = side * ONCE_SHIFT + 8;
    const count = (this.words[w + W.once]! >>> shift) & 0xff;
    const sketch = this.lateSketch(w, S.late);
    if (sketch !== 0) this.sketches.add(sketch - 1, seconds, nanoseconds, key, segment.tcpFlags, side, segment.ttl, segment.sequence, segment.acknowledgement, 0, 0, segment.ipId);
    if (count === 0xff) return;
    this.words[w + W.once]! += 1 << shift;
    if (count === 0 || count === 9 || count === 99) appendHistory(this.words, record, Letter.window, side);
  }

  /** Payload whose sequence space was all sent before. A keep-alive repeats one byte on purpose (RFC 9293, 3.8.4). */
  private repeated(w: number, record: number, side: Side, segment: Segment, next: number, seconds: number, nanoseconds: number, key: number): void {
    if (segment.payloadLength === 1 && ((segment.sequence + 1) | 0) === next) return;
    const sketch = this.lateSketch(w, S.late);
    if (sketch !== 0 && (this.words[w + W.state]! & S.established) !== 0) {
      this.sketches.add(sketch - 1, seconds, nanoseconds, key, segment.tcpFlags, side, segment.ttl, segment.sequence, segment.acknowledgement, segment.payloadLength, segment.window, segment.ipId);
    }
    const count = this.words[w + W.retransmissions0 + side]! + 1;
    this.words[w + W.retransmissions0 + side] = count;
    this.words[w + W.state]! |= S.repeating << side;
    if (count === 1 || count === 10 || count === 100 || count === 1000) appendHistory(this.words, record, Letter.retransmission, side);
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

  /** After FIN or RST a SYN with another initial sequence number is a new connection; with the same one it is the old attempt. */
  private beginsAnew(record: number, side: Side, sequence: number): boolean {
    const w = record * RECORD_WORDS;
    const state = this.words[w + W.state]!;
    if ((state & (S.fin | (S.fin << 1) | S.rst | (S.rst << 1))) === 0) return false;
    return (state & (S.syn << side)) === 0 || this.words[w + W.initial0 + side] !== sequence;
  }

  private isIdle(record: number, seconds: number, nanoseconds: number): boolean {
    const end = this.doubles[record * RECORD_DOUBLES + F.endSeconds]!;
    return seconds - end > UDP_IDLE_SECONDS || nanoseconds > this.words[record * RECORD_WORDS + W.endNanoseconds]!;
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

  private beginInspection(record: number): StreamAssembler | undefined {
    const idle = this.idleAssemblers.pop();
    const identity = idle === undefined ? new Identity() : (idle.identity as Identity);
    this.identify(record, identity);
    const inspection = this.inspector!.begin(identity);
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

  private inspect(record: number, side: Side, segment: Segment, bytes: Uint8Array, seconds: number, nanoseconds: number, frame: number): void {
    const { words } = this;
    const w = record * RECORD_WORDS;
    let assembler = this.assemblers[words[w + W.assembler]!];
    if (assembler === undefined) {
      if (!this.isWorthInspecting(w, side, segment, bytes)) return;
      assembler = this.beginInspection(record);
      if (assembler === undefined) return;
      const state = words[w + W.state]!;
      if ((state & (S.syn | S.synAck)) !== 0) assembler.begin(0, (words[w + W.initial0]! + 1) >>> 0);
      if ((state & ((S.syn | S.synAck) << 1)) !== 0) assembler.begin(1, (words[w + W.initial1]! + 1) >>> 0);
    }
    this.placeAt(seconds, nanoseconds, frame);
    const syn = (segment.tcpFlags & TcpFlag.syn) !== 0 ? 1 : 0;
    if (!assembler.segment(side, (segment.sequence + syn) >>> 0, segment.payloadLength, bytes, segment.payloadStart, segment.payloadLimit, this.position)) this.endInspection(record, assembler);
  }

  /** Looks at the first payload of a side whose beginning was captured, before anything is made for the flow. */
  private isWorthInspecting(w: number, side: Side, segment: Segment, bytes: Uint8Array): boolean {
    const { words } = this;
    const state = words[w + W.state]!;
    if ((state & (S.unknownPayload << side)) !== 0) return false;
    // Captured from its middle, or not in order: the inspection itself has to find its way.
    if ((state & ((S.syn | S.synAck) << side)) === 0 || (segment.sequence | 0) !== ((words[w + W.initial0 + side]! + 1) | 0)) return true;
    const port0 = words[w + W.ports]! >>> 16;
    const port1 = words[w + W.ports]! & 0xffff;
    if (this.inspector!.glance(bytes, segment.payloadStart, segment.payloadLimit, side === 0 ? port0 : port1, side === 0 ? port1 : port0)) return true;
    const other = (state & (S.unknownPayload << (1 - side))) !== 0;
    words[w + W.state] = state | (S.unknownPayload << side) | (other ? S.inspected : 0);
    return false;
  }

  private acknowledge(record: number, side: Side, acknowledgement: number): void {
    const assembler = this.assemblers[this.words[record * RECORD_WORDS + W.assembler]!];
    if (assembler !== undefined && !assembler.acknowledged(side, acknowledgement)) this.endInspection(record, assembler);
  }

  private inspectDatagram(record: number, side: Side, bytes: Uint8Array, start: number, limit: number, seconds: number, nanoseconds: number, frame: number): void {
    const assembler = this.assemblers[this.words[record * RECORD_WORDS + W.assembler]!] ?? this.beginInspection(record);
    if (assembler === undefined) return;
    this.placeAt(seconds, nanoseconds, frame);
    if (!assembler.inspection.payload(side, bytes, start, limit, this.position)) this.endInspection(record, assembler);
  }

  private placeAt(seconds: number, nanoseconds: number, frame: number): void {
    const { position } = this;
    position.capture = this.capture;
    position.frame = frame;
    position.seconds = seconds;
    position.nanoseconds = nanoseconds;
  }

  private endInspection(record: number, assembler: StreamAssembler): void {
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
      const number = this.inspector!.share(application);
      if (number !== 0) this.words[w + W.application] = number;
      else this.annexOf(record).application = application;
    }
    if (failures.length > 0) this.annexOf(record).failures = failures;
    assembler.forget();
    this.inspector!.release(inspection);
    if (this.idleAssemblers.length < MAX_IDLE_ASSEMBLERS) this.idleAssemblers.push(assembler);
  }

  /** Only where nothing was recognised: one side may be unknown and the other say it all. */
  private applyConvention(record: number): void {
    if (this.applicationAt(record) !== null) return;
    const w = record * RECORD_WORDS;
    const ports = this.words[w + W.ports]!;
    this.words[w + W.application] = this.inspector!.conventional(IpProtocol.tcp, clientOf(this.words[w + W.state]!) === 0 ? ports & 0xffff : ports >>> 16);
  }

  private annexOf(record: number): FlowAnnex {
    const w = record * RECORD_WORDS;
    const known = this.words[w + W.annex]!;
    if (known !== 0) return this.annexes[known - 1]!;
    const slot = this.freeAnnexes.pop() ?? this.annexes.length;
    const annex = emptyAnnex();
    this.annexes[slot] = annex;
    this.words[w + W.annex] = slot + 1;
    return annex;
  }

  private closeSketch(w: number): void {
    this.sketches.close(this.words[w + W.sketch]! - 1);
    this.words[w + W.sketch] = 0;
    this.words[w + W.state]! &= ~S.late;
  }

  /** A 32-bit counter would overflow: what was counted moves into the annex, where doubles hold it. `length` was added to the payload last. */
  private carry(record: number, side: Side, bytes: number, length: number): void {
    const w = record * RECORD_WORDS;
    const { words } = this;
    const carried = (this.annexOf(record).carried ??= new Float64Array(6));
    // One packet stays behind: a direction without packets is not bound to a capture point.
    carried[side]! += words[w + W.packets0 + side]! - 1;
    words[w + W.packets0 + side] = 1;
    carried[2 + side]! += bytes;
    words[w + W.bytes0 + side] = 0;
    // Stored modulo 2^32, but it was below 2^31 before.
    carried[4 + side]! += ((words[w + W.payload0 + side]! - length) | 0) + length;
    words[w + W.payload0 + side] = 0;
  }

  private isLive(record: number): boolean {
    return this.doubles[record * RECORD_DOUBLES + F.firstFrame] !== 0;
  }

  private isFinished(record: number, seconds: number): boolean {
    const w = record * RECORD_WORDS;
    if ((this.words[w + W.network]! & UDP_BIT) !== 0) return seconds - this.doubles[record * RECORD_DOUBLES + F.endSeconds]! > UDP_IDLE_SECONDS;
    const state = this.words[w + W.state]!;
    return (state & (S.rst | (S.rst << 1))) !== 0 || ((state >> 4) & 3) === 3;
  }

  /** Hands the flow to the sink and gives back what it held; the record itself stays in the index. */
  private emit(record: number, openAtEnd: boolean): void {
    const w = record * RECORD_WORDS;
    const assembler = this.assemblers[this.words[w + W.assembler]!];
    if (assembler !== undefined) {
      assembler.finish();
      this.endInspection(record, assembler);
    } else if ((this.words[w + W.state]! & (S.unknownPayload | (S.unknownPayload << 1))) !== 0) this.applyConvention(record);
    this.flows++;
    this.sink.flow(record, openAtEnd);
    if (this.words[w + W.sketch] !== 0) this.closeSketch(w);
    const annex = this.words[w + W.annex]!;
    if (annex !== 0) {
      this.annexes[annex - 1] = undefined;
      this.freeAnnexes.push(annex - 1);
      this.words[w + W.annex] = 0;
    }
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
        if (!this.isLive(record)) continue;
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

/** 0 or 1: the side that is the client by `state`. */
export function clientOf(state: number): 0 | 1 {
  return (state & S.clientIsSide1) !== 0 ? 1 : 0;
}

function orient(state: number, client: number): number {
  return (state & ~(S.orientationMask | S.clientIsSide1)) | (Oriented.handshake << S.orientationShift) | (client === 1 ? S.clientIsSide1 : 0);
}

function hashOf(address0: number, address1: number, ports: number, network: number): number {
  let h = Math.imul(address0, 0x9e3779b1) ^ Math.imul(address1, 0x85ebca77) ^ Math.imul(ports, 0xc2b2ae3d) ^ network;
  h ^= h >>> 15;
  h = Math.imul(h, 0x27d4eb2f);
  return h ^ (h >>> 13);
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
