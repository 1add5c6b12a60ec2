/** Packets of a large file, read by a worker thread. */
import { existsSync, statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { NotACaptureError } from '../capture/damage.js';
import { NoAddressSpaceError, WITHOUT_TRAP_HANDLER } from '../flow/flow-engine.js';
import { SETTLED_BYTES, SettledFlows } from '../flow/settled-flows.js';
import { Said, Signal, SIGNALS, type WorkerMessage, type WorkerOrder } from './apart-messages.js';
import type { ApartListener, ApartOptions, PacketsApart } from './packets-apart.js';

/** Below that the second thread has hardly begun when the first could have ended. */
const LARGE_FILE = 24 * 1024 * 1024;

/** `program`: the worker, bundled. Answers undefined where one thread does. */
export function packetsApart(path: string, program: string, smallest = LARGE_FILE): PacketsApart | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isFile() !== true || stats.size < smallest || !existsSync(program) || isShortOfSpace()) return undefined;
  return new WorkerPackets(path, stats.size, program);
}

/** A second thread takes some hundred megabytes of address space for itself. */
function isShortOfSpace(): boolean {
  return process.execArgv.includes(WITHOUT_TRAP_HANDLER) || process.env['NODE_OPTIONS']?.includes(WITHOUT_TRAP_HANDLER) === true;
}

class WorkerPackets implements PacketsApart {
  readonly size: number;
  readonly settled = new SettledFlows(new Int32Array(new SharedArrayBuffer(SETTLED_BYTES)));
  private readonly signal = new Int32Array(new SharedArrayBuffer(SIGNALS * 4));
  private readonly progress = new Float64Array(new SharedArrayBuffer(16));
  private readonly path: string;
  private readonly program: string;
  private worker: Worker | undefined;

  constructor(path: string, size: number, program: string) {
    this.path = path;
    this.size = size;
    this.program = program;
  }

  get bytes(): number { return this.progress[0]!; }
  get packets(): number { return this.progress[1]!; }

  start(options: ApartOptions): boolean {
    const order: WorkerOrder = { path: this.path, options, signal: this.signal, progress: this.progress, settled: this.settled.words };
    try {
      this.worker = new Worker(this.program, { workerData: order });
      return true;
    } catch {
      return false;
    }
  }

  async read(listener: ApartListener, signal: AbortSignal | undefined): Promise<void> {
    const worker = this.worker!;
    const onAbort = () => { Atomics.store(this.signal, Signal.stop, 1); };
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
    try {
      await new Promise<void>((resolve, reject) => {
        worker.on('error', reject);
        worker.on('exit', () => { reject(new Error('the thread that reads packets has ended before its time')); });
        worker.on('message', (message: WorkerMessage) => {
          try {
            this.hear(message, worker, listener, resolve);
          } catch (error) {
            // What is still under way is not heard any more.
            worker.removeAllListeners('message');
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        });
      });
    } finally {
      signal?.removeEventListener('abort', onAbort);
      void worker.terminate();
    }
  }

  private hear(message: WorkerMessage, worker: Worker, listener: ApartListener, resolve: () => void): void {
    switch (message.said) {
      case Said.block: {
        const { block, length } = message;
        listener.block(block, length);
        worker.postMessage(block, [block]);
        Atomics.add(this.signal, Signal.returned, 1);
        Atomics.notify(this.signal, Signal.returned);
        return;
      }
      case Said.captured:
        listener.captured(message.told);
        return;
      case Said.ended:
        listener.ended(message.duplicates, message.evictedOpen);
        resolve();
        return;
      case Said.failed:
        if (message.isNoSpace) throw new NoAddressSpaceError();
        if (message.isNoCapture) throw new NotACaptureError(message.message, message.byteOffset);
        throw Object.assign(new Error(message.message), message.code === undefined ? {} : { code: message.code });
    }
  }
}
