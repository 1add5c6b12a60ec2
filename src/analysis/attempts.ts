/** Failing conversations with what is kept of their flows: retries of one user action are one attempt. */
import { group } from 'd3-array';
import type { Conversation, Evidence } from '../evidence/evidence.js';
import type { Flow, Outcome, Time } from '../flow/flow.js';
import { compareMoments, hasTime, secondsBetween } from './moments.js';

/** A SYN younger than this at the end of the capture proves nothing: the answer, or the next SYN, was yet to come. */
const RETRY_WINDOW_SECONDS = 3.2;

const SYN = 0x02, RST = 0x04, ACK = 0x10;
/** No stack repeats anything so soon: it is one packet that was captured twice. */
const COPY_SECONDS = 0.1;
/** Retransmissions from which data that nobody acknowledged is a stall. */
const STALL_RETRIES = 3;
/** The same for a datagram that wants an answer. */
const ANSWER_WINDOW_SECONDS = 5;

export interface Attempts {
  readonly conversation: Conversation;
  /** Notable flows of the conversation in the order of time: failed ones, and others that were worth a note. */
  readonly flows: readonly Flow[];
  /** True: the times of a conversation are those of several clocks, and say nothing about before and after. */
  readonly clocksDiffer: boolean;
}

/** What is there of one outcome of a conversation. */
export interface Failed {
  /** Those of `flows` that ended so and prove something. */
  readonly flows: readonly Flow[];
  /** At least as many as `flows`; the rest had no room in the evidence. */
  readonly count: number;
  readonly workedBefore: boolean;
  readonly workedAfter: boolean;
}

export function conversationKey(client: string, server: string, transport: string, port: number, overlay: number | null): string {
  return `${client} ${server} ${transport} ${port} ${overlay ?? ''}`;
}

export function notableByConversation(notable: readonly Flow[]): ReadonlyMap<string, Flow[]> {
  const map = group(notable, keyOf);
  for (const list of map.values()) if (list.length > 1) list.sort((a, b) => compareMoments(a.start, a.first, b.start, b.first));
  return map;
}

/** What captures of other places show of the same connections. */
export interface OtherViews {
  /** Failed there as well, and told once: behind an address translation under the sockets of the other side. */
  readonly leftOut: readonly Flow[];
  readonly clocksDiffer: boolean;
}

const ONE_PLACE: OtherViews = { leftOut: [], clocksDiffer: false };

export function attemptsOf(failing: readonly Conversation[], notable: ReadonlyMap<string, Flow[]>, { leftOut, clocksDiffer }: OtherViews = ONE_PLACE): Attempts[] {
  const toldElsewhere = new Set(leftOut.map(keyOf));
  return failing.flatMap((conversation) => {
    const key = conversationKey(conversation.client, conversation.server, conversation.transport, conversation.serverPort, conversation.overlay);
    const flows = notable.get(key) ?? [];
    return flows.length === 0 && toldElsewhere.has(key) ? [] : [{ conversation, clocksDiffer, flows }];
  });
}

/** TCP ports that left a client without an answer, by `pairKey`: thousands of failures may ask for those of one server. */
export function silentPortsOf(attempts: readonly Attempts[]): ReadonlyMap<string, ReadonlySet<number>> {
  const silent = new Map<string, Set<number>>();
  for (const { conversation } of attempts) {
    if (conversation.outcomes['no-answer'] === undefined) continue;
    const key = pairKey(conversation.client, conversation.server);
    const ports = silent.get(key);
    if (ports === undefined) silent.set(key, new Set([conversation.serverPort]));
    else ports.add(conversation.serverPort);
  }
  return silent;
}

export function pairKey(client: string, server: string): string {
  return `${client} ${server}`;
}

function keyOf({ client, server, transport, overlay }: Flow): string {
  return conversationKey(client.address, server.address, transport, server.port, overlay);
}

/** undefined: nothing that ended so proves anything. */
export function failedAs(outcome: Outcome, { conversation, flows, clocksDiffer }: Attempts, evidence: Evidence, notable: ReadonlyMap<string, Flow[]>): Failed | undefined {
  const count = conversation.outcomes[outcome] ?? 0;
  if (count <= 0) return undefined;
  const ended = flows.filter((flow) => flow.outcome === outcome);
  const proving = ended.filter((flow) => provesSomething(flow, evidence) && !isSecondSight(flow, notable));
  if (ended.length > 0 && proving.length === 0) return undefined;
  // None was kept: the conversation's own times must do.
  if (ended.length === 0 && isYoung(conversation, evidence)) return undefined;
  const good = clocksDiffer ? 0 : (conversation.outcomes.accepted ?? 0) + (conversation.outcomes.answered ?? 0);
  const first = proving[0];
  const last = proving[proving.length - 1];
  return {
    flows: proving,
    count: count - (ended.length - proving.length),
    workedBefore: good > 0 && first !== undefined && secondsBetween(conversation.start, first.start) > 0.001 && isWithin(conversation.start, first, evidence),
    workedAfter: good > 0 && last !== undefined && secondsBetween(last.end, conversation.end) > 0.001 && isWithin(conversation.end, last, evidence),
  };
}

