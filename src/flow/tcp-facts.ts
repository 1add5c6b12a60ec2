/**
 * What TCP packets say of their connection: handshake and end, repetitions, closed windows, duplicates of packets already seen, and the sketches of
 * connections that may turn out to have failed. Called by the flow table packet by packet, on its records.
 */
import { TcpFlag } from '../decode/segment.js';
import type { Segment } from '../decode/segment.js';
import type { AnnexTable } from './annex-table.js';
import type { TranslatedSockets } from './flow-annex.js';
import { F, RECORD_DOUBLES, RECORD_WORDS, S, W } from './flow-layout.js';
import { clientOf, isLive, orient } from './flow-state.js';
import { appendHistory, appendOnce, Letter, Once } from './history.js';
import type { Side } from './inspection.js';
import type { PacketSketches } from './packet-sketches.js';
import { TranslationWatch } from './translation-watch.js';

export class TcpFacts {
  private readonly words: Int32Array;
  private readonly doubles: Float64Array;
  private readonly annexes: AnnexTable;
  private readonly sketches: PacketSketches;
  private readonly keepSketches: boolean;
  private readonly translations = new TranslationWatch();
  /** The packet before a long silence. */
  private pausedSeconds = 0;
  private pausedNanoseconds = 0;
  private pausedKey = 0;

  constructor(words: Int32Array, doubles: Float64Array, annexes: AnnexTable, sketches: PacketSketches, keepSketches: boolean) {
    this.words = words;
    this.doubles = doubles;
    this.annexes = annexes;
    this.sketches = sketches;
    this.keepSketches = keepSketches;
  }

  /** For `W.sketch`: a new sketch plus one, or 0. */
  openSketch(): number {
    return this.keepSketches ? this.sketches.open() + 1 : 0;
  }

  /** The record's last packet is the one before a long silence: `silence` may follow. */
  pausedAfter(record: number): void {
    this.pausedSeconds = this.doubles[record * RECORD_DOUBLES + F.endSeconds]!;
    this.pausedNanoseconds = this.words[record * RECORD_WORDS + W.endNanoseconds]!;
    this.pausedKey = this.doubles[record * RECORD_DOUBLES + F.lastFrame]!;
  }

  /** A packet of another capture point than its direction's: has it been seen at the first one already? */
  isDuplicate(record: number, side: Side, segment: Segment): boolean {
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

  control(record: number, side: Side, segment: Segment, flags: number): void {
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
      if ((state & (S.spoke << (1 - side))) !== 0 && words[w + W.payload0 + side] === 0 && this.annexes.at(record)?.carried === undefined) state |= S.rstBeforePayload << side;
      state |= S.rst << side;
    }
    words[w + W.state] = state;
    if ((flags & TcpFlag.fin) !== 0 && (flags & TcpFlag.rst) !== 0) appendOnce(this.words, record, Once.inconsistent, Letter.inconsistent, side);
    if ((flags & TcpFlag.syn) !== 0 && (flags & (TcpFlag.fin | TcpFlag.rst)) !== 0) appendOnce(this.words, record, Once.multi, Letter.multiFlag, side);
  }

  private matchTranslation(record: number, segment: Segment): void {
    const { source, destination, sourcePort, destinationPort } = segment;
    const sequence = segment.sequence | 0;
    const seconds = this.doubles[record * RECORD_DOUBLES + F.startSeconds]!;
    if (!this.translations.see(sequence, source, sourcePort, destination, destinationPort, seconds, record)) return;
    this.annexes.of(record).translation ??= this.translations.twin;
    this.tellTwin(sequence, { clientAddress: source, clientPort: sourcePort, serverAddress: destination, serverPort: destinationPort });
  }

  /** The flow on the other side of the router, where it is kept here and is still what it was. */
  private tellTwin(sequence: number, sockets: TranslatedSockets): void {
    const { twinRecord: record, twin } = this.translations;
    if (record < 0 || twin === null || !isLive(this.doubles, record)) return;
    const w = record * RECORD_WORDS;
    const client = clientOf(this.words[w + W.state]!);
    if (this.words[w + W.initial0 + client] !== sequence || this.words[w + W.address0 + client] !== twin.clientAddress) return;
    this.annexes.of(record).translation ??= sockets;
  }

