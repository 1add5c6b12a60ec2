/** `catalog learn` and `catalog coverage`: documents and what captures say of them. */
import { learn, learnedDocument } from '../analysis/learn.js';
import type { RowStatus } from '../analysis/report-model.js';
import { validationMatrix, type ValidationMatrix } from '../analysis/validation-matrix.js';
import { draftYaml } from '../catalog/draft-yaml.js';
import { analyseCaptures, type CaptureOptions } from './analysed-captures.js';
import type { ExitCode} from './exit-code.js';
import { UsageError } from './exit-code.js';
import { openOutput } from './output.js';
import { printable } from './progress.js';

export async function catalogLearn(captures: readonly string[], given: Record<string, unknown>): Promise<ExitCode> {
  const options = given as CaptureOptions & { readonly id?: string };
  const id = options.id ?? 'learned';
  if (!/^[a-z0-9]+(?:[.-][a-z0-9]+)*$/.test(id)) throw new UsageError(`--id ${id}: must be lower-case letters, digits, "-" and "."`);
  const { analysed: [one], code, catalog } = await analyseCaptures(captures, options);
  if (one === undefined) return code;
  if (catalog.document(id) !== undefined) throw new UsageError(`--id ${id}: the catalog has a document of this id already`);
  const learned = learn(one.model);
  if (options.quiet !== true) process.stderr.write(`${learned.rows.length} ${learned.rows.length === 1 ? 'row' : 'rows'} to review${learned.failed > 0 ? `; ${learned.failed} undocumented conversations that never worked are left out` : ''}\n`);
  print(options.output, draftYaml(learnedDocument(one.model, learned, id)));
  return code;
}

export async function catalogCoverage(captures: readonly string[], given: Record<string, unknown>): Promise<ExitCode> {
  const options = given as CaptureOptions & { readonly format?: 'text' | 'json' };
  const { analysed, code } = await analyseCaptures(captures, options, true);
  if (analysed.length === 0) return code;
  const matrix = validationMatrix(analysed.map(({ name, model }) => ({ capture: name, model })));
  print(options.output, options.format === 'json' ? `${JSON.stringify(matrix, null, 2)}\n` : matrixText(matrix));
  return code;
}

const letters: Readonly<Record<RowStatus, string>> = { witnessed: 'W', 'witnessed-other-protocol': 'P', 'witnessed-reversed': 'R', failed: 'F', 'not-seen': '.', 'not-observable': '-' };

function matrixText({ captures, documents }: ValidationMatrix): string {
  const lines = ['W witnessed, P other protocol, R reversed, F failed, . not seen, - not observable', '', ...captures.map((name, index) => `${String(index + 1).padStart(4)}  ${printable(name)}`)];
  for (const { id, title, witnessed, rows } of documents) {
    if (rows.length === 0) continue;
    const width = Math.max(...rows.map(({ row }) => row.length));
    lines.push('', `${title} (${id}): ${witnessed} of ${rows.length} rows witnessed`, `  ${''.padEnd(width)}  ${captures.map((_, index) => String(index + 1).padStart(3)).join('')}`);
    for (const { row, status, cells } of rows) lines.push(`  ${row.padEnd(width)}  ${cells.map((cell) => letters[cell.status].padStart(3)).join('')}  ${status}`);
  }
  return `${lines.join('\n')}\n`;
}

function print(target: string | undefined, text: string): void {
  const output = openOutput(target);
  output.write(text);
  output.commit();
}
