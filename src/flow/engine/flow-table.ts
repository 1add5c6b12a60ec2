/**
 * One packet in, one record updated. Everything that runs for every packet stands in `add`. What a flow was is read from its record when it
 * leaves the table.
 */
import { isServerPort } from '../../decode/engine/port-traits';
import { TcpFlag } from '../../decode/engine/tcp-flag';
import { G } from '../../decode/segment-layout';
import { F, Oriented, RECORD_BYTES, S, SILENCE_SECONDS, UDP_IDLE_SECONDS, W } from '../flow-layout';
import { Letter, Once } from '../history-layout';
import { knowsDatagram, rememberDatagram } from './datagram-memory';
import { tellAcknowledged, tellCarried, tellDatagram, tellPayload } from './events';
import { belongs, find } from './flow-identity';
import { insert } from './flow-index';
import { appendOnce } from './history';
import { give, takeRecord } from './record-life';
import { clientOf, recordAt } from './records';
import { sketchSegment } from './sketches';
import { beginsAnew, control, dropSketch, firstSketch, isDuplicate, pausedAfter, probe, repeated, reset, silence, spoke, zeroWindow } from './tcp-facts';

const CONTROL = TcpFlag.syn | TcpFlag.fin | TcpFlag.rst;
const TCP_NUMBER = 6;

let inspects: bool = false;
let duplicateCount: f64 = 0;

export function initFlows(inspected: bool): void {
  inspects = inspected;
}

/** Packets counted as duplicates, in all. */
export function duplicates(): f64 {
  return duplicateCount;
}

/** A TCP or UDP segment that was identified. */
export function add(s: usize): void {
  const tcp = load<i32>(s, G.transport) == TCP_NUMBER;
  const side = load<i32>(s, G.side);
  const seconds = load<f64>(s, G.seconds);
  const nanoseconds = load<i32>(s, G.nanoseconds);
  const key = load<f64>(s, G.frameKey);
  const flags = load<i32>(s, G.tcpFlags);
  const sequence = load<i32>(s, G.sequence);
  let record = load<i32>(s, G.record);
  if (record < 0 || !belongs(record, s)) record = find(s);
  if (record < 0) {
    record = open(s);
  } else if (tcp) {
    if ((flags & (TcpFlag.syn | TcpFlag.ack)) == TcpFlag.syn && beginsAnew(recordAt(record), side, sequence)) restart(record, s);
  } else if (seconds - load<f64>(recordAt(record), F.endSeconds * 8) >= UDP_IDLE_SECONDS && isIdle(recordAt(record), seconds, nanoseconds)) restart(record, s);
  const r = recordAt(record);
  const own = r + (<usize>side << 2);

  const lastSeconds = load<f64>(r, F.endSeconds * 8);
  let afterSilence = false;
  if (seconds >= lastSeconds) {
    if (seconds > lastSeconds || nanoseconds > load<i32>(r, W.endNanoseconds * 4)) {
      if (seconds - lastSeconds >= SILENCE_SECONDS) {
        afterSilence = true;
        if (tcp) pausedAfter(r);
      }
      store<f64>(r, seconds, F.endSeconds * 8);
      store<i32>(r, nanoseconds, W.endNanoseconds * 4);
    } else earlier(r, seconds, nanoseconds);
  } else earlier(r, seconds, nanoseconds);
  if (key > load<f64>(r, F.lastFrame * 8)) store<f64>(r, key, F.lastFrame * 8);
  else if (key < load<f64>(r, F.firstFrame * 8)) store<f64>(r, key, F.firstFrame * 8);

  const here = pointOf(s);
  const packets = load<i32>(own, W.packets0 * 4);
  if (packets == 0) {
    // Known from a quote only until now: here it begins.
    if ((load<i32>(r, W.state * 4) & S.orientationMask) == Oriented.icmp << S.orientationShift) start(r, s);
    bind(r, own, here, s, tcp);
  } else if (load<i32>(own, W.point0 * 4) != here && (tcp ? isDuplicate(r, s) : knowsDatagram(load<i32>(s, G.hash) ^ -side, signatureOf(s), seconds, nanoseconds))) {
    store<i32>(r, load<i32>(r, W.duplicates * 4) + 1, W.duplicates * 4);
    duplicateCount++;
    return;
  }
  const length = load<i64>(s, G.payloadLength);
  const bytesNow = <i64>load<u32>(own, W.bytes0 * 4) + load<i64>(s, G.ipLength);
  store<i32>(own, packets + 1, W.packets0 * 4);
  store<i32>(own, <i32>bytesNow, W.bytes0 * 4);
  store<i32>(own, load<i32>(own, W.payload0 * 4) + <i32>length, W.payload0 * 4);
  // Payload and packets cannot overflow before bytes do: these are watched for all three.
  if (bytesNow > 0x7fffffff) carry(record, side, <f64>bytesNow, length);

  if (!tcp) {
    rememberDatagram(load<i32>(s, G.hash) ^ -side, signatureOf(s), seconds, nanoseconds);
    if (length > 0) {
      appendOnce(r, Once.data, Letter.data, side);
      if ((load<i32>(r, W.state * 4) & S.inspected) == 0) tellDatagram(record, s, side);
    }
    return;
  }

  // A later fragment has no TCP header: it is counted, and says nothing about the connection.
  if (load<i32>(s, G.fragment) == 1) return;

  // Once the handshake is through, only what may end badly is sketched: control packets here, repetitions where they are seen, and what
  // the other side acknowledges meanwhile.
  const sketch = load<i32>(r, W.sketch * 4);
  if (sketch != 0) {
    const bits = load<i32>(r, W.state * 4);
    if ((flags & CONTROL) != 0 || (bits & S.established) == 0 || (length == 0 && (bits & (S.repeating << (1 - side))) != 0)) sketchSegment(sketch - 1, s);
    if ((bits & S.established) != 0) probe(r, s, side, afterSilence);
  }
  if ((flags & CONTROL) != 0) {
    if ((flags & TcpFlag.rst) != 0) reset(r, s, side);
    control(r, record, s, flags, side);
  } else {
    if ((load<i32>(r, W.state * 4) & (S.spoke << side)) == 0) spoke(r, s, side);
    if (length == 0) {
      if ((flags & TcpFlag.ack) != 0) appendOnce(r, Once.ack, Letter.ack, side);
      if (load<i32>(s, G.window) == 0) zeroWindow(r, s, side);
    }
  }
  if ((flags & TcpFlag.ack) != 0) {
    const acknowledgement = load<i32>(s, G.acknowledgement);
    const before = load<i32>(own, W.acknowledged0 * 4);
    if (before == 0 || acknowledgement - before > 0) {
      store<i32>(own, acknowledgement, W.acknowledged0 * 4);
      store<i32>(r, load<i32>(r, W.state * 4) & ~(S.repeating << (1 - side)), W.state * 4);
      if (load<i32>(r, W.inspection * 4) != 0) tellAcknowledged(record, 1 - side, acknowledgement);
    }
  }
  if (length > 0) {
    // Zeek writes no D for what a FIN carries.
    if ((flags & TcpFlag.fin) == 0) appendOnce(r, Once.data, Letter.data, side);
    const syn = (flags & TcpFlag.syn) != 0 ? 1 : 0;
    const behind = sequence + <i32>length + syn;
    const next = load<i32>(own, W.next0 * 4);
    if (behind - next > 0) {
      store<i32>(own, behind, W.next0 * 4);
      if (load<i32>(r, W.sketch * 4) != 0) {
        const bits = load<i32>(r, W.state * 4);
        if (side != clientOf(bits) || (bits & S.late) != 0) dropSketch(r);
      }
    } else repeated(r, s, side, next);
    if ((load<i32>(r, W.state * 4) & S.inspected) == 0) tellPayload(record, s, side, sequence, <i32>length, syn);
  }
  if ((flags & TcpFlag.fin) != 0) {
    const behind = sequence + <i32>length + 1;
    if (behind - load<i32>(own, W.next0 * 4) > 0) store<i32>(own, behind, W.next0 * 4);
  }
  if (afterSilence) silence(r, s, side);
}

