/** How records are taken and given back: a flow that leaves is handed over first. The table grows, finished flows make room, and at its bound flows are closed early. */
import { reserve } from '../../decode/engine/memory';
import { F, UDP_BIT, UDP_IDLE_SECONDS, W } from '../flow-layout';
import { handOver, tellLeaving } from './events';
import { clearIndex, remove } from './flow-index';
import { hashOf } from './flow-identity';
import { isLive, isOver, recordAt } from './records';
import { dropSketch } from './tcp-facts';

/** Records that are used before finished flows are asked to leave. */
const INITIAL_ROOM: i32 = 32_768;
/** How long a finished flow is kept at least: what the network still carries of it arrives within some seconds. */
const LINGER_SECONDS = 10;
/** No address has this id. */
const NOBODY = -1;

let maxFlows: i32 = 0;
let used: i32 = 0;
let room: i32 = 0;
let hand: i32 = 0;
/** Numbers of records that were given back: a stack. */
let freeRecords: usize = 0;
let freeCount: i32 = 0;
let evictedFinishedCount: f64 = 0;
let evictedOpenCount: f64 = 0;

export function initRecordLife(flows: i32): void {
  maxFlows = flows;
  room = min<i32>(INITIAL_ROOM, flows);
  freeRecords = reserve(<usize>flows * 4);
}

/** Flows that had to leave because the table was full: finished ones, and ones still open. */
export function evictedFinished(): f64 {
  return evictedFinishedCount;
}
export function evictedOpen(): f64 {
  return evictedOpenCount;
}

function isFinished(r: usize, seconds: f64): bool {
  if ((load<i32>(r, W.network * 4) & UDP_BIT) != 0) return seconds - load<f64>(r, F.endSeconds * 8) > UDP_IDLE_SECONDS;
  return isOver(load<i32>(r, W.state * 4));
}

/** Hands the flow over and takes back what it held; the record itself stays in the index. */
export function give(record: i32, openAtEnd: bool): void {
  tellLeaving(record, openAtEnd);
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

/** A record for another flow, whose first packet is of this time. */
export function takeRecord(seconds: f64): i32 {
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

/** Everything that is still in the table leaves it, in the order of the records. */
export function finish(): void {
  for (let record = 0; record < used; record++) {
    const r = recordAt(record);
    if (!isLive(r)) continue;
    give(record, true);
    store<f64>(r, 0, F.firstFrame * 8);
  }
  clearIndex();
  handOver();
}
