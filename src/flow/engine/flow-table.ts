/**
 * One packet in, one record updated. Everything that runs for every packet stands in `add`. What a flow was is read from its record when it
 * leaves the table.
 */
import { reserve } from '../../decode/engine/memory';
import { isServerPort } from '../../decode/engine/port-traits';
import { TcpFlag } from '../../decode/engine/tcp-flag';
import { G } from '../../decode/segment-layout';
import { F, Oriented, RECORD_BYTES, S, SILENCE_SECONDS, UDP_BIT, UDP_IDLE_SECONDS, W } from '../flow-layout';
import { Letter, Once } from '../history-layout';
import { knowsDatagram, rememberDatagram } from './datagram-memory';
import { clearIndex, firstSlot, guess, hashIn, insert, nextSlot, remove, taggedIn } from './flow-index';
import { appendOnce } from './history';
import { acknowledged, carry, datagram, emit, payload } from './host';
import { clientOf, isLive, isOver, recordAt } from './records';
import { sketchSegment, touchSketch } from './sketches';
import { beginsAnew, control, dropSketch, firstSketch, isDuplicate, pausedAfter, probe, repeated, reset, silence, spoke, zeroWindow } from './tcp-facts';

/** Records that are used before finished flows are asked to leave. */
const INITIAL_ROOM: i32 = 32_768;
/** How long a finished flow is kept at least: what the network still carries of it arrives within some seconds. */
const LINGER_SECONDS = 10;
const CONTROL = TcpFlag.syn | TcpFlag.fin | TcpFlag.rst;
/** No address has this id. */
const NOBODY = -1;
const TCP_NUMBER = 6;

let maxFlows: i32 = 0;
let inspects: bool = false;
let used: i32 = 0;
let room: i32 = 0;
let hand: i32 = 0;
/** Numbers of records that were given back: a stack. */
let freeRecords: usize = 0;
let freeCount: i32 = 0;
let duplicateCount: f64 = 0;
let evictedFinishedCount: f64 = 0;
let evictedOpenCount: f64 = 0;
/** Result of `lookAhead`, kept so that its reads are not optimised away. */
let touched: i32 = 0;

export function initFlows(flows: i32, inspected: bool): void {
  maxFlows = flows;
  inspects = inspected;
  room = min<i32>(INITIAL_ROOM, flows);
  freeRecords = reserve(<usize>flows * 4);
}

/** Packets counted as duplicates, in all. */
export function duplicates(): f64 {
  return duplicateCount;
}
/** Flows that had to leave because the table was full: finished ones, and ones still open. */
export function evictedFinished(): f64 {
  return evictedFinishedCount;
}
export function evictedOpen(): f64 {
  return evictedOpenCount;
}

/** Of four words: the lower bits are as good as any. */
function hashOf(a: i32, b: i32, c: i32, d: i32): i32 {
  let h = (<u32>a * <u32>0x9e3779b1) ^ (<u32>b * <u32>0x85ebca77) ^ (<u32>c * <u32>0xc2b2ae3d) ^ <u32>d;
  h ^= h >>> 15;
  h *= 0x27d4eb2f;
  return <i32>(h ^ (h >>> 13));
}

/** Which side a segment is of, and where its flow is looked for: the same in both directions. */
export function identify(s: usize): void {
  const source = load<i32>(s, G.source);
  const destination = load<i32>(s, G.destination);
  const ports = load<i32>(s, G.ports);
  const turned = source > destination || (source == destination && ports >>> 16 > (ports & 0xffff));
  const address0 = turned ? destination : source;
  const address1 = turned ? source : destination;
  const sidePorts = turned ? rotl<i32>(ports, 16) : ports;
  const overlay = load<i32>(s, G.overlay);
  const network = load<i32>(s, G.transport) == TCP_NUMBER ? overlay : overlay | UDP_BIT;
  store<i32>(s, turned ? 1 : 0, G.side);
  store<i32>(s, address0, G.address0);
  store<i32>(s, address1, G.address1);
  store<i32>(s, sidePorts, G.sidePorts);
  store<i32>(s, network, G.network);
  store<i32>(s, hashOf(address0, address1, sidePorts, network), G.hash);
}

/**
 * Finds the records of the next few segments before they are added. Flows lie all over memory, and asking for several of them, and for the
 * sketches of those in doubt, lets the processor wait for all at once.
 */
export function lookAhead(first: usize, bytes: usize, count: i32): void {
  let reads = 0;
  let s = first;
  for (let i = 0; i < count; i++, s += bytes) store<i32>(s, guess(load<i32>(s, G.hash)), G.record);
  s = first;
  for (let i = 0; i < count; i++, s += bytes) {
    const record = load<i32>(s, G.record);
    if (record >= 0) reads ^= load<i32>(recordAt(record)) ^ load<i32>(recordAt(record), W.endNanoseconds * 4);
  }
  s = first;
  for (let i = 0; i < count; i++, s += bytes) {
    const record = load<i32>(s, G.record);
    if (record < 0) continue;
    const sketch = load<i32>(recordAt(record), W.sketch * 4);
    if (sketch != 0) reads ^= touchSketch(sketch - 1);
  }
  touched = reads;
}

export function lastTouched(): i32 {
  return touched;
}

/** A record that was left belongs to nobody. */
function isOf(r: usize, address0: i32, address1: i32, ports: i32, network: i32): bool {
  return load<i32>(r, W.address0 * 4) == address0 && load<i32>(r, W.address1 * 4) == address1 && load<i32>(r, W.ports * 4) == ports && load<i32>(r, W.network * 4) == network;
}

