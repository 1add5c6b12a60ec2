/**
 * A finished flow read from its record: client and server told apart, outcome and Zeek state worked out. One object, moved from
 * record to record; `toFlow` makes the object that may be kept.
 */
import type { AddressTable } from '../decode/address-table.js';
import type { EncapsulationTable } from '../decode/encapsulation-table.js';
import type { Flow, Orientation, Outcome, SketchRow } from './flow.js';
import { captureOfKey, F, frameOfKey, Oriented, S, UDP_BIT, W } from './flow-layout.js';
import type { SketchSource } from './flow-events.js';
import type { FlowAnnex, TranslatedSockets } from './flow-annex.js';
import type { Application } from './inspection.js';
import { clientOf, isOver, Orientations } from './flow-state.js';
import { historyText } from './history.js';

/** Closed windows from which a flow is worth a look: one or two come and go with any slow reader. */
const CLOSED_WINDOWS = 3;

export class FlowView {
  client: 0 | 1 = 0;
  openAtEnd = false;
  orientation: Orientation = 'first-packet';
  outcome: Outcome = 'midstream';
  annex: FlowAnnex | undefined;
  /** What is spoken. */
  application: Application | null = null;
  private readonly addresses: AddressTable;
  private words: Int32Array = new Int32Array(0);
  private doubles: Float64Array = new Float64Array(0);
  private sketches: SketchSource | undefined;
  private w = 0;
  private d = 0;
  private state = 0;

  constructor(addresses: AddressTable) {
    this.addresses = addresses;
  }

  /** To the record that begins at `w` in `words`, and at half of it in `doubles`. `server`: the side that the payload told is the server, plus one. */
  move(words: Int32Array, doubles: Float64Array, w: number, sketches: SketchSource, openAtEnd: boolean, annex: FlowAnnex | undefined, server: number): void {
    this.words = words;
    this.doubles = doubles;
    this.sketches = sketches;
    this.openAtEnd = openAtEnd;
    this.w = w;
    this.d = w >> 1;
    this.state = words[w + W.state]!;
    this.annex = annex;
    let client = clientOf(this.state);
    let how = (this.state & S.orientationMask) >> S.orientationShift;
    if (server !== 0 && how !== Oriented.handshake && how !== Oriented.icmp) {
      how = Oriented.protocol;
      client = server === 1 ? 1 : 0;
    }
    if (!this.tcp && this.port0 === this.port1 && how <= Oriented.port && this.sum(W.packets0, 0) > 0 && this.sum(W.packets0, 1) > 0) {
      how = Oriented.symmetric;
      client = 0;
    }
    this.client = client;
    this.orientation = Orientations[how]!;
    this.outcome = this.tcp ? this.tcpOutcome() : this.udpOutcome();
    // The lower address first where nobody is the client.
    if (how === Oriented.symmetric && this.addresses.compare(this.address0, this.address1) > 0) this.client = 1;
  }

