/** The library with files: what `index.ts` has, and captures by path. */
import { fileURLToPath } from 'node:url';
import { analyze } from './analysis/analyze.js';
import type { AnalyzeOptions } from './analysis/analyze.js';
import type { ReportModel } from './analysis/report-model.js';
import { nodeDecompressors } from './capture/decompressors.node.js';
import { openCapture } from './capture/file-source.node.js';
import { builtInCatalog } from './catalog/catalog.js';
import { collectEvidence } from './evidence/collect-evidence.js';
import { collectFlows } from './evidence/collect-flows.js';
import { packetsApart } from './evidence/packets-apart.node.js';
import type { CaptureInput, InputFault, RunOptions } from './evidence/run-captures.js';
import type { Flow } from './flow/flow.js';

export * from './index.js';

/** Paths of captures, `-` for standard input. What cannot be read is a fault; the others are still analysed. */
export async function analyzeFiles(paths: readonly string[], options: Partial<AnalyzeOptions> = {}): Promise<{ report: ReportModel; faults: readonly InputFault[] }> {
  const { evidence, faults } = await collectEvidence(inputsOf(paths), runOptions);
  return { report: analyze(evidence, { catalog: builtInCatalog(), ...options }), faults };
}

/** Hands over each flow when it ends; answers what could not be read. */
export function readFlows(paths: readonly string[], onFlow: (flow: Flow) => void): Promise<readonly InputFault[]> {
  return collectFlows(inputsOf(paths), runOptions, onFlow);
}

const runOptions: RunOptions = { decompressors: nodeDecompressors, explain: (error) => (error instanceof Error ? error.message : String(error)) };

function inputsOf(paths: readonly string[]): CaptureInput[] {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  return paths.map((path) => ({ name: path, open: (buffer) => openCapture(path, buffer), apart: () => packetsApart(path, folder) }));
}
