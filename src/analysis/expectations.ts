/**
 * Why something is not in the capture. What was expected and is there is only told; what is missing is followed from its beginning: was
 * the name resolved, did the link answer, was either host heard at all, is this the place and the time to look, did the sender's own
 * firewall drop it. The first that fails is the reason, and says which capture to take next.
 */
import type { Conversation, Evidence, LookupEvidence, NeighbourEvidence } from '../evidence/evidence.js';
import type { FrameReference } from '../flow/flow.js';
import type { CaseFile } from './case-file.js';
import type { Expectation } from './expectation.js';
import { draftDefaults, type FindingDraft } from './finding-draft.js';
import type { FirewallRecords } from './firewall-records.js';
import type { WrittenHost } from './host-labels.js';
import { secondsBetween } from './moments.js';
import { namedHost, sameName, type NamedHost } from './named-hosts.js';
import type { Confidence, ExpectationReport, FindingReport, MissingReason } from './report-model.js';

export interface ExpectationContext {
  readonly file: CaseFile;
  readonly written: readonly WrittenHost[];
  readonly records: FirewallRecords;
}

/** An expectation with what was found; its findings are known when all findings are. */
export interface Examined {
  readonly expectation: Expectation;
  readonly from: NamedHost;
  readonly to: NamedHost;
  readonly conversations: readonly Conversation[];
  readonly missing: Missing | null;
}

interface Missing {
  readonly reason: MissingReason;
  readonly confidence: Confidence;
  readonly why: readonly string[];
  readonly frames: readonly FrameReference[];
  readonly next: readonly string[];
  /** Of the finding that has the same cause; null: it stands alone. */
  readonly cause: string | null;
  readonly fix: 'names' | 'path' | 'open-port' | 'capture' | null;
}

const MAX_CONVERSATIONS = 256;

/** One walk over the conversations for all expectations. */
export function examine(expectations: readonly Expectation[], context: ExpectationContext): Examined[] {
  const { evidence } = context.file;
  const list = expectations.map((expectation) => ({ expectation, from: namedHost(expectation.from, evidence, context.written), to: namedHost(expectation.to, evidence, context.written), conversations: [] as Conversation[] }));
  if (list.length === 0) return [];
  for (const conversation of evidence.conversations) {
    for (const one of list) if (one.conversations.length < MAX_CONVERSATIONS && concerns(one, conversation)) one.conversations.push(conversation);
  }
  return list.map((one) => ({ ...one, missing: one.conversations.some((conversation) => attempted(conversation)) ? null : missing(one, context) }));
}

function concerns({ expectation: { port, transport }, from, to }: Pick<Examined, 'expectation' | 'from' | 'to'>, conversation: Conversation): boolean {
  const { client, server } = conversation;
  if (port === null) return (from.addresses.includes(client) && to.addresses.includes(server)) || (to.addresses.includes(client) && from.addresses.includes(server));
  return conversation.transport === transport && conversation.serverPort === port && from.addresses.includes(client) && to.addresses.includes(server);
}

/** Packets of the client were seen: an answer alone proves that there was an attempt, too. */
function attempted({ flows }: Conversation): boolean {
  return flows > 0;
}

/** Findings for what was never attempted. */
export function expectationFindings(examined: readonly Examined[], { file }: ExpectationContext): FindingDraft[] {
  return examined.flatMap(({ expectation, from, to, missing: one }) => {
    if (one === null) return [];
    const client = from.addresses[0] ?? null;
    const server = to.addresses[0] ?? null;
    const target = `${label(to, file)}${expectation.port === null ? '' : ` ${expectation.transport.toUpperCase()} ${expectation.port}`}`;
    return [{
      ...draftDefaults, code: 'never-attempted' as const, severity: 'error' as const, confidence: one.confidence, client, server, transport: expectation.port === null ? null : expectation.transport, port: expectation.port, frames: one.frames.slice(0, 16),
      title: expectation.port === null ? `Nothing passes between ${label(from, file)} and ${label(to, file)}` : `${label(from, file)} never tries ${target}`, explanation: one.why.map(sentence).join(' '), cause: one.cause ?? `expected ${expectation.text}`, proof: one.why,
      impact: `expected (${expectation.text}), and not in the capture`, remedy: one.fix, droppedAt: one.reason === 'dropped-at-client' ? 'client' as const : null, alternatives: causeOf(one), rows: [],
    }];
  });
}

