/**
 * Two runs of the same thing: what worked then and does not now, what is new, what is gone. Conversations are the same by hosts, transport
 * and port; a dynamic RPC port has another number each time, so there the interface stands for it.
 */
import type { Conversation, Evidence, MappingEvidence } from '../evidence/evidence.js';
import { mappingKey, mappingsByPort } from './case-file.js';
import { isGroupAddress } from './group-address.js';
import type { Knowledge } from './knowledge.js';
import type { ComparedTraffic, ComparisonReport, FindingReport, InterfaceName } from './report-model.js';

const MAX_LISTED = 200;
const MAX_COMPARED = 200_000;

interface Side {
  readonly conversation: Conversation;
  readonly interface: InterfaceName | null;
  worked: boolean;
  readonly outcomes: Map<string, number>;
}

export function compareEvidence(baseline: Evidence, evidence: Evidence, findings: readonly FindingReport[], knowledge: Knowledge): ComparisonReport {
  const before = sidesOf(baseline, knowledge);
  const now = sidesOf(evidence, knowledge);
  const lists = { broken: [] as ComparedTraffic[], mended: [] as ComparedTraffic[], added: [] as ComparedTraffic[], gone: [] as ComparedTraffic[] };
  let unchanged = 0;
  let stillFailing = 0;
  for (const [key, one] of now) {
    const old = before.get(key);
    if (old === undefined) lists.added.push(compared(one, undefined, findings));
    else if (old.worked && !one.worked) lists.broken.push(compared(one, old, findings));
    else if (!old.worked && one.worked) lists.mended.push(compared(one, old, findings));
    else if (one.worked) unchanged++;
    else stillFailing++;
  }
  for (const [key, old] of before) if (!now.has(key)) lists.gone.push(compared(undefined, old, findings));
  const cut = (list: readonly ComparedTraffic[]): ComparedTraffic[] => list.slice(0, MAX_LISTED);
  const over = (list: readonly ComparedTraffic[]): number => Math.max(0, list.length - MAX_LISTED);
  return {
    baseline: baseline.captures.map(({ file }) => file), broken: cut(lists.broken), mended: cut(lists.mended), added: cut(lists.added), gone: cut(lists.gone), unchanged, stillFailing,
    leftOut: { broken: over(lists.broken), mended: over(lists.mended), added: over(lists.added), gone: over(lists.gone) },
  };
}

/** By key, in the order of first frames. */
function sidesOf(evidence: Evidence, knowledge: Knowledge): Map<string, Side> {
  const mappings = mappingsByPort(evidence.rpc.mappings);
  const sides = new Map<string, Side>();
  for (const conversation of evidence.conversations) {
    const { client, server, transport, serverPort, outcomes } = conversation;
    if (isGroupAddress(server) || sides.size >= MAX_COMPARED) continue;
    const mapping = mappingOf(mappings, conversation);
    const service = mapping?.interface ?? null;
    const key = `${client} ${server} ${transport} ${service === null ? serverPort : service.uuid}`;
    const known = sides.get(key);
    const side = known ?? { conversation, interface: service === null ? null : knowledge.interfaceName(service), worked: false, outcomes: new Map<string, number>() };
    side.worked ||= outcomes.accepted !== undefined || outcomes.answered !== undefined || outcomes.midstream !== undefined || (conversation.orientation === 'symmetric' && conversation.packets.client > 0 && conversation.packets.server > 0);
    for (const [outcome, count] of Object.entries(outcomes)) side.outcomes.set(outcome, (side.outcomes.get(outcome) ?? 0) + count);
    if (known === undefined) sides.set(key, side);
  }
  return sides;
}

function mappingOf(mappings: ReadonlyMap<string, readonly MappingEvidence[]>, { server, transport, serverPort }: Conversation): MappingEvidence | undefined {
  if (serverPort < 1024) return undefined;
  const list = mappings.get(mappingKey(server, transport, serverPort)) ?? [];
  return [...list].filter((one) => one.interface !== null).sort((a, b) => (a.interface!.uuid < b.interface!.uuid ? -1 : 1))[0];
}

function compared(now: Side | undefined, before: Side | undefined, findings: readonly FindingReport[]): ComparedTraffic {
  const { conversation, interface: service } = (now ?? before)!;
  const { client, server, transport, serverPort: port, application } = conversation;
  return {
    client, server, transport, port, interface: service, application: application?.protocol ?? null, before: words(before), now: words(now), frames: now === undefined ? [] : conversation.frames.slice(0, 2),
    findings: now === undefined ? [] : findings.filter((finding) => finding.problem !== null && finding.client === client && finding.server === server && finding.transport === transport && finding.port === port).map(({ id }) => id),
  };
}

function words(side: Side | undefined): string {
  return side === undefined ? '' : [...side.outcomes].map(([outcome, count]) => (count === 1 ? outcome : `${outcome} ${count}`)).join(', ');
}
