/**
 * MPLS label stack (RFC 3032): entries of 32 bits, label in the upper 20, until the one with the bottom bit. What follows is not
 * announced: IP by its first four bits (RFC 4928), or a pseudowire's Ethernet with or without a control word (RFC 4385, RFC 4448).
 */
import { Bucket } from './bucket.js';
import { type Cursor, type Progress, Step } from './cursor.js';
import { Encapsulation } from './encapsulation-table.js';

const ENTRY_LENGTH = 4;
const BOTTOM = 0x100;
const CONTROL_WORD_LENGTH = 4;
/** Deeper stacks are made up. */
const MAX_LABELS = 16;

export function decodeMpls(cursor: Cursor): Progress {
  const { view, bytes } = cursor;
  for (let labels = 0; labels < MAX_LABELS; labels++) {
    if (cursor.available < ENTRY_LENGTH) return Bucket['link-cut'];
    const entry = view.getUint32(cursor.at);
    cursor.enclose(Encapsulation.mpls, entry >>> 12);
    cursor.at += ENTRY_LENGTH;
    if ((entry & BOTTOM) === 0) continue;
    if (cursor.available < 1) return Bucket['link-cut'];
    const version = bytes[cursor.at]! >>> 4;
    if (version === 4 || version === 6) return Step.ip;
    if (version === 0) cursor.at += CONTROL_WORD_LENGTH;
    return Step.ethernet;
  }
  return Bucket['not-ip'];
}
