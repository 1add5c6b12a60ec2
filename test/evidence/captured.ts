/** Captures in memory as inputs, cut into chunks at will; each chunk is overwritten as soon as the next one is asked for. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { analyze } from '../../src/analysis/analyze.js';
import { nodeDecompressors } from '../../src/capture/decompressors.node.js';
import { builtInCatalog } from '../../src/catalog/catalog.js';
import { collectEvidence } from '../../src/evidence/collect-evidence.js';
import { collectFlows } from '../../src/evidence/collect-flows.js';
import type { Evidence } from '../../src/evidence/evidence.js';
import type { CaptureInput, InputFault } from '../../src/evidence/run-captures.js';
import type { Flow } from '../../src/flow/flow.js';
import { writeJson } from '../../src/report/json.js';

export const LAB = join(import.meta.dirname, '../../fixtures/lab');
export const labCaptures = readdirSync(LAB).filter((name) => name.endsWith('.pcapng'));

export function labCapture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(LAB, name)));
}

/** `lengths` of chunks, over and over. Default: all at once. */
export function inputOf(name: string, bytes: Uint8Array, lengths: readonly number[] = [bytes.length]): CaptureInput {
  return {
    name,
    // eslint-disable-next-line @typescript-eslint/require-await
    open: async () => ({
      size: bytes.length,
      // eslint-disable-next-line @typescript-eslint/require-await
      async *[Symbol.asyncIterator]() {
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const chunk = bytes.slice(at, at + Math.max(1, lengths[turn % lengths.length]!));
          at += chunk.length;
          yield chunk;
          chunk.fill(0xee);
        }
      },
    }),
  };
}

const options = { decompressors: nodeDecompressors, explain: (error: unknown) => String(error) };

export function evidenceOf(...inputs: readonly CaptureInput[]): Promise<{ evidence: Evidence; faults: InputFault[] }> {
  return collectEvidence(inputs, options);
}

export async function flowsOfInputs(...inputs: readonly CaptureInput[]): Promise<Flow[]> {
  const flows: Flow[] = [];
  const faults = await collectFlows(inputs, options, (flow) => { flows.push(flow); });
  if (faults.length > 0) throw new Error(faults.map(({ name, message }) => `${name}: ${message}`).join('\n'));
  return flows;
}

/** The report as `analyze --format json` prints it. */
export async function reportOf(...inputs: readonly CaptureInput[]): Promise<string> {
  const { evidence } = await evidenceOf(...inputs);
  let text = '';
  writeJson(analyze(evidence, { catalog: builtInCatalog() }), (piece) => { text += piece; });
  return text;
}
