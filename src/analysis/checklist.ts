/**
 * The steps of an operation held against the capture: seen, failed, not reached because an earlier step failed, or not in the capture,
 * which is never the same as failed.
 */
import type { Conversation, Evidence } from '../evidence/evidence.js';
import type { FrameReference } from '../flow/flow.js';
import type { HostLabels } from './host-labels.js';
import type { ConnectionPattern, Operation, OperationStep, StepPattern, TicketPattern } from './operations/operation.js';
import type { FindingReport, OperationReport, OperationStepReport, StepState } from './report-model.js';

const MAX_PAIRS = 4;
const MAX_FRAMES = 8;

interface Sight {
  readonly client: string;
  readonly server: string;
  readonly good: boolean;
  readonly frame: FrameReference | undefined;
  readonly text: string;
}

export function checklist(operation: Operation, evidence: Evidence, findings: readonly FindingReport[], labels: HostLabels): OperationReport {
  const connections = connectionSights(operation, evidence, labels);
  const seen = operation.steps.map((step) => lookAt(step, [...(connections.get(step) ?? []), ...step.patterns.flatMap((pattern) => otherSights(pattern, evidence, labels))], findings));
  // A step that others went past, although they need it, has stopped nothing.
  const passed = new Set(seen.filter(({ sights }) => sights.length > 0).flatMap(({ step }) => step.needs));
  const stopped = new Set(seen.filter(({ step, state }) => state === 'failed' && !passed.has(step.id)).map(({ step }) => step.id));
  const steps = seen.map(({ step, state: found, sights, causes }): OperationStepReport => {
    const state: StepState = found === 'not-in-capture' && step.needs.some((id) => stopped.has(id)) ? 'not-reached' : found;
    if (state === 'not-reached') stopped.add(step.id);
    const bad = sights.filter((one) => !one.good);
    const good = sights.filter((one) => one.good);
    const shown = state === 'failed' ? [...bad, ...good] : good;
    return {
      id: step.id, title: step.title, state, detail: detailOf(step, state, shown, causes, operation, stopped), between: pairsOf(shown, causes),
      frames: framesOf(state === 'failed' ? [...causes.flatMap(({ frames }) => frames.slice(0, 2)), ...shown.map(({ frame }) => frame)] : shown.map(({ frame }) => frame)), findings: state === 'failed' ? causes.map(({ id }) => id) : [],
    };
  });
  const first = steps.find(({ id, state }) => state === 'failed' && stopped.has(id)) ?? steps.find(({ state }) => state === 'failed');
  return { id: operation.id, title: operation.title, steps, verdict: verdictOf(operation, steps, first) };
}

/** A failure that another try or another way has healed is told by its problem, not by the checklist. */
function lookAt(step: OperationStep, sights: readonly Sight[], findings: readonly FindingReport[]): { step: OperationStep; state: StepState; sights: readonly Sight[]; causes: readonly FindingReport[] } {
  const causes = findings.filter((finding) => isFailure(finding) && step.patterns.some((pattern) => concerns(finding, pattern)));
  const good = sights.some((one) => one.good);
  const failed = causes.some(({ severity }) => severity === 'error') || (!good && (causes.length > 0 || sights.length > 0));
  return { step, sights, causes, state: failed ? 'failed' : good ? 'seen' : 'not-in-capture' };
}

function verdictOf(operation: Operation, steps: readonly OperationStepReport[], broken: OperationStepReport | undefined): string {
  if (broken !== undefined) return `It stops at: ${broken.title}.`;
  const missing = operation.steps.filter(({ optional, id }) => !optional && steps.find((step) => step.id === id)?.state !== 'seen');
  if (missing.length === 0) return 'Every step that must be there is seen, and none failed.';
  return steps.some(({ state }) => state === 'seen') ? `Nothing failed; not in the capture: ${missing.map(({ title }) => title).join('; ')}.` : 'Nothing of this operation is in the capture.';
}

function detailOf(step: OperationStep, state: StepState, sights: readonly Sight[], causes: readonly FindingReport[], operation: Operation, failed: ReadonlySet<string>): string {
  switch (state) {
    case 'seen': return unique(sights.map(({ text }) => text)).slice(0, 2).join('; ');
    case 'failed': return `${causes[0]?.title ?? sights[0]?.text ?? ''}. Look at: ${step.failing}`;
    case 'not-reached': return `it needs: ${operation.steps.filter(({ id }) => step.needs.includes(id) && failed.has(id)).map(({ title }) => title).join('; ')}`;
    case 'not-in-capture': return step.absent;
  }
}

function isFailure({ problem, severity, code }: FindingReport): boolean {
  return problem !== null && severity !== 'info' && code !== 'never-attempted' && code !== 'undocumented-traffic';
}

function concerns(finding: FindingReport, pattern: StepPattern): boolean {
  if (pattern.interfaces !== undefined) return finding.interface !== null && pattern.interfaces.includes(finding.interface.uuid.slice(0, 8).toLowerCase());
  if (pattern.lookup === true) return finding.code === 'name-not-resolved';
  const { connection, ticket } = pattern;
  if (ticket !== undefined) return finding.code !== 'name-not-resolved' && finding.port === 88 && /kerberos|88/iu.test(finding.title) && namesService(finding, ticket);
  return connection !== undefined && finding.transport === connection.transport && finding.port !== null && connection.ports.includes(finding.port) && finding.interface === null;
}

