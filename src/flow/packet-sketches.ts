import { captureOfKey, frameOfKey } from './flow-layout.js';
import { TO_LINE } from './line-aligned.js';
import type { SketchRow } from './flow.js';

/** Rows of one flow at most: retransmission schedules and handshakes need no more. */
const MAX_ROWS = 64;
const MAX_CHUNKS = 131_072;

/** A chunk is four cache lines: its head, then rows of 40 bytes. */
const CHUNK_WORDS = 64;
const CHUNK_DOUBLES = CHUNK_WORDS / 2;
const ROWS_PER_CHUNK = 6;
const HEAD_WORDS = 4;
const ROW_WORDS = 10;
/** Of a chunk: the next one of its chain, or of those that are free. At the first chunk of a chain: its last one, and the rows in all. */
const enum Head { next = 0, last = 1, rows = 2 }
/** Words of a row. Words 0 to 3: `D`. */
const enum W { nanoseconds = 4, /** flags | side << 8 | TTL << 16 */ traits = 5, sequence = 6, acknowledgement = 7, length = 8, /** window | IP id << 16 */ tail = 9 }
const enum D { seconds = 0, frameKey = 1 }

/**
 * The first packets of flows that may turn out to have failed. Chunks of rows in one buffer, chained, given back when a flow
 * proves healthy: memory follows the number of flows in doubt, under a bound.
 */
export class PacketSketches {
  private readonly words: Uint32Array;
  private readonly doubles: Float64Array;
  private readonly maximum: number;
  private used = 0;
  private free = -1;

  constructor(maximum = MAX_CHUNKS) {
    this.maximum = maximum;
    // Reserved whole: pages are only backed by memory once a row stands in them, and nothing is ever copied to grow.
    const buffer = new ArrayBuffer(TO_LINE + maximum * CHUNK_WORDS * 4);
    this.words = new Uint32Array(buffer, TO_LINE);
    this.doubles = new Float64Array(buffer, TO_LINE);
  }

  /** A new sketch, or -1 when there is no room: the flow then has none. */
  open(): number {
    const chunk = this.take();
    if (chunk >= 0) {
      this.words[chunk * CHUNK_WORDS + Head.last] = chunk;
      this.words[chunk * CHUNK_WORDS + Head.rows] = 0;
    }
    return chunk;
  }

  add(sketch: number, seconds: number, nanoseconds: number, frameKey: number, flags: number, side: number, ttl: number, sequence: number, acknowledgement: number, length: number, window: number, ipId: number): void {
    const { words, doubles } = this;
    const head = sketch * CHUNK_WORDS;
    const row = words[head + Head.rows]!;
    if (row === MAX_ROWS) return;
    let chunk = sketch;
    const inChunk = row % ROWS_PER_CHUNK;
    if (row >= ROWS_PER_CHUNK) {
      chunk = words[head + Head.last]!;
      if (inChunk === 0) {
        const more = this.take();
        if (more < 0) return;
        words[chunk * CHUNK_WORDS + Head.next] = more;
        words[head + Head.last] = more;
        chunk = more;
      }
    }
    words[head + Head.rows] = row + 1;
    const w = chunk * CHUNK_WORDS + HEAD_WORDS + inChunk * ROW_WORDS;
    const d = chunk * CHUNK_DOUBLES + (HEAD_WORDS + inChunk * ROW_WORDS) / 2;
    doubles[d + D.seconds] = seconds;
    doubles[d + D.frameKey] = frameKey;
    words[w + W.nanoseconds] = nanoseconds;
    words[w + W.traits] = flags | (side << 8) | (ttl << 16);
    words[w + W.sequence] = sequence;
    words[w + W.acknowledgement] = acknowledgement;
    words[w + W.length] = length;
    words[w + W.tail] = (window & 0xffff) | (ipId << 16);
  }

  /** Reads what `add` reads first: see `FlowTable.lookAhead`. */
  touch(sketch: number): number {
    return this.words[sketch * CHUNK_WORDS + Head.rows]!;
  }

  close(sketch: number): void {
    const { words } = this;
    const last = words[sketch * CHUNK_WORDS + Head.last]!;
    words[last * CHUNK_WORDS + Head.next] = this.free;
    this.free = sketch;
  }

  read(sketch: number, client: number): SketchRow[] {
    const { words, doubles } = this;
    const result: SketchRow[] = [];
    let chunk = sketch;
    const rows = words[sketch * CHUNK_WORDS + Head.rows]!;
    for (let row = 0; row < rows; row++) {
      const inChunk = row % ROWS_PER_CHUNK;
      if (row > 0 && inChunk === 0) chunk = words[chunk * CHUNK_WORDS + Head.next]!;
      const w = chunk * CHUNK_WORDS + HEAD_WORDS + inChunk * ROW_WORDS;
      const d = chunk * CHUNK_DOUBLES + (HEAD_WORDS + inChunk * ROW_WORDS) / 2;
      const key = doubles[d + D.frameKey]!;
      const traits = words[w + W.traits]!;
      const tail = words[w + W.tail]!;
      result.push({
        frame: { capture: captureOfKey(key), frame: frameOfKey(key) },
        time: { seconds: doubles[d + D.seconds]!, nanoseconds: words[w + W.nanoseconds]! },
        from: ((traits >>> 8) & 1) === client ? 'client' : 'server',
        flags: traits & 0xff,
        sequence: words[w + W.sequence]!,
        acknowledgement: words[w + W.acknowledgement]!,
        length: words[w + W.length]!,
        ttl: (traits >>> 16) & 0xff,
        window: tail & 0xffff,
        ipId: tail >>> 16,
      });
    }
    return result;
  }

  private take(): number {
    if (this.free >= 0) {
      const chunk = this.free;
      this.free = this.words[chunk * CHUNK_WORDS + Head.next]! | 0;
      return chunk;
    }
    return this.used < this.maximum ? this.used++ : -1;
  }
}
