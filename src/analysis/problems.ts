/** Findings with one cause are one problem: people read problems. The gravest stands first. */
import type { CaseFile } from './case-file.js';
import type { FindingDraft } from './finding-draft.js';
import { compareMoments } from './moments.js';
import { checkFor, filterFor, fixFor } from './remedies.js';
import type { Alternative, Confidence, FindingReport, ProblemReport, Severity } from './report-model.js';
import { timelineOf } from './timeline.js';

const severities: readonly Severity[] = ['error', 'warning', 'info'];
const confidences: readonly Confidence[] = ['certain', 'likely', 'possible'];
/** What comes first explains what comes after: a name, then a logon, then a port. */
const leading: readonly string[] = ['name-not-resolved', 'endpoint-mapper-blocked', 'blocked-dynamic-port', 'blocked-port', 'rejected-by-firewall', 'interface-not-registered', 'service-not-listening', 'authentication-failed', 'access-denied', 'tls-failed'];
/** From here on a client's silent targets are one problem: a scan, or a machine that is gone. */
const SCAN_TARGETS = 32;
const MAX_WHY = 6;

export interface Diagnosis {
  readonly problems: readonly ProblemReport[];
  readonly findings: readonly FindingReport[];
}

export function diagnose(drafts: readonly FindingDraft[], file: CaseFile): Diagnosis {
  const groups = new Map<string, FindingDraft[]>();
  const scanners = scannersAmong(drafts);
  for (const draft of drafts) {
    if (draft.cause === null) continue;
    const cause = draft.client !== null && scanners.has(draft.client) && (isTransport(draft) || draft.code === 'half-open' || draft.code === 'endpoint-mapper-blocked') ? `scan ${draft.client}` : draft.cause;
    const group = groups.get(cause);
    if (group === undefined) groups.set(cause, [draft]);
    else group.push(draft);
  }
  const sorted = [...groups.entries()].sort(([, a], [, b]) => gravity(a) - gravity(b) || order(a) - order(b) || firstFrame(a, b));
  const problemOf = new Map<FindingDraft, string>();
  sorted.forEach(([, group], index) => group.forEach((draft) => problemOf.set(draft, `P${index + 1}`)));
  const ids = new Map(drafts.map((draft, index) => [draft, `F${index + 1}`]));
  const findings = drafts.map((draft): FindingReport => ({
    id: ids.get(draft)!, problem: problemOf.get(draft) ?? null, code: draft.code, severity: draft.severity, confidence: draft.confidence, title: draft.title, client: draft.client, server: draft.server,
    transport: draft.transport, port: draft.port, interface: draft.interface, frames: draft.frames, rows: draft.rows, droppedAt: draft.droppedAt, explanation: draft.explanation,
  }));
  const problems = sorted.map(([cause, group], index) => problemFrom(`P${index + 1}`, cause, group, ids, file));
  return { problems, findings };
}

function problemFrom(id: string, cause: string, group: readonly FindingDraft[], ids: ReadonlyMap<FindingDraft, string>, file: CaseFile): ProblemReport {
  const first = group[0]!;
  const timeline = timelineOf(group, file);
  const why = whyOf(group, file);
  const states = new Set(group.map((draft) => draft.state));
  return {
    id, title: cause.startsWith('scan ') ? scanTitle(group, file) : titleOf(group, file), severity: group.map((draft) => draft.severity).sort((a, b) => severities.indexOf(a) - severities.indexOf(b))[0]!,
    impact: impactOf(group), confidence: group.map((draft) => draft.confidence).sort((a, b) => confidences.indexOf(a) - confidences.indexOf(b))[0]!,
    codes: unique(group.map((draft) => draft.code)), why,
    ruledOut: unique(group.flatMap((draft) => draft.ruledOut)), alternatives: mergeAlternatives(group), fix: withNotes(fixFor(group, file), group), check: checkFor(first, file), wiresharkFilter: filterFor(group),
    findings: group.map((draft) => ids.get(draft)!), state: states.size === 1 ? first.state : null, timeline: timeline.rows, timelineLeftOut: timeline.leftOut,
  };
}

function withNotes(fix: string | null, group: readonly FindingDraft[]): string | null {
  const notes = unique(group.flatMap((draft) => draft.fixNotes ?? [])).slice(0, 4);
  return notes.length === 0 ? fix : [...notes, ...(fix === null ? [] : [fix])].join('\n');
}

/** The proof of the first in full; the others are told apart by where they happened. */
function whyOf(group: readonly FindingDraft[], file: CaseFile): string[] {
  const [first, ...rest] = group;
  const proof = first!.proof;
  if (rest.length === 0) return [...proof];
  const sameKind = rest.filter((draft) => draft.code === first!.code && (draft.remedy === 'open-dynamic-port' || draft.remedy === 'open-endpoint-mapper' || isTransport(draft)));
  const told = new Set(sameKind);
  const others = rest.filter((draft) => !told.has(draft));
  const where = sameKind.slice(0, 6).map((draft) => `${file.labels.short(draft.server!)} ${draft.transport!.toUpperCase()} ${draft.port} (${file.at(draft.frames[draft.mapping === null ? 0 : 1])})`);
  const same = sameKind.length === 0 ? [] : [`the same for ${where.join(', ')}${sameKind.length > 6 ? ` and ${sameKind.length - 6} more` : ''}`];
  const more = unique(others.flatMap((draft) => draft.proof));
  return [...proof, ...same, ...(more.length <= MAX_WHY ? more : [...more.slice(0, MAX_WHY), `... and ${more.length - MAX_WHY} more`])];
}

