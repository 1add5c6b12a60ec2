import { captureOfKey, frameOfKey } from './flow-layout.js';
import type { SketchRow } from './flow.js';
import { CHUNK_WORDS, HEAD_WORDS, Head, ROW_WORDS, ROWS_PER_CHUNK, RowDouble, RowWord } from './sketch-layout.js';

const CHUNK_DOUBLES = CHUNK_WORDS / 2;

/** Reads the sketches that the engine wrote: see `sketch-layout.ts`. */
export class PacketSketches {
  readonly words: Uint32Array;
  private readonly doubles: Float64Array;

  /** Both of the chunks. */
  constructor(words: Uint32Array, doubles: Float64Array) {
    this.words = words;
    this.doubles = doubles;
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
      const key = doubles[d + RowDouble.frameKey]!;
      const traits = words[w + RowWord.traits]!;
      const tail = words[w + RowWord.tail]!;
      result.push({
        frame: { capture: captureOfKey(key), frame: frameOfKey(key) },
        time: { seconds: doubles[d + RowDouble.seconds]!, nanoseconds: words[w + RowWord.nanoseconds]! },
        from: ((traits >>> 8) & 1) === client ? 'client' : 'server',
        flags: traits & 0xff,
        sequence: words[w + RowWord.sequence]!,
        acknowledgement: words[w + RowWord.acknowledgement]!,
        length: words[w + RowWord.length]!,
        ttl: (traits >>> 16) & 0xff,
        window: tail & 0xffff,
        ipId: tail >>> 16,
      });
    }
    return result;
  }
}
