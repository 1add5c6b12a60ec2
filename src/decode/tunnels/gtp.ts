/**
 * GTP-U version 1 (3GPP TS 29.281, section 5): 8 bytes; 4 more when any of three flags is set, the last of them the type of the
 * first extension header. Extensions end with the type of the next. The tunnel endpoint identifier is another for each direction
 * and bearer, so it is not kept. Offsets below are bytes from the first byte of the header.
 */
import { Bucket } from '../bucket.js';
import { type Cursor, type Progress, Step } from '../cursor.js';
import { Encapsulation, NO_LAYER_ID } from '../encapsulation-table.js';

const HEADER_LENGTH = 8;
const OPTIONAL_LENGTH = 4;
const MESSAGE_TYPE = 1;
const VERSION_AND_PROTOCOL = 0xf0;
const VERSION_1_GTP = 0x30;
const HAS_OPTIONAL = 0x07;
const HAS_EXTENSION = 0x04;
const USER_DATA = 255;
const MAX_EXTENSIONS = 8;

export function decodeGtp(cursor: Cursor): Progress {
  if (cursor.available < HEADER_LENGTH) return Bucket['tunnel-bad-header'];
  const { at, bytes, limit } = cursor;
  if ((bytes[at]! & VERSION_AND_PROTOCOL) !== VERSION_1_GTP || bytes[at + MESSAGE_TYPE] !== USER_DATA) return Bucket['tunnel-bad-header'];
  let next = at + HEADER_LENGTH;
  if ((bytes[at]! & HAS_OPTIONAL) !== 0) {
    next += OPTIONAL_LENGTH;
    if (next > limit) return Bucket['tunnel-bad-header'];
    let type = (bytes[at]! & HAS_EXTENSION) !== 0 ? bytes[next - 1]! : 0;
    for (let extensions = 0; type !== 0; extensions++) {
      if (extensions === MAX_EXTENSIONS || next >= limit) return Bucket['tunnel-bad-header'];
      const length = 4 * bytes[next]!;
      if (length === 0 || next + length > limit) return Bucket['tunnel-bad-header'];
      next += length;
      type = bytes[next - 1]!;
    }
  }
  cursor.enclose(Encapsulation.gtp, NO_LAYER_ID);
  cursor.at = next;
  return Step.ip;
}
