/**
 * IPv6 header (RFC 8200): 40 bytes, then extension headers. Offsets below are bytes from the first byte of the header.
 */
import { skipAuthentication } from './authentication-header.js';
import { Bucket } from './bucket.js';
import { type Cursor, type Progress, Step } from './cursor.js';
import { IpProtocol } from './segment.js';

export const IPV6_HEADER_LENGTH = 40;

const PAYLOAD_LENGTH = 4;
const NEXT_HEADER = 6;
const HOP_LIMIT = 7;

/** Extension headers (RFC 8200, section 4; mobility RFC 6275, HIP RFC 7401, shim6 RFC 5533). */
export const Ipv6Extension = { hopByHop: 0, routing: 43, fragment: 44, destinationOptions: 60, mobility: 135, hip: 139, shim6: 140 } as const;
export const FRAGMENT_HEADER_LENGTH = 8;
/** RFC 8200, section 4.1 needs at most 7; a longer chain is made up. */
const MAX_EXTENSIONS = 16;

/** Whether `protocol` is an extension whose second byte is its length in units of 8 bytes, the first 8 not counted. */
export function isPlainExtension(protocol: number): boolean {
  return protocol === Ipv6Extension.hopByHop || protocol === Ipv6Extension.routing || protocol === Ipv6Extension.destinationOptions
    || protocol === Ipv6Extension.mobility || protocol === Ipv6Extension.hip || protocol === Ipv6Extension.shim6;
}

export function decodeIpv6(cursor: Cursor): Progress {
  const { at, limit, end, bytes, view, segment } = cursor;
  if (limit - at < 1) return Bucket['ipv6-cut'];
  if (bytes[at]! >>> 4 !== 6) return Bucket['ipv6-bad-header'];
  if (limit - at < IPV6_HEADER_LENGTH) return Bucket['ipv6-cut'];
  const payloadLength = view.getUint16(at + PAYLOAD_LENGTH);
  cursor.ipAt = at;
  cursor.ipLimit = limit;
  cursor.ipEnd = end;
  cursor.fragmentOffset = 0;
  cursor.moreFragments = false;
  cursor.fragmentId = 0;
  cursor.protocol = bytes[at + NEXT_HEADER]!;
  cursor.at = at + IPV6_HEADER_LENGTH;
  segment.ipVersion = 6;
  segment.ipLength = payloadLength + IPV6_HEADER_LENGTH;
  segment.ttl = bytes[at + HOP_LIMIT]!;
  segment.ipId = 0;
  if (payloadLength !== 0) bound(cursor, at + IPV6_HEADER_LENGTH + payloadLength);
  if (cursor.protocol !== IpProtocol.tcp && cursor.protocol !== IpProtocol.udp) {
    const bad = skipExtensions(cursor);
    if (bad >= 0) return bad;
  }
  if (payloadLength === 0) settleZeroLength(cursor);
  return Step.transport;
}

/** Moves to the first header that is no extension; a bucket when that cannot be done, else -1. */
function skipExtensions(cursor: Cursor): Bucket | -1 {
  const { bytes, view } = cursor;
  for (let extensions = 0; extensions < MAX_EXTENSIONS; extensions++) {
    const { at, protocol } = cursor;
    if (protocol === Ipv6Extension.fragment) {
      if (cursor.available < FRAGMENT_HEADER_LENGTH) return Bucket['ipv6-cut'];
      const field = view.getUint16(at + 2);
      cursor.fragmentOffset = field >>> 3;
      cursor.moreFragments = (field & 1) !== 0;
      cursor.fragmentId = view.getUint32(at + 4);
      cursor.segment.ipId = cursor.fragmentId;
      cursor.protocol = bytes[at]!;
      cursor.at = at + FRAGMENT_HEADER_LENGTH;
      if (cursor.fragmentOffset > 0) return -1; // the rest of the chain is in the first fragment
    } else if (isPlainExtension(protocol)) {
      if (cursor.available < 8) return Bucket['ipv6-cut'];
      const length = 8 * (bytes[at + 1]! + 1);
      if (length > cursor.available) return at + length > cursor.end ? Bucket['ipv6-bad-header'] : Bucket['ipv6-cut'];
      if (protocol === Ipv6Extension.hopByHop && cursor.segment.ipLength === IPV6_HEADER_LENGTH) readJumboLength(cursor, at + length);
      cursor.protocol = bytes[at]!;
      cursor.at = at + length;
    } else if (protocol === IpProtocol.ah) {
      const bad = skipAuthentication(cursor);
      if (bad >= 0) return bad;
    } else return -1;
  }
  return Bucket['ipv6-bad-header'];
}

const OPTION_PAD1 = 0;
const OPTION_JUMBO = 0xc2;

/** RFC 2675: the length of a payload above 65,535 bytes, in an option of the hop-by-hop header. */
function readJumboLength(cursor: Cursor, optionsEnd: number): void {
  const { bytes, view } = cursor;
  let at = cursor.at + 2;
  while (at + 2 <= optionsEnd) {
    if (bytes[at] === OPTION_PAD1) at++;
    else {
      if (bytes[at] === OPTION_JUMBO && bytes[at + 1] === 4 && at + 6 <= optionsEnd) {
        const length = view.getUint32(at + 2);
        // Smaller ones are forbidden (section 2).
        if (length > 0xffff) {
          cursor.segment.ipLength = IPV6_HEADER_LENGTH + length;
          bound(cursor, cursor.ipAt + IPV6_HEADER_LENGTH + length);
        }
        return;
      }
      at += 2 + bytes[at + 1]!;
    }
  }
}

/** A payload length of 0 before TCP or UDP: taken before segmentation offload. Before anything else there is no payload. */
function settleZeroLength(cursor: Cursor): void {
  const { segment, protocol } = cursor;
  if (segment.ipLength !== IPV6_HEADER_LENGTH) return; // a jumbogram
  if (protocol === IpProtocol.tcp || protocol === IpProtocol.udp) {
    segment.ipLength = cursor.untoldLength(cursor.ipAt);
    bound(cursor, cursor.ipAt + segment.ipLength);
  } else bound(cursor, cursor.at);
}

function bound(cursor: Cursor, end: number): void {
  if (end < cursor.end) cursor.end = end;
  if (cursor.end < cursor.limit) cursor.limit = cursor.end;
}
