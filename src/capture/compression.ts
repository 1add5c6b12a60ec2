/** What a decompression layer is to the rest: handed in, because Node and browsers have different ones. */
import type { Compression } from './detect.js';

/**
 * Inflates a stream chunk by chunk. Chunks of the source are borrowed until the next is asked for; those that it yields may be too.
 * A stream that breaks off or is corrupt yields all that could be inflated before it throws {@link BadCompressionError}.
 */
export type Decompressor = (source: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;
export type Decompressors = Partial<Readonly<Record<Compression, Decompressor>>>;

export class BadCompressionError extends Error {
  override readonly name = 'BadCompressionError';
  /** The stream is sound as far as it goes, but its end is missing. */
  readonly isCut: boolean;
  constructor(message: string, isCut: boolean) {
    super(message);
    this.isCut = isCut;
  }
}