function causeOf({ reason, confidence }: Missing): FindingDraft['alternatives'] {
  const causes: Readonly<Record<MissingReason, string>> = {
    'name-not-resolved': 'the name is not resolved', 'resolved-elsewhere': 'the name stands for another address', 'no-neighbour-answer': 'nobody on the local link answers for the address', 'address-never-seen': 'the other host is not heard of here',
    'outside-time': 'it happened outside the time that was looked at', 'wrong-vantage': 'the capture was taken in the wrong place, or on the wrong adapter', 'dropped-at-client': 'a filter on the sender dropped it before it left', 'not-tried': 'the program never got as far as to try, or a filter on the sender kept it back',
  };
  return [{ cause: causes[reason], confidence }];
}

/** The report, with the ids that findings got in the end. */
export function expectationReports(examined: readonly Examined[], findings: readonly FindingReport[], { file }: ExpectationContext): ExpectationReport[] {
  return examined.map(({ expectation, from, to, conversations, missing: one }): ExpectationReport => {
    const related = findings.filter((finding) => finding.client !== null && finding.server !== null && isAbout(finding, expectation, from, to) && finding.code !== 'undocumented-traffic');
    const failing = related.filter(({ problem, severity }) => problem !== null && severity !== 'info');
    const base = { expected: expectation.text, from: from.addresses, to: to.addresses, transport: expectation.transport, port: expectation.port };
    if (one !== null) {
      const own = findings.filter((finding) => finding.code === 'never-attempted' && finding.client === (from.addresses[0] ?? null) && finding.server === (to.addresses[0] ?? null) && finding.port === expectation.port);
      return { ...base, status: 'never-attempted', reason: one.reason, why: one.why, frames: one.frames, findings: own.map(({ id }) => id), next: one.next };
    }
    const worked = conversations.filter(({ outcomes }) => outcomes.accepted !== undefined || outcomes.answered !== undefined || outcomes.midstream !== undefined);
    const status = worked.length === 0 || (expectation.port !== null && failing.length > 0) ? 'failed' : 'worked';
    return {
      ...base, status, reason: null, why: conversations.slice(0, 12).map((conversation) => told(conversation, file)), frames: conversations.flatMap(({ frames }) => frames.slice(0, 1)).slice(0, 16), findings: failing.map(({ id }) => id), next: [],
    };
  });
}

function isAbout(finding: FindingReport, { port, transport }: Expectation, from: NamedHost, to: NamedHost): boolean {
  const there = from.addresses.includes(finding.client!) && to.addresses.includes(finding.server!);
  if (port === null) return there || (to.addresses.includes(finding.client!) && from.addresses.includes(finding.server!));
  return there && finding.port === port && finding.transport === transport;
}

function told({ client, server, transport, serverPort, outcomes, application, frames: [first] }: Conversation, file: CaseFile): string {
  const { labels } = file;
  const ended = Object.entries(outcomes).map(([outcome, count]) => (count === 1 ? outcome : `${outcome} ${count}`)).join(', ');
  return `${labels.short(client)} -> ${labels.short(server)} ${transport.toUpperCase()} ${serverPort}${application === null ? '' : ` (${application.protocol})`}: ${ended}${first === undefined ? '' : ` (${file.at(first)})`}`;
}

function missing(one: Pick<Examined, 'expectation' | 'from' | 'to'>, context: ExpectationContext): Missing {
  return unknownSender(one, context) ?? unresolved(one, context) ?? wentElsewhere(one, context) ?? droppedLocally(one, context) ?? noNeighbour(one, context)
    ?? outsideTime(one, context) ?? notHeard(one, context) ?? notTried(one, context);
}

type One = Pick<Examined, 'expectation' | 'from' | 'to'>;

function unknownSender({ from }: One, { file }: ExpectationContext): Missing | null {
  if (from.addresses.length > 0) return null;
  return {
    reason: 'wrong-vantage', confidence: 'likely', frames: [], cause: null, fix: 'capture', next: [`on ${from.text}, on all its adapters: portwitness howto capture`],
    why: [`nothing in ${captures(file)} is called ${from.text}, and the inventory does not list it: its address is not known`, ...places(file)],
  };
}

