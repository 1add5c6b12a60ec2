/**
 * Connection-oriented PDUs: the common header (C706 12.6.3.1), and what every PDU of a type has behind it. Offsets are bytes
 * from the first byte of the PDU; numbers follow the PDU's own data representation.
 */
import { isDataRepresentation, isLittleEndian, readUint16, readUint32 } from './data-representation.js';

export const COMMON_HEADER_LENGTH = 16;
/** Of request, response and fault: common header, allocation hint, context, and two bytes more. */
export const CALL_HEADER_LENGTH = 24;

const VERSION = 0;
const VERSION_MINOR = 1;
const TYPE = 2;
const FLAGS = 3;
const REPRESENTATION = 4;
const FRAGMENT_LENGTH = 8;
const AUTH_LENGTH = 10;
const CALL_ID = 12;
const CONTEXT_ID = 20;
const OPNUM = 22;

export const PduType = {
  request: 0,
  response: 2,
  fault: 3,
  bind: 11,
  bindAck: 12,
  bindNak: 13,
  alterContext: 14,
  alterContextResponse: 15,
  auth3: 16,
  shutdown: 17,
  cancel: 18,
  orphaned: 19,
  /** RPC over HTTP ([MS-RPCH] 2.2.3.1). */
  rts: 20,
} as const;

export const PduFlag = { first: 0x01, last: 0x02, objectUuid: 0x80 } as const;

/** Smallest fragment per type; 0: no type of the connection-oriented protocol. */
const MINIMUM_LENGTH: readonly number[] = [24, 0, 24, 28, 0, 0, 0, 0, 0, 0, 0, 28, 26, 18, 28, 26, 16, 16, 16, 16, 20];

/** Length of the security trailer before its credentials (C706 13.2.6.1). */
export const SECURITY_TRAILER_LENGTH = 8;

/** Reused from PDU to PDU: copy what is to be kept. */
export class PduHeader {
  type = 0;
  flags = 0;
  littleEndian = true;
  fragmentLength = 0;
  authLength = 0;
  callId = 0;
  /** Of request, response and fault; else 0. */
  contextId = 0;
  /** Of request; else 0. */
  opnum = 0;

  get isFirst(): boolean {
    return (this.flags & PduFlag.first) !== 0;
  }

  get isLast(): boolean {
    return (this.flags & PduFlag.last) !== 0;
  }
}

/** Who sends PDUs of this type: 1 the client, 2 the server, 0 either. */
export function senderOf(type: number): 0 | 1 | 2 {
  switch (type) {
    case PduType.request:
    case PduType.bind:
    case PduType.alterContext:
    case PduType.auth3:
    case PduType.cancel:
    case PduType.orphaned:
      return 1;
    case PduType.rts:
      return 0;
    default:
      return 2;
  }
}

/** Bytes that `readCallHeader` needs of a PDU of this type. */
export function headerLength(type: number): number {
  return type <= PduType.fault ? CALL_HEADER_LENGTH : COMMON_HEADER_LENGTH;
}

/**
 * True when the bytes at `start` may begin a PDU; bytes at or past `limit` are taken for fitting, so a prefix of a PDU is
 * plausible too.
 */
export function isPlausiblePrefix(bytes: Uint8Array, start: number, limit: number): boolean {
  const length = limit - start;
  if (length > VERSION && bytes[start] !== 5) return false;
  if (length > VERSION_MINOR && bytes[start + VERSION_MINOR]! > 1) return false;
  if (length > TYPE && (MINIMUM_LENGTH[bytes[start + TYPE]!] ?? 0) === 0) return false;
  for (let at = 0; at < 4 && REPRESENTATION + at < length; at++) {
    const byte = bytes[start + REPRESENTATION + at]!;
    if (at === 0 ? !isDataRepresentation(byte, 0, 0) : at === 1 ? byte > 3 : byte !== 0) return false;
  }
  if (length < AUTH_LENGTH + 2) return true;
  const littleEndian = isLittleEndian(bytes[start + REPRESENTATION]!);
  const fragment = readUint16(bytes, start + FRAGMENT_LENGTH, littleEndian);
  const auth = readUint16(bytes, start + AUTH_LENGTH, littleEndian);
  const minimum = MINIMUM_LENGTH[bytes[start + TYPE]!]!;
  return fragment >= minimum && (auth === 0 || auth + SECURITY_TRAILER_LENGTH <= fragment - COMMON_HEADER_LENGTH);
}

/** Reads the common header, {@link COMMON_HEADER_LENGTH} bytes. Answers false when no PDU begins there. */
export function readCommonHeader(bytes: Uint8Array, start: number, header: PduHeader): boolean {
  if (!isPlausiblePrefix(bytes, start, start + COMMON_HEADER_LENGTH)) return false;
  const littleEndian = isLittleEndian(bytes[start + REPRESENTATION]!);
  header.type = bytes[start + TYPE]!;
  header.flags = bytes[start + FLAGS]!;
  header.littleEndian = littleEndian;
  header.fragmentLength = readUint16(bytes, start + FRAGMENT_LENGTH, littleEndian);
  header.authLength = readUint16(bytes, start + AUTH_LENGTH, littleEndian);
  header.callId = readUint32(bytes, start + CALL_ID, littleEndian);
  header.contextId = 0;
  header.opnum = 0;
  return true;
}

/** Adds what {@link headerLength} bytes tell beyond the common header. */
export function readCallHeader(bytes: Uint8Array, start: number, header: PduHeader): void {
  if (header.type > PduType.fault) return;
  header.contextId = readUint16(bytes, start + CONTEXT_ID, header.littleEndian);
  if (header.type === PduType.request) header.opnum = readUint16(bytes, start + OPNUM, header.littleEndian);
}

/** Status of a whole fault PDU (C706 12.6.4.7). */
export function readFaultStatus(bytes: Uint8Array, start: number, limit: number, header: PduHeader): number {
  const STATUS = 24;
  return limit - start < STATUS + 4 ? 0 : readUint32(bytes, start + STATUS, header.littleEndian);
}
