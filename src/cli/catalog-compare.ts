/** `catalog compare A B`: ids or files. */
import fs from 'node:fs';
import { compareDocuments, type ComparedRow, type Comparison } from '../catalog/compare.js';
import type { Catalog } from '../catalog/catalog.js';
import type { CatalogDocument } from '../catalog/types.js';
import { loadCatalog, readText, refuse } from './catalog-source.js';
import { ExitCode, UsageError } from './exit-code.js';
import { openOutput } from './output.js';

interface Options {
  readonly format?: 'text' | 'json';
  readonly catalog?: string;
  readonly output?: string;
  readonly all?: boolean;
}

export async function catalogCompare(a: string, b: string, given: Record<string, unknown>): Promise<ExitCode> {
  const options = given as Options;
  const catalog = await loadCatalog(options.catalog);
  const comparison = compareDocuments(await documentNamed(a, catalog), await documentNamed(b, catalog));
  const output = openOutput(options.output);
  output.write(options.format === 'json' ? `${JSON.stringify(comparison, null, 2)}\n` : text(comparison, options.all === true));
  output.commit();
  return ExitCode.ok;
}

/** An id of the catalog wins over a file of the same name. */
export async function documentNamed(name: string, catalog: Catalog): Promise<CatalogDocument> {
  const known = catalog.document(name);
  if (known !== undefined) return known;
  if (!fs.existsSync(name)) throw new UsageError(`${name}: neither a document (portwitness catalog list shows them) nor a file`);
  const content = readText(name);
  const { loadDocument } = await import('../catalog/load.js');
  const { document, faults } = loadDocument(content, name);
  refuse(name, faults);
  if (document === undefined) throw new UsageError(`${name}: cannot be used`);
  return document;
}

const headings = [['contradictory', 'CONTRADICTORY: not both can be right'], ['changed', 'CHANGED'], ['gone', 'GONE: only in A'], ['added', 'ADDED: only in B'], ['same', 'THE SAME']] as const;

function text({ a, b, counts, rows }: Comparison, all: boolean): string {
  const lines = [`A  ${a.id}: ${a.title}`, `B  ${b.id}: ${b.title}`, `${counts.same} the same, ${counts.changed} changed, ${counts.contradictory} contradictory, ${counts.gone} gone, ${counts.added} added`];
  for (const [status, heading] of headings) {
    const listed = rows.filter((row) => row.status === status);
    if (listed.length > 0 && (all || status !== 'same')) lines.push('', heading, ...listed.flatMap(rowLines));
  }
  return `${lines.join('\n')}\n`;
}

function rowLines({ a, b, textA, textB, differences }: ComparedRow): string[] {
  const lines: string[] = [];
  if (a !== null) lines.push(`  A ${a.padEnd(36)} ${textA ?? ''}`);
  if (b !== null) lines.push(`  B ${b.padEnd(36)} ${textB ?? ''}`);
  for (const { field, a: left, b: right, contradiction } of differences) lines.push(`      ${contradiction ? '! ' : '  '}${field}: ${left || 'not stated'}  ->  ${right || 'not stated'}`);
  return lines;
}
