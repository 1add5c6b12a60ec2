/** What every command that reads captures shares: opening files, Ctrl-C, progress, warnings. */
import { nodeDecompressors } from '../capture/decompressors.node.js';
import { openCapture } from '../capture/file-source.node.js';
import type { PathInput } from '../evidence/collect-in-parallel.node.js';
import type { InputFault, RunOptions } from '../evidence/run-captures.js';
import { ExitCode } from './exit-code.js';
import { expandInputs, reason } from './inputs.js';
import { printable, Progress } from './progress.js';

export interface CaptureRun {
  readonly inputs: readonly PathInput[];
  readonly options: RunOptions;
  /** Prints what could not be read, and answers the exit code for it. */
  settle(faults: readonly InputFault[]): ExitCode;
}

export async function prepareRun(named: readonly string[], options: { progress?: unknown; quiet?: unknown }): Promise<CaptureRun> {
  const { inputs, faults } = await expandInputs(named);
  const progress = new Progress(options.progress !== false && options.quiet !== true);
  const stop = new AbortController();
  // The first Ctrl-C ends the input and the report follows; the second one ends the program.
  process.once('SIGINT', () => { stop.abort(); });
  return {
    inputs: inputs.map(({ name, path }) => ({ name, path, open: () => openCapture(path) })),
    options: {
      decompressors: nodeDecompressors,
      signal: stop.signal,
      explain: reason,
      onProgress: (name, bytes, size, packets) => { progress.update(name, bytes, size, packets); },
    },
    settle: (more) => {
      progress.clear();
      const all = [...faults, ...more];
      for (const { name, message } of all) process.stderr.write(`portwitness: ${printable(name)}: ${printable(message)}\n`);
      return all.length > 0 ? ExitCode.input : ExitCode.ok;
    },
  };
}
