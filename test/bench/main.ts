/**
 * `npm run bench [-- --quick] [-- --runs N] [-- --all]`: whole processes, interleaved with C tools on the same file, medians of
 * ratios. Absolute times on shared machines prove nothing; ratios within one run do. Needs tcpdump; other tools are compared
 * where they are installed and --all is given.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from 'd3-array';
import type { CaptureShape } from './make-capture.js';
import { makeCapture } from './make-capture.js';

const option = (name: string): boolean => process.argv.includes(`--${name}`);
const value = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const quick = option('quick');
const runs = value('runs', quick ? 3 : 5);
const scale = quick ? 0.25 : 1;
const program = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const folder = path.join(os.tmpdir(), 'portwitness-bench');

const base: CaptureShape = { packets: 3_000_000, active: 20_000, mean: 500, kind: 'connections', ip: 4, container: 'pcap' };
const cases: readonly (readonly [string, CaptureShape])[] = [
  ['(a) mixed sizes, 200,000 connections', base],
  ['(b) small packets, 500,000 connections', { ...base, packets: 8_000_000, active: 50_000, mean: 20 }],
  ['(c) one SYN per flow', { ...base, packets: 5_000_000, kind: 'syn-flood' }],
  ['(d) IPv6', { ...base, ip: 6 }],
  ['(e) pcapng', { ...base, container: 'pcapng' }],
];

interface Run { readonly seconds: number; readonly megabytes: number }

/** Wall time and peak memory of a whole process, as the operating system accounts it. */
function time(command: string, args: readonly string[]): Run | undefined {
  const begin = process.hrtime.bigint();
  const result = spawnSync('/usr/bin/env', ['time', '-f', '%M', command, ...args], { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  if (result.status !== 0) return undefined;
  return { seconds, megabytes: Number(result.stderr.trim().split('\n').at(-1)) / 1024 };
}

const has = (tool: string): boolean => spawnSync('/usr/bin/env', ['which', tool]).status === 0;

if (!has('tcpdump') || !has('time')) {
  console.error('the benchmark compares with tcpdump and measures with time: apt-get install tcpdump time');
  process.exit(2);
}
if (!fs.existsSync(program)) {
  console.error('dist/cli.js is missing: npm run build');
  process.exit(2);
}
fs.mkdirSync(folder, { recursive: true });
console.log(`ratios to tcpdump -r F -w /dev/null on the same file, median of ${runs} interleaved runs\n`);
console.log(`${'capture'.padEnd(42)} ${'packets'.padStart(9)} ${'command'.padEnd(8)} ${'ratio'.padStart(6)} ${'M packets/s'.padStart(12)} ${'peak MB'.padStart(8)}`);
for (const [name, shape] of cases) {
  const scaled = { ...shape, packets: Math.round(shape.packets * scale) };
  const file = path.join(folder, `${Object.values(scaled).join('-')}.${shape.container}`);
  if (!fs.existsSync(file)) makeCapture(file, scaled);
  const copy = ['-r', file, '-w', '/dev/null'];
  const contenders: [string, string, string[]][] = [
    ['analyze', process.execPath, [program, 'analyze', file, '--format', 'json', '--no-progress', '-o', '/dev/null']],
    ['flows', process.execPath, [program, 'flows', file, '--format', 'jsonl', '--no-progress', '-o', '/dev/null']],
  ];
  if (option('all')) contenders.push(...others(file));
  for (const [label, command, args] of contenders) {
    const ratios: number[] = [];
    const seconds: number[] = [];
    let peak = 0;
    time('tcpdump', copy);
    for (let i = 0; i < runs; i++) {
      const reference = time('tcpdump', copy);
      const ours = time(command, args);
      if (reference === undefined || ours === undefined) break;
      ratios.push(ours.seconds / reference.seconds);
      seconds.push(ours.seconds);
      peak = Math.max(peak, ours.megabytes);
    }
    const figures = ratios.length === 0 ? 'failed' : `${`${median(ratios)!.toFixed(2)}x`.padStart(6)} ${(scaled.packets / median(seconds)! / 1e6).toFixed(2).padStart(12)} ${peak.toFixed(0).padStart(8)}   raw ${ratios.map((ratio) => ratio.toFixed(2)).join(' ')}`;
    console.log(`${name.padEnd(42)} ${String(scaled.packets).padStart(9)} ${label.padEnd(8)} ${figures}`);
  }
}

function others(file: string): [string, string, string[]][] {
  const all: [string, string, string[]][] = [
    ['capinfos', 'capinfos', [file]],
    ['argus', 'argus', ['-r', file, '-w', '/dev/null']],
    ['nfpcapd', 'nfpcapd', ['-r', file, '-w', fs.mkdtempSync(path.join(folder, 'nf-'))]],
    ['ndpi', 'ndpiReader', ['-i', file, '-q']],
    ['tshark', 'tshark', ['-r', file, '-q', '-z', 'conv,tcp']],
    ['pcap-parser', process.execPath, [fileURLToPath(new URL('./pcap-parser-run.mjs', import.meta.url)), file]],
  ];
  return all.filter(([, command]) => command === process.execPath || has(command));
}
