/**
 * Inputs that once broke a promise, and some fresh ones at every run. The files of the folder are made by our own writers or from
 * fixtures/lab; index.json says what each was.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawTrial } from './draw.js';
import { loadOriginals } from './originals.js';
import { runTrial } from './trial.js';

const FOLDER = join(import.meta.dirname, 'regressions');
const index = JSON.parse(readFileSync(join(FOLDER, 'index.json'), 'utf8')) as Readonly<Record<string, string>>;

describe('inputs that once failed', () => {
  it('are all in the index', () => {
    expect(readdirSync(FOLDER).filter((name) => name !== 'index.json').sort()).toEqual(Object.keys(index).sort());
  });
  it.each(Object.entries(index))('%s: %s', async (name) => {
    const file = new Uint8Array(readFileSync(join(FOLDER, name)));
    await runTrial({ files: [file], chunks: [1 << 20], otherChunks: [1, 7, 300], withFlows: true });
  });
});

it('the first trials of a fixed seed hold', async () => {
  const originals = loadOriginals(undefined);
  for (let number = 0; number < 25; number++) await runTrial(drawTrial(originals, 20_261_120, number));
});