function unresolved({ from, to }: One, { file }: ExpectationContext): Missing | null {
  if (to.isAddress) return null;
  const asked = file.evidence.lookups.filter((lookup) => from.addresses.includes(lookup.client) && sameName(lookup.name, to.text));
  const answered = asked.filter(({ result, addresses }) => result === 0 && addresses.length > 0);
  if (answered.length > 0) return null;
  const who = label(from, file);
  const failed = asked.filter(({ result }) => result !== 0);
  const [first] = failed;
  if (first !== undefined) {
    return {
      reason: 'name-not-resolved', confidence: first.result === -1 ? 'likely' : 'certain', frames: failed.map(({ frame }) => frame), fix: 'names', cause: first.result === -1 ? `udp silence ${first.server} 53` : `names ${first.client} ${first.server} ${first.result}`,
      why: [`${who} asks ${file.labels.short(first.server)} for ${first.name} (${file.at(first.frame)}) and gets ${outcomeOf(first)}: without an address there is nothing to connect to`],
      next: first.result === -1 ? [`on the DNS server ${file.labels.short(first.server)}: portwitness howto capture --host ${first.client}`] : [],
    };
  }
  if (to.addresses.length > 0) return null;
  const heard = from.addresses.some((address) => (file.heard.get(address) ?? 0) > 0);
  return {
    reason: heard ? 'name-not-resolved' : 'wrong-vantage', confidence: 'possible', frames: [], fix: heard ? 'names' : 'capture', cause: null, next: [`on ${who}, beginning with ipconfig /flushdns: portwitness howto capture`],
    why: [heard ? `${who} asks nobody for ${to.text}, and nothing here says which address it has: it was known to ${who} from its cache or hosts file, or was never needed` : `${who} sends nothing here, and nothing says which address ${to.text} has`, ...places(file)],
  };
}

function outcomeOf({ result }: LookupEvidence): string {
  return result === -1 ? 'no answer' : result === 3 ? 'the answer that there is no such name' : result === 0 ? 'an answer without an address' : `an error (rcode ${result})`;
}

/** The name that the address is known by was resolved to another address, and that one was tried. */
function wentElsewhere({ expectation, from, to }: One, { file }: ExpectationContext): Missing | null {
  if (!to.isAddress || expectation.port === null) return null;
  const names = to.addresses.flatMap((address) => file.labels.namesOf(address).map(({ name }) => name));
  for (const lookup of file.evidence.lookups) {
    if (lookup.result !== 0 || !from.addresses.includes(lookup.client) || !names.some((name) => sameName(name, lookup.name)) || lookup.addresses.some((address) => to.addresses.includes(address))) continue;
    const other = firstConversation(file.evidence, ({ client, server, serverPort, transport }) => from.addresses.includes(client) && lookup.addresses.includes(server) && serverPort === expectation.port && transport === expectation.transport);
    if (other === undefined) continue;
    return {
      reason: 'resolved-elsewhere', confidence: 'certain', frames: [lookup.frame, ...other.frames.slice(0, 1)], fix: 'names', cause: null, next: [],
      why: [`${file.labels.short(lookup.server)} answers ${lookup.name} with ${lookup.addresses.join(', ')} (${file.at(lookup.frame)}), not with ${to.text}; ${label(from, file)} then connects to ${other.server} (#${other.frames[0]?.frame ?? 0})`],
    };
  }
  return null;
}

function droppedLocally({ expectation: { transport, port }, from, to }: One, { file, records }: ExpectationContext): Missing | null {
  const [first, ...more] = records.dropsBetween(from.addresses, to.addresses, transport, port);
  if (first === undefined) return null;
  return {
    reason: 'dropped-at-client', confidence: 'certain', frames: [], fix: 'open-port', cause: null, next: [],
    why: [`${first.sentence}${more.length === 0 ? '' : `, and ${more.length} times more`}: it never reached the wire of ${label(from, file)}`],
  };
}

