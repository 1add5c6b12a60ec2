/**
 * Geneve (RFC 8926): 8 bytes, then options in units of 4 bytes. Offsets below are bytes from the first byte of the header.
 */
import { Bucket } from '../bucket.js';
import { type Cursor, type Progress } from '../cursor.js';
import { Encapsulation } from '../encapsulation-table.js';
import { afterEtherType } from '../ether-type.js';

const HEADER_LENGTH = 8;
const PROTOCOL = 2;
const NETWORK = 4;
const OPTIONS_MASK = 0x3f;

export function decodeGeneve(cursor: Cursor): Progress {
  if (cursor.available < HEADER_LENGTH) return Bucket['tunnel-bad-header'];
  const { at, view, bytes } = cursor;
  if (bytes[at]! >>> 6 !== 0) return Bucket['tunnel-bad-header'];
  const length = HEADER_LENGTH + 4 * (bytes[at]! & OPTIONS_MASK);
  if (length > cursor.available) return Bucket['tunnel-bad-header'];
  const network = view.getUint32(at + NETWORK) >>> 8;
  cursor.enclose(Encapsulation.geneve, network);
  cursor.overlay = network + 1;
  cursor.at = at + length;
  return afterEtherType(view.getUint16(at + PROTOCOL));
}
