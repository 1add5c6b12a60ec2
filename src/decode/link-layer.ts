import { Bucket } from './bucket.js';
import { type Cursor, type Progress, Step } from './cursor.js';
import { decodeLinuxCooked, decodeLinuxCooked2 } from './linux-cooked.js';
import { decodeLoopback } from './loopback.js';
import { decodeNflog } from './nflog.js';
import { decodeCiscoHdlc, decodeSerialLine } from './ppp.js';
import { decodeRadiotap, decodeWireless } from './wireless.js';

const PPI_HEADER_LENGTH = 8;

/** Where an interface's packets begin, by its LINKTYPE (tcpdump.org/linktypes.html). Any other type is `link-type-unsupported`. */
export function decodeLinkLayer(cursor: Cursor): Progress {
  switch (cursor.linkType) {
    case 1: return Step.ethernet;
    case 0:
    case 108: return decodeLoopback(cursor);
    case 9:
    case 50: return decodeSerialLine(cursor);
    case 51: return Step.pppoe;
    // LINKTYPE_RAW is 101; 12 and 14 are the DLT_RAW of various systems, which some writers put into files.
    case 12:
    case 14:
    case 101: return Step.ip;
    case 104: return decodeCiscoHdlc(cursor);
    case 105: return decodeWireless(cursor);
    case 113: return decodeLinuxCooked(cursor);
    case 127: return decodeRadiotap(cursor);
    case 192: return decodePpi(cursor);
    case 228: return Step.ipv4;
    case 229: return Step.ipv6;
    case 239: return decodeNflog(cursor);
    case 276: return decodeLinuxCooked2(cursor);
    default: return Bucket['link-type-unsupported'];
  }
}

/** Per-packet information (CACE): version, flags, length, the link type of what follows; all little endian. */
function decodePpi(cursor: Cursor): Progress {
  const { at, view } = cursor;
  if (cursor.available < PPI_HEADER_LENGTH) return Bucket['link-cut'];
  const length = view.getUint16(at + 2, true);
  if (length < PPI_HEADER_LENGTH) return Bucket['not-ip'];
  if (length > cursor.available) return Bucket['link-cut'];
  cursor.linkType = view.getUint32(at + 4, true);
  cursor.at = at + length;
  return Step.link;
}
