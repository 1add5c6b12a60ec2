/** `dist/packet-worker.cjs`: the thread that reads packets, see `evidence/packet-thread.node.ts`. Loads its program and runs it. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadProgram } from './program-file.node.js';

void loadProgram(workerData as string, 'packets').readPackets(parentPort!);
