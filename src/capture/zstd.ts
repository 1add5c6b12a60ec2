/** zstd streams by fzstd, in plain JavaScript: for browsers, and for Node versions whose zlib does not know it. */
import { Decompress } from 'fzstd';
import { BadCompressionError } from './compression.js';

/** fzstd's code for a stream that breaks off. */
const UNEXPECTED_EOF = 5;

export async function* decompressZstd(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const inflated: Uint8Array[] = [];
  const decompress = new Decompress((data) => { if (data.length > 0) inflated.push(data); });
  let failure: BadCompressionError | undefined;
  const push = (chunk: Uint8Array, isLast: boolean) => {
    try {
      decompress.push(chunk, isLast);
    } catch (error) {
      const { code, message } = error as Error & { code?: unknown };
      failure = new BadCompressionError(message, code === UNEXPECTED_EOF);
    }
  };
  for await (const chunk of source) {
    push(chunk.slice(), false); // it keeps what it cannot use yet, and the chunk is only lent
    yield* inflated.splice(0);
    if (failure !== undefined) throw failure;
  }
  push(new Uint8Array(0), true);
  yield* inflated.splice(0);
  if (failure !== undefined) throw failure;
}
