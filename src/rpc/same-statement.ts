/**
 * When two events say the same: the same thing of the same server, whatever connection it was said on. Hashes leave out what
 * seldom differs; comparing UUIDs is cheap, as equal ones are mostly one string.
 */
import type { EventSource, InterfaceId, RpcBind, RpcMapping, RpcNotRegistered, RpcQuestion, RpcRefusal } from '../protocol/events.js';
import type { Sameness } from './bounded-record.js';

const ACCEPTED = 0;

/** Endpoints without a port are told apart by their name. */
export const sameMapping: Sameness<RpcMapping> = {
  hash: ({ server, port, announced, interface: id }) => mix(mix(mix(port, server.address), hashOf(id?.uuid)), port === 0 ? hashOf(announced) : 0),
  same: (one, other) => one.server.address === other.server.address && one.port === other.port && one.protocol === other.protocol
    && one.source === other.source && isInterface(one.interface, other.interface) && (one.port !== 0 || one.announced === other.announced),
};

/** Accepted binds are kept per server; others per client too, as each client's failure is its own. */
export const sameBind: Sameness<RpcBind> = {
  hash: ({ client, server, result, pipe, interface: id }) => mix(
    mix(mix(server.port, server.address), result === ACCEPTED ? result : mix(result, client.address)), hashOf(id.uuid) ^ (pipe === null ? 0 : hashOf(pipe)),
  ),
  same: (one, other) => one.server.address === other.server.address && one.server.port === other.server.port && one.result === other.result
    && (one.result === ACCEPTED || one.client.address === other.client.address) && one.reason === other.reason
    && one.transport === other.transport && one.pipe === other.pipe && isInterface(one.interface, other.interface),
};

export const sameNotRegistered: Sameness<RpcNotRegistered> = {
  hash: (event) => mix(hashOfSource(event), hashOf(event.interface?.uuid)),
  same: (one, other) => isSource(one, other) && one.status === other.status && isInterface(one.interface, other.interface),
};

export const sameQuestion: Sameness<RpcQuestion> = {
  hash: (event) => mix(hashOfSource(event), hashOf(event.interface.uuid)),
  same: (one, other) => isSource(one, other) && isInterface(one.interface, other.interface),
};

export const sameRefusal: Sameness<RpcRefusal> = {
  hash: (event) => mix(mix(mix(hashOfSource(event), event.status), event.operation ?? -1), hashOf(event.interface?.uuid)),
  same: (one, other) => isSource(one, other) && one.kind === other.kind && one.status === other.status
    && one.operation === other.operation && one.pipe === other.pipe && isInterface(one.interface, other.interface),
};

function isSource(one: EventSource, other: EventSource): boolean {
  return one.server.address === other.server.address && one.client.address === other.client.address
    && one.server.port === other.server.port && one.transport === other.transport;
}

function isInterface(one: InterfaceId | null, other: InterfaceId | null): boolean {
  if (one === other) return true;
  return one !== null && other !== null && one.uuid === other.uuid && one.version === other.version;
}

function hashOfSource({ client, server }: EventSource): number {
  return mix(mix(server.port, server.address), client.address);
}

/** Of the last texts, one a slot by length and some characters: the same few UUIDs come over and over. */
const SLOTS = 64;
const texts: string[] = new Array<string>(SLOTS).fill('');
const hashes = new Int32Array(SLOTS);

function hashOf(text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  const slot = (text.charCodeAt(0) ^ (text.charCodeAt(5) << 2) ^ (text.charCodeAt(7) << 4)) & (SLOTS - 1);
  if (texts[slot] === text) return hashes[slot]!;
  let hash = text.length;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  texts[slot] = text;
  return (hashes[slot] = hash);
}

/** Neighbouring ports and addresses must not cancel each other out. */
function mix(hash: number, value: number): number {
  const mixed = Math.imul(Math.imul(hash, 0x01000193) + value, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}
