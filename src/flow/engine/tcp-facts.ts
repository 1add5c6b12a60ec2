/**
 * What TCP packets say of their connection: handshake and end, repetitions, closed windows, duplicates of packets already seen, and the sketches of
 * connections that may turn out to have failed. Called by the flow table packet by packet: `r` is the record, `s` the segment.
 */
import { TcpFlag } from '../../decode/engine/tcp-flag';
import { G } from '../../decode/segment-layout';
import { F, S, W } from '../flow-layout';
import { Letter, Once } from '../history-layout';
import { appendHistory, appendOnce } from './history';
import { clientOf, orient } from './records';
import { closeSketch, openSketch, sketchPause, sketchSegment } from './sketches';
import { watchSyn } from './translation-watch';

let keepsSketches: bool = false;
/** The packet before a long silence. */
let pausedSeconds: f64 = 0;
let pausedNanoseconds: i32 = 0;
let pausedKey: f64 = 0;

export function initTcpFacts(sketches: bool): void {
  keepsSketches = sketches;
}

function state(r: usize): i32 {
  return load<i32>(r, W.state * 4);
}
function setState(r: usize, bits: i32): void {
  store<i32>(r, load<i32>(r, W.state * 4) | bits, W.state * 4);
}
function clearState(r: usize, bits: i32): void {
  store<i32>(r, load<i32>(r, W.state * 4) & ~bits, W.state * 4);
}

/** For `W.sketch`: a new sketch plus one, or 0. */
export function firstSketch(): i32 {
  return keepsSketches ? openSketch() + 1 : 0;
}

/** The record's last packet is the one before a long silence: `silence` may follow. */
export function pausedAfter(r: usize): void {
  pausedSeconds = load<f64>(r, F.endSeconds * 8);
  pausedNanoseconds = load<i32>(r, W.endNanoseconds * 4);
  pausedKey = load<f64>(r, F.lastFrame * 8);
}

/** Of one side. */
function at(r: usize, side: i32): usize {
  return r + (<usize>side << 2);
}

/** A packet of another capture point than its direction's: has it been seen at the first one already? */
export function isDuplicate(r: usize, s: usize): bool {
  const flags = load<i32>(s, G.tcpFlags);
  const side = load<i32>(s, G.side);
  const own = at(r, side);
  const occupied = load<i64>(s, G.payloadLength) + <i64>((flags & TcpFlag.syn) != 0 ? 1 : 0) + <i64>((flags & TcpFlag.fin) != 0 ? 1 : 0);
  const behind = load<i32>(s, G.sequence) + <i32>occupied;
  if (occupied > 0) return behind - load<i32>(own, W.next0 * 4) <= 0;
  if ((flags & TcpFlag.rst) != 0) return (state(r) & (S.rst << side)) != 0;
  return (state(r) & (S.spoke << side)) != 0 && load<i32>(s, G.acknowledgement) - load<i32>(own, W.acknowledged0 * 4) <= 0;
}

export function control(r: usize, record: i32, s: usize, flags: i32, side: i32): void {
  const own = at(r, side);
  const sequence = load<i32>(s, G.sequence);
  let bits = state(r);
  if ((flags & TcpFlag.syn) != 0) {
    const again = load<i32>(own, W.initial0 * 4) == sequence;
    if ((flags & TcpFlag.ack) != 0) {
      if ((bits & (S.synAck << side)) == 0 || !again) appendHistory(r, Letter.synAck, side);
      else bits |= S.synAckAgain << side;
      bits |= S.synAck << side;
      bits = orient(bits, 1 - side);
    } else {
      if ((bits & (S.syn << side)) == 0) watchSyn(record, s, load<f64>(r, F.startSeconds * 8));
      if ((bits & (S.syn << side)) == 0 || !again) appendHistory(r, Letter.syn, side);
      bits |= S.syn << side;
      if ((bits & (S.syn << (1 - side))) == 0) bits = orient(bits, side);
      store<i32>(own, load<i32>(own, W.syns0 * 4) + 1, W.syns0 * 4);
    }
    store<i32>(own, sequence, W.initial0 * 4);
    if (sequence + 1 - load<i32>(own, W.next0 * 4) > 0) store<i32>(own, sequence + 1, W.next0 * 4);
  }
  if ((flags & TcpFlag.fin) != 0) {
    const behind = sequence + load<i32>(s, G.payloadLength) + 1;
    if ((bits & (S.fin << side)) == 0 || behind - load<i32>(own, W.next0 * 4) > 0) appendHistory(r, Letter.fin, side);
    bits |= (S.fin << side) | (S.spoke << side);
  }
  if ((flags & TcpFlag.rst) != 0) {
    if ((bits & (S.rst << side)) == 0) {
      appendHistory(r, Letter.rst, side);
      if (side != clientOf(bits) && (bits & (S.synAck << side)) == 0) bits |= S.rstAnsweredSyn;
    }
    if ((bits & (S.spoke << (1 - side))) != 0 && load<i32>(own, W.payload0 * 4) == 0 && (bits & S.carried) == 0) bits |= S.rstBeforePayload << side;
    bits |= S.rst << side;
  }
  store<i32>(r, bits, W.state * 4);
  if ((flags & TcpFlag.fin) != 0 && (flags & TcpFlag.rst) != 0) appendOnce(r, Once.inconsistent, Letter.inconsistent, side);
  if ((flags & TcpFlag.syn) != 0 && (flags & (TcpFlag.fin | TcpFlag.rst)) != 0) appendOnce(r, Once.multi, Letter.multiFlag, side);
}

