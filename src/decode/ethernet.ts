/**
 * Ethernet (IEEE 802.3): two addresses of 6 bytes, then a type or, below 0x600, a length followed by LLC (IEEE 802.2).
 * Offsets below are bytes from the first byte of the header.
 */
import { Bucket } from './bucket.js';
import { type Cursor, type Progress, Step } from './cursor.js';
import { afterEtherType } from './ether-type.js';

export const ETHERNET_HEADER_LENGTH = 14;
const TYPE = 12;
const SMALLEST_TYPE = 0x600;

export function decodeEthernet(cursor: Cursor): Progress {
  const { at, view } = cursor;
  if (cursor.limit - at < ETHERNET_HEADER_LENGTH) return Bucket['link-cut'];
  const type = view.getUint16(at + TYPE);
  cursor.at = at + ETHERNET_HEADER_LENGTH;
  return type < SMALLEST_TYPE ? Step.llc : afterEtherType(type);
}

/** Values of an 802.2 header; SNAP is RFC 1042. */
const SNAP = 0xaa;
const UNNUMBERED_INFORMATION = 3;
/** RFC 948: IP without SNAP. */
const SAP_IP = 0x06;
const LLC_LENGTH = 3;
const SNAP_LENGTH = 8;

/** LLC, with or without SNAP: after an 802.3 length, in 802.11 and in Linux cooked captures. */
export function decodeLlc(cursor: Cursor): Progress {
  const { at, bytes, view } = cursor;
  if (cursor.available < LLC_LENGTH) return Bucket['link-cut'];
  const service = bytes[at]!;
  if (service !== bytes[at + 1]! || bytes[at + 2] !== UNNUMBERED_INFORMATION) return Bucket['not-ip'];
  if (service === SAP_IP) {
    cursor.at = at + LLC_LENGTH;
    return Step.ipv4;
  }
  if (service !== SNAP) return Bucket['not-ip'];
  if (cursor.available < SNAP_LENGTH) return Bucket['link-cut'];
  // An ethertype follows the organisations 0 (RFC 1042) and 00-00-f8 (bridge tunnel, IEEE 802.1H); others define their own.
  const organisation = (bytes[at + 3]! << 16) | view.getUint16(at + 4);
  if (organisation !== 0 && organisation !== 0xf8) return Bucket['not-ip'];
  cursor.at = at + SNAP_LENGTH;
  return afterEtherType(view.getUint16(at + 6));
}
