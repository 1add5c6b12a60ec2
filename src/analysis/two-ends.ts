/**
 * Two captures of the same traffic, from both ends: each loss is placed. What the client's end shows and the servers' does not was lost on
 * the way; what arrived and was not answered is the server's own doing; an answer that left and never came was lost on the way back.
 */
import { compareTelling } from '../evidence/connection-views.js';
import type { Evidence } from '../evidence/evidence.js';
import type { Flow, FrameReference, Outcome } from '../flow/flow.js';
import { capturePairs, covers, type CapturePair } from './capture-pairs.js';
import { frameText } from './frame-text.js';
import type { HostLabels } from './host-labels.js';
import { secondsOf } from './moments.js';
import type { LossPlace, Vantage } from './report-model.js';
import { sightings, type Sighting } from './sightings.js';
import type { Testify, Testimony } from './testimony.js';
import { joinTranslated } from './translated-views.js';

const SYN = 0x02, ACK = 0x10, RST = 0x04;

export interface TwoEnds {
  readonly pairs: readonly CapturePair[];
  /** Notable flows with each connection once: the view that says more, or that of the client's end. */
  readonly notable: readonly Flow[];
  /** Views that are not told. */
  readonly leftOut: readonly Flow[];
  /** True: the clocks of these captures differ, so that what is later in one is not later in the other. */
  readonly clocksDiffer: boolean;
  readonly testify: Testify;
}

/** Clocks that are kept by NTP. */
const CLOCKS_AGREE_SECONDS = 0.05;

const NOBODY: Testify = () => null;

export function twoEnds(evidence: Evidence, vantages: readonly Vantage[], labels: HostLabels): TwoEnds {
  const seen = evidence.captures.length < 2 ? [] : joinTranslated(sightings(evidence));
  const pairs = capturePairs(seen, vantages);
  if (pairs.length === 0) return { pairs, notable: evidence.notable, leftOut: [], clocksDiffer: false, testify: NOBODY };
  const views = new Map<string, Sighting[]>();
  for (const one of seen) {
    const list = views.get(one.key);
    if (list === undefined) views.set(one.key, [one]);
    else list.push(one);
  }
  const keys = new Map<Flow, string>();
  for (const { flow, key } of seen) if (flow !== null) keys.set(flow, key);
  const leftOut = new Set<Flow>();
  for (const list of views.values()) {
    const flows = list.map(({ flow }) => flow).filter((flow) => flow !== null);
    if (flows.length < 2) continue;
    const best = flows.reduce((a, b) => (tellsMore(b, a, pairs) ? b : a));
    for (const flow of flows) if (flow !== best) leftOut.add(flow);
  }
  return {
    pairs, notable: evidence.notable.filter((flow) => !leftOut.has(flow)), leftOut: [...leftOut], clocksDiffer: pairs.some(({ offset }) => Math.abs(offset) > CLOCKS_AGREE_SECONDS),
    testify: (flow) => {
      const key = keys.get(flow);
      if (key === undefined) return null;
      for (const pair of pairs) {
        if (flow.first.capture !== pair.client && flow.first.capture !== pair.server) continue;
        const list = views.get(key) ?? [];
        const testimony = compare(flow, pair, list, evidence, vantages, labels);
        if (testimony !== null) return { ...testimony, sentences: [...testimony.sentences, ...translated(flow, pair, list, labels)] };
      }
      return null;
    },
  };
}

/** Who the same hosts are at the other end, where a router between translates addresses. */
function translated(flow: Flow, pair: CapturePair, list: readonly Sighting[], labels: HostLabels): string[] {
  const other = list.find(({ capture }) => capture !== flow.first.capture && (capture === pair.client || capture === pair.server));
  const twin = other?.anchor ?? other?.flow;
  if (twin === undefined || twin === null) return [];
  const changed = (['client', 'server'] as const).filter((of) => twin[of].address !== flow[of].address);
  return changed.length === 0 ? [] : [`an address translation lies between: ${changed.map((of) => `${labels.full(flow[of].address)} is ${labels.full(twin[of].address)} TCP ${twin[of].port} in [${twin.first.capture + 1}]`).join(', ')} (${frameText(twin.first, 2)})`];
}

function tellsMore(a: Flow, b: Flow, pairs: readonly CapturePair[]): boolean {
  return a.outcome !== b.outcome ? compareTelling(a.outcome, b.outcome) < 0 : pairs.some((pair) => pair.client === a.first.capture && pair.server === b.first.capture);
}

interface View {
  readonly capture: number;
  readonly flow: Flow | null;
  /** Packets of the client that came by, and those of the server. */
  readonly packets: { readonly client: number; readonly server: number };
  readonly payload: { readonly client: number; readonly server: number };
  readonly outcome: Outcome;
  readonly first: FrameReference;
}

