import { analyze } from '../analysis/analyze.js';
import { findingCodes } from '../analysis/report-model.js';
import type { Inventory } from '../inventory/inventory.js';
import { collectEvidence } from '../evidence/collect-evidence.js';
import type { Evidence } from '../evidence/evidence.js';
import type { InputFault } from '../evidence/run-captures.js';
import { writeJsonBytes } from '../report/json.js';
import { renderText } from '../report/text.js';
import { loadCatalog, readText, refuse } from './catalog-source.js';
import { expectationsOf, readWitnesses, witnessWarnings, type DiagnosisOptions } from './diagnosis-options.js';
import { ExitCode, UsageError, worst } from './exit-code.js';
import { openOutput } from './output.js';
import { loadInterfaces, pinnedPorts } from './rpc-options.js';
import { prepareRun } from './run-options.js';
import type { CommonOptions } from './run-options.js';

interface Options extends CommonOptions, DiagnosisOptions {
  readonly format?: 'text' | 'json';
  readonly output?: string;
  readonly inventory?: string;
  readonly document?: readonly string[];
  readonly catalog?: string;
  readonly verbose?: boolean;
  readonly failOn?: readonly string[];
  readonly interfaces?: string;
  readonly pinned?: readonly string[];
}

export async function analyzeCommand(named: readonly string[], given: Record<string, unknown>): Promise<ExitCode> {
  const options = given as Options;
  // What the user may have mistyped is looked at before an hour of reading.
  const catalog = await loadCatalog(options.catalog);
  const documents = options.document ?? [];
  for (const id of documents) {
    if (!catalog.documents.some((document) => document.id === id)) throw new UsageError(`--document ${id}: no such document; there are ${catalog.documents.map((document) => document.id).join(', ')}`);
  }
  for (const code of options.failOn ?? []) {
    if (!(findingCodes as readonly string[]).includes(code)) throw new UsageError(`--fail-on ${code}: no such finding; there are ${findingCodes.join(', ')}`);
  }
  const inventory = options.inventory === undefined ? undefined : await loadInventory(options.inventory);
  const interfaces = options.interfaces === undefined ? undefined : await loadInterfaces(options.interfaces);
  const pinned = pinnedPorts(options.pinned ?? []);
  const expectations = expectationsOf(options);
  const { witnesses, faults: unheard } = await readWitnesses(options.witness ?? []);
  const run = await prepareRun(named, options);
  const output = openOutput(options.output);
  try {
    const { evidence, faults } = await collectEvidence(run.inputs, run.options);
    const earlier = await baselineOf(options);
    if (options.quiet !== true) run.warn(witnessWarnings(witnesses));
    const unread = run.settle([...faults, ...unheard, ...earlier.faults]);
    if (evidence.captures.length === 0) {
      output.discard();
      return unread;
    }
    const model = analyze(evidence, { catalog, inventory, documents, interfaces, pinned, expectations, operation: options.operation, witnesses, baseline: earlier.evidence });
    if (options.format === 'json') writeJsonBytes(model, (bytes) => { output.writeBytes(bytes); });
    else {
      const terminal = output.isTerminal;
      output.write(renderText(model, {
        width: terminal ? Math.max(60, process.stdout.columns) : 80,
        color: terminal && process.env['NO_COLOR'] === undefined,
        ascii: !terminal,
        verbose: options.verbose === true,
        timeZone: options.tz ?? 'utc',
      }));
    }
    output.commit();
    const failOn = new Set(options.failOn ?? []);
    return worst(unread, model.findings.some((finding) => failOn.has(finding.code)) ? ExitCode.failOn : ExitCode.ok);
  } catch (error) {
    output.discard();
    throw error;
  }
}

/** Captures of a better time; undefined: none were named, or none of them could be read. */
async function baselineOf(options: Options): Promise<{ evidence: Evidence | undefined; faults: readonly InputFault[] }> {
  if (options.baseline === undefined || options.baseline.length === 0) return { evidence: undefined, faults: [] };
  // The time that was asked for is that of the other captures.
  const run = await prepareRun(options.baseline, { ...options, since: undefined, until: undefined });
  const { evidence, faults } = await collectEvidence(run.inputs, run.options);
  const all = [...run.faults, ...faults];
  return { evidence: evidence.captures.length === 0 ? undefined : evidence, faults: all };
}

async function loadInventory(file: string): Promise<Inventory> {
  const text = readText(file);
  const { readInventory } = await import('../inventory/read-inventory.js');
  const { inventory, faults } = readInventory(text, file);
  refuse(`--inventory ${file}`, faults);
  if (inventory === undefined) throw new UsageError(`--inventory ${file}: cannot be used`);
  return inventory;
}
