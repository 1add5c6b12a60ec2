/**
 * BSD loopback (LINKTYPE_NULL, LINKTYPE_LOOP): an address family of 32 bits, in the byte order of the writer for the first and
 * big endian for the second. Families are small, so both orders can be told apart and both are read for both types. Some writers
 * put an ethertype into the last two bytes instead (seen: 0f 00 08 00); Wireshark reads that too.
 */
import { Bucket } from './bucket.js';
import { type Cursor, type Progress, Step } from './cursor.js';
import { afterEtherType } from './ether-type.js';

const HEADER_LENGTH = 4;
const SMALLEST_ETHERTYPE = 0x600;

export function decodeLoopback(cursor: Cursor): Progress {
  if (cursor.available < HEADER_LENGTH) return Bucket['link-cut'];
  const big = cursor.view.getUint32(cursor.at);
  const family = big > 0xffff ? cursor.view.getUint32(cursor.at, true) : big;
  cursor.at += HEADER_LENGTH;
  if (family > 0xffff && (big & 0xffff) >= SMALLEST_ETHERTYPE) return afterEtherType(big & 0xffff);
  switch (family) {
    case 2: return Step.ipv4;
    // AF_INET6 of Linux (10), Windows (23), NetBSD and OpenBSD (24), FreeBSD (28), macOS (30).
    case 10:
    case 23:
    case 24:
    case 28:
    case 30: return Step.ipv6;
    default: return Bucket['not-ip'];
  }
}