/** The first packet of a side that is neither SYN, SYN-ACK nor RST: for the client it ends the handshake. */
export function spoke(r: usize, s: usize, side: i32): void {
  const bits = state(r) | (S.spoke << side);
  store<i32>(r, bits, W.state * 4);
  if (side == clientOf(bits) && (bits & (S.syn << side)) != 0 && (bits & (S.synAck << (1 - side))) != 0) {
    store<i32>(r, bits | S.established, W.state * 4);
    const micro = (load<f64>(s, G.seconds) - load<f64>(r, F.startSeconds * 8)) * 1e6 + <f64>(load<i32>(s, G.nanoseconds) - load<i32>(r, W.startNanoseconds * 4)) / 1e3;
    if (micro >= 0 && micro < 0x7fffffff) store<i32>(r, <i32>Math.round(micro), W.handshakeMicroseconds * 4);
  }
}

/** A sketch of a flow that was healthy so far: kept when the handshake was seen, so that a bad end can be told. Answers 0 when there is none. */
function lateSketch(r: usize, bits: i32): i32 {
  const known = load<i32>(r, W.sketch * 4);
  if (known != 0 || !keepsSketches || (state(r) & S.established) == 0) return known;
  const sketch = openSketch() + 1;
  store<i32>(r, sketch, W.sketch * 4);
  setState(r, bits);
  return sketch;
}

/** A packet after a long pause: what comes of it is sketched, behind a row for the packet before the pause. */
export function silence(r: usize, s: usize, side: i32): void {
  if ((state(r) & S.established) == 0) return;
  const sketch = lateSketch(r, 0);
  if (sketch == 0) return;
  sketchPause(sketch - 1, s, pausedSeconds, pausedNanoseconds, pausedKey);
  sketchSegment(sketch - 1, s);
  if (isProbe(r, s, side)) setState(r, S.probing << side);
}

/** A keep-alive repeats the last byte that was sent, or none (RFC 9293, 3.8.4). */
function isProbe(r: usize, s: usize, side: i32): bool {
  return load<i64>(s, G.payloadLength) <= 1 && (load<i32>(s, G.tcpFlags) & (TcpFlag.syn | TcpFlag.fin | TcpFlag.rst)) == 0
    && load<i32>(s, G.sequence) + 1 == load<i32>(at(r, side), W.next0 * 4);
}

/** While a sketch of an established connection is kept: keep-alive probes are sketched, and remembered until the other side sends anything. */
export function probe(r: usize, s: usize, side: i32, afterSilence: bool): void {
  clearState(r, S.probing << (1 - side));
  if (!isProbe(r, s, side)) return;
  setState(r, S.probing << side);
  // The first after a silence is sketched with the packet before it.
  if (!afterSilence) sketchSegment(load<i32>(r, W.sketch * 4) - 1, s);
}

/** A RST that did not come the way of its sender's other packets is sketched, also when all was well before. */
export function reset(r: usize, s: usize, side: i32): void {
  if (load<i32>(r, W.duplicates * 4) != 0 || load<i32>(s, G.ttl) == ((load<i32>(r, W.ttls * 4) >>> (side * 8)) & 0xff)) return;
  const had = load<i32>(r, W.sketch * 4) != 0;
  const sketch = lateSketch(r, 0);
  if (sketch == 0) return;
  setState(r, S.strangeReset);
  if (!had) sketchSegment(sketch - 1, s);
}

export function zeroWindow(r: usize, s: usize, side: i32): void {
  const shift = side * Once.shift + 8;
  const once = load<i32>(r, W.once * 4);
  const times = (once >>> shift) & 0xff;
  const sketch = lateSketch(r, S.late);
  if (sketch != 0) sketchSegment(sketch - 1, s);
  if (times == 0xff) return;
  store<i32>(r, once + (1 << shift), W.once * 4);
  if (times == 0 || times == 9 || times == 99) appendHistory(r, Letter.window, side);
}

/** Payload whose sequence space was all sent before, up to `next`. A keep-alive repeats one byte on purpose (RFC 9293, 3.8.4). */
export function repeated(r: usize, s: usize, side: i32, next: i32): void {
  if (load<i64>(s, G.payloadLength) == 1 && load<i32>(s, G.sequence) + 1 == next) return;
  const sketch = lateSketch(r, S.late);
  if (sketch != 0 && (state(r) & S.established) != 0) sketchSegment(sketch - 1, s);
  const own = at(r, side);
  const count = load<i32>(own, W.retransmissions0 * 4) + 1;
  store<i32>(own, count, W.retransmissions0 * 4);
  setState(r, S.repeating << side);
  if (count == 1 || count == 10 || count == 100 || count == 1000) appendHistory(r, Letter.retransmission, side);
}

/** After FIN or RST a SYN with another initial sequence number is a new connection; with the same one it is the old attempt. */
export function beginsAnew(r: usize, side: i32, sequence: i32): bool {
  const bits = state(r);
  if ((bits & (S.fin | (S.fin << 1) | S.rst | (S.rst << 1))) == 0) return false;
  return (bits & (S.syn << side)) == 0 || load<i32>(at(r, side), W.initial0 * 4) != sequence;
}

/** The flow proved healthy, or left. */
export function dropSketch(r: usize): void {
  closeSketch(load<i32>(r, W.sketch * 4) - 1);
  store<i32>(r, 0, W.sketch * 4);
  clearState(r, S.late);
}