/** The record of the segment's flow, or -1. */
export function find(s: usize): i32 {
  const hash = load<i32>(s, G.hash);
  for (let at = firstSlot(hash); taggedIn(at) != 0; at = nextSlot(at)) {
    const record = taggedIn(at) - 1;
    if (hashIn(at) == hash && belongs(record, s)) return record;
  }
  return -1;
}

function belongs(record: i32, s: usize): bool {
  return isOf(recordAt(record), load<i32>(s, G.address0), load<i32>(s, G.address1), load<i32>(s, G.sidePorts), load<i32>(s, G.network));
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
  if (bytesNow > 0x7fffffff) carry(record, side, <f64>bytesNow, <f64>length);

  if (!tcp) {
    rememberDatagram(load<i32>(s, G.hash) ^ -side, signatureOf(s), seconds, nanoseconds);
    if (length > 0) {
      appendOnce(r, Once.data, Letter.data, side);
      if ((load<i32>(r, W.state * 4) & S.inspected) == 0) datagram(record, side, load<i32>(s, G.payloadStart), load<i32>(s, G.payloadLimit), load<i32>(s, G.fragment), load<i32>(s, G.row));
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
      if (load<i32>(r, W.inspection * 4) != 0) acknowledged(record, 1 - side, acknowledgement);
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
    if ((load<i32>(r, W.state * 4) & S.inspected) == 0) payload(record, side, sequence, <i32>length, load<i32>(s, G.payloadStart), load<i32>(s, G.payloadLimit), syn, load<i32>(s, G.row));
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

function isFinished(r: usize, seconds: f64): bool {
  if ((load<i32>(r, W.network * 4) & UDP_BIT) != 0) return seconds - load<f64>(r, F.endSeconds * 8) > UDP_IDLE_SECONDS;
  return isOver(load<i32>(r, W.state * 4));
}

/** Hands the flow over and takes back what it held; the record itself stays in the index. */
function give(record: i32, openAtEnd: bool): void {
  emit(record, openAtEnd ? 1 : 0);
  const r = recordAt(record);
  if (load<i32>(r, W.sketch * 4) != 0) dropSketch(r);
}

function leave(record: i32, openAtEnd: bool): void {
  give(record, openAtEnd);
  const r = recordAt(record);
  remove(hashOf(load<i32>(r, W.address0 * 4), load<i32>(r, W.address1 * 4), load<i32>(r, W.ports * 4), load<i32>(r, W.network * 4)), record);
  store<f64>(r, 0, F.firstFrame * 8);
  store<i32>(r, NOBODY, W.address0 * 4);
}

function freeAt(i: i32): usize {
  return freeRecords + (<usize>i << 2);
}

function takeRecord(seconds: f64): i32 {
  if (freeCount > 0) return load<i32>(freeAt(--freeCount));
  if (used < room) return used++;
  if (room < maxFlows) {
    retire(seconds);
    if (freeCount > 0) return load<i32>(freeAt(--freeCount));
    room = min<i32>(room * 2, maxFlows);
    return used++;
  }
  evict(seconds);
  return load<i32>(freeAt(--freeCount));
}

/**
 * Before more memory is taken: flows that have been over for a while make room, oldest records first. Over means FIN from both
 * sides or a RST; idleness alone ends no connection. Too few of them, and the table grows after all.
 */
function retire(seconds: f64): void {
  let over = 0;
  for (let record = 0; record < used; record++) {
    const r = recordAt(record);
    if (isFinished(r, seconds) && seconds - load<f64>(r, F.endSeconds * 8) > LINGER_SECONDS) store<i32>(freeAt(over++), record);
  }
  if (over < room >> 3) return;
  for (let i = 0; i < over; i++) leave(load<i32>(freeAt(i)), false);
  freeCount = over;
  oldestOnTop();
}

/** Makes room for an eighth of the table: finished flows where there are any, else those met first. */
function evict(seconds: f64): void {
  const wanted = max<i32>(1, maxFlows >> 3);
  let freed = 0;
  for (let pass = 0; pass < 2 && freed == 0; pass++) {
    for (let step = 0; step < maxFlows && freed < wanted; step++) {
      const record = hand;
      hand = (hand + 1) % maxFlows;
      const r = recordAt(record);
      if (!isLive(r)) continue;
      const finished = isFinished(r, seconds);
      if (pass == 0 && !finished) continue;
      if (finished) evictedFinishedCount++;
      else evictedOpenCount++;
      leave(record, !finished);
      store<i32>(freeAt(freed++), record);
    }
  }
  freeCount = freed;
  oldestOnTop();
}

/** The record that was freed first is used first. */
function oldestOnTop(): void {
  for (let low = 0, high = freeCount - 1; low < high; low++, high--) {
    const record = load<i32>(freeAt(low));
    store<i32>(freeAt(low), load<i32>(freeAt(high)));
    store<i32>(freeAt(high), record);
  }
}

/** A flow that is known from the quote in an ICMP error only: the quoted packet's sender is its client. */
export function openQuoted(s: usize): i32 {
  const record = open(s);
  const r = recordAt(record);
  const bits = load<i32>(r, W.state * 4) & ~(S.orientationMask | S.clientIsSide1 | S.openAtStart);
  store<i32>(r, bits | (Oriented.icmp << S.orientationShift) | (load<i32>(s, G.side) == 1 ? S.clientIsSide1 : 0) | S.inspected, W.state * 4);
  return record;
}

/** Everything that is still in the table leaves it, in the order of the records. */
export function finish(): void {
  for (let record = 0; record < used; record++) {
    const r = recordAt(record);
    if (!isLive(r)) continue;
    give(record, true);
    store<f64>(r, 0, F.firstFrame * 8);
  }
  clearIndex();
}
