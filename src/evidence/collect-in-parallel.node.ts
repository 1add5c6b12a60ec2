/**
 * Two threads over the same file: each reads and decodes all of it, which is cheap, and keeps half of the flows, which is not. The
 * parts are then put together; the result is that of one thread. Worth its start-up for large files only.
 */
import { existsSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { collectEvidence } from './collect-evidence.js';
import type { Evidence } from './evidence.js';
import type { EvidenceShard } from './evidence-shard.js';
import type { CaptureInput, InputFault, RunOptions } from './run-captures.js';
import type { TrafficSelection } from './traffic-filter.js';

/** Below this a second thread costs more than it saves. */
const WORTHWHILE_BYTES = 48 * 1024 * 1024;
/** On a machine with two there was no gain (8.45x tcpdump with two threads, 8.17x with one); why was not found out. */
const WORTHWHILE_CORES = 4;

export interface PathInput extends CaptureInput {
  readonly path: string;
}

/** What the worker is started with. */
export interface ShardTask {
  readonly paths: readonly string[];
  readonly stop: SharedArrayBuffer;
  readonly selection: TrafficSelection | undefined;
}

/** `stop`: batches after which both threads end their input (0: none), batches done by thread 0, by thread 1. */
export class CommonEnd {
  readonly shared: Int32Array;
  private readonly own: number;
  private readonly abort: AbortController;
  private batches = 0;

  constructor(shared: SharedArrayBuffer, own: 0 | 1, abort: AbortController) {
    this.shared = new Int32Array(shared);
    this.own = own;
    this.abort = abort;
  }

  /** Both threads see the same batches, so both can end at the same one: a little behind the one that is ahead. */
  request(): void {
    Atomics.store(this.shared, 0, Math.max(Atomics.load(this.shared, 1), Atomics.load(this.shared, 2)) + 64);
  }

  /** Asked once for each batch. False: it lies behind the end. */
  admits(): boolean {
    Atomics.store(this.shared, 1 + this.own, ++this.batches);
    const end = Atomics.load(this.shared, 0);
    if (end === 0 || this.batches <= end) return true;
    this.abort.abort();
    return false;
  }
}

/** `threads`: 1 or 2; undefined: two where they pay. */
export async function collectInParallel(inputs: readonly PathInput[], options: RunOptions, threads?: number): Promise<{ evidence: Evidence; faults: InputFault[] }> {
  const worker = workerFile();
  if (worker === undefined || !(threads === undefined ? isWorthwhile(inputs) : threads > 1)) return collectEvidence(inputs, options);
  const shared = new SharedArrayBuffer(12);
  const abort = new AbortController();
  const end = new CommonEnd(shared, 0, abort);
  const task: ShardTask = { paths: inputs.map(({ path }) => path), stop: shared, selection: options.selection };
  const thread = new Worker(worker, { workerData: task });
  const other = new Promise<EvidenceShard>((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
    thread.once('exit', (code) => { reject(new Error(`the second thread ended early (${code})`)); });
  });
  // It is awaited later; until then a failure of it must not count as unhandled.
  other.catch(() => undefined);
  const stop = (): void => { end.request(); };
  options.signal?.addEventListener('abort', stop, { once: true });
  try {
    return await collectEvidence(inputs, {
      ...options, signal: abort.signal, admits: () => end.admits(), shard: { index: 0, count: 2 }, otherShards: async () => [await other],
    });
  } finally {
    options.signal?.removeEventListener('abort', stop);
    void thread.terminate();
  }
}

function isWorthwhile(inputs: readonly PathInput[]): boolean {
  if (availableParallelism() < WORTHWHILE_CORES) return false;
  let bytes = 0;
  for (const { path } of inputs) {
    if (path === '-') return false;
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats !== undefined && !stats.isFile()) return false;
    bytes += stats?.size ?? 0;
  }
  return bytes >= WORTHWHILE_BYTES;
}

/** Beside the bundle; where the sources run as they are (tests), there is none. */
function workerFile(): string | undefined {
  const file = fileURLToPath(new URL('./shard-worker.js', import.meta.url));
  return existsSync(file) ? file : undefined;
}
