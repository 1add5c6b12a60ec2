import { captureOfKey, frameOfKey } from './flow-layout.js';
import type { SketchRow } from './flow.js';

const ROWS_PER_CHUNK = 5;
/** Rows of one flow at most: retransmission schedules and handshakes need no more. */
const MAX_ROWS = 64;
const DOUBLES = 2; // seconds, frame key
const WORDS = 6; // nanoseconds, flags | side << 8 | ttl << 16, sequence, acknowledgement, length, window | IP id << 16
const MAX_CHUNKS = 131_072;

/**
 * The first packets of flows that may turn out to have failed. Chunks of rows in typed arrays, chained, given back when a flow
 * proves healthy: memory follows the number of flows in doubt, under a bound.
 */
export class PacketSketches {
  private doubles: Float64Array;
  private words: Uint32Array;
  private next: Int32Array;
  /** Rows used in the whole chain, kept at its first chunk; and the last chunk of the chain. */
  private rows: Uint16Array;
  private last: Int32Array;
  private capacity: number;
  private used = 0;
  private free = -1;

  constructor(capacity = 2048) {
    this.capacity = capacity;
    this.doubles = new Float64Array(capacity * ROWS_PER_CHUNK * DOUBLES);
    this.words = new Uint32Array(capacity * ROWS_PER_CHUNK * WORDS);
    this.next = new Int32Array(capacity);
    this.rows = new Uint16Array(capacity);
    this.last = new Int32Array(capacity);
  }

  /** A new sketch, or -1 when there is no room: the flow then has none. */
  open(): number {
    const chunk = this.take();
    if (chunk >= 0) {
      this.rows[chunk] = 0;
      this.last[chunk] = chunk;
    }
    return chunk;
  }

  add(sketch: number, seconds: number, nanoseconds: number, frameKey: number, flags: number, side: number, ttl: number, sequence: number, acknowledgement: number, length: number, window: number, ipId: number): void {
    const row = this.rows[sketch]!;
    if (row === MAX_ROWS) return;
    let chunk = this.last[sketch]!;
    if (row > 0 && row % ROWS_PER_CHUNK === 0) {
      const more = this.take();
      if (more < 0) return;
      this.next[chunk] = more;
      this.last[sketch] = more;
      chunk = more;
    }
    this.rows[sketch] = row + 1;
    const at = chunk * ROWS_PER_CHUNK + (row % ROWS_PER_CHUNK);
    this.doubles[at * DOUBLES] = seconds;
    this.doubles[at * DOUBLES + 1] = frameKey;
    const w = at * WORDS;
    const words = this.words;
    words[w] = nanoseconds;
    words[w + 1] = flags | (side << 8) | (ttl << 16);
    words[w + 2] = sequence;
    words[w + 3] = acknowledgement;
    words[w + 4] = length;
    words[w + 5] = (window & 0xffff) | (ipId << 16);
  }

  close(sketch: number): void {
    let chunk = sketch;
    const last = this.last[sketch]!;
    for (;;) {
      const next = this.next[chunk]!;
      this.next[chunk] = this.free;
      this.free = chunk;
      if (chunk === last) return;
      chunk = next;
    }
  }

  read(sketch: number, client: number): SketchRow[] {
    const result: SketchRow[] = [];
    let chunk = sketch;
    const rows = this.rows[sketch]!;
    for (let row = 0; row < rows; row++) {
      if (row > 0 && row % ROWS_PER_CHUNK === 0) chunk = this.next[chunk]!;
      const at = chunk * ROWS_PER_CHUNK + (row % ROWS_PER_CHUNK);
      const key = this.doubles[at * DOUBLES + 1]!;
      const w = at * WORDS;
      const meta = this.words[w + 1]!;
      const tail = this.words[w + 5]!;
      result.push({
        frame: { capture: captureOfKey(key), frame: frameOfKey(key) },
        time: { seconds: this.doubles[at * DOUBLES]!, nanoseconds: this.words[w]! },
        from: ((meta >>> 8) & 1) === client ? 'client' : 'server',
        flags: meta & 0xff,
        sequence: this.words[w + 2]!,
        acknowledgement: this.words[w + 3]!,
        length: this.words[w + 4]!,
        ttl: (meta >>> 16) & 0xff,
        window: tail & 0xffff,
        ipId: tail >>> 16,
      });
    }
    return result;
  }

  private take(): number {
    if (this.free >= 0) {
      const chunk = this.free;
      this.free = this.next[chunk]!;
      return chunk;
    }
    if (this.used === this.capacity) {
      if (this.capacity >= MAX_CHUNKS) return -1;
      this.grow();
    }
    return this.used++;
  }

  private grow(): void {
    const capacity = this.capacity * 2;
    const copy = <T extends Float64Array | Uint32Array | Int32Array | Uint16Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.doubles = copy(new Float64Array(capacity * ROWS_PER_CHUNK * DOUBLES), this.doubles);
    this.words = copy(new Uint32Array(capacity * ROWS_PER_CHUNK * WORDS), this.words);
    this.next = copy(new Int32Array(capacity), this.next);
    this.rows = copy(new Uint16Array(capacity), this.rows);
    this.last = copy(new Int32Array(capacity), this.last);
    this.capacity = capacity;
  }
}
