/** Writes packet sketches, see `sketch-layout.ts`. Memory follows the number of flows in doubt, under a bound. */
import { reserve } from '../../decode/engine/memory';
import { G } from '../../decode/segment-layout';
import { CHUNK_WORDS, HEAD_WORDS, Head, MAX_ROWS, ROW_WORDS, ROWS_PER_CHUNK, RowDouble, RowWord } from '../sketch-layout';

let base: usize = 0;
let maximum: i32 = 0;
let used: i32 = 0;
let free: i32 = -1;

export function initSketches(chunks: i32): void {
  maximum = chunks;
  base = reserve(<usize>chunks * CHUNK_WORDS * 4);
}

export function chunkAt(chunk: i32): usize {
  return base + <usize>chunk * (CHUNK_WORDS * 4);
}

/** Chunks of a sketch; and behind each of them but the last the next one. */
export function chunksOf(sketch: i32): i32 {
  const rows = load<i32>(chunkAt(sketch), Head.rows * 4);
  return rows <= ROWS_PER_CHUNK ? 1 : (rows + ROWS_PER_CHUNK - 1) / ROWS_PER_CHUNK;
}
export function nextChunk(chunk: i32): i32 {
  return load<i32>(chunkAt(chunk), Head.next * 4);
}

function take(): i32 {
  if (free >= 0) {
    const chunk = free;
    free = load<i32>(chunkAt(chunk), Head.next * 4);
    return chunk;
  }
  return used < maximum ? used++ : -1;
}

/** A new sketch, or -1 when there is no room: the flow then has none. */
export function openSketch(): i32 {
  const chunk = take();
  if (chunk >= 0) {
    store<i32>(chunkAt(chunk), chunk, Head.last * 4);
    store<i32>(chunkAt(chunk), 0, Head.rows * 4);
  }
  return chunk;
}

/** Where the next row of a sketch stands; 0: it has all that it may have. */
function nextRow(sketch: i32): usize {
  const head = chunkAt(sketch);
  const row = load<i32>(head, Head.rows * 4);
  if (row == MAX_ROWS) return 0;
  let at = head;
  const inChunk = row % ROWS_PER_CHUNK;
  if (row >= ROWS_PER_CHUNK) {
    const last = load<i32>(head, Head.last * 4);
    at = chunkAt(last);
    if (inChunk == 0) {
      const more = take();
      if (more < 0) return 0;
      store<i32>(at, more, Head.next * 4);
      store<i32>(head, more, Head.last * 4);
      at = chunkAt(more);
    }
  }
  store<i32>(head, row + 1, Head.rows * 4);
  return at + <usize>(HEAD_WORDS + inChunk * ROW_WORDS) * 4;
}

/** A row for the segment at `s`. */
export function sketchSegment(sketch: i32, s: usize): void {
  const row = nextRow(sketch);
  if (row == 0) return;
  store<f64>(row, load<f64>(s, G.seconds), RowDouble.seconds * 8);
  store<f64>(row, load<f64>(s, G.frameKey), RowDouble.frameKey * 8);
  store<i32>(row, load<i32>(s, G.nanoseconds), RowWord.nanoseconds * 4);
  store<i32>(row, load<i32>(s, G.tcpFlags) | (load<i32>(s, G.side) << 8) | (load<i32>(s, G.ttl) << 16), RowWord.traits * 4);
  store<i32>(row, load<i32>(s, G.sequence), RowWord.sequence * 4);
  store<i32>(row, load<i32>(s, G.acknowledgement), RowWord.acknowledgement * 4);
  store<i32>(row, load<i32>(s, G.payloadLength), RowWord.length * 4);
  store<i32>(row, (load<i32>(s, G.window) & 0xffff) | (load<i32>(s, G.ipId) << 16), RowWord.tail * 4);
}

/** A row for an earlier packet of the flow, of which only place and time are known: no flags, TTL 0. */
export function sketchPause(sketch: i32, s: usize, seconds: f64, nanoseconds: i32, frameKey: f64): void {
  const row = nextRow(sketch);
  if (row == 0) return;
  store<f64>(row, seconds, RowDouble.seconds * 8);
  store<f64>(row, frameKey, RowDouble.frameKey * 8);
  store<i32>(row, nanoseconds, RowWord.nanoseconds * 4);
  store<i32>(row, load<i32>(s, G.side) << 8, RowWord.traits * 4);
  store<i32>(row, load<i32>(s, G.sequence), RowWord.sequence * 4);
  store<i32>(row, load<i32>(s, G.acknowledgement), RowWord.acknowledgement * 4);
  store<i32>(row, 0, RowWord.length * 4);
  store<i32>(row, 0, RowWord.tail * 4);
}

/** Reads what the next row needs first: see `lookAhead`. */
export function touchSketch(sketch: i32): i32 {
  return load<i32>(chunkAt(sketch), Head.rows * 4);
}

export function closeSketch(sketch: i32): void {
  store<i32>(chunkAt(load<i32>(chunkAt(sketch), Head.last * 4)), free, Head.next * 4);
  free = sketch;
}
