/**
 * Captures with inventories made by hand, and the validation that a person has reviewed (fixtures/validation/README.md says what was looked
 * at). A difference is a finding: review it, then write the file anew with `npx vitest run test/analysis/reviewed-validation.test.ts -u`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { nodeDecompressors } from '../../src/capture/decompressors.node.js';
import { openCapture } from '../../src/capture/file-source.node.js';
import { builtInCatalog } from '../../src/catalog/catalog.js';
import { collectEvidence } from '../../src/evidence/collect-evidence.js';
import { readInventory } from '../../src/inventory/read-inventory.js';
import { validationSummary } from './validation-summary.js';

const folder = join(import.meta.dirname, '../../fixtures/validation');
const lab = join(import.meta.dirname, '../../fixtures/lab');
const corpus = process.env['PORTWITNESS_CORPUS'];

async function validate(capture: string, inventory: string): Promise<string> {
  const { inventory: told, faults } = readInventory(readFileSync(join(folder, inventory), 'utf8'), inventory);
  expect(faults).toEqual([]);
  const { evidence, faults: unread } = await collectEvidence([{ name: capture, open: () => openCapture(capture) }], { decompressors: nodeDecompressors });
  expect(unread).toEqual([]);
  return `${JSON.stringify(validationSummary(analyze(evidence, { catalog: builtInCatalog(), inventory: told })), undefined, 2)}\n`;
}

describe('the validation of a capture is what was reviewed', () => {
  it.each(['rpc-ok', 'rpc-dynamic-dropped', 'winrm-5985', 'live-migration-6600', 'cluster-3343', 'iscsi-3260', 'mixed-ipv6'])('%s', async (name) => {
    await expect(await validate(join(lab, `${name}.pcapng`), 'lab.yaml')).toMatchFileSnapshot(join(folder, `${name}.json`));
  });

  it.skipIf(corpus === undefined || !existsSync(join(corpus, 'windows-rpc/NEWYORK.cap')))('NEWYORK.cap (a public capture, 1 skipped without PORTWITNESS_CORPUS)', async () => {
    await expect(await validate(join(corpus!, 'windows-rpc/NEWYORK.cap'), 'newyork.yaml')).toMatchFileSnapshot(join(folder, 'NEWYORK.json'));
  });
});
