/** Tells of flows: writes events one behind the other, see `event-layout.ts`, and hands them over when there is no room for another. */
import { reserve } from '../../decode/engine/memory';
import { G } from '../../decode/segment-layout';
import {
  ACKNOWLEDGED_WORDS, ACKNOWLEDGEMENT, B, CARRIED_WORDS, CD, E, EVENT_BYTES, EventKind, KIND_BITS, L, P, PD, TR, TRANSLATED_WORDS,
} from '../event-layout';
import { RECORD_BYTES, RECORD_WORDS, S, W } from '../flow-layout';
import { CHUNK_WORDS } from '../sketch-layout';
import { glance, outside, tell } from './host';
import { recordAt } from './records';
import { chunkAt, chunksOf, nextChunk } from './sketches';

let base: usize = 0;
let used: i32 = 0;
/** Flows whose payload was offered so far. */
let begun: i32 = 0;
/** From a place in the bytes as the caller sees them to that in memory. */
let shift: i32 = 0;

export function initEvents(): usize {
  base = reserve(EVENT_BYTES);
  return base;
}

/** Packets of rows stand so far behind where they stand for the caller. */
export function eventsShift(bytes: i32): void {
  shift = bytes;
}

/** Room for an event of so many words, which its first word says; where it begins. No event is longer than `EVENT_BYTES`: packets are bounded (`MAX_CAPTURED_LENGTH`). */
export function room(kind: i32, words: i32): usize {
  const length = words << 2;
  if (used + length > EVENT_BYTES) handOver();
  const at = base + <usize>used;
  used += length;
  store<i32>(at, (words << KIND_BITS) | kind);
  return at;
}

/** Tells what there is. */
export function handOver(): void {
  const length = used;
  used = 0;
  if (length > 0) tell(length);
}

/** `to` and `from` have room for multiples of 8 bytes. */
function copy(to: usize, from: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 8) store<u64>(to + i, load<u64>(from + i));
}

/** Payload of a TCP segment, of flows of which it is wanted. `sequence`: of the segment, as it stands in its header. */
export function tellPayload(record: i32, s: usize, side: i32, sequence: i32, length: i32, syn: i32): void {
  const r = recordAt(record);
  if (load<i32>(r, W.inspection * 4) == 0) {
    if (!isWorthInspecting(r, s, side, sequence)) return;
    begin(record, r);
  }
  piece(EventKind.payload, record, s, side, sequence + syn, length);
}

/** A UDP datagram, whole; one of which only fragments came says nothing. */
export function tellDatagram(record: i32, s: usize, side: i32): void {
  if (load<i32>(s, G.fragment) != 0 && load<i32>(s, G.payloadLimit) == load<i32>(s, G.payloadStart)) return;
  const r = recordAt(record);
  if (load<i32>(r, W.inspection * 4) == 0) begin(record, r);
  piece(EventKind.datagram, record, s, side, 0, 0);
}

function begin(record: i32, r: usize): void {
  begun = begun == -1 ? 1 : begun + 1;
  store<i32>(r, begun, W.inspection * 4);
  const at = room(EventKind.begins, B.record + RECORD_WORDS);
  store<i32>(at, record, E.record * 4);
  store<i32>(at, begun, B.number * 4);
  copy(at + B.record * 4, r, RECORD_BYTES);
}

/** Looks at the first payload of a side whose beginning was captured; what came with a SYN is always looked at whole. */
function isWorthInspecting(r: usize, s: usize, side: i32, sequence: i32): bool {
  const state = load<i32>(r, W.state * 4);
  if ((state & (S.unknownPayload << side)) != 0) return false;
  // Captured from its middle, or not in order: the inspection itself has to find its way.
  if ((state & ((S.syn | S.synAck) << side)) == 0 || sequence != load<i32>(r + (<usize>side << 2), W.initial0 * 4) + 1) return true;
  const ports = load<i32>(s, G.ports);
  if (glance(load<i32>(s, G.payloadStart), load<i32>(s, G.payloadLimit), ports >>> 16, ports & 0xffff) != 0) return true;
  const other = (state & (S.unknownPayload << (1 - side))) != 0;
  store<i32>(r, state | (S.unknownPayload << side) | (other ? S.inspected : 0), W.state * 4);
  return false;
}

function piece(kind: i32, record: i32, s: usize, side: i32, sequence: i32, length: i32): void {
  const start = load<i32>(s, G.payloadStart);
  const captured = max<i32>(0, load<i32>(s, G.payloadLimit) - start);
  const at = room(kind, P.bytes + ((captured + 7) >>> 3) * 2);
  store<i32>(at, record, E.record * 4);
  store<i32>(at, side, E.side * 4);
  store<i32>(at, sequence, P.sequence * 4);
  store<i32>(at, length, P.length * 4);
  store<i32>(at, captured, P.captured * 4);
  store<i32>(at, load<i32>(s, G.nanoseconds), P.nanoseconds * 4);
  store<f64>(at, load<f64>(s, G.frameKey), PD.frameKey * 8);
  store<f64>(at, load<f64>(s, G.seconds), PD.seconds * 8);
  const bytes = at + P.bytes * 4;
  if (load<i32>(s, G.row) >= 0) memory.copy(bytes, <usize>(start + shift), <usize>captured);
  else outside(<i32>bytes, start, captured);
}

/** What `side` sent was acknowledged up to here. */
export function tellAcknowledged(record: i32, side: i32, acknowledgement: i32): void {
  const at = room(EventKind.acknowledged, ACKNOWLEDGED_WORDS);
  store<i32>(at, record, E.record * 4);
  store<i32>(at, side, E.side * 4);
  store<i32>(at, acknowledgement, ACKNOWLEDGEMENT * 4);
}

/** Counters of one side that move out of the record. */
export function tellCarried(record: i32, side: i32, packets: f64, bytes: f64, payload: f64): void {
  const at = room(EventKind.carried, CARRIED_WORDS);
  store<i32>(at, record, E.record * 4);
  store<i32>(at, side, E.side * 4);
  store<f64>(at, packets, CD.packets * 8);
  store<f64>(at, bytes, CD.bytes * 8);
  store<f64>(at, payload, CD.payload * 8);
}

/** The sockets of the same connection on the other side of a router. */
export function tellTranslated(record: i32, client: i32, server: i32, ports: i32): void {
  const at = room(EventKind.translated, TRANSLATED_WORDS);
  store<i32>(at, record, E.record * 4);
  store<i32>(at, client, TR.client * 4);
  store<i32>(at, server, TR.server * 4);
  store<i32>(at, ports, TR.ports * 4);
}

/** The flow leaves: its record and its sketch. */
export function tellLeaving(record: i32, openAtEnd: bool): void {
  const r = recordAt(record);
  let chunk = load<i32>(r, W.sketch * 4) - 1;
  const chunks = chunk < 0 ? 0 : chunksOf(chunk);
  const at = room(EventKind.leaves, L.record + RECORD_WORDS + chunks * CHUNK_WORDS);
  store<i32>(at, record, E.record * 4);
  store<i32>(at, openAtEnd ? 1 : 0, L.openAtEnd * 4);
  store<i32>(at, chunks, L.chunks * 4);
  copy(at + L.record * 4, r, RECORD_BYTES);
  let sketch = at + L.record * 4 + RECORD_BYTES;
  for (let i = 0; i < chunks; i++) {
    copy(sketch, chunkAt(chunk), CHUNK_WORDS * 4);
    chunk = nextChunk(chunk);
    sketch += CHUNK_WORDS * 4;
  }
}