  get tcp(): boolean { return (this.words[this.w + W.network]! & UDP_BIT) === 0; }
  /** VNI or VSID plus one; 0: none. */
  get overlay(): number { return this.words[this.w + W.network]! & ~UDP_BIT; }
  get encapsulation(): number { return this.words[this.w + W.encapsulation]!; }
  private get port0(): number { return this.words[this.w + W.ports]! >>> 16; }
  private get port1(): number { return this.words[this.w + W.ports]! & 0xffff; }
  get address0(): number { return this.words[this.w + W.address0]!; }
  get address1(): number { return this.words[this.w + W.address1]!; }
  get clientAddress(): number { return this.words[this.w + W.address0 + this.client]!; }
  get serverAddress(): number { return this.words[this.w + W.address1 - this.client]!; }
  get clientPort(): number { return this.client === 0 ? this.port0 : this.port1; }
  get serverPort(): number { return this.client === 0 ? this.port1 : this.port0; }
  get clientPackets(): number { return this.sum(W.packets0, this.client); }
  get serverPackets(): number { return this.sum(W.packets0, 1 - this.client); }
  get clientBytes(): number { return this.sum(W.bytes0, this.client); }
  get serverBytes(): number { return this.sum(W.bytes0, 1 - this.client); }
  get clientPayload(): number { return this.sum(W.payload0, this.client); }
  get serverPayload(): number { return this.sum(W.payload0, 1 - this.client); }
  get startSeconds(): number { return this.doubles[this.d + F.startSeconds]!; }
  get endSeconds(): number { return this.doubles[this.d + F.endSeconds]!; }
  get startNanoseconds(): number { return this.words[this.w + W.startNanoseconds]!; }
  get endNanoseconds(): number { return this.words[this.w + W.endNanoseconds]!; }
  get firstKey(): number { return this.doubles[this.d + F.firstFrame]!; }
  get lastKey(): number { return this.doubles[this.d + F.lastFrame]!; }
  get duplicates(): number { return this.words[this.w + W.duplicates]!; }
  get synCount(): number { return this.words[this.w + W.syns0 + this.client]!; }
  /** Initial sequence number of the client; meant where its SYN was seen. */
  get clientInitial(): number { return this.words[this.w + W.initial0 + this.client]!; }
  get clientTtl(): number { return (this.words[this.w + W.ttls]! >>> (this.client * 8)) & 0xff; }
  get handshakeMs(): number | null {
    const micro = this.words[this.w + W.handshakeMicroseconds]!;
    return this.tcp && micro >= 0 ? micro / 1000 : null;
  }
  get openAtStart(): boolean { return (this.state & S.openAtStart) !== 0; }
  get finished(): boolean { return isOver(this.state); }
  /** Only one side has packets, but it acknowledges more and more of the other's bytes. */
  get oneSided(): boolean {
    return this.tcp && (this.clientPackets === 0) !== (this.serverPackets === 0) && this.words[this.w + W.acknowledged0 + (this.clientPackets === 0 ? 1 - this.client : this.client)] !== 0;
  }

  /**
   * Accepted, and yet not well: reset by the server's side after a long silence or amid repetitions, a window that stayed closed, or bytes
   * that never came and that the receiver went on asking for. What the sketch of such a flow shows is for analysis to judge.
   */
  get endsBadly(): boolean {
    if (!this.tcp || this.outcome !== 'accepted') return false;
    if (this.words[this.w + W.sketch] !== 0 && (this.state & S.established) !== 0) {
      if (this.bit(S.rst, 1 - this.client) && this.sum(W.payload0, 1 - this.client) > 0) return true;
      if (this.bit(S.probing, 0) || this.bit(S.probing, 1) || (this.state & S.strangeReset) !== 0) return true;
      if (Math.max(this.zeroWindows(0), this.zeroWindows(1)) >= CLOSED_WINDOWS) return true;
    }
    return this.missing(0) + this.missing(1) > 0 && (this.unseen(0) > 0 || this.unseen(1) > 0);
  }

  private zeroWindows(side: number): number {
    return (this.words[this.w + W.once]! >>> (side * 16 + 8)) & 0xff;
  }

  /** Sequence space that a side used and the other never acknowledged, FIN included; 0 where the other acknowledged nothing that was captured. */
  private unacknowledged(side: number): number {
    const { words } = this;
    const acknowledged = words[this.w + W.acknowledged1 - side]!;
    return acknowledged === 0 ? 0 : Math.max(0, (words[this.w + W.next0 + side]! - acknowledged) | 0);
  }

  /** Payload of a side whose sequence space was passed over and that was never captured, repetitions discounted: at least this many bytes. */
  private missing(side: number): number {
    if (this.annex?.carried !== undefined) return 0;
    const { words } = this;
    // SYN and FIN take a number each. Without the SYN the first packet seen begins the space.
    const began = this.bit(S.syn, side) || this.bit(S.synAck, side) ? 1 : 0;
    const behind = (words[this.w + W.next0 + side]! - words[this.w + W.initial0 + side]! - began - (this.bit(S.fin, side) ? 1 : 0)) | 0;
    return Math.max(0, behind - (words[this.w + W.payload0 + side]! >>> 0));
  }

