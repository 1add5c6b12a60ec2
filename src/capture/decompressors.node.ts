/**
 * Decompression in Node: gzip by zlib, on a thread of its own; zstd by zlib where this Node has it (22.15 and later) and by zstddec
 * elsewhere; lz4 by our own decoder of the frame format.
 */
import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { BadCompressionError, type Decompressors } from './compression.js';
import { decompressLz4 } from './lz4.js';
import { decompressZstd } from './zstd.js';

/**
 * Input is handed to the thread pool in such slices, some at a time: enough to keep it busy, little enough to bound a bomb. What zlib inflated of
 * the slice in which it finds an error is lost; so slices are cut at fixed places, whatever the chunks were, and those at the beginning are short.
 */
const SLICE_LENGTH = 64 * 1024;
const FIRST_SLICE_LENGTH = 1024;
const FIRST_SLICES_END = 64 * 1024;
const SLICES_IN_FLIGHT = 4;
const OUTPUT_CHUNK_LENGTH = 256 * 1024;
/** CRC and length at the end of a gzip member. Held back, so that a wrong one spoils nothing that was inflated before. */
const TRAILER_LENGTH = 8;

type CreateZstd = (options: { chunkSize: number; params: Record<number, number> }) => Transform;
const createZstd = (zlib as { createZstdDecompress?: CreateZstd }).createZstdDecompress;
const WINDOW_LOG_MAX = (zlib.constants as Record<string, number>)['ZSTD_d_windowLogMax'];
/** 128 MiB: what the zstd command allows without being asked. */
const MAX_WINDOW_LOG = 27;

export const nodeDecompressors: Decompressors = {
  gzip: (source) => inflate(zlib.createGunzip({ chunkSize: OUTPUT_CHUNK_LENGTH }), source),
  zstd: (source) => createZstd === undefined || WINDOW_LOG_MAX === undefined
    ? decompressZstd(source)
    : inflate(createZstd({ chunkSize: OUTPUT_CHUNK_LENGTH, params: { [WINDOW_LOG_MAX]: MAX_WINDOW_LOG } }), source),
  lz4: decompressLz4,
};

/** Runs a zlib stream so that all it inflated before an error is delivered first: iterating it would throw that away. */
async function* inflate(inflater: Transform, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const input = slices(source);
  const inflated: Uint8Array[] = [];
  let failure: NodeJS.ErrnoException | undefined;
  let hasEnded = false;
  let isFed = false;
  let inFlight = 0;
  let wake = () => {};
  inflater.on('data', (chunk: Uint8Array) => { inflated.push(chunk); wake(); });
  inflater.on('end', () => { hasEnded = true; wake(); });
  inflater.on('error', (error) => { failure = error; wake(); });
  // Set by the listeners while this function waits.
  const state = () => ({ failure, hasEnded });
  try {
    for (;;) {
      for (let chunk = inflated.shift(); chunk !== undefined; chunk = inflated.shift()) yield chunk;
      const now = state();
      if (now.failure !== undefined) throw new BadCompressionError(now.failure.message, now.failure.code === 'Z_BUF_ERROR' || now.failure.message.includes('unexpected end'));
      if (now.hasEnded) return;
      if (!isFed && inFlight < SLICES_IN_FLIGHT) {
        const next = await input.next();
        if (next.done === true) {
          isFed = true;
          inflater.end();
        } else {
          inFlight++;
          inflater.write(next.value, () => { inFlight--; wake(); });
        }
      } else {
        await new Promise<void>((resolve) => { wake = resolve; });
      }
    }
  } finally {
    inflater.destroy();
    void input.return(undefined);
  }
}

/** Copies, because zlib reads them on another thread while the next chunk arrives. The last bytes come by themselves. */
async function* slices(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let length = FIRST_SLICE_LENGTH;
  let slice = new Uint8Array(length + TRAILER_LENGTH);
  let filled = 0;
  let offset = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length;) {
      const piece = chunk.subarray(at, at + slice.length - filled);
      slice.set(piece, filled);
      filled += piece.length;
      at += piece.length;
      if (filled < slice.length) break;
      yield slice.subarray(0, length);
      offset += length;
      const held = slice.subarray(length);
      length = offset < FIRST_SLICES_END ? FIRST_SLICE_LENGTH : SLICE_LENGTH;
      slice = new Uint8Array(length + TRAILER_LENGTH);
      slice.set(held);
      filled = TRAILER_LENGTH;
    }
  }
  const end = Math.max(0, filled - TRAILER_LENGTH);
  if (end > 0) yield slice.subarray(0, end);
  if (filled > end) yield slice.subarray(end, filled);
}
