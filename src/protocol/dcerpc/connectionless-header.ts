/**
 * Connectionless PDUs (C706 12.5.3): an 80-byte header in every datagram, with interface and operation; there is no bind.
 * Offsets are bytes from the first byte of the datagram.
 */
import type { InterfaceId } from '../events.js';
import { Recognition } from '../recogniser.js';
import type { RecogniseHint } from '../recogniser.js';
import { isDataRepresentation, isLittleEndian, readUint16, readUint32, readUuid } from './data-representation.js';
import { MAPPER_PORTS } from './well-known.js';

export const DATAGRAM_HEADER_LENGTH = 80;

const VERSION = 0;
const TYPE = 1;
const FLAGS = 2;
const REPRESENTATION = 4;
const INTERFACE = 24;
const INTERFACE_VERSION = 60;
const SEQUENCE = 64;
const OPNUM = 68;
const BODY_LENGTH = 74;
const FRAGMENT_NUMBER = 76;
const AUTH_PROTOCOL = 78;

export const DatagramType = {
  request: 0, ping: 1, response: 2, fault: 3, working: 4, nocall: 5, reject: 6, ack: 7, cancel: 8, fack: 9, cancelAck: 10,
} as const;

const LAST_TYPE = DatagramType.cancelAck;
const LAST_FRAGMENT = 0x02;
const FRAGMENT = 0x04;

export interface DatagramHeader {
  readonly type: number;
  readonly littleEndian: boolean;
  readonly interface: InterfaceId;
  readonly sequence: number;
  readonly opnum: number;
  readonly bodyLength: number;
  readonly fragmentNumber: number;
  readonly isFragment: boolean;
  readonly isLast: boolean;
  /** 0: none. */
  readonly authProtocol: number;
}

/** undefined when `start` to `limit` is no whole header. */
export function readDatagramHeader(bytes: Uint8Array, start: number, limit: number): DatagramHeader | undefined {
  if (limit - start < DATAGRAM_HEADER_LENGTH || !isDatagramPrefix(bytes, start, limit)) return undefined;
  const littleEndian = isLittleEndian(bytes[start + REPRESENTATION]!);
  const version = readUint32(bytes, start + INTERFACE_VERSION, littleEndian);
  const flags = bytes[start + FLAGS]!;
  return {
    type: bytes[start + TYPE]!,
    littleEndian,
    interface: { uuid: readUuid(bytes, start + INTERFACE, littleEndian), version: `${version & 0xffff}.${version >>> 16}` },
    sequence: readUint32(bytes, start + SEQUENCE, littleEndian),
    opnum: readUint16(bytes, start + OPNUM, littleEndian),
    bodyLength: readUint16(bytes, start + BODY_LENGTH, littleEndian),
    fragmentNumber: readUint16(bytes, start + FRAGMENT_NUMBER, littleEndian),
    isFragment: (flags & FRAGMENT) !== 0,
    isLast: (flags & LAST_FRAGMENT) !== 0,
    authProtocol: bytes[start + AUTH_PROTOCOL]!,
  };
}

/** Four bytes and three zero bits are little evidence: the body must also fill the datagram, but for a verifier. */
export function recogniseDatagram(bytes: Uint8Array, start: number, limit: number, hint: RecogniseHint): Recognition {
  if (!isDatagramPrefix(bytes, start, limit)) return Recognition.no;
  if (limit - start < DATAGRAM_HEADER_LENGTH) return Recognition.more;
  const littleEndian = isLittleEndian(bytes[start + REPRESENTATION]!);
  const body = readUint16(bytes, start + BODY_LENGTH, littleEndian);
  const rest = limit - start - DATAGRAM_HEADER_LENGTH;
  const fills = bytes[start + AUTH_PROTOCOL] === 0 ? body === rest : body <= rest;
  const known = MAPPER_PORTS.includes(hint.receiverPort) || MAPPER_PORTS.includes(hint.senderPort);
  if (!fills && !known) return Recognition.no;
  if (readUint32(bytes, start + INTERFACE, littleEndian) === 0 && !known) return Recognition.no;
  switch (bytes[start + TYPE]) {
    case DatagramType.request:
    case DatagramType.ping:
    case DatagramType.ack:
    case DatagramType.cancel:
      return Recognition.client;
    case DatagramType.fack:
      return Recognition.either;
    default:
      return Recognition.server;
  }
}

function isDatagramPrefix(bytes: Uint8Array, start: number, limit: number): boolean {
  const length = limit - start;
  if (length > VERSION && bytes[start] !== 4) return false;
  if (length > TYPE && bytes[start + TYPE]! > LAST_TYPE) return false;
  // In the first flags every bit has a use, some the implementation's own; of the second set two have.
  if (length > FLAGS + 1 && (bytes[start + FLAGS + 1]! & 0xfc) !== 0) return false;
  if (length > REPRESENTATION && !isDataRepresentation(bytes[start + REPRESENTATION]!, 0, 0)) return false;
  if (length > REPRESENTATION + 1 && bytes[start + REPRESENTATION + 1]! > 3) return false;
  return length <= REPRESENTATION + 2 || bytes[start + REPRESENTATION + 2] === 0;
}
