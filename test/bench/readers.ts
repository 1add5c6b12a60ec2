/**
 * `tsx test/bench/readers.ts [--quick] [--runs N]`: what reading batches costs, without decoding: time of `readCapture` over a file against
 * `tcpdump -r F -w /dev/null`, and for gzip against `gzip -dc F`. Raw ratios of interleaved runs, and their medians.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { nodeDecompressors } from '../../src/capture/decompressors.node.js';
import { openCapture } from '../../src/capture/file-source.node.js';
import { readCapture } from '../../src/capture/source.js';
import { makeCapture } from './make-capture.js';

const runs = process.argv.includes('--runs') ? Number(process.argv[process.argv.indexOf('--runs') + 1]) : 5;
const packets = process.argv.includes('--quick') ? 600_000 : 2_000_000;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portwitness-readers-'));

async function read(file: string): Promise<number> {
  const begin = performance.now();
  let count = 0;
  await readCapture(await openCapture(file), nodeDecompressors, { onBatch: (batch) => { count += batch.count; } });
  if (count !== packets) throw new Error(`${file}: ${count} packets, not ${packets}`);
  return performance.now() - begin;
}

function run(command: string, args: readonly string[]): number {
  const begin = performance.now();
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'ignore'] });
  if (status !== 0) throw new Error(`${command} failed; it is needed for comparison`);
  return performance.now() - begin;
}

async function compare(name: string, bound: number, file: string, command: string, args: readonly string[]): Promise<void> {
  const ratios: number[] = [];
  await read(file);
  run(command, args);
  for (let i = 0; i < runs; i++) {
    const reference = run(command, args);
    ratios.push((await read(file)) / reference);
  }
  const median = [...ratios].sort((a, b) => a - b)[Math.floor(ratios.length / 2)]!;
  console.log(`${name.padEnd(8)} ${median.toFixed(2)} x ${command} (bound ${bound})   raw ${ratios.map((ratio) => ratio.toFixed(2)).join(' ')}`);
}

const shape = { packets, active: 20_000, mean: 500, kind: 'connections', ip: 4 } as const;
const files = { pcap: path.join(folder, `readers-${packets}.pcap`), pcapng: path.join(folder, `readers-${packets}.pcapng`) };
const zipped = `${files.pcap}.gz`;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => { fs.rmSync(folder, { recursive: true, force: true }); process.exit(130); });
try {
  for (const container of ['pcap', 'pcapng'] as const) makeCapture(files[container], { ...shape, container });
  run('gzip', ['-k', '-1', files.pcap]);
  console.log(`${packets} packets, median of ${runs} interleaved runs`);
  await compare('pcap', 1.2, files.pcap, 'tcpdump', ['-r', files.pcap, '-w', '/dev/null']);
  await compare('pcapng', 1.5, files.pcapng, 'tcpdump', ['-r', files.pcapng, '-w', '/dev/null']);
  await compare('gzip', 1.3, zipped, 'gzip', ['-dc', zipped]);
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}
