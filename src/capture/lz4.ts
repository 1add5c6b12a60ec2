/**
 * LZ4 frames (lz4_Frame_format.md and lz4_Block_format.md of lz4/lz4): a header, blocks of at most 4 MiB, an end mark. Small enough to be
 * read here: no maintained package does it as a stream without native code. Checksums are passed over; the packets prove themselves.
 */
import { BadCompressionError } from './compression.js';

const FRAME_MAGIC = 0x184d2204;
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_MASK = 0xfffffff0;

/** Bits of the first descriptor byte. */
const VERSION_MASK = 0xc0;
const VERSION_1 = 0x40;
const BLOCKS_ARE_INDEPENDENT = 0x20;
const BLOCKS_HAVE_CHECKSUM = 0x10;
const HAS_CONTENT_SIZE = 0x08;
const HAS_CONTENT_CHECKSUM = 0x04;
const HAS_DICTIONARY = 0x01;
/** Of a block's length word. */
const IS_STORED = 0x80000000;

/** How far back a match may reach. */
const HISTORY_LENGTH = 65_536;
const SHORTEST_MATCH = 4;
const LENGTH_CONTINUES = 15;

/** Yields one block after the other. A yielded block is borrowed until the next is asked for. */
export async function* decompressLz4(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const input = new ExactInput(source);
  for (;;) {
    const start = await input.take(4, true);
    if (start === undefined) return;
    const magic = viewOf(start).getUint32(0, true);
    if ((magic & SKIPPABLE_MASK) >>> 0 === SKIPPABLE_MAGIC) await input.skip(viewOf(await input.take(4)).getUint32(0, true));
    else if (magic === FRAME_MAGIC) yield* inflateFrame(input);
    else throw new BadCompressionError('no lz4 frame begins where one should', false);
  }
}

async function* inflateFrame(input: ExactInput): AsyncGenerator<Uint8Array> {
  const descriptor = await input.take(2);
  const flags = descriptor[0]!;
  const sizeCode = (descriptor[1]! >>> 4) & 7;
  if ((flags & VERSION_MASK) !== VERSION_1 || sizeCode < 4) throw new BadCompressionError('unknown lz4 frame version', false);
  if ((flags & HAS_DICTIONARY) !== 0) throw needsDictionary();
  await input.take(((flags & HAS_CONTENT_SIZE) !== 0 ? 8 : 0) + 1); // and the header checksum
  const maxBlockLength = 1 << (8 + 2 * sizeCode);
  const output = new Uint8Array(HISTORY_LENGTH + maxBlockLength);
  let end = 0;
  let isFirst = true;
  for (;;) {
    const word = viewOf(await input.take(4)).getUint32(0, true);
    if (word === 0) break;
    const length = word & ~IS_STORED;
    if (length > maxBlockLength) throw new BadCompressionError('an lz4 block is longer than its frame allows', false);
    const block = await input.take(length);
    const history = (flags & BLOCKS_ARE_INDEPENDENT) === 0 ? Math.min(end, HISTORY_LENGTH) : 0;
    output.copyWithin(0, end - history, end);
    if ((word & IS_STORED) !== 0) {
      output.set(block, history);
      end = history + length;
    } else end = inflateBlock(block, output, history, isFirst);
    isFirst = false;
    if ((flags & BLOCKS_HAVE_CHECKSUM) !== 0) await input.take(4);
    yield output.subarray(history, end);
  }
  if ((flags & HAS_CONTENT_CHECKSUM) !== 0) await input.take(4);
}

/** Writes from `start` on, behind the history; answers the end. `isFirst`: nothing but a dictionary could stand before it. */
function inflateBlock(block: Uint8Array, output: Uint8Array, start: number, isFirst: boolean): number {
  const limit = block.length;
  let at = 0;
  let end = start;
  while (at < limit) {
    const token = block[at++]!;
    let literals = token >>> 4;
    if (literals === LENGTH_CONTINUES) {
      let more: number;
      do {
        more = block[at++] ?? broken();
        literals += more;
      } while (more === 255);
    }
    if (at + literals > limit || end + literals > output.length) broken();
    output.set(block.subarray(at, at + literals), end);
    at += literals;
    end += literals;
    if (at === limit) return end; // the last sequence has no match
    const distance = block[at]! | ((block[at + 1] ?? broken()) << 8);
    at += 2;
    let length = token & LENGTH_CONTINUES;
    if (length === LENGTH_CONTINUES) {
      let more: number;
      do {
        more = block[at++] ?? broken();
        length += more;
      } while (more === 255);
    }
    length += SHORTEST_MATCH;
    // The lz4 command does not write into the frame that it used one.
    if (isFirst && distance > end) throw needsDictionary('corrupt, or ');
    if (distance === 0 || distance > end || end + length > output.length) broken();
    if (distance >= length) output.copyWithin(end, end - distance, end - distance + length);
    else for (let i = 0; i < length; i++) output[end + i] = output[end + i - distance]!; // repeats what it writes
    end += length;
  }
  return end;
}

function needsDictionary(doubt = ''): BadCompressionError {
  return new BadCompressionError(`${doubt}packed with a dictionary, which is not in the file; unpack it first: lz4 -d -D DICTIONARY`, false);
}

function broken(): never {
  throw new BadCompressionError('an lz4 block is corrupt', false);
}

/** Exact numbers of bytes out of chunks of any size. Holds at most what is asked for. */
class ExactInput {
  private readonly iterator: AsyncIterator<Uint8Array, unknown>;
  private chunk: Uint8Array = new Uint8Array(0);
  private at = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.iterator = source[Symbol.asyncIterator]();
  }

  /** Borrowed until the next call. Undefined only where the input may end, and does. */
  take(count: number, mayEnd: true): Promise<Uint8Array | undefined>;
  take(count: number): Promise<Uint8Array>;
  async take(count: number, mayEnd = false): Promise<Uint8Array | undefined> {
    if (this.chunk.length - this.at >= count) {
      this.at += count;
      return this.chunk.subarray(this.at - count, this.at);
    }
    const bytes = new Uint8Array(count);
    let filled = 0;
    while (filled < count) {
      if (this.at === this.chunk.length && !(await this.next())) {
        if (mayEnd && filled === 0) return undefined;
        throw new BadCompressionError('unexpected end of lz4 data', true);
      }
      const part = this.chunk.subarray(this.at, this.at + count - filled);
      bytes.set(part, filled);
      filled += part.length;
      this.at += part.length;
    }
    return bytes;
  }

  async skip(count: number): Promise<void> {
    let left = count;
    while (left > 0) {
      if (this.at === this.chunk.length && !(await this.next())) throw new BadCompressionError('unexpected end of lz4 data', true);
      const step = Math.min(left, this.chunk.length - this.at);
      this.at += step;
      left -= step;
    }
  }

  private async next(): Promise<boolean> {
    const next = await this.iterator.next();
    if (next.done === true) return false;
    this.chunk = next.value;
    this.at = 0;
    return true;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
