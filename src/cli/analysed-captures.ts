/** What commands of the catalog and the inventory need of captures: read, judged, or refused as `analyze` does. */
import { analyze } from '../analysis/analyze.js';
import type { ReportModel } from '../analysis/report-model.js';
import type { Catalog } from '../catalog/catalog.js';
import { collectEvidence } from '../evidence/collect-evidence.js';
import type { Inventory } from '../inventory/inventory.js';
import { loadCatalog, readText, refuse } from './catalog-source.js';
import { ExitCode, UsageError, worst } from './exit-code.js';
import { prepareRun } from './run-options.js';

export interface CaptureOptions {
  readonly inventory?: string;
  readonly document?: readonly string[];
  readonly catalog?: string;
  readonly output?: string;
  readonly progress?: boolean;
  readonly quiet?: boolean;
}

export interface Analysed {
  readonly name: string;
  readonly model: ReportModel;
}

export interface AnalysedCaptures {
  readonly catalog: Catalog;
  /** One for all captures together, or one each; empty when nothing could be read. */
  readonly analysed: readonly Analysed[];
  readonly code: ExitCode;
}

export async function analyseCaptures(named: readonly string[], options: CaptureOptions, each = false): Promise<AnalysedCaptures> {
  const catalog = await loadCatalog(options.catalog);
  const documents = options.document ?? [];
  for (const id of documents) {
    if (!catalog.documents.some((document) => document.id === id)) throw new UsageError(`${id}: no such document; there are ${catalog.documents.map((document) => document.id).join(', ')}`);
  }
  const inventory = options.inventory === undefined ? undefined : await loadInventory(options.inventory);
  const run = await prepareRun(named, options);
  const analysed: Analysed[] = [];
  let code: ExitCode = ExitCode.ok;
  const faults: Parameters<typeof run.settle>[0][number][] = [];
  for (const inputs of each ? run.inputs.map((input) => [input]) : [run.inputs]) {
    const collected = await collectEvidence(inputs, run.options);
    faults.push(...collected.faults);
    if (collected.evidence.captures.length > 0) analysed.push({ name: inputs.length === 1 ? inputs[0]!.name : `${inputs.length} captures`, model: analyze(collected.evidence, { catalog, inventory, documents }) });
  }
  code = worst(code, run.settle(faults));
  return { catalog, analysed, code };
}

export async function loadInventory(file: string): Promise<Inventory> {
  const text = readText(file);
  const { readInventory } = await import('../inventory/read-inventory.js');
  const { inventory, faults } = readInventory(text, file);
  refuse(`--inventory ${file}`, faults);
  if (inventory === undefined) throw new UsageError(`--inventory ${file}: cannot be used`);
  return inventory;
}