  /** Of that, what the other side never acknowledged: a hole on the network, not in the capture. */
  private unseen(side: number): number {
    const hole = this.missing(side);
    return hole > 0 && hole <= this.unacknowledged(side) ? hole : 0;
  }

  /** Payload that the other side acknowledged and that is not in the capture: the capturing tool lost packets. */
  get hasHole(): boolean {
    if (!this.tcp) return false;
    const missing = this.missing(0) + this.missing(1);
    // Of nearly all flows nothing is missing.
    return missing > 0 && missing > this.unseen(0) + this.unseen(1);
  }

  private sum(field: number, side: number): number {
    const low = this.words[this.w + field + side]! >>> 0;
    const carried = this.annex?.carried;
    return carried === undefined ? low : low + carried[field - W.packets0 + side]!;
  }
  private bit(first: number, side: number): boolean {
    return (this.state & (first << side)) !== 0;
  }

  private tcpOutcome(): Outcome {
    const { client, state } = this;
    const server = 1 - client;
    const words = this.words;
    const synAck = this.bit(S.synAck, server);
    const syn = this.bit(S.syn, client);
    if (synAck || (syn && this.sum(W.payload0, server) > 0)) {
      if (this.bit(S.rstBeforePayload, server) && this.sum(W.payload0, server) === 0) return 'reset-early';
      for (let side = 0; side < 2; side++) {
        if (!this.bit(S.repeating, side)) continue;
        const acknowledged = words[this.w + W.acknowledged1 - side]!;
        // Where no packet of the other side was captured, nobody can know what it acknowledged.
        const isOpen = acknowledged === 0 ? this.sum(W.packets0, 1 - side) > 0 : ((words[this.w + W.next0 + side]! - acknowledged) | 0) > 0;
        if (isOpen) return 'stalled';
      }
      if (this.bit(S.synAckAgain, server) && !this.bit(S.spoke, client) && !this.bit(S.rst, client) && this.sum(W.packets0, client) > 0) return 'half-open';
      return 'accepted';
    }
    const packets = this.sum(W.packets0, 0) + this.sum(W.packets0, 1);
    if ((syn && this.bit(S.rst, server) && this.answersSyn(server)) || ((state & S.rstAnsweredSyn) !== 0 && packets === 1 && words[this.w + W.acknowledged0 + server] !== 0)) return 'refused';
    if (this.annex?.rejected === true) return 'rejected';
    if (syn && !this.bit(S.spoke, client)) return 'no-answer';
    return 'midstream';
  }

  /** Whether what the side acknowledged with its RST is the SYN, and what came with it: a RST for anything else is a stray one. One without ACK cannot tell. */
  private answersSyn(server: number): boolean {
    const { words } = this;
    const acknowledged = words[this.w + W.acknowledged0 + server]!;
    if (acknowledged === 0) return true;
    const client = 1 - server;
    return ((acknowledged - words[this.w + W.initial0 + client]!) | 0) > 0 && ((words[this.w + W.next0 + client]! - acknowledged) | 0) >= 0;
  }

  private udpOutcome(): Outcome {
    if (this.sum(W.packets0, 0) > 0 && this.sum(W.packets0, 1) > 0) return 'answered';
    return this.annex?.rejected === true ? 'rejected' : 'one-way';
  }

