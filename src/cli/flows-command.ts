import { collectFlows } from '../evidence/collect-flows.js';
import { flowsCsv } from '../report/flows-csv.js';
import { flowsJsonl } from '../report/flows-jsonl.js';
import type { FlowWriter } from '../report/flows-jsonl.js';
import { flowsTable } from '../report/flows-table.js';
import { canonicalAddress } from '../analysis/named-hosts.js';
import type { Flow } from '../flow/flow.js';
import { expectationsOf } from './diagnosis-options.js';
import { UsageError, type ExitCode } from './exit-code.js';
import { openOutput } from './output.js';
import type { Output } from './output.js';
import { prepareRun } from './run-options.js';
import type { CommonOptions } from './run-options.js';

interface Options extends CommonOptions {
  readonly format?: 'table' | 'jsonl' | 'csv';
  readonly output?: string;
  readonly between?: readonly string[];
}

export async function flowsCommand(named: readonly string[], given: Record<string, unknown>): Promise<ExitCode> {
  const options = given as Options;
  const pairs = expectationsOf({ between: options.between ?? [] }).map(({ text, from, to }) => [address(text, from), address(text, to)] as const);
  const wanted = ({ client, server }: Flow): boolean => pairs.length === 0 || pairs.some(([a, b]) => (client.address === a && server.address === b) || (client.address === b && server.address === a));
  const run = await prepareRun(named, options);
  const output = openOutput(options.output);
  try {
    const writer = writerFor(options, output);
    let isHeard = false;
    const faults = await collectFlows(run.inputs, run.options, (flow) => {
      isHeard = true;
      if (wanted(flow)) writer.flow(flow);
    });
    const code = run.settle(faults);
    // As `analyze` does: where nothing could be read, what stands there stays. What a failing disk gave before its fault is worth a file.
    if (!isHeard && faults.length === run.inputs.length && options.output !== undefined) {
      output.discard();
      return code;
    }
    writer.end();
    output.commit();
    return code;
  } catch (error) {
    output.discard();
    throw error;
  }
}

/** Names are known when a capture is read to its end; flows are printed before. */
function address(text: string, host: string): string {
  const canonical = canonicalAddress(host);
  if (canonical === undefined) throw new UsageError(`--between ${text}: ${host} is no address; flows are listed by address`);
  return canonical;
}

function writerFor(options: Options, output: Output): FlowWriter {
  const write = (text: string): void => { output.write(text); };
  if (options.format === 'jsonl') return flowsJsonl((bytes) => { output.writeBytes(bytes); });
  if (options.format === 'csv') return flowsCsv(write);
  return flowsTable(write, { timeZone: options.tz, ascii: !output.isTerminal, width: output.isTerminal ? Math.max(60, process.stdout.columns) : undefined });
}
