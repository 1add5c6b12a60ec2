/** Dynamic ports: who handed them out and who used them, how much of the range that is, what is hidden, what can be pinned. */
import { frameText } from '../analysis/frame-text.js';
import type { DynamicPortReport, DynamicRangeReport, ReportModel, StaticPortReport } from '../analysis/report-model.js';
import { hostNames, type HostNames } from './host-names.js';
import { groupDigits, type TextPage } from './text-page.js';

/** Documents say that a server uses the first five or six of its range. */
const FIRST_FEW = 6;

export function dynamicPortSection({ dynamicPorts, dynamicRange, hosts, captures }: ReportModel, page: TextPage): void {
  if (dynamicPorts.length === 0 && dynamicRange.length === 0) return;
  const names = hostNames(hosts);
  const named = dynamicPorts.filter((row) => row.knownFrom[0]?.source !== 'port-only');
  const reached = dynamicPorts.filter((row) => (row.outcomes.accepted ?? 0) > 0 || (row.outcomes.answered ?? 0) > 0 || (row.outcomes.midstream ?? 0) > 0).length;
  page.paragraph(`DYNAMIC PORTS   ${named.length} named, ${dynamicPorts.length - named.length} by their number only, ${reached} reached`, 0, 0, 'heading');
  // Those that somebody tried say more than the rest of an endpoint mapper's list.
  const order = [...dynamicPorts].sort((a, b) => Number(b.flows > 0) - Number(a.flows > 0));
  const { shown, more } = page.cut(order, 10);
  page.table(shown.map((row) => [names.short(row.server), `${row.transport.toUpperCase()} ${row.port}`, origin(row, captures.length), ending(row), interfaces(row)]), 2);
  page.more(more, 2);
  const used = page.cut(dynamicRange.filter((row) => row.used > 0), 4);
  for (const row of used.shown) page.paragraph(useText(row, names), 2, 4);
  page.more(used.more, 2);
  hiddenAnswers(dynamicRange, names, captures.length, page);
  page.blank();
}

/** Short: what is on a port, how it is pinned. The commands are in the JSON, and here with --verbose. */
export function staticPortSection({ staticPorts, hosts }: ReportModel, page: TextPage): void {
  const plans = staticPorts.filter((row) => row.service !== 'rpc-range');
  const asked = plans.filter(({ effect }) => effect !== 'dynamic' && effect !== 'outside-range');
  if (plans.length === 0) return;
  const names = hostNames(hosts);
  const heading = asked.length > 0 ? `${asked.filter(({ effect }) => effect === 'took-effect').length} of ${asked.length} pins in effect` : `${new Set(plans.map(({ service }) => service)).size} of the RPC services seen can be pinned to one port`;
  page.paragraph(`STATIC PORTS   ${heading}`, 0, 0, 'heading');
  const { shown, more } = page.cut([...asked, ...plans.filter((row) => !asked.includes(row))], 4);
  for (const row of shown) {
    page.paragraph(`${row.server === null ? '' : `${names.short(row.server)}  `}${row.title.split(' (')[0]!} (${row.service})   ${effectText(row)}`, 2, 4);
    if (row.effect === 'took-effect' || row.server === null) continue;
    if (!page.verbose) {
      page.paragraph(keyText(row), 4, 6);
      continue;
    }
    for (const command of row.commands) page.verbatim(command, 6);
    page.paragraph(`then restart ${row.restart}. Firewall: ${row.firewall}. Note: ${row.note} (${row.source})`, 4, 4);
  }
  page.more(more, 2);
  const rest = [...new Set(staticPorts.filter((row) => row.service === 'rpc-range').flatMap((row) => row.interfaces.map((one) => one.name ?? one.uuid)))];
  if (rest.length > 0) page.paragraph(`No setting of their own: ${rest.slice(0, 6).join(', ')}${rest.length > 6 ? ` and ${rest.length - 6} more` : ''}.`, 2, 4);
  if (asked.length === 0) page.paragraph(`Firewall then: TCP 135 and that port.${page.verbose ? '' : ' Commands and restarts: --verbose.'} Did it take effect? Capture again, with --pinned SERVICE=PORT.`, 2, 4);
  page.blank();
}

function useText({ server, used, size, ports, first, highest }: DynamicRangeReport, names: HostNames): string {
  const beyond = ports.filter((port) => port >= first + FIRST_FEW).length;
  const list = ports.length <= 6 ? ports.join(', ') : `${ports.slice(0, 5).join(', ')} ... ${highest ?? ''}`;
  const where = beyond === 0 ? `all among the first ${FIRST_FEW}` : beyond === ports.length ? `none among the first ${FIRST_FEW}` : `${beyond} beyond the first ${FIRST_FEW}`;
  return `${names.short(server)} used ${used} of ${groupDigits(size)} (${list}), ${where}`;
}

function hiddenAnswers(rows: readonly DynamicRangeReport[], names: HostNames, captures: number, page: TextPage): void {
  const hidden = rows.filter((row) => row.encryptedAnswers !== null);
  const { shown, more } = page.cut(hidden, 3);
  for (const { server, encryptedAnswers } of shown) {
    const what = encryptedAnswers!.of.map((one) => (one === 'dcom' ? 'DCOM' : 'the endpoint mapper')).join(' and ');
    page.paragraph(`${names.short(server)}: answers of ${what} are encrypted (${encryptedAnswers!.frames.slice(0, 3).map((frame) => frameText(frame, captures)).join(' ')}); the ports in them show only where a bind follows.`, 2, 4);
  }
  page.more(more, 2);
  if (hidden.length > 0) page.paragraph('What would show them: a capture with the connections to those ports, or on the server Get-NetTCPConnection -State Listen.', 4, 4);
}

function effectText({ effect, evidence, ports, port }: StaticPortReport): string {
  switch (effect) {
    case 'dynamic': return `now TCP ${ports.join(', ')}`;
    case 'outside-range': return `on ${evidence}`;
    case 'took-effect': return `IN EFFECT: ${evidence}`;
    case 'partly': return `IN EFFECT IN PART: ${evidence}`;
    case 'not-in-effect': return `NOT IN EFFECT: ${evidence}`;
    case 'not-seen': return `TCP ${port ?? ''}: not seen; ${evidence}`;
  }
}

/** The registry value of a `reg add`, or the command. */
function keyText({ commands }: StaticPortReport): string {
  const [command = ''] = commands;
  const match = /^reg add "([^"]+)" \/v "?([^"]+?)"? \/t (\w+)/.exec(command);
  return match === null ? command : `${match[1]}, "${match[2]}" (${match[3]})`;
}

function interfaces({ interfaces: list, knownFrom }: DynamicPortReport): string {
  if (list.length === 0) return knownFrom[0]?.source === 'port-only' ? 'unexplained' : 'not named';
  const names = list.map((one) => one.name ?? `${one.uuid} ${one.version}`);
  return names.length <= 4 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
}

function origin({ knownFrom }: DynamicPortReport, captures: number): string {
  const [first] = knownFrom;
  if (first === undefined || first.source === 'port-only') return '';
  const frames = knownFrom.filter(({ source }) => source === first.source).map(({ frame }) => frameText(frame, captures));
  return `${first.source} ${frames.slice(0, 3).join(' ')}${frames.length > 3 ? ' ...' : ''}`;
}

function ending({ flows, outcomes }: DynamicPortReport): string {
  if (flows === 0) return 'nobody connected';
  return Object.entries(outcomes).map(([outcome, count]) => (count === 1 ? outcome : `${outcome} ${count}`)).join(', ');
}