function noNeighbour({ from, to }: One, { file }: ExpectationContext): Missing | null {
  const { neighbours } = file.evidence;
  const silent = neighbours.filter(({ asked, answers, heard, askedBy, address }) => asked > 0 && answers === 0 && heard === 0 && askedBy.some((asker) => from.addresses.includes(asker)) && (file.heard.get(address) ?? 0) === 0);
  if (silent.length === 0) return null;
  const who = label(from, file);
  const target = silent.find(({ address }) => to.addresses.includes(address));
  const sure = (one: NeighbourEvidence): boolean => answersReach(from, one.capture, file);
  if (target !== undefined) {
    return {
      reason: 'no-neighbour-answer', confidence: sure(target) ? 'certain' : 'possible', frames: framesOf(target), fix: 'path', cause: null, next: [`on ${label(to, file)}: does the question arrive? portwitness howto capture --host ${from.addresses[0] ?? ''}`],
      why: [`${who} asks the local link ${times(target.asked)} who has ${target.address} (${file.at(target.firstAsked)}), and nobody answers${sure(target) ? '' : ' as far as this capture shows'}: it is off, in another VLAN, or its address is wrong`],
    };
  }
  // The router: asked for although it is not the target, and the target itself is not asked for, so it lies behind.
  const asksForTarget = neighbours.some(({ askedBy, address }) => to.addresses.includes(address) && askedBy.some((asker) => from.addresses.includes(asker)));
  const gateway = asksForTarget ? undefined : silent.find((one) => one.asked > 1 && to.addresses.every((address) => address.includes(':') === one.address.includes(':')));
  const reachesOthers = firstConversation(file.evidence, ({ client, packets }) => from.addresses.includes(client) && packets.server > 0) !== undefined;
  if (gateway === undefined || reachesOthers) return null;
  return {
    reason: 'no-neighbour-answer', confidence: sure(gateway) ? 'likely' : 'possible', frames: framesOf(gateway), fix: 'path', cause: null, next: [`on ${gateway.address} (is it the router of ${who}?): portwitness howto capture --host ${from.addresses[0] ?? ''}`],
    why: [`${who} asks the local link ${times(gateway.asked)} who has ${gateway.address} (${file.at(gateway.firstAsked)}), probably its router, and nobody answers: nothing behind it can be reached`],
  };
}

/** Answers go to the asker alone: only where it was captured, or where other answers to it are seen, is silence proved. */
function answersReach(from: NamedHost, capture: number, file: CaseFile): boolean {
  const host = file.vantages[capture]?.host ?? null;
  if (host !== null && from.addresses.includes(host)) return true;
  return file.evidence.neighbours.some((one) => one.capture === capture && one.asked > 0 && one.answers > 0 && one.askedBy.some((asker) => from.addresses.includes(asker)));
}

function outsideTime({ expectation, from, to }: One, { file }: ExpectationContext): Missing | null {
  const one = file.evidence.leftOutSyns.find(({ client, server, port }) => from.addresses.includes(client) && to.addresses.includes(server) && (expectation.port === null || port === expectation.port));
  if (one === undefined || expectation.transport === 'udp') return null;
  return {
    reason: 'outside-time', confidence: 'certain', frames: [one.first], fix: 'capture', cause: null, next: ['run it again without --since and --until'],
    why: [`${label(from, file)} does try ${label(to, file)} TCP ${one.port} (${file.at(one.first)}), at a time that --since or --until leaves out`],
  };
}

function notHeard({ from, to }: One, { file }: ExpectationContext): Missing | null {
  const heard = (host: NamedHost): boolean => host.addresses.some((address) => (file.heard.get(address) ?? 0) > 0 || file.evidence.neighbours.some((one) => one.address === address && one.heard > 0));
  const who = label(from, file);
  const target = label(to, file);
  if (!heard(from)) {
    const owner = file.vantages.map(({ host }) => host).find((host) => host !== null);
    const elsewhere = owner !== undefined && owner !== null && !from.addresses.includes(owner) && !to.addresses.includes(owner);
    return {
      reason: elsewhere || !heard(to) ? 'wrong-vantage' : 'address-never-seen', confidence: elsewhere ? 'likely' : 'possible', frames: [], fix: 'capture', cause: null, next: [`on ${who}, on all its adapters: portwitness howto capture --host ${to.addresses[0] ?? to.text}`],
      why: [`${who} sends nothing at all in ${captures(file)}`, ...(elsewhere ? [`the capture was taken on ${file.labels.short(owner)}: what ${who} and ${target} say to each other need not pass there`] : heard(to) ? [`${target} is heard: its traffic passes here, that of ${who} does not arrive`] : ['neither of the two is heard here: another adapter, or another place']), ...span(file)],
    };
  }
  if (heard(to)) return null;
  const isHere = file.vantages.some(({ host, onHost }) => onHost && host !== null && from.addresses.includes(host));
  return {
    reason: 'address-never-seen', confidence: isHere ? 'likely' : 'possible', frames: [], fix: 'path', cause: null,
    next: [isHere ? `on ${who}, from before the program starts: netsh wfp show netevents, and a capture on its other adapters` : `on ${who}, on all its adapters: portwitness howto capture --host ${to.addresses[0] ?? to.text}`],
    why: [`${who} is heard, and no packet from or to ${to.addresses.join(', ') || to.text} is in ${captures(file)}`, isHere ? `the capture was taken on ${who}: it did not send any by this adapter (another adapter, a proxy, a filter of its own, or the program never tried)` : `nothing proves that the capture was taken on ${who}: another path or adapter may carry it`, ...span(file)],
  };
}

