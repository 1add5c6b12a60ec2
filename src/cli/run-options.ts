/** What every command that reads captures shares: opening files, Ctrl-C, progress, warnings. */
import { statSync, type Stats } from 'node:fs';
import { nodeDecompressors } from '../capture/decompressors.node.js';
import { openCapture } from '../capture/file-source.node.js';
import { packetsApart } from '../evidence/packets-apart.node.js';
import type { PacketsApart } from '../evidence/packets-apart.js';
import type { CaptureInput, InputFault, RunOptions } from '../evidence/run-captures.js';
import { parseNetwork } from '../evidence/traffic-filter.js';
import type { TrafficSelection } from '../evidence/traffic-filter.js';
import { ExitCode, UsageError } from './exit-code.js';
import { expandInputs, reason } from './inputs.js';
import { earlyThread, programFolder } from './program-start.js';
import { printable, Progress } from './progress.js';

export interface CaptureRun {
  readonly inputs: readonly CaptureInput[];
  readonly options: RunOptions;
  /** Named, and not there. */
  readonly faults: readonly InputFault[];
  /** Says what does not change the exit code. */
  warn(remarks: readonly InputFault[]): void;
  /** Prints what could not be read, and answers the exit code for it. */
  settle(faults: readonly InputFault[]): ExitCode;
}

export interface CommonOptions {
  readonly output?: string | undefined;
  readonly progress?: boolean;
  readonly quiet?: boolean;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly host?: readonly string[];
  readonly tz?: 'utc' | 'local';
}

export async function prepareRun(named: readonly string[], options: CommonOptions): Promise<CaptureRun> {
  const selection = selectionOf(options);
  const { inputs, faults } = await expandInputs(named);
  spareInputs(options.output, inputs.map((input) => input.path));
  const progress = new Progress(options.progress !== false && options.quiet !== true);
  const stop = new AbortController();
  // The first Ctrl-C ends the input and the report follows; the second one ends the program.
  process.once('SIGINT', () => {
    stop.abort();
    // For a pipe it is the usual end.
    if (options.quiet === true || inputs.every((input) => input.path === '-')) return;
    progress.clear();
    process.stderr.write('portwitness: Ctrl-C: what was read so far is reported, the rest of the files is left out; once more ends at once\n');
  });
  return {
    inputs: inputs.map((input) => ({ ...input, open: (buffer) => openCapture(input.path, buffer), apart: () => apart(input.path) })),
    options: {
      decompressors: nodeDecompressors,
      signal: stop.signal,
      selection,
      explain: reason,
      onProgress: (name, bytes, size, packets) => { progress.update(name, bytes, size, packets); },
    },
    faults,
    warn: (remarks) => {
      progress.clear();
      for (const { name, message } of remarks) process.stderr.write(`portwitness: ${printable(name)}: ${printable(message)}\n`);
    },
    settle: (more) => {
      progress.clear();
      const all = [...faults, ...more];
      for (const { name, message } of all) process.stderr.write(`portwitness: ${printable(name)}: ${printable(message)}\n`);
      return all.length > 0 ? ExitCode.input : ExitCode.ok;
    },
  };
}

/** Results never replace what they are made of: `-o` before the name of a capture is easily typed. */
function spareInputs(output: string | undefined, paths: readonly string[]): void {
  const target = output === undefined || output === '-' ? undefined : fileAt(output);
  if (target === undefined) return;
  for (const path of paths) {
    const input = path === '-' ? undefined : fileAt(path);
    if (input?.ino === target.ino && input.dev === target.dev) throw new UsageError(`-o ${output}: that is one of the captures; give another file`);
  }
}

/** What is wrong with a path is told by who opens it. */
function fileAt(path: string): Stats | undefined {
  try {
    const stats = statSync(path);
    return stats.isFile() && stats.ino !== 0 ? stats : undefined;
  } catch {
    return undefined;
  }
}

function apart(file: string): PacketsApart | undefined {
  const folder = programFolder();
  return folder === undefined ? undefined : packetsApart(file, folder, () => earlyThread()?.take());
}

function selectionOf({ since, until, host, tz }: CommonOptions): TrafficSelection | undefined {
  const hosts = host ?? [];
  if (since === undefined && until === undefined && hosts.length === 0) return undefined;
  for (const text of hosts) {
    try {
      parseNetwork(text);
    } catch (error) {
      throw new UsageError(`--host ${(error as Error).message}`);
    }
  }
  return {
    ...(since === undefined ? {} : { since: secondsOf('--since', since, tz) }),
    ...(until === undefined ? {} : { until: secondsOf('--until', until, tz) }),
    hosts,
  };
}

/** A time as the report prints it (`2026-11-20 14:02:11`, with `T` or without), with a zone of its own or in that of --tz; or seconds since 1970. */
function secondsOf(option: string, text: string, zone: 'utc' | 'local' | undefined): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?$/.exec(text);
  const moment = match === null ? NaN : Date.parse(`${match[1]}T${match[2]}${match[3] ?? (zone === 'local' ? '' : 'Z')}`);
  if (Number.isNaN(moment)) throw new UsageError(`${option} ${text}: not a time; write 2026-11-20T14:02:11 or seconds since 1970`);
  return moment / 1000;
}