/** A Kerberos failure is of this step when it names the service, or when no ticket at all can be had. */
function namesService({ title, explanation, code }: FindingReport, { services }: TicketPattern): boolean {
  if (code !== 'authentication-failed' && code !== 'access-denied') return true;
  const text = `${title} ${explanation}`.toLowerCase();
  return services.some((service) => service === '*' || text.includes(service.toLowerCase()));
}

/** One walk over the conversations for all steps. */
function connectionSights({ steps }: Operation, evidence: Evidence, labels: HostLabels): Map<OperationStep, Sight[]> {
  const wanted = steps.flatMap((step) => step.patterns.flatMap(({ connection }) => (connection === undefined ? [] : [{ step, connection }])));
  const found = new Map<OperationStep, Sight[]>();
  for (const conversation of evidence.conversations) {
    for (const { step, connection } of wanted) {
      if (!fits(conversation, connection)) continue;
      const sight = sightOf(conversation, labels);
      if (connection.shared === true && sight.good) continue;
      const list = found.get(step) ?? [];
      if (list.length < 64) list.push(sight);
      found.set(step, list);
    }
  }
  return found;
}

function fits({ transport, serverPort, application }: Conversation, { transport: wanted, ports, protocols }: ConnectionPattern): boolean {
  return transport === wanted && (ports.includes(serverPort) || (application !== null && protocols?.includes(application.protocol) === true));
}

function sightOf({ client, server, transport, serverPort, outcomes, application, packets, frames: [frame], orientation }: Conversation, labels: HostLabels): Sight {
  const good = outcomes.accepted !== undefined || outcomes.answered !== undefined || outcomes.midstream !== undefined || (orientation === 'symmetric' && packets.client > 0 && packets.server > 0);
  const ended = good ? '' : `: ${Object.keys(outcomes).join(', ')}`;
  return { client, server, good, frame, text: `${labels.short(client)} ${orientation === 'symmetric' ? '<->' : '->'} ${labels.short(server)} ${transport.toUpperCase()} ${serverPort}${application === null ? '' : ` ${application.protocol}`}${ended}` };
}

function otherSights({ ticket, interfaces, lookup, hidden }: StepPattern, evidence: Evidence, labels: HostLabels): Sight[] {
  if (ticket !== undefined) return ticketSights(ticket, evidence, labels);
  if (interfaces !== undefined) return interfaceSights(interfaces, evidence, labels);
  if (lookup === true) {
    return evidence.lookups.filter(({ type }) => type === 'A' || type === 'AAAA' || type === 'SRV').slice(0, 200).flatMap(({ client, server, name, result, addresses, frame }) => (
      // What is asked by habit and not found says nothing of this operation: findings tell what mattered.
      result !== 0 ? [] : [{ client, server, good: true, frame, text: `${labels.short(client)}: ${name}${addresses.length === 0 ? '' : ` = ${addresses[0]}`}` }]));
  }
  if (hidden !== undefined) return evidence.hidden.filter(({ kind }) => kind === hidden).map(({ client, server, detail, frame }) => ({ client, server, good: true, frame, text: `${labels.short(server)} offers RDMA on ${detail}: what goes there is not visible` }));
  return [];
}

function ticketSights({ services, kinds }: TicketPattern, { tickets }: Evidence, labels: HostLabels): Sight[] {
  return tickets.filter((one) => (kinds === undefined || kinds.includes(one.kind)) && services.some((service) => service === '*' || one.service.toLowerCase().startsWith(`${service.toLowerCase()}/`)))
    .slice(0, 200).map(({ client, server, service, kind, result, frame }) => ({ client, server, good: result === 'granted', frame, text: `${labels.short(client)}: ${service}${kind === 'on-behalf' ? ' (delegated)' : ''}${result === 'granted' ? '' : `: ${result}`}` }));
}

function interfaceSights(prefixes: readonly string[], { rpc }: Evidence, labels: HostLabels): Sight[] {
  const wanted = (uuid: string | undefined): boolean => uuid !== undefined && prefixes.includes(uuid.slice(0, 8));
  const sights: Sight[] = [];
  for (const { client, server, interface: id, result, frame, pipe, port } of rpc.binds) {
    if (sights.length < 64 && wanted(id.uuid)) sights.push({ client, server, good: result === 0 || result === 3, frame, text: `${labels.short(client)} -> ${labels.short(server)} ${pipe ?? `TCP ${port}`}` });
  }
  for (const { client, server, interface: id, frame } of rpc.notRegistered) {
    if (sights.length < 64 && wanted(id?.uuid)) sights.push({ client, server, good: false, frame, text: `${labels.short(server)}: not registered` });
  }
  return sights;
}

function pairsOf(sights: readonly Sight[], causes: readonly FindingReport[]): { client: string; server: string }[] {
  const pairs = new Map<string, { client: string; server: string }>();
  for (const { client, server } of [...causes, ...sights]) if (client !== null && server !== null && pairs.size < MAX_PAIRS) pairs.set(`${client} ${server}`, { client, server });
  return [...pairs.values()];
}

function framesOf(frames: readonly (FrameReference | undefined)[]): FrameReference[] {
  const seen = new Map<string, FrameReference>();
  for (const frame of frames) if (frame !== undefined && seen.size < MAX_FRAMES) seen.set(`${frame.capture} ${frame.frame}`, frame);
  return [...seen.values()];
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
