/** The command line: parse options, call the pipeline, print. Commands are loaded when they are asked for. Started by `launcher.ts`. */
import { once } from 'node:events';
import { constants } from 'node:os';
import { Command, CommanderError, Option } from 'commander';
import { NoAddressSpaceError, WITHOUT_TRAP_HANDLER } from '../flow/flow-engine.js';
import { diagnosisOptions, joinPairs } from './diagnosis-options.js';
import { ExitCode, OutputError, UsageError } from './exit-code.js';
import { layOutHelp } from './help.js';
import { ClosedPipe } from './output.js';
import { printable } from './progress.js';
import type { EarlyThread } from './early-thread.node.js';
import { setProgramStart } from './program-start.js';
import { version } from './version.js';

const collect = (value: string, before: string[]): string[] => [...before, ...value.split(',').map((id) => id.trim()).filter((id) => id !== '')];

function captureOptions(command: Command): Command {
  return command
    .argument('<capture...>', 'files, folders, globs, or - for standard input')
    .optionsGroup('What to look at:')
    .option('--since <time>', 'leave out packets before, e.g. 2026-11-20T14:02:11')
    .option('--until <time>', 'leave out packets at or after')
    .option('--host <cidr>', 'only traffic of these addresses or networks (repeatable, comma-separated)', collect, [])
    .optionsGroup('Output:')
    .option('-o, --output <file>', 'write there instead of standard output')
    .option('--no-progress', 'no progress bar on standard error')
    .option('--quiet', 'no warnings on standard error');
}