/** What worked while another capture ran, perhaps days apart, says nothing about this failure. */
function isWithin(time: Time, { first }: Flow, { captures }: Evidence): boolean {
  const { start, end } = captures[first.capture] ?? { start: null, end: null };
  return captures.length === 1 || !hasTime(start) || !hasTime(end) || (secondsBetween(start, time) >= 0 && secondsBetween(time, end) >= 0);
}

function provesSomething(flow: Flow, evidence: Evidence): boolean {
  // Fewer retries are what any capture with duplicates or a closing race shows; stacks try five times and more before they give up.
  if (flow.outcome === 'stalled' && flow.retransmissions !== null && flow.retransmissions < STALL_RETRIES) return false;
  if (flow.dropped) return true;
  if (!isWhatItSeems(flow)) return false;
  const end = evidence.captures[flow.last.capture]?.end ?? null;
  if (!hasTime(end) || !hasTime(flow.end)) return true;
  if (flow.outcome === 'no-answer') return synsSent(flow) > 1 || secondsBetween(flow.end, end) >= RETRY_WINDOW_SECONDS;
  if (flow.outcome === 'one-way') return secondsBetween(flow.start, end) >= ANSWER_WINDOW_SECONDS;
  return true;
}

/**
 * Outcomes go by which flags were seen. Where packets are missing, or stand there twice, a closer look at the sketch shows that a RST
 * answered no SYN, came after payload, or that nothing was repeated by anybody but the capture.
 */
function isWhatItSeems({ outcome, sketch, packets, payload, synCount }: Flow): boolean {
  const syn = sketch.find((row) => row.from === 'client' && (row.flags & (SYN | ACK)) === SYN);
  const synAck = sketch.find((row) => row.from === 'server' && (row.flags & (SYN | ACK)) === (SYN | ACK));
  const reset = sketch.find((row) => row.from === 'server' && (row.flags & RST) !== 0);
  // A RST that carries text (RFC 9293 3.5.2) ends a connection; one that answers a SYN is empty.
  if (outcome === 'refused' && payload.server > 0) return false;
  if (outcome === 'refused' && syn !== undefined && reset !== undefined) {
    // A RST that answers a SYN acknowledges it (RFC 9293 3.10.7.1); without ACK it answers something later, unless its sender knows no better.
    return (reset.flags & ACK) === 0 ? packets.client <= (synCount ?? 1) && reset.sequence === 0 : ((reset.acknowledgement - syn.sequence) | 0) <= 1 + syn.length;
  }
  if (outcome === 'reset-early' && synAck !== undefined && reset !== undefined) return ((reset.sequence - synAck.sequence) | 0) <= 1;
  if (outcome === 'half-open' && synAck !== undefined) {
    return sketch.some((row) => row.from === 'server' && (row.flags & (SYN | ACK)) === (SYN | ACK) && secondsBetween(synAck.time, row.time) >= COPY_SECONDS);
  }
  return true;
}

/** SYNs of a flow, copies that the capture holds of one of them not counted. */
export function synsSent({ sketch, synCount }: Flow): number {
  const syns = sketch.filter((row) => row.from === 'client' && (row.flags & (SYN | ACK)) === SYN);
  if (syns.length === 0 || syns.length !== synCount) return synCount ?? 1;
  return syns.filter((row, at) => at === 0 || !(secondsBetween(syns[at - 1]!.time, row.time) < COPY_SECONDS)).length;
}

function isYoung(conversation: Conversation, evidence: Evidence): boolean {
  if (!(conversation.outcomes['no-answer'] !== undefined || conversation.outcomes['one-way'] !== undefined)) return false;
  const end = evidence.captures[conversation.frames[0]?.capture ?? 0]?.end ?? null;
  if (!hasTime(end) || !hasTime(conversation.start)) return false;
  return secondsBetween(conversation.start, end) < (conversation.transport === 'udp' ? ANSWER_WINDOW_SECONDS : RETRY_WINDOW_SECONDS);
}

/** The far side of an address translation shows the same failure again: the near side, where it began, tells it. */
function isSecondSight(flow: Flow, notable: ReadonlyMap<string, Flow[]>): boolean {
  const { translation } = flow;
  if (translation === null) return false;
  const { client, server } = translation;
  const twin = notable.get(conversationKey(client.address, server.address, flow.transport, server.port, flow.overlay))?.find((other) => other.client.port === client.port);
  return twin !== undefined && compareMoments(twin.start, twin.first, flow.start, flow.first) < 0;
}
