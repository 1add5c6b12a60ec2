import { nearest } from './nearest.js';
import { protocolWords, unspecified, type ProtocolWord } from './protocol-vocabulary.js';
import type { Agreement } from './roles.js';
import type { EntryTransport, Transport } from './types.js';

const byId = new Map(protocolWords.map((word) => [word.id, word]));
const byName = new Map(protocolWords.flatMap((word) => [word.id, ...(word.synonyms ?? [])].map((name) => [fold(name), word.id] as const)));

export function isProtocol(id: string): boolean {
  return byId.has(id);
}

export function protocolTitle(id: string): string {
  return byId.get(id)?.title ?? id;
}

/** The vocabulary's id for a protocol as a document spells it (`WS-Management`, `RPC`); `undefined` when it has none. */
export function resolveProtocol(written: string): string | undefined {
  return byName.get(fold(written));
}

export function nearestProtocol(written: string): string | undefined {
  const name = nearest(written, [...byId.keys(), ...protocolWords.flatMap((word) => word.synonyms ?? [])]);
  return name === undefined ? undefined : resolveProtocol(name);
}

/** The transport that a document means when it names none. */
export function usualTransport(protocol: string): EntryTransport {
  return byId.get(protocol)?.usualTransport ?? 'tcp';
}

/**
 * Whether what a recogniser saw is what a document names. `observed` is a recogniser's name, proved by payload; `null`
 * (nothing recognised) and names outside the vocabulary prove nothing and are `unknown`.
 */
export function compatible(documentProtocol: string, observedProtocol: string | null | undefined): Agreement {
  if (observedProtocol === null || observedProtocol === undefined) return 'unknown';
  const document = byId.get(documentProtocol);
  if (document === undefined || document.id === unspecified) return 'unknown';
  const observed = observedProtocol.toLowerCase();
  if (observed === document.id || document.seenAs?.includes(observed)) return 'agrees';
  if (document.hiddenIn?.includes(observed)) return 'unknown';
  const known = byName.get(fold(observed)) ?? seenNames.get(observed);
  if (known === undefined) return 'unknown';
  return known === document.id ? 'agrees' : 'conflicts';
}

/**
 * The protocol that owns a port alone, by registration or by its vendor; `undefined` where several share it.
 * An entry that gives such a port another protocol contradicts the registry.
 */
export function ownerOfPort(transport: Transport, port: number): ProtocolWord | undefined {
  return owners.get(`${transport}/${port}`);
}

/** Ports that a protocol may be served on without surprise; empty: anywhere. */
export function registeredPorts(protocol: string): readonly number[] {
  const ports = byId.get(protocol)?.ports ?? [];
  return ports.some((entry) => entry.exclusive) ? ports.map((entry) => entry.port) : [];
}

/** All ports that the vocabulary knows of a protocol, by registration or by habit; empty: none. */
export function usualPorts(protocol: string): readonly number[] {
  return (byId.get(protocol)?.ports ?? []).map((entry) => entry.port);
}

const owners = new Map(protocolWords.flatMap((word) =>
  (word.ports ?? []).filter((entry) => entry.exclusive)
    .flatMap((entry) => (entry.transport === 'tcp+udp' ? ['tcp', 'udp'] : [entry.transport]).map((transport) => [`${transport}/${entry.port}`, word] as const))));

/** Recognisers' names that are no document word but belong to one: to tell a conflict from an unknown name. */
const seenNames = new Map(['dtls', 'quic', 'http2', 'stun', ...protocolWords.flatMap((word) => word.seenAs ?? [])].map((name) => [name, name]));

function fold(name: string): string {
  return name.toLowerCase().replace(/[\s_./-]+/g, '');
}
