/**
 * bind, alter_context and their answers (C706 12.6.4.3, 12.6.4.4; [MS-RPCE] 2.2.2). Offsets are bytes from the first byte of the
 * PDU. A result carries no context id: it belongs to the context at the same place of the bind.
 */
import type { InterfaceId } from '../events.js';
import { readUint16, readUint32, readUuid } from './data-representation.js';
import type { PduHeader } from './pdu.js';
import type { Presentation } from './presentation-context.js';
import { interestOf, interfaceText } from './well-known.js';

const CONTEXT_COUNT = 24;
const CONTEXTS = 28;
const SYNTAX_LENGTH = 20;
/** Context id, number of transfer syntaxes, a byte of padding. */
const CONTEXT_HEADER_LENGTH = 4;
const ADDRESS_LENGTH = 24;
const RESULT_LENGTH = 24;
const REJECT_REASON = 16;

export interface OfferedContext {
  readonly id: number;
  readonly interface: InterfaceId;
  /** Transfer syntaxes, UUIDs only. */
  readonly syntaxes: readonly string[];
  /** What it is until the server has chosen a syntax. */
  readonly proposed: Presentation;
  /** The interface as facts show it, alone in a list: most connections use one. */
  readonly alone: readonly string[];
  /** What it is with the syntax that a server chose last: nearly all choose the same. */
  granted: Presentation | null;
}

export interface ContextResult {
  /** 0 acceptance, 1 user rejection, 2 provider rejection, 3 negotiate_ack. */
  readonly result: number;
  /** Of a rejection: a negotiate_ack has its feature bits there, answered as 0. */
  readonly reason: number;
  readonly syntax: string;
}

export const ResultCode = { acceptance: 0, userRejection: 1, providerRejection: 2, negotiateAck: 3 } as const;

/**
 * Lists of contexts that were read before, one a slot: a client offers the same to thousands of servers and ports, and what is
 * read from equal bytes is shared by all of them.
 */
const KNOWN_LISTS = 256;
const KNOWN_LENGTH = 512;
const known: (KnownList | undefined)[] = new Array<KnownList | undefined>(KNOWN_LISTS).fill(undefined);

interface KnownList {
  /** From the number of contexts to the end of the last, and its byte order: the list depends on nothing else. */
  readonly body: Uint8Array;
  readonly littleEndian: boolean;
  readonly contexts: readonly OfferedContext[];
}

/** The contexts of a whole bind or alter_context, as many as its bytes hold. */
export function readOfferedContexts(bytes: Uint8Array, start: number, limit: number, header: PduHeader): readonly OfferedContext[] {
  if (limit - start < CONTEXTS) return NO_CONTEXTS;
  const { littleEndian } = header;
  const body = start + CONTEXT_COUNT;
  const slot = slotOf(bytes, body, limit);
  const before = known[slot];
  if (before !== undefined && before.littleEndian === littleEndian && beginsWithBody(bytes, body, limit, before.body)) return before.contexts;
  const contexts: OfferedContext[] = [];
  const end = readContexts(bytes, body, limit, littleEndian, contexts);
  if (end > 0 && end - body <= KNOWN_LENGTH) known[slot] = { body: bytes.slice(body, end), littleEndian, contexts };
  return contexts;
}

/** Answers where the last context ends; 0: the bytes end before it does. */
function readContexts(bytes: Uint8Array, body: number, limit: number, littleEndian: boolean, contexts: OfferedContext[]): number {
  const count = bytes[body]!;
  let at = body + CONTEXTS - CONTEXT_COUNT;
  for (let index = 0; index < count; index++) {
    if (limit - at < CONTEXT_HEADER_LENGTH + SYNTAX_LENGTH) return 0;
    const id = readUint16(bytes, at, littleEndian);
    const offered = bytes[at + 2]!;
    const abstract = readSyntax(bytes, at + CONTEXT_HEADER_LENGTH, littleEndian);
    at += CONTEXT_HEADER_LENGTH + SYNTAX_LENGTH;
    const syntaxes: string[] = [];
    let left = offered;
    for (; left > 0 && limit - at >= SYNTAX_LENGTH; left--, at += SYNTAX_LENGTH) syntaxes.push(readUuid(bytes, at, littleEndian));
    const proposed = { interface: abstract, interest: interestOf(abstract.uuid), syntax: '' };
    contexts.push({ id, interface: abstract, syntaxes, proposed, alone: [interfaceText(abstract)], granted: null });
    if (left > 0) return 0;
  }
  return at;
}

