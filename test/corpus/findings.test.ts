/**
 * What is found in public captures, against the list that was reviewed by hand: `findings-review.tsv` beside this file names each finding
 * that is more than information, with why it is right. The captures themselves are not part of the project.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { analyzeFiles } from '../../src/node.js';
import { corpus, skipped } from './public-captures.js';

const REVIEW = join(import.meta.dirname, 'findings-review.tsv');
/** The state of a capture, and documents against traffic, are reviewed elsewhere: these are about what works, or about the file. */
const NOT_REVIEWED: ReadonlySet<string> = new Set(['capture-damaged', 'capture-incomplete', 'undocumented-traffic', 'role-mismatch', 'document-erratum', 'document-contradiction']);

interface Reviewed { readonly finding: string; readonly explanation: string }

function review(): Reviewed[] {
  return readFileSync(REVIEW, 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => {
    const columns = line.split('\t');
    return { finding: columns.slice(0, 7).join(' '), explanation: columns[7] ?? '' };
  });
}

function captures(folder: string, under = ''): string[] {
  return readdirSync(join(folder, under)).sort().flatMap((name) => {
    const path = join(under, name);
    if (statSync(join(folder, path)).isDirectory()) return captures(folder, path);
    return /\.(?:json|txt|md)$/u.test(name) ? [] : [path];
  });
}

it('each reviewed finding is explained', () => {
  const reviewed = review();
  expect(reviewed.length).toBeGreaterThan(0);
  expect(reviewed.filter(({ explanation }) => explanation.length < 20)).toEqual([]);
});

it.skipIf(corpus === undefined)(`public captures give the findings that were reviewed, and no other${skipped(271)}`, async () => {
  const found: string[] = [];
  for (const path of captures(corpus!)) {
    const { report } = await analyzeFiles([join(corpus!, path)]);
    for (const { code, severity, confidence, server, transport, port, client } of report.findings) {
      if (severity !== 'info' && !NOT_REVIEWED.has(code)) found.push([path, code, confidence, client, server, transport, port].join(' '));
    }
  }
  const reviewed = review().map(({ finding }) => finding);
  // What is new is to be looked at in Wireshark, then explained in the review or mended; what is gone is to be taken out, or mended.
  expect({ unexplained: found.filter((one) => !reviewed.includes(one)), gone: reviewed.filter((one) => !found.includes(one)) }).toEqual({ unexplained: [], gone: [] });
}, 300_000);
