/**
 * Generic routing encapsulation: RFC 2784 and 2890 (version 0, with the routing of RFC 1701), NVGRE (RFC 7637), ERSPAN types I to
 * III (draft-foschiano-erspan), PPTP's version 1 (RFC 2637). Offsets below are bytes from the first byte of the header.
 */
import { Bucket } from '../bucket.js';
import { type Cursor, type Progress, Step } from '../cursor.js';
import { Encapsulation, NO_LAYER_ID } from '../encapsulation-table.js';
import { afterEtherType, EtherType } from '../ether-type.js';

const PROTOCOL = 2;
const FIXED_LENGTH = 4;
const CHECKSUM = 0x8000;
const ROUTING = 0x4000;
const KEY = 0x2000;
const SEQUENCE = 0x1000;
const VERSION = 7;
const ROUTE_HEADER_LENGTH = 4;
const MAX_ROUTES = 16;

export function decodeGre(cursor: Cursor): Progress {
  if (cursor.available < FIXED_LENGTH) return Bucket['tunnel-bad-header'];
  const { at, limit, view, bytes } = cursor;
  const flags = view.getUint16(at);
  const protocol = view.getUint16(at + PROTOCOL);
  if ((flags & VERSION) === 1) return decodePptp(cursor, flags, protocol);
  if ((flags & VERSION) !== 0) return Bucket['tunnel-bad-header'];
  let next = at + FIXED_LENGTH;
  if ((flags & (CHECKSUM | ROUTING)) !== 0) next += 4;
  const keyAt = next;
  if ((flags & KEY) !== 0) next += 4;
  if ((flags & SEQUENCE) !== 0) next += 4;
  if (next > limit) return Bucket['tunnel-bad-header'];
  if ((flags & ROUTING) !== 0) {
    // Source route entries: family, offset, length; one of length 0 ends the list.
    let length = -1;
    for (let route = 0; length !== 0; route++) {
      if (route === MAX_ROUTES || next + ROUTE_HEADER_LENGTH > limit) return Bucket['tunnel-bad-header'];
      length = bytes[next + 3]!;
      next += ROUTE_HEADER_LENGTH + length;
    }
    if (next > limit) return Bucket['tunnel-bad-header'];
  }
  cursor.at = next;
  const key = (flags & KEY) !== 0 ? view.getUint32(keyAt) : NO_LAYER_ID;
  switch (protocol) {
    case EtherType.transparentBridging:
      if ((flags & KEY) === 0) cursor.enclose(Encapsulation.gre, NO_LAYER_ID);
      else {
        // Upper 24 bits: the virtual subnet; the rest spreads flows over paths.
        cursor.enclose(Encapsulation.nvgre, key >>> 8);
        cursor.overlay = (key >>> 8) + 1;
      }
      return Step.ethernet;
    case EtherType.erspan: return decodeErspan2(cursor, (flags & SEQUENCE) !== 0);
    case EtherType.erspan3: return decodeErspan3(cursor);
    case EtherType.wccp:
      cursor.enclose(Encapsulation.gre, key);
      // WCCP version 2 puts a redirect header of 4 bytes before the packet, version 1 does not.
      if (cursor.available > 0 && bytes[next]! >>> 4 !== 4) cursor.at += 4;
      return Step.ipv4;
    case EtherType.ppp:
      cursor.enclose(Encapsulation.gre, key);
      return Step.ppp;
    default:
      cursor.enclose(Encapsulation.gre, key);
      return afterEtherType(protocol);
  }
}

const PPTP_ACKNOWLEDGEMENT = 0x80;
const PPTP_FIXED_LENGTH = 8;

/** The key holds payload length and call id; without a sequence number there is no payload. The call differs with the direction. */
function decodePptp(cursor: Cursor, flags: number, protocol: number): Progress {
  if ((flags & KEY) === 0 || protocol !== EtherType.ppp) return Bucket['tunnel-bad-header'];
  let length = PPTP_FIXED_LENGTH;
  if ((flags & SEQUENCE) !== 0) length += 4;
  if ((flags & PPTP_ACKNOWLEDGEMENT) !== 0) length += 4;
  if (length > cursor.available) return Bucket['tunnel-bad-header'];
  if ((flags & SEQUENCE) === 0) return Bucket['not-ip'];
  cursor.enclose(Encapsulation.pptp, NO_LAYER_ID);
  cursor.at += length;
  return Step.ppp;
}

const SESSION_MASK = 0x3ff;
const ERSPAN2_LENGTH = 8;
const ERSPAN3_LENGTH = 12;
const ERSPAN3_PLATFORM_LENGTH = 8;

/** Type I has no header of its own and no GRE sequence number. */
function decodeErspan2(cursor: Cursor, hasHeader: boolean): Progress {
  if (!hasHeader) {
    cursor.enclose(Encapsulation.erspan, NO_LAYER_ID);
    return Step.ethernet;
  }
  if (cursor.available < ERSPAN2_LENGTH) return Bucket['tunnel-bad-header'];
  cursor.enclose(Encapsulation.erspan, cursor.view.getUint16(cursor.at + 2) & SESSION_MASK);
  cursor.at += ERSPAN2_LENGTH;
  return Step.ethernet;
}

function decodeErspan3(cursor: Cursor): Progress {
  const { at, view, bytes } = cursor;
  if (cursor.available < ERSPAN3_LENGTH) return Bucket['tunnel-bad-header'];
  const hasPlatform = (bytes[at + 11]! & 1) !== 0;
  cursor.enclose(Encapsulation.erspan, view.getUint16(at + 2) & SESSION_MASK);
  cursor.at += ERSPAN3_LENGTH + (hasPlatform ? ERSPAN3_PLATFORM_LENGTH : 0);
  return Step.ethernet;
}