function viewAt(capture: number, list: readonly Sighting[]): View | null {
  const own = list.filter((one) => one.capture === capture);
  const flow = own.find((one) => one.flow !== null)?.flow ?? null;
  const anchor = own.find((one) => one.anchor !== null)?.anchor ?? null;
  const from = flow ?? anchor;
  return from === null ? null : { capture, flow, packets: from.packets, payload: from.payload, outcome: from.outcome, first: from.first };
}

function compare(flow: Flow, pair: CapturePair, list: readonly Sighting[], evidence: Evidence, vantages: readonly Vantage[], labels: HostLabels): Testimony | null {
  const near = viewAt(pair.client, list);
  const far = viewAt(pair.server, list);
  const client = labels.short(flow.client.address);
  const server = labels.short(flow.server.address);
  const at = (frame: FrameReference): string => frameText(frame, 2);
  if (near === null && far === null) return null;
  if (near !== null && far === null) {
    if (!wouldBeSeen(flow, pair, pair.server, evidence)) return null;
    if (flow.outcome === 'refused') {
      return say('lost-on-the-way', 'path', [`the SYN (${at(near.first)}) never reached the servers' end, [${pair.server + 1}], and the RST was not sent from there: a device between the two answers`], [`refused by ${server} itself`], [{ cause: 'a firewall on the way rejects it with a RST', confidence: 'certain' }], [near.first]);
    }
    return say('lost-on-the-way', 'path', [`${flow.transport === 'tcp' ? 'the SYNs' : 'the datagrams'} left (${at(near.first)}); none of them is in [${pair.server + 1}], which was running: lost on the way`], [`the firewall of ${server} itself`, 'nothing listens there'], [{ cause: 'a firewall or a missing route between the two capture points', confidence: 'certain' }], [near.first]);
  }
  if (near === null && far !== null) {
    // Behind an address translation many share one address: whose packet this was is not known.
    if (pair.translations.some(({ of, far: behind }) => of === 'client' && behind === flow.client.address) || !wouldBeSeen(flow, pair, pair.client, evidence)) return null;
    return say('never-left', 'client', [`[${pair.server + 1}] has packets that ${client} should have sent (${at(far.first)}), [${pair.client + 1}] has none of them: they did not leave from there`], [], [{ cause: `they leave ${client} by another adapter, or another machine uses its address`, confidence: 'likely' }], [far.first]);
  }
  return bothSaw(flow, near!, far!, pair, vantages, client, server, at);
}

function bothSaw(flow: Flow, near: View, far: View, pair: CapturePair, vantages: readonly Vantage[], client: string, server: string, at: (frame: FrameReference) => string): Testimony | null {
  const atServer = vantages[pair.server];
  const onServer = atServer?.host === flow.server.address || pair.translations.some(({ of, near: before, far: behind }) => of === 'server' && before === flow.server.address && behind === atServer?.host);
  const frames = [near.first, far.first];
  if (flow.transport === 'udp') {
    if (far.packets.server === 0) return ignored(onServer, server, at(far.first), pair, frames);
    return near.packets.server === 0 ? answerLost(`its answer is in [${pair.server + 1}] (${at(far.first)}), not in [${pair.client + 1}]`, frames) : null;
  }
  // A RST that the server's end had sent before any data would have made this one early as well there.
  const cut = near.outcome === 'reset-early' && far.outcome === 'accepted' && far.payload.server === 0 ? near.flow?.sketch.find((row) => row.from === 'server' && (row.flags & RST) !== 0) : undefined;
  if (cut !== undefined) {
    return say(null, 'path', [`the RST (${at(cut.frame)}) was not sent at the servers' end: [${pair.server + 1}] shows the connection (${at(far.first)}) and no RST of ${server}`], [`reset by ${server} itself`], [{ cause: 'a device between the two capture points sends the RST', confidence: 'certain' }], frames);
  }
  const answer = far.flow?.sketch.find((row) => row.from === 'server' && (row.flags & SYN) !== 0 && (row.flags & ACK) !== 0);
  const answered = answer !== undefined || ['accepted', 'half-open', 'stalled', 'reset-early'].includes(far.outcome);
  if (far.outcome === 'no-answer') {
    const reset = near.flow?.sketch.find((row) => row.from === 'server' && (row.flags & RST) !== 0);
    if (near.outcome === 'refused' && reset !== undefined) {
      return say(null, 'path', [`the RST (${at(reset.frame)}) was not sent at the servers' end: [${pair.server + 1}] shows the SYN arriving (${at(far.first)}) and nothing that answers it`], [`refused by ${server} itself`], [{ cause: 'a device between the two capture points sends the RST', confidence: 'certain' }], frames);
    }
    return near.outcome === 'no-answer' ? ignored(onServer, server, at(far.first), pair, frames) : null;
  }
  const nearAnswer = near.flow?.sketch.find((row) => row.from === 'server' && (row.flags & SYN) !== 0);
  if (answered && near.outcome === 'no-answer') return answerLost(`${server} answers (${at(answer?.frame ?? far.first)}), and the answer is not in [${pair.client + 1}]`, frames);
  if (far.outcome === 'half-open' && nearAnswer !== undefined) {
    return say('answer-ignored', 'client', [`the answer of ${server} reaches [${pair.client + 1}] (${at(nearAnswer.frame)}), and ${client} does not take it`], ['a firewall on the way'], [{ cause: `the firewall of ${client}, or the program has given up`, confidence: 'likely' }], frames);
  }
  if (near.outcome !== 'stalled' && far.outcome !== 'stalled') return null;
  return stalledBetween(near, far, pair, client, server, frames);
}

