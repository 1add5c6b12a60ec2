/**
 * The thread that reads packets of a large file: when there is one, and how it is started. It takes as long to start as the program takes to load, so
 * the launcher starts it before it loads the program; it then waits for its order.
 */
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { WITHOUT_TRAP_HANDLER } from '../flow/flow-engine.js';

/** Below that the second thread has hardly begun when the first could have ended. */
const LARGE_FILE = 24 * 1024 * 1024;
const PROGRAM = 'packet-worker.cjs';
/** What that loads. */
const PACKETS = 'packets.cjs';
/** It makes next to no garbage; what little there is then stays in the processor's cache, and some 7 MB are never touched. */
const YOUNG_MEGABYTES = 2;

/** `folder`: where the bundled program lies. Answers undefined where it is not there. */
export function threadProgram(folder: string): string | undefined {
  const program = join(folder, PROGRAM);
  return existsSync(program) && existsSync(join(folder, PACKETS)) ? program : undefined;
}

/** The size of the file, where it is one for a thread of its own; else undefined. */
export function sizeForThread(path: string, smallest = LARGE_FILE): number | undefined {
  if (isShortOfSpace()) return undefined;
  try {
    const stats = statSync(path);
    return stats.isFile() && stats.size >= smallest ? stats.size : undefined;
  } catch {
    // What cannot be read is told where it is to be read.
    return undefined;
  }
}

/** A second thread takes some hundred megabytes of address space for itself. */
function isShortOfSpace(): boolean {
  return process.execArgv.includes(WITHOUT_TRAP_HANDLER) || process.env['NODE_OPTIONS']?.includes(WITHOUT_TRAP_HANDLER) === true;
}

/** A thread that waits for its order, see `packet-worker.node.ts`. Nothing waits for it before it has one. Answers undefined where there is none to be had. */
export function startPacketThread(program: string): Worker | undefined {
  try {
    const worker = new Worker(program, { workerData: dirname(program), resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES } });
    worker.unref();
    return worker;
  } catch {
    return undefined;
  }
}
