/** The catalog of one run: what is built in, and the user's folder of documents. */
import fs from 'node:fs';
import path from 'node:path';
import { builtInCatalog } from '../catalog/catalog.js';
import type { Catalog } from '../catalog/catalog.js';
import { faultLine } from '../catalog/fault.js';
import { ianaId } from '../catalog/iana.js';
import type { Fault } from '../catalog/fault.js';
import { UsageError } from './exit-code.js';
import { reason } from './inputs.js';
import { decodeText } from './text-encoding.js';

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
  const taken = [...[...builtIn.documents, ...builtIn.references].map((document) => document.id), ianaId];
  const { documents, faults } = loadDocuments(files, taken);
  refuse(`--catalog ${folder}`, faults);
  return builtInCatalog(documents);
}

/** As UTF-8, or as UTF-16 where a byte-order mark says so: that is what `>` of Windows PowerShell 5 writes. */
export function readText(file: string): string {
  let bytes: Uint8Array;
  try {
    bytes = fs.readFileSync(file);
  } catch (error) {
    throw new UsageError(`${file}: ${reason(error)}`);
  }
  const text = decodeText(bytes);
  if (text === undefined) throw new UsageError(`${file}: is no text: write UTF-8, or UTF-16 with a byte-order mark`);
  return text;
}

/** Every fault in one run, and nothing half loaded. */
export function refuse(what: string, faults: readonly Fault[]): void {
  const errors = faults.filter((fault) => fault.severity === 'error');
  if (errors.length > 0) throw new UsageError(`${what}: ${errors.length === 1 ? 'a fault' : `${errors.length} faults`}\n${errors.map((fault) => `  ${faultLine(fault)}`).join('\n')}`);
}
