/** The catalog of one run: what is built in, and the user's folder of documents. */
import fs from 'node:fs';
import path from 'node:path';
import { builtInCatalog } from '../catalog/catalog.js';
import type { Catalog } from '../catalog/catalog.js';
import { faultLine } from '../catalog/fault.js';
import type { Fault } from '../catalog/fault.js';
import { UsageError } from './exit-code.js';
import { reason } from './inputs.js';

export async function loadCatalog(folder: string | undefined): Promise<Catalog> {
  if (folder === undefined) return builtInCatalog();
  let names: string[];
  try {
    names = fs.readdirSync(folder).filter((name) => /\.ya?ml$/i.test(name)).sort();
  } catch (error) {
    throw new UsageError(`--catalog ${folder}: ${reason(error)}`);
  }
  if (names.length === 0) throw new UsageError(`--catalog ${folder}: no .yaml file in it`);
  const files = names.map((name) => path.join(folder, name)).map((file) => ({ file, text: readText(file) }));
  // yaml and zod are only loaded where somebody's own file is read.
  const { loadDocuments } = await import('../catalog/load.js');
  const builtIn = builtInCatalog();
  const taken = [...builtIn.documents, ...builtIn.references].map((document) => document.id);
  const { documents, faults } = loadDocuments(files, taken);
  refuse(`--catalog ${folder}`, faults);
  return builtInCatalog(documents);
}

export function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file}: ${reason(error)}`);
  }
}

/** Every fault in one run, and nothing half loaded. */
export function refuse(what: string, faults: readonly Fault[]): void {
  const errors = faults.filter((fault) => fault.severity === 'error');
  if (errors.length > 0) throw new UsageError(`${what}: ${errors.length === 1 ? 'a fault' : `${errors.length} faults`}\n${errors.map((fault) => `  ${faultLine(fault)}`).join('\n')}`);
}
