/**
 * IPv4 header (RFC 791): 20 bytes and up to 40 of options. Checksums are not checked: a sender's own capture is taken before the
 * network card fills them in. Offsets below are bytes from the first byte of the header.
 */
import { Bucket } from './bucket.js';
import { type Cursor, type Progress, Step } from './cursor.js';

export const IPV4_HEADER_LENGTH = 20;

const TOTAL_LENGTH = 2;
const IDENTIFICATION = 4;
const FRAGMENT = 6;
const TTL = 8;
const PROTOCOL = 9;
const MORE_FRAGMENTS = 0x2000;
const FRAGMENT_OFFSET = 0x1fff;

export function decodeIpv4(cursor: Cursor): Progress {
  const { at, limit, end, bytes, view, segment } = cursor;
  if (limit - at < IPV4_HEADER_LENGTH) return Bucket['ipv4-cut'];
  const headerLength = (bytes[at]! & 15) << 2;
  if (bytes[at]! >>> 4 !== 4 || headerLength < IPV4_HEADER_LENGTH) return Bucket['ipv4-bad-header'];
  const totalLength = view.getUint16(at + TOTAL_LENGTH);
  if (totalLength !== 0 && totalLength < headerLength) return Bucket['ipv4-bad-header'];
  if (limit - at < headerLength) return Bucket['ipv4-cut'];

  cursor.ipAt = at;
  cursor.ipLimit = limit;
  cursor.ipEnd = end;
  // Zero: the capture was taken before segmentation offload. The datagram is as long as what it stands in.
  const length = totalLength === 0 ? cursor.untoldLength(at) : totalLength;
  if (at + length < end) {
    cursor.end = at + length; // what follows is padding or a checksum
    if (cursor.end < limit) cursor.limit = cursor.end;
  }
  const fragment = view.getUint16(at + FRAGMENT);
  cursor.fragmentOffset = fragment & FRAGMENT_OFFSET;
  cursor.moreFragments = (fragment & MORE_FRAGMENTS) !== 0;
  cursor.fragmentId = view.getUint16(at + IDENTIFICATION);
  cursor.protocol = bytes[at + PROTOCOL]!;
  cursor.at = at + headerLength;

  segment.ipVersion = 4;
  segment.ipLength = length;
  segment.ttl = bytes[at + TTL]!;
  segment.ipId = cursor.fragmentId;
  return Step.transport;
}
