/**
 * zstd streams by zstddec, Facebook's decoder as WebAssembly: for browsers, and for Node versions whose zlib does not know zstd. It is loaded when the first
 * such file is read.
 *
 * Its generator asks for compressed pieces while it is being asked for output, synchronously, and answers at least once for each piece; so one piece that
 * is ready whenever it is asked is all that it takes to feed it from an asynchronous source. It does not look at error codes: corrupt input is known by
 * answers without output that do not move on.
 */
import { BadCompressionError } from './compression.js';

/** Frame_Header_Descriptor (RFC 8878, section 3.1.1.1.1) behind the magic number: its last two bits say how long the id of a dictionary is. */
const FRAME_MAGIC = 0x28b52ffd;
const HAS_DICTIONARY = 0x03;

/** Cut at fixed places, whatever the chunks were, so that what comes out before a fault does not depend on them. */
const PIECE_LENGTH = 64 * 1024;
/** In a row, without a further piece being asked for. A frame that is to be skipped gives one such answer, and so may the end of a frame. */
const MAX_EMPTY_ANSWERS = 1000;

export async function* decompressZstd(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { ZSTDDecoder } = await import('zstddec/stream');
  const decoder = new ZSTDDecoder();
  await decoder.init();
  const supply = new PieceSupply();
  const output = decoder.decodeStreaming(supply);
  const pieces = piecesOf(source);
  let emptyAnswers = 0;
  for (let isFirst = true; ; isFirst = false) {
    if (supply.isHungry) {
      const next = await pieces.next();
      if (isFirst && next.done !== true && namesDictionary(next.value)) {
        throw new BadCompressionError('packed with a dictionary, which is not in the file; unpack it first: zstd -d -D DICTIONARY', false);
      }
      supply.put(next.done === true ? undefined : next.value);
      emptyAnswers = 0;
    }
    const answer = nextAnswer(output);
    if (answer === undefined) return;
    if (answer.length > 0) {
      emptyAnswers = 0;
      yield answer;
    } else if (++emptyAnswers > MAX_EMPTY_ANSWERS) throw new BadCompressionError('invalid zstd data', false);
  }
}

/** Whether a frame begins with `piece` that names its dictionary. One that frames to be skipped precede is found out as invalid. */
function namesDictionary(piece: Uint8Array): boolean {
  const view = new DataView(piece.buffer, piece.byteOffset, piece.length);
  return piece.length > 4 && view.getUint32(0) === FRAME_MAGIC && (view.getUint8(4) & HAS_DICTIONARY) !== 0;
}

/** @throws BadCompressionError when the stream is not at its end where the input is. */
function nextAnswer(output: Generator<Uint8Array>): Uint8Array | undefined {
  try {
    const answer = output.next();
    return answer.done === true ? undefined : answer.value;
  } catch (error) {
    throw new BadCompressionError(`unexpected end of zstd data (${(error as Error).message})`, true);
  }
}

/** Hands over one piece at a time, which must be there when it is asked for. */
class PieceSupply implements Iterable<Uint8Array>, Iterator<Uint8Array> {
  private piece: Uint8Array | undefined;
  private hasEnded = false;

  /** The next call may ask for a piece, and none is there. */
  get isHungry(): boolean {
    return this.piece === undefined && !this.hasEnded;
  }

  /** Undefined: there are no more. */
  put(piece: Uint8Array | undefined): void {
    this.piece = piece;
    this.hasEnded = piece === undefined;
  }

  [Symbol.iterator](): Iterator<Uint8Array> {
    return this;
  }

  next(): IteratorResult<Uint8Array> {
    const value = this.piece;
    this.piece = undefined;
    return value === undefined ? { done: true, value: undefined } : { done: false, value };
  }
}

/** A piece is borrowed until the next one is asked for: the decoder copies it. */
async function* piecesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const piece = new Uint8Array(PIECE_LENGTH);
  let filled = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + PIECE_LENGTH - filled);
      piece.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < PIECE_LENGTH) break;
      yield piece;
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}
