/**
 * The same connection on both sides of an address translation, in two captures: routers that translate change addresses and ports, and leave sequence numbers and
 * payload as they are. An equal initial sequence number alone may be chance; one end unchanged and equal payload, or several such connections, are none.
 * Firewalls that draw sequence numbers of their own, and proxies, make two connections of one: these are not found.
 */
import type { Socket } from '../flow/flow.js';
import type { Sighting } from './sightings.js';

/** As the capture nearer to the clients, and the one nearer to the servers, know one machine. */
export interface Translation {
  readonly of: 'client' | 'server';
  readonly near: string;
  readonly far: string;
}

const MAX_TRANSLATIONS = 64;

/** Sightings with one key for both sides of a translation: that of the first. */
export function joinTranslated(seen: readonly Sighting[]): Sighting[] {
  const renamed = new Map<string, string>();
  for (const [one, other] of convincing(candidates(seen))) renamed.set(other.key, one.key);
  return renamed.size === 0 ? [...seen] : seen.map((sighting) => ({ ...sighting, key: renamed.get(sighting.key) ?? sighting.key }));
}

/** By what the sightings of one connection say in both captures. */
export function translationsBetween(near: number, far: number, connections: Iterable<readonly Sighting[]>): Translation[] {
  const found = new Map<string, Translation>();
  for (const list of connections) {
    const here = list.find(({ capture }) => capture === near);
    const there = list.find(({ capture }) => capture === far);
    if (here === undefined || there === undefined) continue;
    for (const of of ['client', 'server'] as const) {
      const translation = { of, near: socketOf(here, of).address, far: socketOf(there, of).address };
      if (translation.near !== translation.far && found.size < MAX_TRANSLATIONS) found.set(`${of} ${translation.near} ${translation.far}`, translation);
    }
  }
  return [...found.values()];
}

type Candidate = readonly [Sighting, Sighting];

/** Connections of two captures that begin with one number between different sockets, and have no like at all within a capture. */
function candidates(seen: readonly Sighting[]): Candidate[] {
  const byInitial = new Map<number, Map<string, Sighting>>();
  for (const one of seen) {
    if (one.initial === null) continue;
    const keys = byInitial.get(one.initial) ?? new Map<string, Sighting>();
    byInitial.set(one.initial, keys);
    // The anchor knows the payload in full.
    if (!keys.has(one.key) || one.anchor !== null) keys.set(one.key, one);
  }
  return [...byInitial.values()].flatMap((keys): Candidate[] => {
    const [one, other, more] = [...keys.values()].sort((a, b) => a.capture - b.capture);
    return one === undefined || other === undefined || more !== undefined || one.capture === other.capture ? [] : [[one, other]];
  });
}

function convincing(all: readonly Candidate[]): Candidate[] {
  const weightOf = new Map<string, number>();
  const pairOf = ([one, other]: Candidate): string => `${one.capture} ${other.capture}`;
  for (const candidate of all) weightOf.set(pairOf(candidate), (weightOf.get(pairOf(candidate)) ?? 0) + weight(candidate));
  return all.filter((candidate) => weightOf.get(pairOf(candidate))! >= 2);
}

/** 2: convinces by itself. 1: together with another one. */
function weight([one, other]: Candidate): number {
  const sameEnd = isSame(socketOf(one, 'server'), socketOf(other, 'server')) || isSame(socketOf(one, 'client'), socketOf(other, 'client'));
  const [a, b] = [payloadOf(one), payloadOf(other)];
  const samePayload = a.client + a.server > 0 && a.client === b.client && a.server === b.server;
  return sameEnd && samePayload ? 2 : 1;
}

function socketOf({ anchor, flow }: Sighting, of: 'client' | 'server'): Socket {
  return (anchor ?? flow!)[of];
}

function payloadOf({ anchor, flow }: Sighting): { readonly client: number; readonly server: number } {
  return (anchor ?? flow!).payload;
}

function isSame(a: Socket, b: Socket): boolean {
  return a.address === b.address && a.port === b.port;
}
