/** The second thread of `collectInParallel`. */
import { parentPort, workerData } from 'node:worker_threads';
import { nodeDecompressors } from '../capture/decompressors.node.js';
import { openCapture } from '../capture/file-source.node.js';
import { collectShard } from './collect-evidence.js';
import { CommonEnd } from './collect-in-parallel.node.js';
import type { ShardTask } from './collect-in-parallel.node.js';

const { paths, stop, selection } = workerData as ShardTask;
const abort = new AbortController();
const end = new CommonEnd(stop, 1, abort);
const shard = await collectShard(
  paths.map((path) => ({ name: path, open: () => openCapture(path) })),
  { decompressors: nodeDecompressors, signal: abort.signal, selection, admits: () => end.admits(), explain: () => '' },
  { index: 1, count: 2 },
);
const { words, doubles } = shard.conversations;
parentPort?.postMessage(shard, [words.buffer, doubles.buffer] as ArrayBuffer[]);
