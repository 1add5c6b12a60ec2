/**
 * `npm run protocols`: holds what is recognised in public captures against TShark and nDPI, and writes the tables of docs/protocols.md.
 * Needs tshark and ndpiReader, and PORTWITNESS_CORPUS. Exits 1 where both peers find what we miss, or a difference has no explanation.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compareCapture } from './compare.js';
import type { ComparedFlow } from './compare.js';
import { explain } from './explanations.js';
import { isDoubtful, tables } from './tables.js';

const DOCUMENT = fileURLToPath(new URL('../../../docs/protocols.md', import.meta.url));
const BEGIN = '<!-- made by npm run protocols -->';
const END = '<!-- end -->';
/** Damaged files are for other tests; what an event trace holds neither peer reads. */
const CAPTURE = /^(?!malformed\/).*\.(pcap|pcapng|cap|snoop|erf)(\.gz|\.zst)?$/;

async function main(): Promise<number> {
  const folder = process.env['PORTWITNESS_CORPUS'];
  if (folder === undefined) {
    process.stderr.write('PORTWITNESS_CORPUS does not name a folder of captures\n');
    return 2;
  }
  const captures = (readdirSync(folder, { recursive: true, encoding: 'utf8' })).map((name) => name.replaceAll('\\', '/')).filter((name) => CAPTURE.test(name)).sort();
  const flows: ComparedFlow[] = [];
  for (const [index, capture] of captures.entries()) {
    process.stderr.write(`\r${index + 1} of ${captures.length}`);
    flows.push(...await compareCapture(folder, capture));
  }
  process.stderr.write('\n');
  const text = readFileSync(DOCUMENT, 'utf8');
  const [before, after] = [text.slice(0, text.indexOf(BEGIN) + BEGIN.length), text.slice(text.indexOf(END))];
  writeFileSync(DOCUMENT, `${before}\n\n${tables(captures.length, flows)}\n${after}`);
  const unexplained = flows.filter((flow) => isDoubtful(flow) && explain(flow) === undefined);
  for (const flow of unexplained) process.stderr.write(`${flow.capture} ${flow.flow}: ${flow.ours ?? 'nothing'}, TShark ${flow.tshark.join('/') || '-'}, nDPI ${flow.ndpi.join('/') || '-'}: no explanation\n`);
  return unexplained.length > 0 ? 1 : 0;
}

process.exitCode = await main();