/** A new flow for a segment that was identified; its record. */
export function open(s: usize): i32 {
  const record = takeRecord(load<f64>(s, G.seconds));
  insert(load<i32>(s, G.hash), record);
  const r = recordAt(record);
  memory.fill(r, 0, RECORD_BYTES);
  store<i32>(r, load<i32>(s, G.address0), W.address0 * 4);
  store<i32>(r, load<i32>(s, G.address1), W.address1 * 4);
  store<i32>(r, load<i32>(s, G.sidePorts), W.ports * 4);
  store<i32>(r, load<i32>(s, G.network), W.network * 4);
  start(r, s);
  return record;
}

/** The same sockets begin another flow: the old one leaves, the record is used again. */
function restart(record: i32, s: usize): void {
  give(record, false);
  const r = recordAt(record);
  memory.fill(r + W.state * 4, 0, RECORD_BYTES - W.state * 4);
  start(r, s);
}

function start(r: usize, s: usize): void {
  const tcp = load<i32>(s, G.transport) == TCP_NUMBER;
  const side = load<i32>(s, G.side);
  const flags = load<i32>(s, G.tcpFlags);
  const seconds = load<f64>(s, G.seconds);
  const nanoseconds = load<i32>(s, G.nanoseconds);
  const key = load<f64>(s, G.frameKey);
  store<f64>(r, seconds, F.startSeconds * 8);
  store<f64>(r, seconds, F.endSeconds * 8);
  store<i32>(r, nanoseconds, W.startNanoseconds * 4);
  store<i32>(r, nanoseconds, W.endNanoseconds * 4);
  store<f64>(r, key, F.firstFrame * 8);
  store<f64>(r, key, F.lastFrame * 8);
  store<i32>(r, load<i32>(s, G.encapsulation), W.encapsulation * 4);
  store<i32>(r, -1, W.handshakeMicroseconds * 4);
  let client = side;
  let how: i32 = Oriented.firstPacket;
  if (tcp && (flags & TcpFlag.syn) != 0) {
    how = Oriented.handshake;
    if ((flags & TcpFlag.ack) != 0) client = 1 - side;
    store<i32>(r, firstSketch(), W.sketch * 4);
  } else if (tcp && (flags & (TcpFlag.rst | TcpFlag.ack)) == (TcpFlag.rst | TcpFlag.ack) && load<i64>(s, G.payloadLength) == 0 && load<i32>(s, G.sequence) == 0) {
    client = 1 - side; // a RST+ACK with sequence number 0 answers a SYN that was not captured
  } else {
    const ports = load<i32>(s, G.sidePorts);
    const listed0 = isServerPort(ports >>> 16);
    if (listed0 != isServerPort(ports & 0xffff)) {
      how = Oriented.port;
      client = listed0 ? 1 : 0;
    }
  }
  store<i32>(
    r,
    (client == 1 ? S.clientIsSide1 : 0) | (how << S.orientationShift) | (tcp && how != Oriented.handshake ? S.openAtStart : 0) | (inspects ? 0 : S.inspected),
    W.state * 4,
  );
}

