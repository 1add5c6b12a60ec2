/** What was asked for beside the problems: expectations, an operation's checklist, both ends, other witnesses, an earlier run. */
import { frameText } from '../analysis/frame-text.js';
import type { ComparedTraffic, EndsReport, ExpectationReport, OperationStepReport, ReportModel, StepState, WitnessReport } from '../analysis/report-model.js';
import type { Clock } from './clock-text.js';
import { hostNames, type HostNames } from './host-names.js';
import { groupDigits, plural, type Style, type TextPage } from './text-page.js';

const MOST = 8;

/** Answers to questions come before everything else that the page says. */
export function expectationSection(model: ReportModel, page: TextPage): void {
  if (model.expectations.length === 0) return;
  page.paragraph('EXPECTED', 0, 0, 'heading');
  for (const one of model.expectations) expectationBlock(one, model, page);
  page.blank();
}

const expectationWords: Readonly<Record<ExpectationReport['status'], readonly [string, Style]>> = { worked: ['worked', 'good'], failed: ['failed', 'error'], 'never-attempted': ['NEVER ATTEMPTED', 'error'] };

function expectationBlock({ expected, port, status, reason, why, findings, next }: ExpectationReport, model: ReportModel, page: TextPage): void {
  const [word, style] = expectationWords[status];
  const left = `  ${port === null ? expected.replace(' ', ' <-> ') : expected}   ${word}`;
  const right = reason ?? problemsOf(findings, model);
  if (right === '') page.paragraph(left.trim(), 2, 4, style);
  else if (!page.ends(left, right, style)) page.paragraph(right, 4, 4);
  const { shown, more } = page.cut(why, 4);
  shown.forEach((sentence) => page.paragraph(sentence, 4, 6));
  page.more(more, 4);
  next.forEach((line, i) => page.labelled(i === 0 ? 'Next' : '', line, 4, 9));
}

function problemsOf(findings: readonly string[], { findings: all }: ReportModel): string {
  const problems = new Set(all.filter(({ id, problem }) => problem !== null && findings.includes(id)).map(({ problem }) => `problem ${problem!.replace(/^P/u, '')}`));
  return [...problems].slice(0, 3).join(', ');
}

const stepWords: Readonly<Record<StepState, readonly [string, Style]>> = {
  seen: ['[seen]       ', 'good'], failed: ['[FAILED]     ', 'error'], 'not-reached': ['[not reached]', 'warning'], 'not-in-capture': ['[not here]   ', 'quiet'],
};

export function operationSection({ operation, captures }: ReportModel, page: TextPage): void {
  if (operation === null) return;
  page.paragraph(`${operation.title.toUpperCase()}   ${operation.verdict}`, 0, 2, 'heading');
  for (const step of operation.steps) stepLine(step, page, captures.length);
  page.paragraph('"not here" is not "failed": caches, other machines, other adapters and other modes leave steps out.', 2, 2, 'quiet');
  page.blank();
}

function stepLine({ title, state, detail, frames }: OperationStepReport, page: TextPage, captures: number): void {
  const [word, style] = stepWords[state];
  const places = frames.slice(0, 3).map((frame) => frameText(frame, captures)).join(' ');
  page.paragraph(`${word} ${title}${places === '' ? '' : ` (${places})`}`, 2, 16, style);
  if (detail !== '' && (state !== 'not-in-capture' || page.verbose)) page.paragraph(detail, 16, 18);
}

export function endsSection({ ends, hosts, findings }: ReportModel, page: TextPage): void {
  if (ends.length === 0) return;
  const names = hostNames(hosts);
  page.paragraph('BOTH ENDS', 0, 0, 'heading');
  for (const pair of ends) {
    page.paragraph(`[${pair.client + 1}] nearer to the clients, [${pair.server + 1}] to the servers: ${plural(pair.commonConnections, 'connection')} in both; ${clocks(pair)}`, 2, 4);
    if (pair.translations.length > 0) page.paragraph(translated(pair, names), 4, 6);
    const { shown, more } = page.cut(pair.losses, MOST);
    for (const { finding, place, explanation } of shown) {
      const one = findings.find(({ id }) => id === finding);
      const between = one === undefined || one.client === null || one.server === null ? finding : `${names.short(one.client)} -> ${names.short(one.server)} ${(one.transport ?? '').toUpperCase()} ${one.port ?? ''}`;
      page.paragraph(`${between.trim()}   ${place.replaceAll('-', ' ')}`, 4, 6);
      page.paragraph(explanation, 6, 6, 'quiet');
    }
    page.more(more, 4);
    if (pair.losses.length === 0) page.paragraph('no failed connection between them whose loss could be placed', 4, 4, 'quiet');
  }
  page.blank();
}

const MOST_TRANSLATIONS = 4;

