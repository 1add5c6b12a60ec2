/**
 * Captures that are views of the same traffic: they share connections, by sockets and initial sequence number; across an address translation
 * (translated-views.ts) by the number and the payload. Which one is nearer to the
 * clients is told by the hops that the clients' packets have behind them, else by which host each was taken on. The clocks are aligned by
 * the traffic itself: a SYN takes half a round trip from one to the other, as far as the way there and back are alike.
 */
import type { CaptureEvidence } from '../evidence/evidence.js';
import type { Flow } from '../flow/flow.js';
import { hasTime, secondsBetween } from './moments.js';
import { firstOf, type Sighting } from './sightings.js';
import { translationsBetween, type Translation } from './translated-views.js';
import type { Vantage } from './report-model.js';
import { hopsTravelled } from './vantage.js';

export interface CapturePair {
  /** Indexes: nearer to the clients, nearer to the servers. */
  readonly client: number;
  readonly server: number;
  readonly common: number;
  /** Seconds to be added to times of the client's capture to make them those of the server's. */
  readonly offset: number;
  readonly uncertainty: number;
  /** True: the packets themselves say which end is which, or the places do. */
  readonly ordered: boolean;
  /** What an address translation between them makes of addresses; empty where there is none. */
  readonly translations: readonly Translation[];
}

const MAX_PAIRS = 16;

/** Captures of one series are never a pair: what they share is one flow in the evidence. */
export function capturePairs(seen: readonly Sighting[], vantages: readonly Vantage[]): CapturePair[] {
  const byKey = new Map<string, Sighting[]>();
  for (const one of seen) {
    const list = byKey.get(one.key);
    if (list === undefined) byKey.set(one.key, [one]);
    else if (!list.some((known) => known.capture === one.capture) && list.length < MAX_PAIRS) list.push(one);
  }
  const votes = new Map<string, { a: number; b: number; common: number; hops: number; offsets: { offset: number; half: number }[] }>();
  for (const list of byKey.values()) {
    list.sort((x, y) => x.capture - y.capture);
    for (let i = 0; i < list.length; i++) {
      for (let j = i + 1; j < list.length; j++) {
        const [one, other] = [list[i]!, list[j]!];
        const key = `${one.capture} ${other.capture}`;
        const vote = votes.get(key) ?? { a: one.capture, b: other.capture, common: 0, hops: 0, offsets: [] };
        votes.set(key, vote);
        vote.common++;
        vote.hops += Math.sign(hopsOf(one) - hopsOf(other));
        const between = secondsBetween(startOf(one), startOf(other));
        if (hasTime(startOf(one)) && hasTime(startOf(other)) && !Number.isNaN(between)) vote.offsets.push({ offset: between, half: halfRoundTrip(one, other) });
      }
    }
  }
  return [...votes.values()].slice(0, MAX_PAIRS).map(({ a, b, common, hops, offsets }) => {
    // The clients' packets have more hops behind them at the servers' end.
    const byPlace = placeOrder(vantages[a], vantages[b]);
    const aIsClient = hops !== 0 ? hops < 0 : byPlace !== 0 ? byPlace < 0 : true;
    const [client, server] = aIsClient ? [a, b] : [b, a];
    const best = [...offsets].sort((x, y) => x.half - y.half)[0] ?? { offset: 0, half: Infinity };
    const half = Number.isFinite(best.half) ? best.half : 0;
    // `offset` is measured from a to b; a SYN that goes from a to b is late by half a round trip, one that goes from b to a is early by it.
    const aToB = best.offset - (aIsClient ? half : -half);
    return { client, server, translations: translationsBetween(client, server, byKey.values()), common, offset: aIsClient ? aToB : -aToB, uncertainty: half, ordered: hops !== 0 || byPlace !== 0 };
  }).sort((x, y) => x.client - y.client || x.server - y.server);
}

function hopsOf({ anchor, flow }: Sighting): number {
  const ttl = anchor?.ttl ?? flow?.ttl.client ?? null;
  return ttl === null ? 0 : hopsTravelled(ttl);
}

function startOf({ anchor, flow }: Sighting): Flow['start'] {
  return anchor?.start ?? firstOf(flow!)?.time ?? flow!.start;
}

/** Half of the round trip between the two places at most; Infinity: none of them saw one. */
function halfRoundTrip(one: Sighting, other: Sighting): number {
  const trips = [one, other].map(({ anchor, flow }) => anchor?.handshakeMs ?? flow?.handshakeMs ?? null).filter((ms) => ms !== null);
  return trips.length === 0 ? Infinity : Math.min(...trips) / 2000;
}

/** Negative: the first is the client's place. */
function placeOrder(a: Vantage | undefined, b: Vantage | undefined): number {
  const rank = (at: Vantage['at'] | undefined): number => (at === 'client' ? -1 : at === 'server' ? 1 : 0);
  return rank(a?.at) - rank(b?.at);
}

/** Whether a capture was running at this moment of its own clock, with a little room at both ends. */
export function covers(capture: CaptureEvidence, moment: number): boolean {
  const { start, end } = capture;
  if (!hasTime(start) || !hasTime(end)) return false;
  return moment >= start.seconds + start.nanoseconds / 1e9 && moment <= end.seconds + end.nanoseconds / 1e9;
}
