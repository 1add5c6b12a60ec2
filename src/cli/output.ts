/**
 * Where results go: standard output, or `-o FILE`. A regular or absent target is written beside and renamed when complete, so
 * that nobody ever reads half a report; devices, FIFOs and `-` are written directly.
 */
import fs from 'node:fs';
import path from 'node:path';
import { OutputError } from './exit-code.js';

export interface Output {
  /** Synchronous: results are written in pieces of some 64 KiB. */
  write(text: string): void;
  /** UTF-8, the same. */
  writeBytes(bytes: Uint8Array): void;
  /** Everything is written. */
  commit(): void;
  /** Something went wrong: the target stays as it was. */
  discard(): void;
  readonly isTerminal: boolean;
}

/** The reader of our standard output went away: not an error, but the end. */
export class ClosedPipe extends Error {
  override readonly name = 'ClosedPipe';
}

export function openOutput(target: string | undefined): Output {
  if (target === undefined || target === '-') return direct('standard output', 1, process.stdout.isTTY, () => undefined);
  let kind: fs.Stats | undefined;
  try {
    kind = fs.statSync(target);
  } catch {
    kind = undefined;
  }
  if (kind?.isDirectory() === true) throw new OutputError(`${target}: is a folder; give a file`);
  if (kind !== undefined && !kind.isFile()) {
    const fd = attempt(target, () => fs.openSync(target, 'w'));
    return direct(target, fd, false, () => { fs.closeSync(fd); });
  }
  const beside = path.join(path.dirname(target), `.${path.basename(target)}.${process.pid}.tmp`);
  const fd = attempt(target, () => fs.openSync(beside, 'wx'));
  return {
    isTerminal: false,
    write: (text) => attempt(target, () => writeText(fd, text)),
    writeBytes: (bytes) => attempt(target, () => writeAll(fd, bytes)),
    commit: () => attempt(target, () => {
      fs.closeSync(fd);
      fs.renameSync(beside, target);
    }),
    discard: () => {
      try {
        fs.closeSync(fd);
      } catch {
        // already closed by a failed commit
      }
      fs.rmSync(beside, { force: true });
    },
  };
}

function direct(name: string, fd: number, isTerminal: boolean, close: () => void): Output {
  return {
    isTerminal,
    write: (text) => attempt(name, () => writeText(fd, text)),
    writeBytes: (bytes) => attempt(name, () => writeAll(fd, bytes)),
    commit: close,
    discard: close,
  };
}

/** One buffer for all pieces of up to some 64 KiB: a new one for each took a third of the time of encoding. */
const PIECE = 100_000;
const BYTES_PER_CHARACTER = 3;
let scratch: Buffer | undefined;

function writeText(fd: number, text: string): void {
  if (text.length > PIECE) {
    writeAll(fd, Buffer.from(text, 'utf8'));
    return;
  }
  const bytes = (scratch ??= Buffer.allocUnsafeSlow(PIECE * BYTES_PER_CHARACTER));
  writeAll(fd, bytes.subarray(0, bytes.write(text, 'utf8')));
}

function writeAll(fd: number, bytes: Uint8Array): void {
  const { length } = bytes;
  for (let at = 0; at < length;) {
    try {
      at += fs.writeSync(fd, bytes, at, length - at);
    } catch (error) {
      // A pipe in non-blocking mode whose reader is slow: wait a little and go on.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

function attempt<T>(target: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EPIPE') throw new ClosedPipe();
    throw new OutputError(`${target}: ${REASONS[code ?? ''] ?? message}`);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'may not be written (permission denied)', EPERM: 'may not be written (permission denied)', ENOENT: 'its folder does not exist',
  ENOSPC: 'no space left on the disk', EROFS: 'the file system is read-only', EISDIR: 'is a folder; give a file',
};
