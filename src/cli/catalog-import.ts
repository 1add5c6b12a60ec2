/** `catalog import FILE`: a vendor's page into a draft, and what needs a person's eye on standard error. */
import path from 'node:path';
import { draftYaml } from '../catalog/draft-yaml.js';
import { draftPage } from '../catalog/import/draft-page.js';
import { documentNamed } from './catalog-compare.js';
import { loadCatalog, readText } from './catalog-source.js';
import { ExitCode, UsageError } from './exit-code.js';
import { openOutput } from './output.js';
import { printable } from './progress.js';

interface Options {
  readonly output?: string;
  readonly against?: string;
  readonly catalog?: string;
  readonly quiet?: boolean;
}

/** Pages of documentation are no larger; what is would be the wrong file. */
const MAX_PAGE = 16 * 1024 * 1024;

export async function catalogImport(file: string, given: Record<string, unknown>): Promise<ExitCode> {
  const options = given as Options;
  const page = readText(file);
  if (page.length > MAX_PAGE) throw new UsageError(`${file}: larger than ${MAX_PAGE / 1024 / 1024} MB, which no page is`);
  const { document, doubts, leftOut } = draftPage(page, path.basename(file));
  const yaml = draftYaml(document);
  const say = (text: string): void => { process.stderr.write(`${printable(text)}\n`); };
  if (options.quiet !== true) {
    const rows = document.tables.reduce((sum, table) => sum + table.rows.length, 0);
    say(`${document.tables.length} ${document.tables.length === 1 ? 'table' : 'tables'}, ${rows} rows${leftOut === 0 ? '' : `; ${leftOut} other tables have no ports`}`);
    if (doubts.length > 0) say('To look at:');
    for (const { line, text } of doubts) say(`  ${line === 0 ? '' : `${file}:${line}: `}${text}`);
  }
  if (options.against !== undefined) {
    const made = await documentNamed(options.against, await loadCatalog(options.catalog));
    const { loadDocument } = await import('../catalog/load.js');
    const { agreementOf, agreementText } = await import('../catalog/import/agreement.js');
    const draft = loadDocument(yaml, file).document;
    if (draft !== undefined) say(`Agreement with ${made.id}: ${agreementText(agreementOf(draft, made))}`);
  }
  const output = openOutput(options.output);
  output.write(yaml);
  output.commit();
  return ExitCode.ok;
}
