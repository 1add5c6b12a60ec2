/** Problems, the gravest first: what, proof, cause, what was ruled out, fix, check. */
import { frameText } from '../analysis/frame-text.js';
import type { FindingCode, FindingReport, ProblemReport, ReportModel, Severity } from '../analysis/report-model.js';
import type { Clock } from './clock-text.js';
import { hostNames, type HostNames } from './host-names.js';
import { plural, type Style, type TextPage } from './text-page.js';

const MOST_PROBLEMS = 5;
const MOST_PAIRS = 4;
const MOST_TIMES = 8;
const styles: Readonly<Record<Severity, Style>> = { error: 'error', warning: 'warning', info: 'heading' };

export function problemSection(model: ReportModel, page: TextPage, clock: Clock): void {
  if (model.problems.length === 0) {
    page.paragraph(nothingFailed(model), 0, 0, 'good');
    page.blank();
    return;
  }
  const names = hostNames(model.hosts);
  const findings = new Map(model.findings.map((finding) => [finding.id, finding]));
  const { shown, more } = page.cut(model.problems, MOST_PROBLEMS);
  shown.forEach((problem, i) => {
    problemBlock(problem, `PROBLEM ${i + 1} of ${model.problems.length}`, problem.findings.map((id) => findings.get(id)!), names, page, clock, model.captures.length);
  });
  if (more > 0) {
    const rest = model.problems.slice(shown.length);
    page.paragraph(`${plural(more, 'further problem')}: --verbose`, 0, 0, 'heading');
    page.table(rest.slice(0, 10).map((problem, i) => [`${shown.length + i + 1}`, problem.codes[0] ?? '', problem.title]), 2);
    if (rest.length > 10) page.more(rest.length - 10, 2);
    page.blank();
  }
}

/** Told elsewhere on the page: traffic has its own section, the state of a capture stands at its head (what that spoils is told here). */
const toldElsewhere: ReadonlySet<FindingCode> = new Set(['undocumented-traffic', 'capture-damaged', 'capture-incomplete']);
const MOST_NOTES = 6;

/** Findings that are nobody's problem, and still worth a line. */
export function noteSection(model: ReportModel, page: TextPage): void {
  const notes = model.findings.filter((finding) => finding.problem === null && (!toldElsewhere.has(finding.code) || (finding.code === 'capture-incomplete' && finding.severity === 'warning')));
  if (notes.length === 0) return;
  page.paragraph(`ALSO SEEN   ${notes.length}`, 0, 0, 'heading');
  const { shown, more } = page.cut([...notes].sort((a, b) => Number(a.severity === 'info') - Number(b.severity === 'info')), MOST_NOTES);
  for (const note of shown) {
    const frames = note.frames.slice(0, 3).map((frame) => frameText(frame, model.captures.length)).join(' ');
    page.paragraph(`${note.title}${frames === '' ? '' : ` (${frames})`}   ${note.code}`, 2, 4);
    if (page.verbose) page.paragraph(note.explanation, 4, 4, 'quiet');
  }
  page.more(more, 2);
  page.blank();
}

function nothingFailed(model: ReportModel): string {
  if (model.conversations.length === 0 && model.aggregated.length === 0) return 'No connection was found in this capture: nothing to diagnose.';
  return `No problem found: of ${plural(model.conversations.length, 'conversation')} none failed as far as this capture shows.`;
}

function problemBlock(problem: ProblemReport, heading: string, findings: readonly FindingReport[], names: HostNames, page: TextPage, clock: Clock, captures: number): void {
  const fits = page.ends(`${heading}   ${problem.title}`, problem.codes.join(', '), styles[problem.severity]);
  const pairs = page.cut(pairLines(findings, names, problem.state), MOST_PAIRS);
  pairs.shown.forEach((line) => page.paragraph(line, 2, 4));
  page.more(pairs.more, 2);
  page.paragraph([problem.impact === '' ? '' : `impact: ${problem.impact}`, fits ? '' : problem.codes.join(', ')].filter((part) => part !== '').join('   '), 2, 4);
  if (problem.timeline.length > 0) {
    page.blank();
    const rows = page.cut(problem.timeline, MOST_TIMES);
    page.table(rows.shown.map((row) => [clock.time(row.time), frameText(row.frame, captures), row.result === '' ? row.text : `${row.text}   ${row.result}`]), 4);
    page.more(rows.more + (rows.more > 0 || page.verbose ? problem.timelineLeftOut : 0), 4);
    page.blank();
  }
  labelledList(page, 'Proved', problem.why);
  problem.alternatives.forEach((one, i) => page.labelled(i === 0 ? 'Cause' : '', `${one.cause} (${one.confidence})`));
  if (problem.ruledOut.length > 0) page.labelled('Ruled out', problem.ruledOut.join(', '));
  if (problem.fix !== null) command(page, 'Fix', problem.fix);
  if (problem.check !== null) command(page, 'Check', problem.check);
  const rows = [...new Set(findings.flatMap((finding) => finding.rows))];
  if (rows.length > 0) page.labelled('Documented', page.cut(rows, 3).shown.join(', '));
  else if (findings.some(({ port }) => port !== null)) page.labelled('Documented', 'no row of a document judged here fits');
  if (problem.wiresharkFilter !== null) command(page, 'Wireshark', problem.wiresharkFilter);
  page.blank();
}

/** `MGMT1 10.77.1.10 -> HV01 10.77.2.20   TCP 49668, 49669   FILTERED`, one line for each pair of hosts. */
function pairLines(findings: readonly FindingReport[], names: HostNames, state: string | null): string[] {
  const pairs = new Map<string, { readonly head: string; readonly transport: string; readonly ports: Set<number> }>();
  for (const { client, server, transport, port } of findings) {
    if (client === null || server === null) continue;
    const key = `${client} ${server} ${transport ?? ''}`;
    const pair = pairs.get(key) ?? { head: `${names.full(client)} -> ${names.full(server)}`, transport: (transport ?? '').toUpperCase(), ports: new Set<number>() };
    if (port !== null) pair.ports.add(port);
    pairs.set(key, pair);
  }
  return [...pairs.values()].map(({ head, transport, ports }) => {
    const sorted = [...ports].sort((a, b) => a - b);
    const shown = sorted.length <= 6 ? sorted.join(', ') : `${sorted.slice(0, 5).join(', ')} and ${sorted.length - 5} more`;
    return [head, ports.size === 0 ? '' : `${transport} ${shown}`, state ?? ''].filter((part) => part !== '').join('   ');
  });
}

function labelledList(page: TextPage, label: string, items: readonly string[]): void {
  items.forEach((item, i) => page.labelled(i === 0 ? label : '', item));
}

/** Lines that begin with blanks, or fit no page, are to be copied: they are never wrapped. */
function command(page: TextPage, label: string, text: string): void {
  let first = true;
  for (const line of text.split('\n')) {
    if (line.startsWith('  ')) page.verbatim(line.trimStart(), 15);
    else if (!line.includes(' ') || /&&|\.addr==/.test(line)) {
      if (first) page.verbatim(`${label.padEnd(11)}${line}`, 2);
      else page.verbatim(line, 13);
    } else page.labelled(first ? label : '', line);
    first = false;
  }
}
