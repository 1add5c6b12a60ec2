/** Runs trials in a process of its own, so that a hang or a crash of it can be noticed from outside. */
import { drawTrial } from './draw.js';
import { loadOriginals } from './originals.js';
import { runTrial } from './trial.js';
import type { WorkerMessage } from './worker-message.js';

/** Heap and buffers that may remain after collecting garbage, beyond what the first trials left. */
const MAX_GROWTH = 48 * 1024 * 1024;
/** Of the whole process while a trial of at most half a megabyte runs. */
const MAX_RESIDENT_KILOBYTES = 1_200_000;
/** Processor time of a trial, which reads at most two files of half a megabyte, up to three times. */
const MAX_MICROSECONDS = 10_000_000;
const TRIALS_BETWEEN_COLLECTIONS = 500;

const [seed, first, minutes] = process.argv.slice(2).map(Number) as [number, number, number];
const send = (message: WorkerMessage): void => { process.send?.(message); };
const collectGarbage = (globalThis as { gc?: () => void }).gc;

function retained(): number {
  collectGarbage?.();
  collectGarbage?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const originals = loadOriginals(process.env['PORTWITNESS_CORPUS']);
const until = performance.now() + minutes * 60_000;
let baseline: number | undefined;
let number = first;
for (; performance.now() < until; number++) {
  send({ kind: 'begin', number });
  const before = process.cpuUsage();
  try {
    await runTrial(drawTrial(originals, seed, number));
    const { user, system } = process.cpuUsage(before);
    if (user + system > MAX_MICROSECONDS) throw new Error(`takes ${Math.round((user + system) / 1e6)} seconds of processor time`);
    if (process.resourceUsage().maxRSS > MAX_RESIDENT_KILOBYTES) throw new Error(`the process has grown to ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`);
  } catch (error) {
    send({ kind: 'failed', number, message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    if (process.resourceUsage().maxRSS > MAX_RESIDENT_KILOBYTES) break; // the next one must not be blamed for it
  }
  if (number % TRIALS_BETWEEN_COLLECTIONS === 0 && collectGarbage !== undefined) {
    const now = retained();
    baseline ??= now;
    if (now > baseline + MAX_GROWTH) {
      send({ kind: 'failed', number, message: `${Math.round((now - baseline) / 1024 / 1024)} MB more are kept than after the first trials` });
      break;
    }
  }
}
send({ kind: 'end', number });
process.disconnect();
