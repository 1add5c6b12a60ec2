/** One input through the whole pipeline, and what must hold of every input whatever is in it. */
import { analyze } from '../../src/analysis/analyze.js';
import { nodeDecompressors } from '../../src/capture/decompressors.node.js';
import { builtInCatalog } from '../../src/catalog/catalog.js';
import { collectEvidence } from '../../src/evidence/collect-evidence.js';
import { collectFlows } from '../../src/evidence/collect-flows.js';
import type { CaptureInput, RunOptions } from '../../src/evidence/run-captures.js';
import { flowsJsonl } from '../../src/report/flows-jsonl.js';
import { writeJson } from '../../src/report/json.js';
import { reportSchema } from '../../src/report/schema.js';
import { renderText } from '../../src/report/text.js';

export interface Trial {
  readonly files: readonly Uint8Array[];
  /** Lengths of the chunks, in turn. */
  readonly chunks: readonly number[];
  /** The same files in chunks of these lengths must give the same report; undefined: not tried. */
  readonly otherChunks?: readonly number[] | undefined;
  /** Also as `flows`. */
  readonly withFlows?: boolean;
}

export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
}

/** Throws whatever the pipeline throws, and {@link BrokenPromise} when it answers something wrong. */
export async function runTrial(trial: Trial): Promise<void> {
  const json = await reportOf(trial.files, trial.chunks);
  if (trial.otherChunks !== undefined) {
    const other = await reportOf(trial.files, trial.otherChunks);
    if (other !== json) throw new BrokenPromise(`other chunks of the same file give another report: ${difference(json, other)}`);
  }
  if (trial.withFlows === true) await checkFlows(trial);
}

/** Where two texts part, with what stands there. */
function difference(one: string, other: string): string {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  const from = Math.max(0, at - 40);
  return `${one.slice(from, at + 40)} <> ${other.slice(from, at + 40)}`.replaceAll('\n', ' ');
}

async function reportOf(files: readonly Uint8Array[], chunks: readonly number[]): Promise<string> {
  const { evidence, faults } = await collectEvidence(files.map((file, i) => inputOf(file, chunks, `capture ${i}`)), options);
  if (evidence.captures.length + faults.length !== files.length) throw new BrokenPromise(`${files.length} inputs, ${evidence.captures.length} captures and ${faults.length} faults`);
  for (const { message } of faults) if (/[\u0000-\u001f]/u.test(message) || message === '') throw new BrokenPromise(`a fault is not one clear line: ${JSON.stringify(message)}`);
  const report = analyze(evidence, { catalog: builtInCatalog() });
  let json = '';
  writeJson(report, (text) => { json += text; });
  const checked = reportSchema.safeParse(JSON.parse(json));
  if (!checked.success) throw new BrokenPromise(`not what the schema says: ${checked.error.message.slice(0, 400)}`);
  for (const { packets, decoded, skipped } of checked.data.captures) {
    const counted = decoded + Object.values(skipped).reduce((sum, count) => sum + count, 0);
    if (counted !== packets) throw new BrokenPromise(`${packets} packets, but ${counted} in the buckets`);
  }
  for (const { flows, outcomes } of checked.data.conversations) {
    if (Object.values(outcomes).reduce((sum, count) => sum + count, 0) !== flows) throw new BrokenPromise('the outcomes of a conversation are not its flows');
  }
  const ids = new Set(checked.data.findings.map(({ id }) => id));
  if (ids.size !== checked.data.findings.length) throw new BrokenPromise('two findings have one id');
  const text = renderText(report, { width: 80, color: false, ascii: true, verbose: true, timeZone: 'utc' });
  if (/[^\n\x20-\x7e]/u.test(text)) throw new BrokenPromise('bytes of the capture reach the terminal');
  return json;
}

async function checkFlows({ files, chunks }: Trial): Promise<void> {
  let lines = '';
  const decoder = new TextDecoder();
  const writer = flowsJsonl((bytes) => { lines += decoder.decode(bytes, { stream: true }); });
  await collectFlows(files.map((file, i) => inputOf(file, chunks, `capture ${i}`)), options, (flow) => { writer.flow(flow); });
  writer.end();
  for (const line of lines.split('\n')) if (line !== '') JSON.parse(line);
}

/** Without `explain`, only "this is no capture" is an answer; any other error is thrown. */
const options: RunOptions = { decompressors: nodeDecompressors };

function inputOf(file: Uint8Array, lengths: readonly number[], name: string): CaptureInput {
  return { name, open: () => Promise.resolve(Object.assign(chunksOf(file, lengths), { size: file.length })) };
}

/** Every chunk is overwritten when the next is asked for: what is kept of it must be a copy. */
async function* chunksOf(file: Uint8Array, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < file.length; i++) {
    const length = Math.max(1, lengths[i % lengths.length] ?? file.length);
    const chunk = file.slice(at, at + length);
    at += length;
    yield chunk;
    chunk.fill(0xee);
    await Promise.resolve();
  }
}

