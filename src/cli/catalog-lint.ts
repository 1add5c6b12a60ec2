/** `catalog lint FILE…`: what is wrong with documents, and what is odd about them, each with file and line. */
import { faultLine, sortFaults, type Fault } from '../catalog/fault.js';
import { readText } from './catalog-source.js';
import { documentFiles } from './document-files.js';
import { ExitCode } from './exit-code.js';
import { openOutput } from './output.js';
import { printable } from './progress.js';

interface Options {
  readonly output?: string;
  /** Warnings count as faults. */
  readonly strict?: boolean;
}

export async function catalogLint(named: readonly string[], given: Record<string, unknown>): Promise<ExitCode> {
  const options = given as Options;
  const files = await documentFiles(named);
  const { lintLoaded } = await import('../catalog/lint.js');
  const { loadDocument } = await import('../catalog/load.js');
  const owners = new Map<string, string>();
  const faults: Fault[] = [];
  for (const file of files) {
    const { document, faults: wrong, fault } = loadDocument(readText(file), file);
    if (document === undefined) {
      faults.push(...wrong);
      continue;
    }
    faults.push(...lintLoaded(document, fault));
    const owner = owners.get(document.id);
    if (owner !== undefined) faults.push(fault(['id'], 'duplicate-id', `document id "${document.id}" is already used by ${owner}`));
    else owners.set(document.id, file);
  }
  const errors = faults.filter(({ severity }) => severity === 'error').length;
  const output = openOutput(options.output);
  output.write(`${[...sortFaults(faults).map(line), sum(files.length, errors, faults.length - errors)].join('\n')}\n`);
  output.commit();
  return errors > 0 || (options.strict === true && faults.length > 0) ? ExitCode.failOn : ExitCode.ok;
}

function line(fault: Fault): string {
  return printable(`${faultLine(fault)}  [${fault.severity === 'warning' ? 'warning ' : ''}${fault.code}]`);
}

function sum(files: number, errors: number, warnings: number): string {
  const where = files === 1 ? '' : ` in ${files} files`;
  if (errors + warnings === 0) return `no fault${where}`;
  return `${[...(errors > 0 ? [count(errors, 'fault')] : []), ...(warnings > 0 ? [count(warnings, 'warning')] : [])].join(', ')}${where}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
