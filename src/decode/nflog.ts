/**
 * Linux netfilter log (LINKTYPE_NFLOG): a header of 4 bytes, then attributes of (length, type, value), padded to 4 bytes; lengths
 * and types are in the byte order of the writer, nearly always little endian. The packet is one of the attributes.
 */
import { Bucket } from './bucket.js';
import { type Cursor, type Progress, Step } from './cursor.js';

const HEADER_LENGTH = 4;
const ATTRIBUTE_HEADER_LENGTH = 4;
const ATTRIBUTE_PAYLOAD = 9;
/** Real ones have about ten. */
const MAX_ATTRIBUTES = 64;

export function decodeNflog(cursor: Cursor): Progress {
  if (cursor.available < HEADER_LENGTH) return Bucket['link-cut'];
  const { view } = cursor;
  cursor.at += HEADER_LENGTH;
  for (let attribute = 0; attribute < MAX_ATTRIBUTES; attribute++) {
    if (cursor.available < ATTRIBUTE_HEADER_LENGTH) return Bucket['link-cut'];
    // The top bit of a type says that attributes are nested in it; types are small, which tells the byte orders apart.
    const littleEndian = (view.getUint16(cursor.at + 2, true) & 0x7fff) < 256;
    const length = view.getUint16(cursor.at, littleEndian);
    const type = view.getUint16(cursor.at + 2, littleEndian) & 0x7fff;
    if (length < ATTRIBUTE_HEADER_LENGTH) return Bucket['not-ip'];
    if (type === ATTRIBUTE_PAYLOAD) {
      cursor.at += ATTRIBUTE_HEADER_LENGTH;
      return Step.ip;
    }
    cursor.at += (length + 3) & ~3;
  }
  return Bucket['not-ip'];
}
