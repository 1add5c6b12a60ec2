/** What is on the wire beside the problems: undocumented, unexplained, working, background, who was taken for what. */
import { frameText } from '../analysis/frame-text.js';
import type { AddressProof, HostReport, ReportModel, TrafficGroup } from '../analysis/report-model.js';
import { hostNames, type HostNames } from './host-names.js';
import { plural, type TextPage } from './text-page.js';

const MOST = 8;

export function undocumentedSection({ overview, hosts }: ReportModel, page: TextPage): void {
  if (overview.undocumentedKnownCount === 0) return;
  const names = hostNames(hosts);
  page.paragraph(`UNDOCUMENTED, BUT KNOWN   ${overview.undocumentedKnownCount}`, 0, 0, 'heading');
  const byReference = new Map<string, TrafficGroup[]>();
  for (const group of overview.undocumentedKnown) byReference.set(group.citation ?? '', [...(byReference.get(group.citation ?? '') ?? []), group]);
  for (const [reference, groups] of byReference) {
    const { shown, more } = page.cut(groups, 4);
    shown.forEach((group) => page.paragraph(`${pair(group, names)}   ${group.transport.toUpperCase()} ${group.port}   ${plural(group.packets, 'packet')}${group.bothWays ? ', both ways' : ', one way'}`, 2, 4));
    page.more(more, 2);
    const cluster = groups.some((group) => group.port === 3343);
    page.paragraph(`${groups[0]!.name ?? 'named'} (reference: ${reference}). No document judged here lists it${cluster ? ': rules made from these documents alone would cut the cluster.' : '.'}`, 4, 4);
  }
  page.blank();
}

export function unexplainedSection({ overview, hosts }: ReportModel, page: TextPage): void {
  if (overview.unexplainedCount === 0) return;
  const names = hostNames(hosts);
  page.paragraph(`UNEXPLAINED   ${overview.unexplainedCount}   in no document, and nothing here names it`, 0, 0, 'heading');
  const { shown, more } = page.cut(overview.unexplained, MOST);
  page.table(shown.map((group) => [pair(group, names), `${group.transport.toUpperCase()} ${group.port}`, `${group.application === null ? '' : `${group.application}, `}${plural(group.packets, 'packet')}`]), 2);
  page.more(more + overview.unexplainedCount - countOf(overview.unexplained), 2);
  page.blank();
}

export function workedSection({ overview, hosts }: ReportModel, page: TextPage): void {
  if (overview.workedCount === 0) return;
  const names = hostNames(hosts);
  page.paragraph(`WORKED   ${overview.workedCount}`, 0, 0, 'heading');
  const { shown, more } = page.cut(overview.worked, MOST);
  page.table(shown.map((group) => [pair(group, names), `${group.transport.toUpperCase()} ${group.port}`, group.citation ?? '', what(group)]), 2);
  page.more(more + overview.workedCount - countOf(overview.worked), 2);
  page.blank();
}

export function backgroundSection({ captures, overview }: ReportModel, page: TextPage): void {
  const reasons = new Map<string, number>();
  for (const { skipped } of captures) for (const [reason, count] of Object.entries(skipped)) if (count > 0 && reason !== 'filtered-out') reasons.set(reason, (reasons.get(reason) ?? 0) + count);
  const skipped = [...reasons.values()].reduce((sum, count) => sum + count, 0);
  const total = skipped + overview.ambientPackets;
  if (total > 0) {
    const parts = [...[...reasons].sort(([, a], [, b]) => b - a).map(([reason, count]) => `${reason} ${count}`), ...(overview.ambientPackets > 0 ? [`broadcast and multicast chatter ${overview.ambientPackets}`] : [])];
    page.labelled('BACKGROUND', `${plural(total, 'packet')}, not judged (${parts.join(', ')})`, 0, 14);
  }
  if (overview.evictedFlows > 0) page.labelled('LEFT OUT', `${plural(overview.evictedFlows, 'flow')} closed early because the flow table was full`, 0, 14);
}

const proofNames: Readonly<Record<AddressProof['by'], string>> = { inventory: 'inventory', dcom: 'DCOM bindings', ntlm: 'NTLM name', 'smb-interfaces': 'SMB interfaces', name: 'one name' };

/** Machines with several addresses, and what proves that these belong together. */
function machineText({ id, addresses }: HostReport, captures: number): string {
  return `${id} is ${addresses.map(({ address, provedBy, overlay }) => `${address}${overlay ? ' (cluster overlay)' : ''}${provedBy === null || provedBy.by === 'inventory' ? '' : ` (${proofNames[provedBy.by]}${provedBy.frame === null ? '' : ` ${frameText(provedBy.frame, captures)}`})`}`).join(', ')}`;
}

export function roleSection({ hosts, captures }: ReportModel, page: TextPage): void {
  const machines = hosts.filter(({ addresses }) => addresses.length > 1 && addresses.some(({ provedBy }) => provedBy !== null && provedBy.by !== 'name' && provedBy.by !== 'inventory'));
  if (machines.length > 0) {
    const { shown, more } = page.cut(machines, 4);
    page.labelled('MACHINES', `${shown.map((host) => machineText(host, captures.length)).join('; ')}${more > 0 ? `; and ${more} more` : ''}`, 0, 14);
  }
  const inferred = hosts.flatMap((host) => host.roles.filter((role) => role.from === 'inferred' && role.confidence !== 'assumed' && role.role !== 'windows-computer').map((role) => ({ host: host.id, role })));
  const assumed = hosts.flatMap((host) => host.roles.filter((role) => role.confidence === 'assumed').map((role) => ({ host: host.id, role })));
  if (inferred.length > 0) {
    const { shown, more } = page.cut(inferred, 6);
    const text = shown.map(({ host, role }) => `${host} ${role.role} (${role.reason})`).join(', ');
    page.labelled('ROLES', `inferred: ${text}${more > 0 ? `, and ${more} more` : ''}`, 0, 14);
  }
  if (assumed.length > 0) {
    const { shown, more } = page.cut(assumed, 4);
    page.labelled(inferred.length > 0 ? '' : 'ROLES', `assumed only: ${shown.map(({ host, role }) => `${host} ${role.role}`).join(', ')}${more > 0 ? ` and ${more} more` : ''}; confirm with --inventory`, 0, 14);
  }
}

export function nextSection({ captures }: ReportModel, page: TextPage): void {
  const file = captures[0]?.file;
  if (file === undefined || page.verbose) return;
  page.labelled('NEXT', `everything that was cut: --verbose; for a program: --format json; every flow: portwitness flows`, 0, 14);
}

function pair({ client, server, symmetric }: TrafficGroup, names: HostNames): string {
  return `${names.short(client)} ${symmetric ? '<->' : '->'} ${names.short(server)}`;
}

function what({ application, visibility, conversations }: TrafficGroup): string {
  const protocol = application ?? '(not recognised)';
  const hidden = visibility === 'encrypted' && protocol !== 'tls' ? ', encrypted' : visibility === 'partial' ? ', body encrypted' : '';
  return `${protocol}${hidden}${conversations > 1 ? ` (${conversations})` : ''}`;
}

function countOf(groups: readonly TrafficGroup[]): number {
  return groups.reduce((sum, group) => sum + group.conversations, 0);
}
