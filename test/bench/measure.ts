/** Whole processes, interleaved with a reference on the same file: ratios within one run mean something on a shared machine, absolute times do not. */
import { spawnSync } from 'node:child_process';
import { median } from 'd3-array';

export interface Measured {
  readonly label: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Called after each run: what it wrote is not wanted. */
  readonly cleanUp?: () => void;
}

export interface Figures {
  readonly ratios: readonly number[];
  readonly seconds: number;
  /** At its peak, of the resident set. */
  readonly megabytes: number;
}

interface Run { readonly seconds: number; readonly megabytes: number }

export function isInstalled(tool: string): boolean {
  return spawnSync('/usr/bin/env', ['which', tool]).status === 0;
}

/** Medians over `runs` pairs of reference and command, after one of each that does not count; undefined: it failed. */
export function compare(reference: Measured, contender: Measured, runs: number): Figures | undefined {
  const ratios: number[] = [];
  const seconds: number[] = [];
  let megabytes = 0;
  if (time(reference) === undefined || time(contender) === undefined) return undefined;
  for (let i = 0; i < runs; i++) {
    const base = time(reference);
    const own = time(contender);
    if (base === undefined || own === undefined) return undefined;
    ratios.push(own.seconds / base.seconds);
    seconds.push(own.seconds);
    megabytes = Math.max(megabytes, own.megabytes);
  }
  return { ratios, seconds: median(seconds)!, megabytes };
}

/** What a shell carries along for other programs is no part of what is measured: one variable that names more certificates costs each start of Node 35 ms. */
const environment = Object.fromEntries(['PATH', 'HOME', 'LANG', 'TMPDIR'].flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));

/** Wall time and peak memory, as the operating system accounts them. */
function time({ command, args, cleanUp }: Measured): Run | undefined {
  const begin = process.hrtime.bigint();
  const result = spawnSync('/usr/bin/env', ['time', '-f', '%M', command, ...args], { env: environment, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', maxBuffer: 1 << 28 });
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  cleanUp?.();
  if (result.status !== 0) return undefined;
  return { seconds, megabytes: Number(result.stderr.trim().split('\n').at(-1)) / 1024 };
}
