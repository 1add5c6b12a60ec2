/** Whose flow a segment is: its key, the same in both directions, and the record that has this key. */
import { G } from '../../decode/segment-layout';
import { UDP_BIT, W } from '../flow-layout';
import { firstSlot, guess, hashIn, nextSlot, taggedIn, touchSlot } from './flow-index';
import { recordAt } from './records';
import { touchSketch } from './sketches';

const TCP_NUMBER = 6;

/** Result of `lookAhead`, kept so that its reads are not optimised away. */
let touched: i32 = 0;

/** Of four words: the lower bits are as good as any. */
export function hashOf(a: i32, b: i32, c: i32, d: i32): i32 {
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
  // A probe that goes on where it was expected to end has to wait for its slot; so all slots are asked for before.
  for (let i = 0; i < count; i++, s += bytes) reads ^= touchSlot(load<i32>(s, G.hash));
  s = first;
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
    // A flow in doubt is at its beginning, where the third line of its record is wanted, too.
    if (sketch != 0) reads ^= touchSketch(sketch - 1) ^ load<i32>(recordAt(record), W.initial0 * 4);
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

/** Whether the record is that of the segment's flow. */
export function belongs(record: i32, s: usize): bool {
  return isOf(recordAt(record), load<i32>(s, G.address0), load<i32>(s, G.address1), load<i32>(s, G.sidePorts), load<i32>(s, G.network));
}