/** Bytes that one end sent and the other never got; what is acknowledged in vain shows as a difference of packets. */
function stalledBetween(near: View, far: View, pair: CapturePair, client: string, server: string, frames: readonly FrameReference[]): Testimony | null {
  const lostUp = near.payload.client - far.payload.client;
  const lostDown = far.payload.server - near.payload.server;
  const where = `[${pair.client + 1}] and [${pair.server + 1}]`;
  if (lostUp > 0) {
    return say('lost-on-the-way', 'path', [`of ${near.payload.client} bytes that ${client} sends, repeats included, ${far.payload.client} arrive at the servers' end: lost between ${where}`], [`the program on ${server}`], [{ cause: 'a device between the two capture points drops them (path MTU, an inspecting firewall, a forgotten connection)', confidence: 'certain' }], frames);
  }
  if (lostDown > 0) {
    return say('answer-lost', 'path', [`of ${far.payload.server} bytes that ${server} sends, repeats included, ${near.payload.server} arrive at the clients' end: lost between ${where}`], [`the program on ${client}`], [{ cause: 'a device between the two capture points drops them (path MTU, an inspecting firewall, a forgotten connection)', confidence: 'certain' }], frames);
  }
  if (far.packets.server > near.packets.server) return answerLost(`${far.packets.server} packets of ${server} leave the servers' end, ${near.packets.server} arrive at the clients': its acknowledgements are lost`, frames);
  return say('arrived-and-ignored', 'server', [`all that ${client} sends arrives at the servers' end, and is not acknowledged there`], ['lost on the way'], [{ cause: `${server} itself, or a filter on it`, confidence: 'likely' }], frames);
}

function ignored(onServer: boolean, server: string, frame: string, pair: CapturePair, frames: readonly FrameReference[]): Testimony {
  return say('arrived-and-ignored', onServer ? 'server' : null, [`the packets arrive at the servers' end (${frame}), and nothing answers them there`], [`lost between [${pair.client + 1}] and [${pair.server + 1}]`], [
    { cause: `the firewall of ${server} itself`, confidence: 'likely' }, { cause: `nothing listens there (stealth mode is silent too)`, confidence: 'possible' },
  ], frames);
}

function answerLost(sentence: string, frames: readonly FrameReference[]): Testimony {
  return say('answer-lost', 'path', [`${sentence}: lost on the way back`], ['the service', 'port closed'], [{ cause: 'an asymmetric route, or a firewall on the way back', confidence: 'certain' }], frames);
}

function say(place: LossPlace | null, droppedAt: Testimony['droppedAt'], sentences: readonly string[], ruledOut: readonly string[], causes: Testimony['causes'], frames: readonly FrameReference[]): Testimony {
  return { place, droppedAt, confidence: 'certain', sentences, ruledOut, causes, frames };
}

/** Whether the other capture was running at that moment, and loses no packets itself: only then does absence prove anything. */
function wouldBeSeen(flow: Flow, pair: CapturePair, other: number, evidence: Evidence): boolean {
  const capture = evidence.captures[other];
  if (capture === undefined || (capture.dropped ?? 0) > 0 || capture.damage.length > 0) return false;
  if (capture.skipped['filtered-out'] !== undefined && evidence.captures.some(({ skipped }) => skipped['filtered-out'] === undefined)) return false;
  const shift = other === pair.server ? pair.offset : -pair.offset;
  // A repeat that must have been seen proves as much as the first packet.
  return hears(capture, flow, pair) && flow.sketch.some((row) => row.from === 'client' && covers(capture, secondsOf(row.time) + shift));
}

/** A capture of the path between them that shows traffic of this very pair of hosts, or of the host it was taken on. */
function hears({ traits }: Evidence['captures'][number], flow: Flow, { translations }: CapturePair): boolean {
  const known = new Set([flow.server.address, flow.client.address]);
  for (const { near, far } of translations) {
    if (known.has(near)) known.add(far);
    else if (known.has(far)) known.add(near);
  }
  return traits.senders.some(({ address, packets }) => packets > 0 && known.has(address));
}