/** By the number of contexts and both ends of the first interface's UUID: some differ in the last digits only. */
function slotOf(bytes: Uint8Array, body: number, limit: number): number {
  const uuid = body + CONTEXTS - CONTEXT_COUNT + CONTEXT_HEADER_LENGTH;
  if (limit - uuid < SYNTAX_LENGTH) return 0;
  return (Math.imul(readUint32(bytes, uuid, true) ^ readUint32(bytes, uuid + 12, true) ^ (bytes[body]! << 16) ^ bytes[uuid - CONTEXT_HEADER_LENGTH]!, 0x9e3779b1) >>> 24) % KNOWN_LISTS;
}

function beginsWithBody(bytes: Uint8Array, at: number, limit: number, body: Uint8Array): boolean {
  if (limit - at < body.length) return false;
  for (let index = 0; index < body.length; index++) if (bytes[at + index] !== body[index]) return false;
  return true;
}

const NO_CONTEXTS: readonly OfferedContext[] = [];

/** What a context is, once the server has chosen this syntax for it. */
export function grantedPresentation(offered: OfferedContext, syntax: string): Presentation {
  const { granted, proposed } = offered;
  if (granted !== null && granted.syntax === syntax) return granted;
  return (offered.granted = { interface: proposed.interface, interest: proposed.interest, syntax });
}

/** The results of a whole bind_ack or alter_context_resp, in the order of the contexts that they answer. */
export function readContextResults(bytes: Uint8Array, start: number, limit: number, header: PduHeader): readonly ContextResult[] {
  const { littleEndian } = header;
  if (limit - start < ADDRESS_LENGTH + 2) return NO_RESULTS;
  const address = readUint16(bytes, start + ADDRESS_LENGTH, littleEndian);
  const at = start + align4(ADDRESS_LENGTH + 2 + address);
  if (limit - at < 4) return NO_RESULTS;
  const count = bytes[at]!;
  const slot = limit - at < 4 + RESULT_LENGTH ? 0 : Math.imul(readUint32(bytes, at + 4, true) ^ readUint32(bytes, at + 8, true) ^ (count << 8), 0x9e3779b1) >>> 27;
  const before = knownResults[slot];
  if (before !== undefined && before.littleEndian === littleEndian && beginsWithBody(bytes, at, limit, before.body)) return before.results;
  const results: ContextResult[] = [];
  const end = readResults(bytes, at + 4, limit, littleEndian, count, results);
  if (results.length === count && end - at <= KNOWN_LENGTH) knownResults[slot] = { body: bytes.slice(at, end), littleEndian, results };
  return results;
}

/** Results that were read before, one list a slot: servers grant the same thing the same way. */
const KNOWN_RESULTS = 1 << (32 - 27);
const knownResults: (KnownResults | undefined)[] = new Array<KnownResults | undefined>(KNOWN_RESULTS).fill(undefined);

interface KnownResults {
  /** From the number of results to the end of the last. */
  readonly body: Uint8Array;
  readonly littleEndian: boolean;
  readonly results: readonly ContextResult[];
}

const NO_RESULTS: readonly ContextResult[] = [];

/** Answers where the last result ends that is there. */
function readResults(bytes: Uint8Array, at: number, limit: number, littleEndian: boolean, count: number, results: ContextResult[]): number {
  for (let index = 0; index < count && limit - at >= RESULT_LENGTH; index++, at += RESULT_LENGTH) {
    const result = readUint16(bytes, at, littleEndian);
    const reason = readUint16(bytes, at + 2, littleEndian);
    results.push({
      result,
      reason: result === ResultCode.negotiateAck ? 0 : reason,
      syntax: readUuid(bytes, at + 4, littleEndian),
    });
  }
  return at;
}

/** Reject reason of a bind_nak (C706 12.6.4.5). */
export function readRejectReason(bytes: Uint8Array, start: number, limit: number, header: PduHeader): number {
  return limit - start < REJECT_REASON + 2 ? 0 : readUint16(bytes, start + REJECT_REASON, header.littleEndian);
}

function readSyntax(bytes: Uint8Array, at: number, littleEndian: boolean): InterfaceId {
  const version = readUint32(bytes, at + 16, littleEndian);
  return { uuid: readUuid(bytes, at, littleEndian), version: `${version & 0xffff}.${version >>> 16}` };
}

function align4(length: number): number {
  return (length + 3) & ~3;
}
