import type { CatalogDocument, Entry, Row } from '../catalog/types.js';
import { ianaDocument } from '../catalog/iana.js';
import { loadCatalog } from './catalog-source.js';
import { ExitCode, UsageError } from './exit-code.js';
import { openOutput } from './output.js';

interface Options {
  readonly format?: 'text' | 'json';
  readonly catalog?: string;
  readonly output?: string;
}

export async function catalogList(given: Record<string, unknown>): Promise<ExitCode> {
  const options = given as Options;
  const catalog = await loadCatalog(options.catalog);
  const all = [...catalog.documents, ...catalog.references, ianaDocument()];
  const listed = all.map(({ id, title, kind, superseded, tables }) => ({ id, title, kind, superseded, rows: tables.reduce((sum, table) => sum + table.rows.length, 0) }));
  if (options.format === 'json') return print(options, `${JSON.stringify(listed, null, 2)}\n`);
  const width = Math.max(...listed.map(({ id }) => id.length));
  return print(options, listed.map(({ id, title, kind, superseded, rows }) => `${id.padEnd(width)}  ${String(rows).padStart(5)} rows  ${superseded ? 'superseded' : kind.padEnd(10)}  ${title}\n`).join(''));
}

export async function catalogShow(id: string, given: Record<string, unknown>): Promise<ExitCode> {
  const options = given as Options;
  const catalog = await loadCatalog(options.catalog);
  const document = catalog.document(id);
  if (document === undefined) throw new UsageError(`catalog show ${id}: no such document; portwitness catalog list shows them`);
  return print(options, options.format === 'json' ? `${JSON.stringify(document, null, 2)}\n` : documentText(document));
}

function documentText(document: CatalogDocument): string {
  const lines = [document.title, `${document.publisher}${document.superseded ? ', superseded' : ''}${document.products.length > 0 ? `: ${document.products.join(', ')}` : ''}`];
  if (document.url !== null) lines.push(document.url);
  for (const table of document.tables) {
    lines.push('', `${table.title}  (${document.id}/${table.id})`);
    for (const row of table.rows) lines.push(...rowText(row));
  }
  if (document.claims.length > 0) lines.push('', 'Claims that a capture can test');
  for (const { id, claim } of document.claims) lines.push(`  ${id}: ${claim}`);
  return `${lines.join('\n')}\n`;
}

function rowText(row: Row): string[] {
  const lines = [`  ${row.id.padEnd(18)} ${row.entries.map(entryText).join(', ') || 'no port'}`];
  const ends = `${row.source.join(' | ') || 'anyone'} -> ${row.target.join(' | ') || 'not stated'}`;
  lines.push(`  ${''.padEnd(18)} ${ends}`, `  ${''.padEnd(18)} ${row.purpose}${row.condition === null ? '' : ` (${row.condition})`}`);
  for (const { says, correct, evidence } of row.errata) lines.push(`  ${''.padEnd(18)} ERRATUM: says ${says}; correct: ${correct} (${evidence})`);
  return lines;
}

function entryText({ transport, transportStated, ports, protocol }: Entry): string {
  const numbers = ports.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(',');
  return `${transport.toUpperCase()}${transportStated ? '' : '*'} ${numbers} ${protocol}`;
}

function print(options: Options, text: string): ExitCode {
  const output = openOutput(options.output);
  output.write(text);
  output.commit();
  return ExitCode.ok;
}
