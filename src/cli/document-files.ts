/** Documents that the user names: files, folders, globs (PowerShell expands none). A fault in the naming is told before anything is read. */
import fs from 'node:fs';
import path from 'node:path';
import { UsageError } from './exit-code.js';
import { isPattern, matches, reason } from './inputs.js';

const DOCUMENT_ENDING = /\.(ya?ml|json)$/i;

/** Sorted within each name, each file once. */
export async function documentFiles(named: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of named) {
    let stats: fs.Stats;
    try {
      stats = fs.statSync(name);
    } catch (error) {
      const files = isPattern(name) ? await matches(name) : [];
      if (files.length === 0) throw new UsageError(`${name}: ${isPattern(name) ? 'no file matches' : reason(error)}`);
      found.push(...files);
      continue;
    }
    found.push(...(stats.isDirectory() ? filesOf(name) : [name]));
  }
  return [...new Set(found)];
}

function filesOf(folder: string): string[] {
  let names: string[];
  try {
    names = fs.readdirSync(folder).filter((name) => DOCUMENT_ENDING.test(name)).sort();
  } catch (error) {
    throw new UsageError(`${folder}: ${reason(error)}`);
  }
  if (names.length === 0) throw new UsageError(`${folder}: no document in this folder (looked for .yaml, .yml, .json)`);
  return names.map((name) => path.join(folder, name));
}
