/** Packets of a large file, read by a worker thread. */
import type { Worker } from 'node:worker_threads';
import { NotACaptureError } from '../capture/damage.js';
import { NoAddressSpaceError } from '../flow/flow-engine.js';
import { SETTLED_BYTES, SettledFlows } from '../flow/settled-flows.js';
import { Said, Signal, SIGNALS, type WorkerMessage, type WorkerOrder } from './apart-messages.js';
import { sizeForThread, startPacketThread, threadProgram } from './packet-thread.node.js';
import type { ApartListener, ApartOptions, PacketsApart } from './packets-apart.js';

/** `folder`: where the worker's program lies; `early`: a thread that is started already, if there is one. Answers undefined where one thread does. */
export function packetsApart(path: string, folder: string, early: () => Worker | undefined = () => undefined, smallest?: number): PacketsApart | undefined {
  const size = sizeForThread(path, smallest);
  const program = threadProgram(folder);
  return size === undefined || program === undefined ? undefined : new WorkerPackets(path, size, () => early() ?? startPacketThread(program));
}

class WorkerPackets implements PacketsApart {
  readonly size: number;
  readonly settled = new SettledFlows(new Int32Array(new SharedArrayBuffer(SETTLED_BYTES)));
  private readonly signal = new Int32Array(new SharedArrayBuffer(SIGNALS * 4));
  private readonly progress = new Float64Array(new SharedArrayBuffer(16));
  private readonly path: string;
  private readonly thread: () => Worker | undefined;
  private worker: Worker | undefined;

  constructor(path: string, size: number, thread: () => Worker | undefined) {
    this.path = path;
    this.size = size;
    this.thread = thread;
  }

  get bytes(): number { return this.progress[0]!; }
  get packets(): number { return this.progress[1]!; }

  start(options: ApartOptions): boolean {
    const order: WorkerOrder = { path: this.path, options, signal: this.signal, progress: this.progress, settled: this.settled.words };
    this.worker = this.thread();
    this.worker?.ref();
    this.worker?.postMessage(order);
    return this.worker !== undefined;
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
        const returned = (Atomics.add(this.signal, Signal.returned, 1) + 1) | 0;
        if (returned === Atomics.load(this.signal, Signal.wake)) Atomics.notify(this.signal, Signal.returned);
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