function notTried({ expectation, from, to }: One, { file }: ExpectationContext): Missing {
  const who = label(from, file);
  const target = label(to, file);
  const others: string[] = [];
  for (const { client, server, transport, serverPort } of file.evidence.conversations) {
    if (others.length >= 6) break;
    if (from.addresses.includes(client) && to.addresses.includes(server)) others.push(`${transport.toUpperCase()} ${serverPort}`);
  }
  const isHere = file.vantages.some(({ host, onHost }) => onHost && host !== null && from.addresses.includes(host));
  const ticket = file.evidence.tickets.find(({ client, service, result }) => from.addresses.includes(client) && result !== 'granted' && sameName(service.split('/')[1]?.replace(/:.*$/u, '') ?? '', to.isAddress ? nameOf(to, file) : to.text));
  const port = expectation.port === null ? '' : ` ${expectation.transport.toUpperCase()} ${expectation.port}`;
  return {
    reason: 'not-tried', confidence: ticket !== undefined ? 'likely' : isHere ? 'likely' : 'possible', frames: ticket === undefined ? [] : [ticket.frame], fix: null, cause: null,
    why: [
      `${who} and ${target} are both heard, and ${who} sends nothing to ${target}${port}${isHere ? '; the capture was taken on it' : ''}`,
      ...(others.length > 0 ? [`${who} does use ${others.join(', ')} of ${target}`] : []),
      ...(ticket !== undefined ? [`before that its ticket for ${ticket.service} is refused: ${ticket.result} (${file.at(ticket.frame)})`] : []), ...span(file),
    ],
    next: [isHere ? `on ${who}: was it kept back by a filter of its own? netsh wfp show netevents, and --witness with the file` : `on ${who}, from before the program starts, on all its adapters: portwitness howto capture --host ${to.addresses[0] ?? to.text}`],
  };
}

function nameOf(host: NamedHost, file: CaseFile): string {
  return host.addresses[0] === undefined ? host.text : file.labels.short(host.addresses[0]);
}

function firstConversation(evidence: Evidence, holds: (conversation: Conversation) => boolean): Conversation | undefined {
  for (const conversation of evidence.conversations) if (holds(conversation)) return conversation;
  return undefined;
}

function label(host: NamedHost, file: CaseFile): string {
  return host.isAddress && host.addresses[0] !== undefined ? file.labels.short(host.addresses[0]) : host.text;
}

function framesOf({ firstAsked }: NeighbourEvidence): FrameReference[] {
  return firstAsked === null ? [] : [firstAsked];
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function captures({ evidence }: CaseFile): string {
  return evidence.captures.length === 1 ? 'this capture' : 'these captures';
}

function places({ vantages, labels }: CaseFile): string[] {
  return vantages.flatMap(({ host, at, onHost }, i) => (host === null ? at === 'unknown' ? [] : [`[${i + 1}] was taken at a ${at}`] : [`${vantages.length === 1 ? 'it' : `[${i + 1}]`} was taken on ${labels.short(host)}${onHost ? '' : ', or near it'}`])).slice(0, 3);
}

/** How long the captures are: what happened before or after is not in them. */
function span({ evidence }: CaseFile): string[] {
  const seconds = evidence.captures.map(({ start, end }) => (start === null || end === null ? NaN : secondsBetween(start, end))).filter((one) => !Number.isNaN(one));
  return seconds.length === 0 ? [] : [`what was tried before or after these ${Math.max(1, Math.round(Math.max(...seconds)))} s is not in ${captures({ evidence } as CaseFile)}`];
}

function sentence(text: string): string {
  return text === '' ? '' : `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}
