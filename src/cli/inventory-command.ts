/** `inventory script` and `inventory init`. */
import { draftInventory } from '../analysis/inventory-draft.js';
import { gatherScript } from '../inventory/gather-script.js';
import { analyseCaptures, type CaptureOptions } from './analysed-captures.js';
import { ExitCode } from './exit-code.js';
import { openOutput } from './output.js';

export function inventoryScript(given: Record<string, unknown>): ExitCode {
  print((given as { readonly output?: string }).output, gatherScript);
  return ExitCode.ok;
}

export async function inventoryInit(captures: readonly string[], given: Record<string, unknown>): Promise<ExitCode> {
  const options = given as CaptureOptions;
  const { analysed: [one], code } = await analyseCaptures(captures, options);
  if (one === undefined) return code;
  const { yaml, hosts, withoutRole, leftOut } = draftInventory(one.model);
  if (options.quiet !== true) process.stderr.write(`${hosts} machines, ${withoutRole} of them without a role${leftOut === 0 ? '' : `; ${leftOut} more are left out`}\n`);
  print(options.output, yaml);
  return code;
}

function print(target: string | undefined, text: string): void {
  const output = openOutput(target);
  output.write(text);
  output.commit();
}
