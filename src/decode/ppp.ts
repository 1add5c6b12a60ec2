/**
 * PPP (RFC 1661), in HDLC-like framing (RFC 1662) or in PPPoE (RFC 2516), and Cisco's HDLC, which captures of serial lines
 * mix under the same link type.
 */
import { Bucket } from './bucket.js';
import { type Cursor, type Progress, Step } from './cursor.js';
import { Encapsulation } from './encapsulation-table.js';
import { afterEtherType } from './ether-type.js';

const PPPOE_HEADER_LENGTH = 6;
const PPPOE_VERSION_AND_TYPE = 0x11;

/** Version and type, code, session, length of the PPP frame that follows. */
export function decodePppoe(cursor: Cursor): Progress {
  const { at, view, bytes } = cursor;
  if (cursor.available < PPPOE_HEADER_LENGTH) return Bucket['link-cut'];
  if (bytes[at] !== PPPOE_VERSION_AND_TYPE || bytes[at + 1] !== 0) return Bucket['not-ip'];
  cursor.enclose(Encapsulation.pppoe, view.getUint16(at + 2));
  cursor.at = at + PPPOE_HEADER_LENGTH;
  return Step.ppp;
}

/** Optional address and control (ff 03), then a protocol of two bytes, or of one when its lowest bit is set. */
export function decodePpp(cursor: Cursor): Progress {
  const { bytes } = cursor;
  if (cursor.available < 2) return Bucket['link-cut'];
  if (bytes[cursor.at] === 0xff && bytes[cursor.at + 1] === 0x03) cursor.at += 2;
  if (cursor.available < 1) return Bucket['link-cut'];
  let protocol = bytes[cursor.at++]!;
  if ((protocol & 1) === 0) {
    if (cursor.available < 1) return Bucket['link-cut'];
    protocol = (protocol << 8) | bytes[cursor.at++]!;
  }
  switch (protocol) {
    case 0x0021: return Step.ipv4;
    case 0x0057: return Step.ipv6;
    case 0x0281:
    case 0x0283: return Step.mpls;
    default: return Bucket['not-ip'];
  }
}

const CISCO_UNICAST = 0x0f;
const CISCO_MULTICAST = 0x8f;
const CISCO_HEADER_LENGTH = 4;

/** Address, a zero byte, an ethertype. */
export function decodeCiscoHdlc(cursor: Cursor): Progress {
  if (cursor.available < CISCO_HEADER_LENGTH) return Bucket['link-cut'];
  const type = cursor.view.getUint16(cursor.at + 2);
  cursor.at += CISCO_HEADER_LENGTH;
  return afterEtherType(type);
}

/** Link types 9 and 50: PPP, or Cisco HDLC, whose first byte is no PPP protocol and no PPP address. */
export function decodeSerialLine(cursor: Cursor): Progress {
  const { at, bytes } = cursor;
  if (cursor.available >= 2 && (bytes[at] === CISCO_UNICAST || bytes[at] === CISCO_MULTICAST) && bytes[at + 1] === 0) return decodeCiscoHdlc(cursor);
  return decodePpp(cursor);
}