  /** Zeek's conn_state, from what was seen of both ends (scripts/base/protocols/conn/main.zeek). */
  get zeekState(): string {
    const { client } = this;
    const server = 1 - client;
    if (!this.tcp) {
      const o = this.sum(W.packets0, client) > 0;
      const r = this.sum(W.packets0, server) > 0;
      return o ? (r ? 'SF' : 'S0') : r ? 'SHR' : 'OTH';
    }
    const synAck = this.bit(S.synAck, server);
    const syn = this.bit(S.syn, client);
    const established = syn && synAck;
    const originInactive = !syn;
    const responderInactive = !synAck;
    if (this.bit(S.rst, server)) {
      if (syn && !synAck) return 'REJ';
      return originInactive ? 'RSTRH' : 'RSTR';
    }
    if (this.bit(S.rst, client)) return responderInactive ? 'RSTOS0' : 'RSTO';
    const originClosed = this.bit(S.fin, client);
    const responderClosed = this.bit(S.fin, server);
    if (originClosed && responderClosed) return 'SF';
    if (originClosed) return responderInactive ? 'SH' : 'S2';
    if (responderClosed) return originInactive ? 'SHR' : 'S3';
    if (syn && !synAck && !this.bit(S.spoke, server)) return 'S0';
    return established ? 'S1' : 'OTH';
  }

  sketch(): readonly SketchRow[] {
    const slot = this.words[this.w + W.sketch]!;
    return slot === 0 ? [] : this.sketches!.read(slot - 1, this.client);
  }

  toFlow(encapsulations: EncapsulationTable): Flow {
    const { words, client, annex, addresses } = this;
    const ttls = words[this.w + W.ttls]!;
    const ttlOf = (side: number): number | null => (this.sum(W.packets0, side) === 0 ? null : (ttls >>> (side * 8)) & 0xff);
    const { tcp } = this;
    return {
      transport: tcp ? 'tcp' : 'udp',
      client: { address: addresses.text(this.clientAddress), port: this.clientPort },
      server: { address: addresses.text(this.serverAddress), port: this.serverPort },
      orientation: this.orientation,
      encapsulation: this.encapsulation === 0 ? NO_LAYERS : encapsulations.layers(this.encapsulation),
      overlay: this.overlay === 0 ? null : this.overlay - 1,
      start: { seconds: this.startSeconds, nanoseconds: this.startNanoseconds },
      end: { seconds: this.endSeconds, nanoseconds: this.endNanoseconds },
      first: { capture: captureOfKey(this.firstKey), frame: frameOfKey(this.firstKey) },
      last: { capture: captureOfKey(this.lastKey), frame: frameOfKey(this.lastKey) },
      packets: { client: this.clientPackets, server: this.serverPackets },
      bytes: { client: this.clientBytes, server: this.serverBytes },
      payload: { client: this.clientPayload, server: this.serverPayload },
      duplicates: this.duplicates,
      state: this.zeekState,
      history: historyText(words, this.w, client),
      outcome: this.outcome,
      synCount: tcp ? this.synCount : null,
      handshakeMs: this.handshakeMs,
      retransmissions: tcp ? words[this.w + W.retransmissions0]! + words[this.w + W.retransmissions1]! : null,
      icmp: annex?.icmp ?? null,
      dropped: annex?.dropped ?? null,
      process: annex?.process ?? null,
      translation: translationOf(annex?.translation ?? null, addresses),
      application: this.application,
      failures: annex?.failures ?? NO_FAILURES,
      ttl: { client: ttlOf(client), server: ttlOf(1 - client) },
      openAtStart: this.openAtStart,
      openAtEnd: this.openAtEnd,
      unseen: tcp ? { client: this.unseen(client), server: this.unseen(1 - client) } : NOTHING,
      sketch: this.sketch(),
    };
  }
}

const NO_LAYERS: Flow['encapsulation'] = [];
const NOTHING = { client: 0, server: 0 };
const NO_FAILURES: Flow['failures'] = [];

function translationOf(sockets: TranslatedSockets | null, addresses: AddressTable): Flow['translation'] {
  return sockets === null ? null : {
    client: { address: addresses.text(sockets.clientAddress), port: sockets.clientPort },
    server: { address: addresses.text(sockets.serverAddress), port: sockets.serverPort },
  };
}
