/** The library, browser-safe: streams in, evidence and report model out. Files are opened by `portwitness/node`. */
export { analyze } from './analysis/analyze.js';
export type { AnalyzeOptions } from './analysis/analyze.js';
export type { ReportModel } from './analysis/report-model.js';
export { parseBetween, parseExpectation } from './analysis/expectation.js';
export type { Expectation } from './analysis/expectation.js';
export { operations } from './analysis/operations/index.js';
export { builtInCatalog } from './catalog/catalog.js';
export type { Catalog } from './catalog/catalog.js';
export { collectEvidence } from './evidence/collect-evidence.js';
export { collectFlows } from './evidence/collect-flows.js';
export type { Evidence } from './evidence/evidence.js';
export type { CaptureInput, InputFault, RunOptions } from './evidence/run-captures.js';
export type { Flow } from './flow/flow.js';
export { writeJson } from './report/json.js';
export { renderText } from './report/text.js';
export { readWitness } from './witness/read-witness.js';
export type { WitnessFile } from './witness/witness.js';
