/**
 * Files and standard input as streams of chunks, in Node. Two buffers take turns: while one is being processed, the thread pool
 * fills the other, so that a core reads while another works.
 */
import { fstatSync, read as readWithCallback } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';

/** Bytes of a capture, in order. Each chunk is borrowed until the next one is asked for. */
export interface CaptureSource extends AsyncIterable<Uint8Array> {
  /** Bytes in all; null: a pipe, nobody knows. */
  readonly size: number | null;
}

const CHUNK_LENGTH = 1024 * 1024;
const STDIN = '-';
const STDIN_DESCRIPTOR = 0;
const readDescriptor = promisify(readWithCallback);

/**
 * Opens a path, or `-` for standard input. The file is closed when the iteration ends, however it ends.
 * @throws what the system answers (ENOENT, EACCES, …), and an Error with code EISDIR for a folder.
 */
export async function openCapture(path: string, chunkLength = CHUNK_LENGTH): Promise<CaptureSource> {
  if (path === STDIN) return standardInput(chunkLength);
  const file = await open(path);
  const stats = await file.stat();
  if (stats.isDirectory()) {
    await file.close();
    throw Object.assign(new Error(`EISDIR: is a directory, open '${path}'`), { code: 'EISDIR', path });
  }
  if (!stats.isFile()) return { size: null, [Symbol.asyncIterator]: () => chunksOf(file.createReadStream({ highWaterMark: chunkLength })) };
  const read = async (buffer: Uint8Array) => (await file.read(buffer, 0, buffer.length, null)).bytesRead;
  return { size: stats.size, [Symbol.asyncIterator]: () => doubleBuffered(read, () => file.close(), chunkLength) };
}

function standardInput(chunkLength: number): CaptureSource {
  const stats = fstatSync(STDIN_DESCRIPTOR);
  if (!stats.isFile()) return { size: null, [Symbol.asyncIterator]: () => chunksOf(process.stdin) };
  const read = async (buffer: Uint8Array) => (await readDescriptor(STDIN_DESCRIPTOR, buffer, 0, buffer.length, null)).bytesRead;
  return { size: stats.size, [Symbol.asyncIterator]: () => doubleBuffered(read, () => Promise.resolve(), chunkLength) };
}

/**
 * A pipe by Node's own stream: a read that waits in the thread pool could not be given up at Ctrl-C. `return` does not wait for
 * a chunk that may never come, as that of the stream's own iterator does.
 */
function chunksOf(stream: Readable): AsyncIterator<Uint8Array> {
  const iterator = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  return {
    next: () => iterator.next(),
    return: () => {
      stream.destroy();
      return Promise.resolve({ done: true, value: undefined });
    },
  };
}

async function* doubleBuffered(read: (buffer: Uint8Array) => Promise<number>, close: () => Promise<void>, chunkLength: number): AsyncGenerator<Uint8Array> {
  let filling = new Uint8Array(chunkLength);
  let lent = new Uint8Array(chunkLength);
  let reading = read(filling);
  try {
    for (;;) {
      const length = await reading;
      if (length === 0) return;
      [filling, lent] = [lent, filling];
      reading = read(filling);
      reading.catch(() => undefined); // it is awaited in the next round, and must not count as unhandled until then
      yield length === chunkLength ? lent : lent.subarray(0, length);
    }
  } finally {
    await reading.catch(() => undefined);
    await close();
  }
}
