import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { analyzeFiles } from '../../src/node.js';
import { renderText } from '../../src/report/text.js';
import { writeJson } from '../../src/report/json.js';
import { reportSchema } from '../../src/report/schema.js';
import { corpus, MALFORMED_CAPTURES, skipped } from './public-captures.js';

interface Index { readonly files: Readonly<Record<string, { readonly packets: number; readonly complete: boolean; readonly note?: string }>> }

/** A longer one would be a hang. */
const MAX_MS = 10_000;

it.skipIf(corpus === undefined)(`malformed captures end in a report with all their packets${skipped(MALFORMED_CAPTURES)}`, async () => {
  const folder = join(corpus!, 'malformed');
  const { files } = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as Index;
  expect(Object.keys(files).length).toBeGreaterThanOrEqual(MALFORMED_CAPTURES);
  const wrong: string[] = [];
  for (const [name, truth] of Object.entries(files)) {
    const began = performance.now();
    const { report, faults } = await analyzeFiles([join(folder, name)]);
    for (const { message } of faults) wrong.push(`${name}: ${message}`);
    let json = '';
    writeJson(report, (text) => { json += text; });
    const { error } = reportSchema.safeParse(JSON.parse(json));
    if (error !== undefined) wrong.push(`${name}: ${error.message}`);
    const text = renderText(report, { width: 80, color: false, ascii: true, verbose: true, timeZone: 'utc' });
    if (/[^\n\x20-\x7e]/u.test(text)) wrong.push(`${name}: what it says reaches the terminal unescaped`);
    const [capture] = report.captures;
    const counted = (capture?.decoded ?? 0) + Object.values(capture?.skipped ?? {}).reduce((sum, count) => sum + count, 0);
    // TShark opens no file of a link type that it does not know; here its packets are counted as such.
    const packets = truth.note?.includes("record data that TShark doesn't support") === true ? capture?.skipped['link-type-unsupported'] : truth.packets;
    if (capture?.packets !== packets || counted !== packets) wrong.push(`${name}: ${capture?.packets} packets, ${counted} counted, TShark ${truth.packets}`);
    if (performance.now() - began > MAX_MS) wrong.push(`${name}: slow`);
  }
  expect(wrong).toEqual([]);
}, 120_000);
