import { collectFlows } from '../evidence/collect-flows.js';
import { flowsCsv } from '../report/flows-csv.js';
import { flowsJsonl } from '../report/flows-jsonl.js';
import type { FlowWriter } from '../report/flows-jsonl.js';
import { flowsTable } from '../report/flows-table.js';
import type { ExitCode } from './exit-code.js';
import { openOutput } from './output.js';
import type { Output } from './output.js';
import { prepareRun } from './run-options.js';
import type { CommonOptions } from './run-options.js';

interface Options extends CommonOptions {
  readonly format?: 'table' | 'jsonl' | 'csv';
  readonly output?: string;
}

export async function flowsCommand(named: readonly string[], given: Record<string, unknown>): Promise<ExitCode> {
  const options = given as Options;
  const run = await prepareRun(named, options);
  const output = openOutput(options.output);
  try {
    const writer = writerFor(options, output);
    const faults = await collectFlows(run.inputs, run.options, (flow) => { writer.flow(flow); });
    const code = run.settle(faults);
    writer.end();
    output.commit();
    return code;
  } catch (error) {
    output.discard();
    throw error;
  }
}

function writerFor(options: Options, output: Output): FlowWriter {
  const write = (text: string): void => { output.write(text); };
  if (options.format === 'jsonl') return flowsJsonl(write);
  if (options.format === 'csv') return flowsCsv(write);
  return flowsTable(write, { timeZone: options.tz, ascii: !output.isTerminal, width: output.isTerminal ? Math.max(60, process.stdout.columns) : undefined });
}
