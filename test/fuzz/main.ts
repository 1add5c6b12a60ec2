/**
 * `npm run fuzz -- [--minutes N] [--seed S] [--from K]`: mutated captures through the whole pipeline until the time is up. A trial fails when it
 * throws, takes too long, keeps memory, or its report contradicts itself. The input is saved to a temporary folder, and the line printed says
 * how to try it again. PORTWITNESS_CORPUS names a folder of further captures to begin with.
 */
import { fork } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { drawTrial } from './draw.js';
import { loadOriginals } from './originals.js';
import type { WorkerMessage } from './worker-message.js';

/** By the clock on the wall, so that a process of low priority on a busy machine is not taken for one that hangs; the worker has a bound of processor time. */
const MAX_SECONDS = 180;
const MAX_FAILURES = 20;

function option(name: string, otherwise: number): number {
  const at = process.argv.indexOf(`--${name}`);
  if (at < 0) return otherwise;
  const value = Number(process.argv[at + 1]);
  if (!Number.isFinite(value) || value < 0) {
    console.error(`--${name}: a number is needed`);
    process.exit(2);
  }
  return value;
}

const minutes = option('minutes', 1);
const seed = option('seed', Date.now() % 2 ** 31);
const until = performance.now() + minutes * 60_000;
const originals = loadOriginals(process.env['PORTWITNESS_CORPUS']);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portwitness-fuzz-'));
let number = option('from', 0);
let trials = 0;
let failures = 0;
/** The first line of each failure, so that one fault is told once. */
const told = new Map<string, number>();

function report(failed: number, message: string): void {
  const kind = faultOf(message);
  const times = (told.get(kind) ?? 0) + 1;
  told.set(kind, times);
  if (times > 1) return;
  failures++;
  const { files, from } = drawTrial(originals, seed, failed);
  const saved = files.map((bytes, i) => {
    const file = path.join(folder, `${seed}-${failed}-${i}`);
    fs.writeFileSync(file, bytes);
    return file;
  });
  console.log(`\nFAILED: --seed ${seed} --from ${failed}   (${from.join(' + ')})\n  ${saved.join('\n  ')}\n  ${message.split('\n').slice(0, 8).join('\n  ')}`);
}

/** Message and the place where it was thrown, without numbers that differ each time. */
function faultOf(message: string): string {
  const [head = '', ...stack] = message.split('\n');
  return `${head.replace(/\d+/gu, '#').slice(0, 120)} ${stack.find((line) => line.includes('/src/'))?.trim() ?? ''}`;
}

/** One process until it ends, dies or hangs. Answers the number of the next trial. */
function runWorker(first: number): Promise<number> {
  return new Promise((resolve) => {
    const worker = fork(fileURLToPath(new URL('./worker.ts', import.meta.url)), [String(seed), String(first), String((until - performance.now()) / 60_000)], {
      execArgv: [...process.execArgv, '--expose-gc', '--max-old-space-size=1024'],
    });
    let current = first;
    let failedAt = -1;
    let isDone = false;
    let timer: NodeJS.Timeout | undefined;
    worker.on('message', (message: WorkerMessage) => {
      clearTimeout(timer);
      if (message.kind === 'begin') {
        current = message.number;
        trials++;
        timer = setTimeout(() => {
          failedAt = current;
          report(current, `takes more than ${MAX_SECONDS} seconds`);
          worker.kill('SIGKILL');
        }, MAX_SECONDS * 1000);
      } else if (message.kind === 'failed') {
        failedAt = message.number;
        report(message.number, message.message);
        if (failures >= MAX_FAILURES) worker.kill('SIGKILL');
      } else isDone = true;
    });
    worker.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (!isDone && failedAt !== current) report(current, `the process died (${signal ?? `exit code ${code}`})`);
      resolve(current + 1);
    });
  });
}

console.log(`${originals.length} captures to begin with, seed ${seed}, ${minutes} minutes`);
while (performance.now() < until && failures < MAX_FAILURES) number = await runWorker(number);
console.log(`\n${trials} trials, ${failures} faults${failures === 0 ? '' : `, inputs in ${folder}`}`);
for (const [fault, times] of told) console.log(`  ${String(times).padStart(6)} times  ${fault}`);
if (failures === 0) fs.rmSync(folder, { recursive: true });
process.exitCode = failures === 0 ? 0 : 1;
