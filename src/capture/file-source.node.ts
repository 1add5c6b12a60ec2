/**
 * Files and standard input as streams of chunks, in Node. Two buffers take turns: while one is being processed, the thread pool
 * fills the other, so that a core reads while another works.
 */
import { fstatSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Bytes of a capture, in order. Each chunk is borrowed until the next one is asked for. */
export interface CaptureSource extends AsyncIterable<Uint8Array> {
  /** Bytes in all; null: a pipe, nobody knows. */
  readonly size: number | null;
}

const CHUNK_LENGTH = 1024 * 1024;
const STDIN = '-';
const STDIN_DESCRIPTOR = 0;

/**
 * Opens a path, or `-` for standard input. The file is closed when the iteration ends, however it ends.
 * @throws what the system answers (ENOENT, EACCES, …), and an Error with code EISDIR for a folder.
 */
export async function openCapture(path: string, chunkLength = CHUNK_LENGTH): Promise<CaptureSource> {
  if (path === STDIN) return standardInput();
  const file = await open(path);
  const stats = await file.stat();
  if (stats.isDirectory()) {
    await file.close();
    throw Object.assign(new Error(`EISDIR: is a directory, open '${path}'`), { code: 'EISDIR', path });
  }
  if (stats.isFile()) return { size: stats.size, [Symbol.asyncIterator]: () => readFile(file, chunkLength) };
  return { size: null, [Symbol.asyncIterator]: () => file.createReadStream({ highWaterMark: chunkLength })[Symbol.asyncIterator]() as AsyncIterator<Uint8Array> };
}

/** Node's own stream, because a read that waits in the thread pool could not be given up at Ctrl-C. */
function standardInput(): CaptureSource {
  const stats = fstatSync(STDIN_DESCRIPTOR);
  return { size: stats.isFile() ? stats.size : null, [Symbol.asyncIterator]: () => process.stdin[Symbol.asyncIterator]() as AsyncIterator<Uint8Array> };
}

async function* readFile(file: FileHandle, chunkLength: number): AsyncGenerator<Uint8Array> {
  let filling = new Uint8Array(chunkLength);
  let lent = new Uint8Array(chunkLength);
  let reading = file.read(filling, 0, chunkLength, null);
  try {
    for (;;) {
      const { bytesRead } = await reading;
      if (bytesRead === 0) return;
      [filling, lent] = [lent, filling];
      reading = file.read(filling, 0, chunkLength, null);
      yield bytesRead === chunkLength ? lent : lent.subarray(0, bytesRead);
    }
  } finally {
    await reading.catch(() => undefined);
    await file.close();
  }
}