/** Which address becomes which on the way. */
function translated({ translations }: EndsReport, names: HostNames): string {
  const said = translations.slice(0, MOST_TRANSLATIONS).map(({ near, far }) => `${names.full(near)} of the first is ${names.full(far)} in the second`);
  const more = translations.length - said.length;
  return `addresses are translated between them: ${said.join('; ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** The smaller of milliseconds and seconds that says enough. */
function clocks({ clockOffset, clockUncertainty }: EndsReport): string {
  const size = Math.abs(clockOffset);
  const text = size >= 1 ? `${size.toFixed(size >= 100 ? 0 : 1)} s` : `${(size * 1000).toFixed(1)} ms`;
  const doubt = clockUncertainty === 0 ? '' : ` (to ${(clockUncertainty * 1000).toFixed(1)} ms)`;
  return size < Math.max(0.0005, clockUncertainty) ? `their clocks agree${doubt}` : `the second clock is ${text} ${clockOffset > 0 ? 'ahead' : 'behind'}${doubt}`;
}

const witnessNames: Readonly<Record<WitnessReport['kind'], string>> = {
  pfirewall: 'log of the Windows Firewall', 'wfp-events': 'network events of the filtering platform', 'wfp-state': 'filters of the filtering platform', 'security-events-xml': 'security events', 'security-events-csv': 'security events',
};

export function witnessSection({ witnesses, hosts }: ReportModel, page: TextPage, clock: Clock): void {
  if (witnesses.length === 0) return;
  const names = hostNames(hosts);
  page.paragraph('OTHER WITNESSES', 0, 0, 'heading');
  for (const { file, kind, records, drops, matched, start, end, clockOffset, faults, unseen } of witnesses) {
    const span = start === null || end === null || clockOffset === null ? '' : `, ${clock.moment(start)} - ${clock.moment(end)} ${clock.zone}`;
    const said = kind === 'wfp-state' ? 'names of filters' : `${plural(records, 'record')}, ${groupDigits(drops)} dropped${span}; ${groupDigits(matched)} about failed connections here`;
    page.paragraph(`${file.replace(/^.*[\\/]/u, '')}   ${witnessNames[kind]}: ${said}`, 2, 4);
    if (clockOffset === null && records > 0) page.paragraph('its times are local, and none of its records is of a connection here: it cannot be told which zone they are in', 4, 4, 'warning');
    else if (clockOffset !== 0 && clockOffset !== null) page.paragraph(`its times are local, and its clock shows UTC${clockOffset > 0 ? '-' : '+'}${Math.abs(clockOffset) / 3600}, by the connections that both show`, 4, 4, 'quiet');
    if (faults > 0) page.paragraph(`${plural(faults, 'line')} could not be understood`, 4, 4, 'warning');
    const { shown, more } = page.cut(unseen, 4);
    for (const one of shown) page.paragraph(`dropped, and not in the capture: ${names.short(one.client)} -> ${names.short(one.server)} ${one.transport.toUpperCase()} ${one.port}, ${one.times === 1 ? 'once' : `${groupDigits(one.times)} times`}${one.filter === null ? '' : ` (${one.filter})`}`, 4, 6);
    page.more(more, 4);
  }
  page.blank();
}

export function comparisonSection({ comparison, hosts }: ReportModel, page: TextPage): void {
  if (comparison === null) return;
  const names = hostNames(hosts);
  const { broken, mended, added, gone, unchanged, stillFailing, leftOut } = comparison;
  page.paragraph(`AGAINST ${comparison.baseline.map((file) => file.replace(/^.*[\\/]/u, '')).slice(0, 3).join(', ')}   ${broken.length + leftOut.broken} broken, ${mended.length + leftOut.mended} mended, ${added.length + leftOut.added} new, ${gone.length + leftOut.gone} gone, ${unchanged} as before${stillFailing > 0 ? `, ${stillFailing} fail still` : ''}`, 0, 2, 'heading');
  list('Worked then, fails now', broken, leftOut.broken, 'error');
  list('Failed then, works now', mended, leftOut.mended, 'good');
  list('New', added, leftOut.added, 'plain');
  list('Gone', gone, leftOut.gone, 'plain');
  page.blank();

  function list(title: string, items: readonly ComparedTraffic[], over: number, style: Style): void {
    if (items.length === 0) return;
    page.paragraph(`${title}:`, 2, 2, style);
    const { shown, more } = page.cut(items, MOST);
    page.table(shown.map((one) => [`${names.short(one.client)} -> ${names.short(one.server)}`, `${one.transport.toUpperCase()} ${one.port}`, what(one), ending(one)]), 4);
    page.more(more + over, 4);
  }
}

function what({ interface: service, application }: ComparedTraffic): string {
  return service === null ? application ?? '' : service.name ?? `${service.uuid} ${service.version}`;
}

function ending({ before, now }: ComparedTraffic): string {
  return before === '' ? now : now === '' ? before : before === now ? now : `${before} -> ${now}`;
}

export function notVisibleSection({ notVisible, hosts, captures }: ReportModel, page: TextPage): void {
  if (notVisible.length === 0) return;
  const names = hostNames(hosts);
  page.paragraph(`NOT VISIBLE   ${notVisible.length}`, 0, 0, 'heading');
  const { shown, more } = page.cut(notVisible, 4);
  for (const { client, server, port, explanation, frames } of shown) page.paragraph(`${names.short(client)} -> ${names.short(server)} TCP ${port}: ${explanation} (${frameText(frames[0], captures.length)})`, 2, 4);
  page.more(more, 2);
  page.blank();
}
