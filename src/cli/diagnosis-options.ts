/** Options of `analyze` that ask for more than the captures say by themselves; parsed and looked at before anything long begins. */
import fs from 'node:fs';
import { Option, type Command } from 'commander';
import { parseBetween, parseExpectation, type Expectation } from '../analysis/expectation.js';
import { operations } from '../analysis/operations/index.js';
import type { InputFault } from '../evidence/run-captures.js';
import type { WitnessFile } from '../witness/witness.js';
import { UsageError } from './exit-code.js';
import { expandInputs, reason } from './inputs.js';

export interface DiagnosisOptions {
  readonly expect?: readonly string[];
  readonly between?: readonly string[];
  readonly operation?: string;
  readonly baseline?: readonly string[];
  readonly witness?: readonly string[];
}

const append = (value: string, before: readonly string[]): string[] => [...before, value];

export function diagnosisOptions(command: Command): Command {
  return command
    .optionsGroup('Questions:')
    .option('--expect <link>', '\'FROM>TO:PORT\' (in quotes): is it there, and if not, why? (repeatable)', append, [])
    .option('--between <hosts>', 'A B: what passes between two hosts, or why nothing does (repeatable)', append, [])
    .addOption(new Option('--operation <name>', 'its steps as a checklist').choices(operations.map(({ id }) => id)))
    .option('--baseline <capture>', 'compare with these captures of a better time (file, folder or glob; repeatable)', append, [])
    .option('--witness <file>', 'pfirewall.log, XML of netsh wfp, exported security events (repeatable)', append, []);
}

/** `--between A B`: commander knows options with one value only, so the two are made one. */
export function joinPairs(argv: readonly string[]): string[] {
  const joined: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === '--') return [...joined, ...argv.slice(i)];
    const [first, second] = [argv[i + 1], argv[i + 2]];
    if (word === '--between' && first !== undefined && second !== undefined && !first.startsWith('-') && !second.startsWith('-') && !/[\s,]/u.test(first)) {
      joined.push(`--between=${first} ${second}`);
      i += 2;
    } else joined.push(word);
  }
  return joined;
}

export function expectationsOf({ expect = [], between = [] }: DiagnosisOptions): Expectation[] {
  const expected = expect.map((text) => accepted('--expect', parseExpectation(text)));
  const pairs = between.map((text) => {
    const hosts = text.split(/[\s,]+/u).filter((host) => host !== '');
    if (hosts.length !== 2) throw new UsageError(`--between ${text}: name two hosts: --between A B`);
    return accepted('--between', parseBetween(hosts[0]!, hosts[1]!));
  });
  return [...expected, ...pairs];
}

function accepted(option: string, parsed: Expectation | string): Expectation {
  if (typeof parsed === 'string') throw new UsageError(`${option} ${parsed}`);
  return parsed;
}

/** Files, folders and globs, as captures are named. What cannot be read is a fault, and the others are still heard. */
export async function readWitnesses(named: readonly string[]): Promise<{ witnesses: WitnessFile[]; faults: InputFault[] }> {
  if (named.length === 0) return { witnesses: [], faults: [] };
  const { readWitness } = await import('../witness/read-witness.js');
  const witnesses: WitnessFile[] = [];
  const faults: InputFault[] = [];
  for (const name of await filesOf(named, faults)) {
    try {
      const read = readWitness(name, fs.readFileSync(name));
      if (typeof read === 'string') faults.push({ name, message: read });
      else witnesses.push(read);
    } catch (error) {
      faults.push({ name, message: reason(error) });
    }
  }
  return { witnesses, faults };
}

async function filesOf(named: readonly string[], faults: InputFault[]): Promise<string[]> {
  const files: string[] = [];
  for (const name of named) {
    if (fs.statSync(name, { throwIfNoEntry: false })?.isDirectory() === true) {
      faults.push({ name, message: 'is a folder; give files' });
      continue;
    }
    const found = await expandInputs([name]);
    faults.push(...found.faults);
    files.push(...found.inputs.map(({ path }) => path));
  }
  return files;
}

/** What a witness says of itself that could not be understood, for standard error. */
export function witnessWarnings(witnesses: readonly WitnessFile[]): InputFault[] {
  return witnesses.flatMap(({ file, faults, faultCount, recordsLeftOut }) => [
    ...faults.slice(0, 3).map(({ line, message }) => ({ name: `${file}:${line}`, message })),
    ...(faultCount > 3 ? [{ name: file, message: `${faultCount - 3} further lines could not be understood` }] : []),
    ...(recordsLeftOut > 0 ? [{ name: file, message: `${recordsLeftOut} records beyond the first were not looked at: cut the file to the minutes in question` }] : []),
  ]);
}
