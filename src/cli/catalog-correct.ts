/** `catalog correct ID <capture…>`: Markdown that can be sent to a vendor's issue tracker as it stands. */
import { corrections, type Correction } from '../analysis/corrections.js';
import type { ReportModel } from '../analysis/report-model.js';
import type { CatalogDocument } from '../catalog/types.js';
import { analyseCaptures, type CaptureOptions } from './analysed-captures.js';
import type { ExitCode } from './exit-code.js';
import { openOutput } from './output.js';
import { printable } from './progress.js';

export async function catalogCorrect(id: string, captures: readonly string[], given: Record<string, unknown>): Promise<ExitCode> {
  const options = given as CaptureOptions;
  const { analysed: [one], catalog, code } = await analyseCaptures(captures, { ...options, document: [id] });
  if (one === undefined) return code;
  const document = catalog.document(id)!;
  const output = openOutput(options.output);
  output.write(markdown(document, one.model, corrections(document, one.model, catalog)));
  output.commit();
  return code;
}

const headings: Readonly<Record<Correction['kind'], string>> = { erratum: 'wrong', 'other-protocol': 'another protocol', reversed: 'the other way round', claim: 'does not hold', 'missing-row': 'missing row' };

function markdown(document: CatalogDocument, model: ReportModel, found: readonly Correction[]): string {
  const lines = [`# ${plain(document.title)}: corrections`, '', `Page: ${document.url === null ? `${plain(document.publisher)}, ${plain(document.title)}` : document.url}  `, `Seen in: ${model.captures.map(({ file }) => plain(baseName(file))).join(', ')}`];
  if (found.length === 0) lines.push('', 'These captures give no reason to correct the document.');
  for (const { kind, subject, says, shows, frames, proposed, yaml } of found) {
    lines.push('', `## ${plain(subject)}: ${headings[kind]}`, '', `- **The document says:** ${plain(says)}`, `- **The capture shows:** ${plain(shows)}`);
    if (frames.length > 0) lines.push(`- **Frames:** ${plain(frames.slice(0, 12).map(({ capture, frame }) => `${baseName(model.captures[capture]?.file ?? '?')} #${frame}`).join(', '))}`);
    lines.push(`- **Proposed:** ${plain(proposed)}`);
    // The drafts' own quoting leaves no control character; a fence longer than any run of backticks cannot be closed from inside.
    if (yaml !== undefined) lines.push('', `${fence(yaml)}yaml`, ...yaml.trimEnd().split('\n').map(printable), fence(yaml));
  }
  return `${lines.join('\n')}\n`;
}

function fence(text: string): string {
  return '`'.repeat(Math.max(3, ...(text.match(/`+/g) ?? []).map((run) => run.length + 1)));
}

function baseName(file: string): string {
  return file.split(/[\\/]/).at(-1)!;
}

/** Names and facts come from the wire: no text of theirs becomes markup, a link or a mention. */
function plain(text: string): string {
  return printable(text).replace(/[\\`*_[\]<>|]/g, '\\$&').replace(/@/g, '@\u200b').replace(/\s+/g, ' ');
}