/** First packet of a direction: it binds the direction to its capture point and starts its sequence space. */
function bind(r: usize, own: usize, point: i32, s: usize, tcp: bool): void {
  store<i32>(own, point, W.point0 * 4);
  store<i32>(r, load<i32>(r, W.ttls * 4) | (load<i32>(s, G.ttl) << (load<i32>(s, G.side) * 8)), W.ttls * 4);
  if (tcp) {
    store<i32>(own, load<i32>(s, G.sequence), W.initial0 * 4);
    store<i32>(own, load<i32>(s, G.sequence), W.next0 * 4);
  }
}

/** A 32-bit counter would overflow: what was counted moves out of the record, to where doubles hold it. `length` was added to the payload last. */
function carry(record: i32, side: i32, bytes: f64, length: i64): void {
  const r = recordAt(record);
  const own = r + (<usize>side << 2);
  store<i32>(r, load<i32>(r, W.state * 4) | S.carried, W.state * 4);
  // One packet stays behind: a direction without packets is not bound to a capture point. Payload is stored modulo 2^32, but it was below 2^31 before.
  const payload = <f64>(load<i32>(own, W.payload0 * 4) - <i32>length) + <f64>length;
  tellCarried(record, side, <f64>(load<i32>(own, W.packets0 * 4) - 1), bytes, payload);
  store<i32>(own, 1, W.packets0 * 4);
  store<i32>(own, 0, W.bytes0 * 4);
  store<i32>(own, 0, W.payload0 * 4);
}

function earlier(r: usize, seconds: f64, nanoseconds: i32): void {
  if (isNaN(seconds)) return;
  const startSeconds = load<f64>(r, F.startSeconds * 8);
  if (isNaN(startSeconds)) {
    store<f64>(r, seconds, F.startSeconds * 8);
    store<f64>(r, seconds, F.endSeconds * 8);
    store<i32>(r, nanoseconds, W.startNanoseconds * 4);
    store<i32>(r, nanoseconds, W.endNanoseconds * 4);
  } else if (seconds < startSeconds || (seconds == startSeconds && nanoseconds < load<i32>(r, W.startNanoseconds * 4))) {
    store<f64>(r, seconds, F.startSeconds * 8);
    store<i32>(r, nanoseconds, W.startNanoseconds * 4);
  }
}

function isIdle(r: usize, seconds: f64, nanoseconds: i32): bool {
  return seconds - load<f64>(r, F.endSeconds * 8) > UDP_IDLE_SECONDS || nanoseconds > load<i32>(r, W.endNanoseconds * 4);
}

/** Interface, ifindex, encapsulation and TTL in one word; never compared with anything but another of its kind. */
function pointOf(s: usize): i32 {
  const within = load<i32>(s, G.interfaceWithin);
  const encapsulation = load<i32>(s, G.encapsulation);
  const point = load<i32>(s, G.point) << 8;
  const ttl = load<i32>(s, G.ttl);
  if ((within | encapsulation) == 0) return point | ttl;
  return (<i32>((<u32>within * <u32>0x9e3779b1) ^ (<u32>encapsulation * <u32>0x85ebca77) ^ <u32>point) & ~0xff) | ttl;
}

/** What tells one datagram from the next without keeping it: identification, length and UDP checksum. */
function signatureOf(s: usize): i32 {
  return <i32>((<u32>(load<i32>(s, G.ipId) + 1) * <u32>0x9e3779b1) ^ (<u32>(load<i32>(s, G.payloadLength) + 1) * <u32>0x85ebca77)) ^ load<i32>(s, G.checksum);
}

/** A flow that is known from the quote in an ICMP error only: the quoted packet's sender is its client. */
export function openQuoted(s: usize): i32 {
  const record = open(s);
  const r = recordAt(record);
  const bits = load<i32>(r, W.state * 4) & ~(S.orientationMask | S.clientIsSide1 | S.openAtStart);
  store<i32>(r, bits | (Oriented.icmp << S.orientationShift) | (load<i32>(s, G.side) == 1 ? S.clientIsSide1 : 0) | S.inspected, W.state * 4);
  return record;
}
