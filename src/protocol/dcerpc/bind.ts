/**
 * bind, alter_context and their answers (C706 12.6.4.3, 12.6.4.4; [MS-RPCE] 2.2.2). Offsets are bytes from the first byte of the
 * PDU. A result carries no context id: it belongs to the context at the same place of the bind.
 */
import type { InterfaceId } from '../events.js';
import { readUint16, readUint32, readUuid } from './data-representation.js';
import type { PduHeader } from './pdu.js';

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
}

export interface ContextResult {
  /** 0 acceptance, 1 user rejection, 2 provider rejection, 3 negotiate_ack. */
  readonly result: number;
  /** Of a rejection: a negotiate_ack has its feature bits there, answered as 0. */
  readonly reason: number;
  readonly syntax: string;
}

export const ResultCode = { acceptance: 0, userRejection: 1, providerRejection: 2, negotiateAck: 3 } as const;

/** The contexts of a whole bind or alter_context, as many as its bytes hold. */
export function readOfferedContexts(bytes: Uint8Array, start: number, limit: number, header: PduHeader): OfferedContext[] {
  const contexts: OfferedContext[] = [];
  const { littleEndian } = header;
  if (limit - start < CONTEXTS) return contexts;
  const count = bytes[start + CONTEXT_COUNT]!;
  let at = start + CONTEXTS;
  for (let index = 0; index < count && limit - at >= CONTEXT_HEADER_LENGTH + SYNTAX_LENGTH; index++) {
    const id = readUint16(bytes, at, littleEndian);
    const offered = bytes[at + 2]!;
    const abstract = readSyntax(bytes, at + CONTEXT_HEADER_LENGTH, littleEndian);
    at += CONTEXT_HEADER_LENGTH + SYNTAX_LENGTH;
    const syntaxes: string[] = [];
    for (let transfer = 0; transfer < offered && limit - at >= SYNTAX_LENGTH; transfer++, at += SYNTAX_LENGTH) {
      syntaxes.push(readUuid(bytes, at, littleEndian));
    }
    contexts.push({ id, interface: abstract, syntaxes });
  }
  return contexts;
}

/** The results of a whole bind_ack or alter_context_resp, in the order of the contexts that they answer. */
export function readContextResults(bytes: Uint8Array, start: number, limit: number, header: PduHeader): ContextResult[] {
  const results: ContextResult[] = [];
  const { littleEndian } = header;
  if (limit - start < ADDRESS_LENGTH + 2) return results;
  const address = readUint16(bytes, start + ADDRESS_LENGTH, littleEndian);
  let at = start + align4(ADDRESS_LENGTH + 2 + address);
  if (limit - at < 4) return results;
  const count = bytes[at]!;
  at += 4;
  for (let index = 0; index < count && limit - at >= RESULT_LENGTH; index++, at += RESULT_LENGTH) {
    const result = readUint16(bytes, at, littleEndian);
    const reason = readUint16(bytes, at + 2, littleEndian);
    results.push({
      result,
      reason: result === ResultCode.negotiateAck ? 0 : reason,
      syntax: readUuid(bytes, at + 4, littleEndian),
    });
  }
  return results;
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