function program(done: (code: ExitCode) => void): Command {
  const root = new Command('portwitness')
    .description('Reads packet captures and tells what failed, which dynamic ports were used and who handed them out, what no document mentions, and which rows of the vendors\' port tables were witnessed.')
    .version(version, '-V, --version')
    .showHelpAfterError('(portwitness --help shows the commands)')
    .addHelpText('after', `
Examples:
  portwitness analyze failed.pcapng
  portwitness analyze client.pcapng --inventory hosts.yaml -o report.txt
  portwitness analyze client.pcapng server.pcapng --witness pfirewall.log
  portwitness analyze new.pcapng --expect 'MGMT1>HV01:5985'
  dumpcap -w - | portwitness analyze -
  portwitness flows trace.pcap --format csv
  portwitness catalog show hyper-v-host

Exit codes: 0 fine, 1 --fail-on matched (catalog lint: faults), 2 wrong usage,
3 an input could not be read, 4 results could not be written, 70 a fault of
portwitness. Nothing is ever sent anywhere.`);

  diagnosisOptions(captureOptions(root.command('analyze'))
    .description('what failed, which dynamic ports, what is undocumented, what the documents say')
    .addOption(new Option('--format <format>', 'how to print the report').choices(['text', 'json']).default('text'))
    .addOption(new Option('--tz <zone>', 'times in').choices(['utc', 'local']).default('utc'))
    .option('--verbose', 'show what is otherwise cut or summed up')
    .option('--fail-on <code>', 'exit with 1 when a finding of this code is there (repeatable, comma-separated)', collect, [])
    .optionsGroup('Documents and roles:')
    .option('--inventory <file>', 'which address plays which role (YAML, JSON or CSV)')
    .option('--document <id>', 'judge only these documents (repeatable, comma-separated)', collect, [])
    .option('--catalog <dir>', 'more documents: YAML files in this folder')
    .option('--interfaces <file>', 'more names of RPC interfaces: YAML, JSON or CSV with uuid and name')
    .option('--pinned <service=port>', 'an RPC service that was pinned, such as ntds=50000: did it take effect? (repeatable, comma-separated)', collect, []))
    .action(async (captures: string[], options: Record<string, unknown>) => {
      const { analyzeCommand } = await import('./analyze-command.js');
      done(await analyzeCommand(captures, options));
    });

  captureOptions(root.command('flows'))
    .description('one record per flow')
    .addOption(new Option('--between <addresses>', 'A B: only flows between two addresses (repeatable)').argParser((value: string, before: string[]) => [...before, value]).default([]).helpGroup('What to look at:'))
    .addOption(new Option('--format <format>', 'how to print flows').choices(['table', 'jsonl', 'csv']).default('table'))
    .addOption(new Option('--tz <zone>', 'times of the table in').choices(['utc', 'local']).default('utc'))
    .action(async (captures: string[], options: Record<string, unknown>) => {
      const { flowsCommand } = await import('./flows-command.js');
      done(await flowsCommand(captures, options));
    });

  root.command('howto').description('how to take a capture')
    .command('capture')
    .description('how to take a capture in which nothing is missing: pktmon, netsh, dumpcap')
    .option('--host <ip>', 'keep only what goes to or from this address (repeatable, comma-separated)', collect, [])
    .option('--pktmon', 'only with pktmon')
    .option('--netsh', 'only with netsh trace')
    .option('--dumpcap', 'only with dumpcap')
    .action(async (options: Record<string, unknown>) => {
      const { howtoCommand } = await import('./howto-command.js');
      done(howtoCommand(options));
    });

  const catalog = root.command('catalog').description('the documents that captures are held against');
  catalog.command('list')
    .description('documents and references')
    .addOption(new Option('--format <format>').choices(['text', 'json']).default('text'))
    .option('--catalog <dir>', 'more documents: YAML files in this folder')
    .option('-o, --output <file>', 'write there instead of standard output')
    .action(async (options: Record<string, unknown>) => {
      const { catalogList } = await import('./catalog-command.js');
      done(await catalogList(options));
    });
  catalog.command('show')
    .description('one document, row by row')
    .argument('<id>')
    .addOption(new Option('--format <format>').choices(['text', 'json']).default('text'))
    .option('--catalog <dir>', 'more documents: YAML files in this folder')
    .option('-o, --output <file>', 'write there instead of standard output')
    .action(async (id: string, options: Record<string, unknown>) => {
      const { catalogShow } = await import('./catalog-command.js');
      done(await catalogShow(id, options));
    });
  catalog.command('lint')
    .description('faults of documents, each with file and line')
    .argument('<files...>', 'documents: files, folders, globs')
    .option('--strict', 'exit with 1 for warnings, too')
    .option('-o, --output <file>', 'write there instead of standard output')
    .action(async (files: string[], options: Record<string, unknown>) => {
      const { catalogLint } = await import('./catalog-lint.js');
      done(await catalogLint(files, options));
    });
  catalog.command('compare')
    .description('two documents: rows added, gone, changed, contradictory')
    .argument('<a>', 'id or file')
    .argument('<b>', 'id or file')
    .addOption(new Option('--format <format>').choices(['text', 'json']).default('text'))
    .option('--all', 'also rows that are the same')
    .option('--catalog <dir>', 'more documents: YAML files in this folder')
    .option('-o, --output <file>', 'write there instead of standard output')
    .action(async (a: string, b: string, options: Record<string, unknown>) => {
      const { catalogCompare } = await import('./catalog-compare.js');
      done(await catalogCompare(a, b, options));
    });
  catalog.command('import')
    .description('a vendor\'s page (Markdown, HTML, CSV, text) into a draft document')
    .argument('<file>', 'the page, as saved')
    .option('--against <id>', 'tell how well the draft agrees with this document')
    .option('--catalog <dir>', 'more documents: YAML files in this folder')
    .option('-o, --output <file>', 'write there instead of standard output')
    .option('--quiet', 'no list of what needs a person\'s eye')
    .action(async (file: string, options: Record<string, unknown>) => {
      const { catalogImport } = await import('./catalog-import.js');
      done(await catalogImport(file, options));
    });
  captureOptions(catalog.command('learn'))
    .description('what no document explains, as a draft document with its evidence')
    .option('--inventory <file>', 'which address plays which role (YAML, JSON or CSV)')
    .option('--document <id>', 'judge only these documents (repeatable, comma-separated)', collect, [])
    .option('--catalog <dir>', 'more documents: YAML files in this folder')
    .option('--id <id>', 'id of the draft', 'learned')
    .action(async (captures: string[], options: Record<string, unknown>) => {
      const { catalogLearn } = await import('./catalog-learn.js');
      done(await catalogLearn(captures, options));
    });
  captureOptions(catalog.command('coverage'))
    .description('rows of documents against captures, each capture on its own')
    .addOption(new Option('--format <format>').choices(['text', 'json']).default('text'))
    .option('--inventory <file>', 'which address plays which role (YAML, JSON or CSV)')
    .option('--document <id>', 'judge only these documents (repeatable, comma-separated)', collect, [])
    .option('--catalog <dir>', 'more documents: YAML files in this folder')
    .action(async (captures: string[], options: Record<string, unknown>) => {
      const { catalogCoverage } = await import('./catalog-learn.js');
      done(await catalogCoverage(captures, options));
    });
  catalog.command('correct')
    .description('what a document\'s vendor should be told, as Markdown with the frames that prove it')
    .argument('<id>', 'the document')
    .argument('<capture...>', 'files, folders, globs, or - for standard input')
    .option('--inventory <file>', 'which address plays which role (YAML, JSON or CSV)')
    .option('--catalog <dir>', 'more documents: YAML files in this folder')
    .option('-o, --output <file>', 'write there instead of standard output')
    .option('--no-progress', 'no progress bar on standard error')
    .option('--quiet', 'no warnings on standard error')
    .action(async (id: string, captures: string[], options: Record<string, unknown>) => {
      const { catalogCorrect } = await import('./catalog-correct.js');
      done(await catalogCorrect(id, captures, options));
    });
  const inventory = root.command('inventory').description('which address plays which role');
  inventory.command('script')
    .description('print the read-only PowerShell script that tells what a Windows machine is')
    .option('-o, --output <file>', 'write there instead of standard output')
    .action(async (options: Record<string, unknown>) => {
      const { inventoryScript } = await import('./inventory-command.js');
      done(inventoryScript(options));
    });
  captureOptions(inventory.command('init'))
    .description('draft an inventory from traffic, with reasons')
    .action(async (captures: string[], options: Record<string, unknown>) => {
      const { inventoryInit } = await import('./inventory-command.js');
      done(await inventoryInit(captures, options));
    });
  return root;
}