  /** The first packet of a side that is neither SYN, SYN-ACK nor RST: for the client it ends the handshake. */
  spoke(record: number, side: Side, seconds: number, nanoseconds: number): void {
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
  silence(w: number, side: Side, segment: Segment, seconds: number, nanoseconds: number, key: number): void {
    if ((this.words[w + W.state]! & S.established) === 0) return;
    const sketch = this.lateSketch(w, 0);
    if (sketch === 0) return;
    this.sketches.add(sketch - 1, this.pausedSeconds, this.pausedNanoseconds, this.pausedKey, 0, side, 0, segment.sequence, segment.acknowledgement, 0, 0, 0);
    this.sketches.add(sketch - 1, seconds, nanoseconds, key, segment.tcpFlags, side, segment.ttl, segment.sequence, segment.acknowledgement, segment.payloadLength, segment.window, segment.ipId);
    if (this.isProbe(w, side, segment)) this.words[w + W.state]! |= S.probing << side;
  }

  /** A keep-alive repeats the last byte that was sent, or none (RFC 9293, 3.8.4). */
  private isProbe(w: number, side: Side, segment: Segment): boolean {
    return segment.payloadLength <= 1 && (segment.tcpFlags & (TcpFlag.syn | TcpFlag.fin | TcpFlag.rst)) === 0 && ((segment.sequence + 1) | 0) === this.words[w + W.next0 + side];
  }

  /** While a sketch of an established connection is kept: keep-alive probes are sketched, and remembered until the other side sends anything. */
  probe(w: number, side: Side, segment: Segment, afterSilence: boolean, seconds: number, nanoseconds: number, key: number): void {
    const { words } = this;
    words[w + W.state]! &= ~(S.probing << (1 - side));
    if (!this.isProbe(w, side, segment)) return;
    words[w + W.state]! |= S.probing << side;
    // The first after a silence is sketched with the packet before it.
    if (!afterSilence) this.sketches.add(words[w + W.sketch]! - 1, seconds, nanoseconds, key, segment.tcpFlags, side, segment.ttl, segment.sequence, segment.acknowledgement, segment.payloadLength, segment.window, segment.ipId);
  }

  /** A RST that did not come the way of its sender's other packets is sketched, also when all was well before. */
  reset(w: number, side: Side, segment: Segment, seconds: number, nanoseconds: number, key: number): void {
    const { words } = this;
    if (words[w + W.duplicates] !== 0 || segment.ttl === ((words[w + W.ttls]! >>> (side * 8)) & 0xff)) return;
    const had = words[w + W.sketch] !== 0;
    const sketch = this.lateSketch(w, 0);
    if (sketch === 0) return;
    words[w + W.state]! |= S.strangeReset;
    if (!had) this.sketches.add(sketch - 1, seconds, nanoseconds, key, segment.tcpFlags, side, segment.ttl, segment.sequence, segment.acknowledgement, segment.payloadLength, segment.window, segment.ipId);
  }

  zeroWindow(w: number, record: number, side: Side, segment: Segment, seconds: number, nanoseconds: number, key: number): void {
    const shift = side * Once.shift + 8;
    const count = (this.words[w + W.once]! >>> shift) & 0xff;
    const sketch = this.lateSketch(w, S.late);
    if (sketch !== 0) this.sketches.add(sketch - 1, seconds, nanoseconds, key, segment.tcpFlags, side, segment.ttl, segment.sequence, segment.acknowledgement, 0, 0, segment.ipId);
    if (count === 0xff) return;
    this.words[w + W.once]! += 1 << shift;
    if (count === 0 || count === 9 || count === 99) appendHistory(this.words, record, Letter.window, side);
  }

  /** Payload whose sequence space was all sent before. A keep-alive repeats one byte on purpose (RFC 9293, 3.8.4). */
  repeated(w: number, record: number, side: Side, segment: Segment, next: number, seconds: number, nanoseconds: number, key: number): void {
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

  /** After FIN or RST a SYN with another initial sequence number is a new connection; with the same one it is the old attempt. */
  beginsAnew(record: number, side: Side, sequence: number): boolean {
    const w = record * RECORD_WORDS;
    const state = this.words[w + W.state]!;
    if ((state & (S.fin | (S.fin << 1) | S.rst | (S.rst << 1))) === 0) return false;
    return (state & (S.syn << side)) === 0 || this.words[w + W.initial0 + side] !== sequence;
  }

  closeSketch(w: number): void {
    this.sketches.close(this.words[w + W.sketch]! - 1);
    this.words[w + W.sketch] = 0;
    this.words[w + W.state]! &= ~S.late;
  }
}
