/**
 * Teredo (RFC 4380, section 5.1.1): an optional authentication header (00 01) and an optional origin indication (00 00) before an
 * IPv6 packet. The port alone proves little, so the IPv6 header must fit the datagram.
 */
import { Bucket } from '../bucket.js';
import { type Cursor, type Progress, Step } from '../cursor.js';
import { Encapsulation, NO_LAYER_ID } from '../encapsulation-table.js';
import { IPV6_HEADER_LENGTH } from '../ipv6.js';

const AUTHENTICATION = 0x0001;
const ORIGIN = 0x0000;
/** Indicator, two lengths, then nonce (8) and confirmation (1) behind identifier and value. */
const AUTHENTICATION_FIXED_LENGTH = 13;
const ORIGIN_LENGTH = 8;

export function decodeTeredo(cursor: Cursor): Progress {
  const { view, bytes } = cursor;
  if (cursor.available >= 4 && view.getUint16(cursor.at) === AUTHENTICATION) {
    cursor.at += AUTHENTICATION_FIXED_LENGTH + bytes[cursor.at + 2]! + bytes[cursor.at + 3]!;
  }
  if (cursor.available >= 2 && view.getUint16(cursor.at) === ORIGIN) cursor.at += ORIGIN_LENGTH;
  const { at } = cursor;
  if (cursor.available < IPV6_HEADER_LENGTH || bytes[at]! >>> 4 !== 6) return Bucket['tunnel-bad-header'];
  if (at + IPV6_HEADER_LENGTH + view.getUint16(at + 4) > cursor.end) return Bucket['tunnel-bad-header'];
  cursor.enclose(Encapsulation.teredo, NO_LAYER_ID);
  return Step.ipv6;
}