/** `argv` as `process.argv` has it; `folder`: where the bundled program lies, if it is; `early`: started by the launcher. */
export async function main(argv: readonly string[], folder?: string, early?: EarlyThread): Promise<ExitCode> {
  setProgramStart(folder, early);
  let code: ExitCode = ExitCode.ok;
  const root = program((result) => {
    code = result;
  });
  const settle = (command: Command): void => {
    command.exitOverride().configureOutput({ writeOut: print, outputError: (text, write) => { write(text.replace(/^error: /, 'portwitness: ')); } });
    if (command !== root) command.showHelpAfterError(`(portwitness ${pathOf(command)} --help shows what there is)`);
    command.commands.forEach(settle);
  };
  settle(root);
  layOutHelp(root);
  if (argv.length <= 2) {
    root.outputHelp({ error: true });
    return ExitCode.usage;
  }
  try {
    await root.parseAsync([...argv.slice(0, 2), ...joinPairs(argv.slice(2))]);
    return code;
  } catch (error) {
    if (error instanceof NoAddressSpaceError && process.allowedNodeEnvironmentFlags.has(WITHOUT_TRAP_HANDLER) && !process.execArgv.includes(WITHOUT_TRAP_HANDLER)) return await again(argv);
    return explain(error);
  }
}

/** As another process, in whose place this one waits. Nothing was read yet. */
async function again(argv: readonly string[]): Promise<ExitCode> {
  const { spawn } = await import('node:child_process');
  const child = spawn(process.execPath, [...process.execArgv, WITHOUT_TRAP_HANDLER, ...argv.slice(1)], { stdio: 'inherit' });
  // Ctrl-C reaches both.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return (code ?? 128 + constants.signals[signal!]) as ExitCode;
}

/** `catalog show`. */
function pathOf(command: Command): string {
  const { parent } = command;
  return parent === null || parent.parent === null ? command.name() : `${pathOf(parent)} ${command.name()}`;
}

function explain(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  if (error instanceof ClosedPipe) return ExitCode.ok;
  const say = (text: string): void => {
    // Faults of a file stand on lines of their own.
    process.stderr.write(`portwitness: ${text.split('\n').map(printable).join('\n')}\n`);
  };
  if (error instanceof UsageError) {
    say(error.message);
    return ExitCode.usage;
  }
  if (error instanceof OutputError) {
    say(error.message);
    return ExitCode.output;
  }
  say(`a fault of portwitness, please report it: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`);
  if (process.env['PORTWITNESS_DEBUG'] !== undefined && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  else process.stderr.write('  (PORTWITNESS_DEBUG=1 shows where)\n');
  return ExitCode.fault;
}

/** Help and version: results are not written by way of this stream, so it is made only here. */
function print(text: string): void {
  // A reader of our output that went away ends the program quietly, also while something is still buffered.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? ExitCode.ok : ExitCode.output);
  });
  process.stdout.write(text);
}