function titleOf(group: readonly FindingDraft[], file: CaseFile): string {
  const first = group[0]!;
  if (group.length === 1) return first.title;
  const servers = unique(group.map((draft) => draft.server)).filter((server) => server !== null);
  const on = servers.length <= 3 ? servers.map((server) => file.labels.short(server)).join(', ') : `${servers.length} servers`;
  const clients = unique(group.map((draft) => draft.client)).length;
  const name = group.find((draft) => draft.code === 'name-not-resolved');
  if (first.code === 'no-answer' && name !== undefined) return `${name.title}: ${on} does not answer`;
  switch (first.code) {
    case 'blocked-dynamic-port': return `${group.length} dynamic RPC ports on ${on} cannot be reached`;
    case 'endpoint-mapper-blocked': return `The RPC endpoint mapper on ${on} cannot be reached`;
    case 'interface-not-registered': return `${group.length} RPC interfaces are not registered on ${on}`;
    case 'authentication-failed': return `${on} refuses the logon of ${file.labels.short(first.client ?? '')} (${unique(group.map((draft) => draft.port)).length === 1 ? `${group.length} ways` : 'over several protocols'})`;
    default: return clients > 1 ? `${first.title} and ${group.length - 1} more` : group.every((draft) => draft.title === first.title) ? first.title : `${first.title} (and ${group.length - 1} more)`;
  }
}

function scannersAmong(drafts: readonly FindingDraft[]): ReadonlySet<string> {
  const targets = new Map<string, number>();
  for (const draft of drafts) if (draft.client !== null && isTransport(draft)) targets.set(draft.client, (targets.get(draft.client) ?? 0) + 1);
  return new Set([...targets].filter(([, count]) => count >= SCAN_TARGETS).map(([client]) => client));
}

function isTransport({ code }: FindingDraft): boolean {
  return code === 'no-answer' || code === 'blocked-port' || code === 'service-not-listening' || code === 'rejected-by-firewall';
}

function scanTitle(group: readonly FindingDraft[], file: CaseFile): string {
  const servers = unique(group.map((draft) => draft.server)).length;
  const ports = unique(group.map((draft) => draft.port)).length;
  return `${file.labels.short(group[0]!.client!)} tried ${ports} ${ports === 1 ? 'port' : 'ports'} on ${servers} ${servers === 1 ? 'host' : 'hosts'} in vain: a scan, or many machines that are gone`;
}

function impactOf(group: readonly FindingDraft[]): string {
  const all = unique(group.map((draft) => draft.impact));
  return all.length === 1 ? all[0]! : all.sort((a, b) => Number(b.startsWith('failed')) - Number(a.startsWith('failed')))[0]!;
}

function mergeAlternatives(group: readonly FindingDraft[]): Alternative[] {
  // Several servers that are silent alike to one client share what lies before them.
  const servers = unique(group.map((draft) => draft.server)).length;
  if (servers > 1 && group.every((draft) => draft.state === 'FILTERED' && draft.droppedAt === null)) {
    return [{ cause: `a firewall on the way: it is the same for ${servers} servers`, confidence: 'likely' }, { cause: 'the same rule is missing in the firewall of each server', confidence: 'possible' }];
  }
  const best = new Map<string, Alternative>();
  for (const one of group.flatMap((draft) => draft.alternatives)) {
    const known = best.get(one.cause);
    if (known === undefined || confidences.indexOf(one.confidence) < confidences.indexOf(known.confidence)) best.set(one.cause, one);
  }
  return [...best.values()].sort((a, b) => confidences.indexOf(a.confidence) - confidences.indexOf(b.confidence)).slice(0, 5);
}

function gravity(group: readonly FindingDraft[]): number {
  return Math.min(...group.map((draft) => severities.indexOf(draft.severity)));
}

function order(group: readonly FindingDraft[]): number {
  const at = Math.min(...group.map((draft) => { const place = leading.indexOf(draft.code); return place < 0 ? leading.length : place; }));
  return at;
}

function firstFrame(a: readonly FindingDraft[], b: readonly FindingDraft[]): number {
  const left = a[0]!;
  const right = b[0]!;
  const flowA = left.flows[0];
  const flowB = right.flows[0];
  if (flowA !== undefined && flowB !== undefined) return compareMoments(flowA.start, flowA.first, flowB.start, flowB.first);
  const frameA = left.frames[0];
  const frameB = right.frames[0];
  return (frameA?.capture ?? 0) - (frameB?.capture ?? 0) || (frameA?.frame ?? 0) - (frameB?.frame ?? 0);
}

function unique<Item>(items: readonly Item[]): Item[] {
  return [...new Set(items)];
}
