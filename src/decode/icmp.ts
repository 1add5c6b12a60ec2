/**
 * ICMP (RFC 792) and ICMPv6 (RFC 4443): type, code, checksum, 4 bytes of each type's own; an error then quotes the packet that it
 * is about. Offsets below are bytes from the first byte of the header.
 */
import { Bucket } from './bucket.js';
import { type Cursor } from './cursor.js';
import { readQuote } from './icmp-quote.js';
import { IpProtocol } from './segment.js';

/** What every message has. */
const ICMP_FIXED_LENGTH = 4;
const ICMP_HEADER_LENGTH = 8;

/** Destination unreachable, source quench, redirect, time exceeded, parameter problem. */
export function isIcmpError(version: number, type: number): boolean {
  return version === 4 ? type === 3 || type === 4 || type === 5 || type === 11 || type === 12 : type >= 1 && type <= 4;
}

const UNREACHABLE = 3;
const FRAGMENTATION_NEEDED = 4;
const PACKET_TOO_BIG = 2;

export function decodeIcmp(cursor: Cursor): Bucket {
  const { at, limit, bytes, view, segment } = cursor;
  if (limit - at < ICMP_FIXED_LENGTH) return Bucket['icmp-cut'];
  const version = segment.ipVersion;
  const type = bytes[at]!;
  const code = bytes[at + 1]!;
  segment.transport = version === 4 ? IpProtocol.icmp : IpProtocol.icmpv6;
  segment.transportStart = at;
  segment.icmpType = type;
  segment.icmpCode = code;
  segment.icmpMtu = 0;
  segment.quoted = false;
  if (limit - at < ICMP_HEADER_LENGTH || !isIcmpError(version, type)) return Bucket.icmp;
  if (version === 4) {
    if (type === UNREACHABLE && code === FRAGMENTATION_NEEDED) segment.icmpMtu = view.getUint16(at + 6);
  } else if (type === PACKET_TOO_BIG) segment.icmpMtu = view.getUint32(at + 4);
  readQuote(cursor, at + ICMP_HEADER_LENGTH);
  return Bucket.icmp;
}

/** A fragment that is not the first, of an ICMP message: type and code are in another packet. */
export function decodeIcmpRest(cursor: Cursor): Bucket {
  const { segment } = cursor;
  segment.transport = segment.ipVersion === 4 ? IpProtocol.icmp : IpProtocol.icmpv6;
  segment.transportStart = cursor.at;
  segment.icmpType = UNKNOWN_ICMP_TYPE;
  segment.icmpCode = UNKNOWN_ICMP_TYPE;
  segment.icmpMtu = 0;
  segment.quoted = false;
  return Bucket.icmp;
}

export const UNKNOWN_ICMP_TYPE = -1;
