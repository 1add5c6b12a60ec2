/**
 * `npm run bench [-- --quick] [-- --runs N] [-- --only a,f,growth] [-- --no-peers]`: whole processes against `tcpdump -r F -w /dev/null` on the same file, interleaved, medians of ratios
 * with their raw values; then packets/s at 1, 4 and 16 million packets. Needs tcpdump and time; other tools are measured where they are installed. Captures are made in the temporary folder, one
 * at a time, and removed. Case (f) repeats a real capture of PORTWITNESS_CORPUS, or one of the lab's.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { median } from 'd3-array';
import { type CaptureShape, makeCapture } from './make-capture.js';
import { compare, isInstalled, type Measured } from './measure.js';
import { copyWithTcpdump, peersFor } from './peers.js';
import { repeatCapture } from './repeat-capture.js';

const options = new Command('bench')
  .description('whole processes against tcpdump\'s copy of the same file')
  .option('--quick', 'a tenth of the packets, three runs')
  .option('--runs <n>', 'runs of each', (text) => Number(text))
  .option('--only <cases>', 'of a,b,c,d,e,f,growth', (text) => text.split(','))
  .option('--no-peers', 'without argus, nfpcapd, ndpiReader, tshark and pcap-parser')
  .parse()
  .opts<{ quick?: true; runs?: number; only?: string[]; peers: boolean }>();
const quick = options.quick === true;
const runs = options.runs ?? (quick ? 3 : 5);
const scale = quick ? 0.1 : 1;
const { only, peers } = options;
const program = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

interface Case {
  readonly id: string;
  readonly name: string;
  readonly extension: 'pcap' | 'pcapng';
  /** Makes the file; answers how many packets it has. */
  readonly make: (file: string) => number;
}

const base: CaptureShape = { packets: 3_000_000, active: 20_000, mean: 500, kind: 'connections', ip: 4, container: 'pcap' };

function generated(id: string, name: string, shape: CaptureShape): Case {
  const packets = Math.round(shape.packets * scale);
  return { id, name, extension: shape.container, make: (file) => { makeCapture(file, { ...shape, packets }); return packets; } };
}

/** The largest real capture of Windows that is at hand. */
function realCapture(): string {
  const corpus = process.env['PORTWITNESS_CORPUS'];
  const real = corpus === undefined ? undefined : fs.readdirSync(corpus, { recursive: true, encoding: 'utf8' }).find((name) => path.basename(name) === 'NEWYORK.cap');
  if (corpus !== undefined && real !== undefined) return path.join(corpus, real);
  const lab = fileURLToPath(new URL('../../fixtures/lab', import.meta.url));
  const bySize = fs.readdirSync(lab).filter((name) => name.endsWith('.pcapng')).sort((a, b) => fs.statSync(path.join(lab, b)).size - fs.statSync(path.join(lab, a)).size);
  return path.join(lab, bySize[0]!);
}

const cases: readonly Case[] = [
  generated('a', 'mixed sizes, 200,000 connections', base),
  generated('b', 'small packets, 500,000 connections', { ...base, packets: 8_000_000, active: 50_000, mean: 20 }),
  generated('c', 'one SYN per flow', { ...base, packets: 5_000_000, kind: 'syn-flood' }),
  generated('d', 'IPv6', { ...base, ip: 6 }),
  generated('e', 'pcapng', { ...base, container: 'pcapng' }),
  { id: 'f', name: `${path.basename(realCapture())} repeated`, extension: 'pcap', make: (file) => repeatCapture(realCapture(), file, 3_000_000 * scale) },
];

const own = (file: string): Measured[] => [
  { label: 'analyze', command: process.execPath, args: [program, 'analyze', file, '--format', 'json', '--no-progress', '-o', '/dev/null'] },
  { label: 'flows', command: process.execPath, args: [program, 'flows', file, '--format', 'jsonl', '--no-progress', '-o', '/dev/null'] },
];

function measure({ id, name, extension, make }: Case, folder: string, contenders: (file: string) => Measured[]): void {
  const file = path.join(folder, `${id}.${extension}`);
  try {
    const packets = make(file);
    for (const contender of contenders(file)) {
      const figures = compare(copyWithTcpdump(file), contender, runs);
      const text = figures === undefined ? 'failed' : `${`${median(figures.ratios)!.toFixed(2)}x`.padStart(8)} ${(packets / figures.seconds / 1e6).toFixed(2).padStart(12)} ${figures.megabytes.toFixed(0).padStart(8)}   raw ${figures.ratios.map((ratio) => ratio.toFixed(2)).join(' ')}`;
      console.log(`(${id}) ${name}`.padEnd(42), String(packets).padStart(9), contender.label.padEnd(11), text);
    }
  } finally {
    fs.rmSync(file, { force: true });
  }
}

if (!isInstalled('tcpdump') || !isInstalled('time')) {
  console.error('the benchmark compares with tcpdump and measures with time: apt-get install tcpdump time');
  process.exit(2);
}
if (!fs.existsSync(program)) {
  console.error('dist/cli.js is missing: npm run build');
  process.exit(2);
}
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portwitness-bench-'));
// Files of gigabytes do not stay behind at Ctrl-C either.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => { fs.rmSync(folder, { recursive: true, force: true }); process.exit(130); });
try {
  console.log(`ratios to tcpdump -r F -w /dev/null on the same file, medians of ${runs} interleaved runs${quick ? ', a tenth of the packets' : ''}\n`);
  console.log('capture'.padEnd(42), 'packets'.padStart(9), 'command'.padEnd(11), 'ratio'.padStart(8), 'M packets/s'.padStart(12), 'peak MB'.padStart(8));
  for (const one of cases.filter(({ id }) => only?.includes(id) ?? true)) measure(one, folder, (file) => [...own(file), ...(peers ? peersFor(file, folder) : [])]);
  if (only?.includes('growth') ?? true) {
    for (const millions of [1, 4, 16]) measure(generated('g', `small packets, ${millions * scale} million`, { ...base, packets: millions * 1e6, mean: 20 }), folder, own);
  }
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}
