/**
 * IEEE 802.11 data frames, plain (LINKTYPE 105) or behind a radiotap header (127). Only what was captured in clear holds IP;
 * of an aggregate (A-MSDU) the first packet is read. Fields are little endian.
 */
import { Bucket } from './bucket.js';
import { type Cursor, type Progress, Step } from './cursor.js';

const RADIOTAP_LENGTH_AT = 2;
const RADIOTAP_PRESENT_AT = 4;
const RADIOTAP_SMALLEST = 8;
const PRESENT_TIMER = 1;
const PRESENT_FLAGS = 2;
const PRESENT_MORE = 0x80000000;
const FLAG_PADDED = 0x20;

export function decodeRadiotap(cursor: Cursor): Progress {
  const { at, view, bytes, limit } = cursor;
  if (cursor.available < RADIOTAP_SMALLEST) return Bucket['link-cut'];
  const length = view.getUint16(at + RADIOTAP_LENGTH_AT, true);
  if (length < RADIOTAP_SMALLEST) return Bucket['not-ip'];
  if (length > limit - at) return Bucket['link-cut'];
  const present = view.getUint32(at + RADIOTAP_PRESENT_AT, true);
  let field = at + RADIOTAP_SMALLEST;
  let more = (present & PRESENT_MORE) !== 0;
  while (more && field + 4 <= at + length) {
    more = (view.getUint32(field, true) & PRESENT_MORE) !== 0;
    field += 4;
  }
  // Fields are aligned from the start of the header: the timer to 8 bytes.
  if ((present & PRESENT_TIMER) !== 0) field = at + ((field - at + 7) & ~7) + 8;
  const padded = (present & PRESENT_FLAGS) !== 0 && field < at + length && (bytes[field]! & FLAG_PADDED) !== 0;
  cursor.at = at + length;
  return decodeFrame(cursor, padded);
}

export function decodeWireless(cursor: Cursor): Progress {
  return decodeFrame(cursor, false);
}

const TYPE_DATA = 2;
const SUBTYPE_QOS = 0x80;
const SUBTYPE_NO_DATA = 0x40;
const PROTECTED = 0x40;
const ORDER = 0x80;
const BOTH_DISTRIBUTION = 3;
const SHORT_HEADER = 24;
const AGGREGATE = 0x80;
const SUBFRAME_HEADER = 14;

function decodeFrame(cursor: Cursor, padded: boolean): Progress {
  const { at, bytes } = cursor;
  if (cursor.available < 2) return Bucket['link-cut'];
  const kind = bytes[at]!;
  const flags = bytes[at + 1]!;
  if (((kind >>> 2) & 3) !== TYPE_DATA || (kind & SUBTYPE_NO_DATA) !== 0 || (flags & PROTECTED) !== 0) return Bucket['not-ip'];
  let length = SHORT_HEADER + ((flags & BOTH_DISTRIBUTION) === BOTH_DISTRIBUTION ? 6 : 0);
  let aggregate = false;
  if ((kind & SUBTYPE_QOS) !== 0) {
    if (cursor.available < length + 2) return Bucket['link-cut'];
    aggregate = (bytes[at + length]! & AGGREGATE) !== 0;
    length += (flags & ORDER) !== 0 ? 6 : 2;
  }
  if (padded) length = (length + 3) & ~3;
  if (aggregate) length += SUBFRAME_HEADER;
  if (cursor.available < length) return Bucket['link-cut'];
  cursor.at = at + length;
  return Step.llc;
}
