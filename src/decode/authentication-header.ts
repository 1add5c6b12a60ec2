/** IPsec authentication header (RFC 4302): next header, length in units of 4 bytes less 2, then what is not needed here. */
import { Bucket } from './bucket.js';
import { type Cursor } from './cursor.js';

const SMALLEST_LENGTH = 12;

/** Moves to the header behind it and answers -1; or the bucket when that cannot be done. */
export function skipAuthentication(cursor: Cursor): Bucket | -1 {
  const { at, bytes, segment } = cursor;
  const isV4 = segment.ipVersion === 4;
  if (cursor.available < SMALLEST_LENGTH) return isV4 ? Bucket['ipv4-cut'] : Bucket['ipv6-cut'];
  const length = 4 * (bytes[at + 1]! + 2);
  if (length < SMALLEST_LENGTH || at + length > cursor.end) return isV4 ? Bucket['ipv4-bad-header'] : Bucket['ipv6-bad-header'];
  if (length > cursor.available) return isV4 ? Bucket['ipv4-cut'] : Bucket['ipv6-cut'];
  cursor.protocol = bytes[at]!;
  cursor.at = at + length;
  return -1;
}
