/**
 * VXLAN (RFC 7348) and VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe): flags, reserved (GPE: next protocol), a network identifier of 24 bits.
 * Offsets below are bytes from the first byte of the header.
 */
import { Bucket } from '../bucket.js';
import { type Cursor, type Progress, Step } from '../cursor.js';
import { Encapsulation, NO_LAYER_ID } from '../encapsulation-table.js';

const HEADER_LENGTH = 8;
const NEXT_PROTOCOL = 3;
const NETWORK = 4;
const FLAG_NETWORK = 0x08;
const FLAG_NEXT_PROTOCOL = 0x04;

export function decodeVxlan(cursor: Cursor): Progress {
  if (cursor.available < HEADER_LENGTH) return Bucket['tunnel-bad-header'];
  const { at, view, bytes } = cursor;
  // Other flags belong to extensions (group policy), which keep the layout.
  if ((bytes[at]! & FLAG_NETWORK) === 0) return Bucket['tunnel-bad-header'];
  const network = view.getUint32(at + NETWORK) >>> 8;
  cursor.enclose(Encapsulation.vxlan, network);
  cursor.overlay = network + 1;
  cursor.at = at + HEADER_LENGTH;
  return Step.ethernet;
}

export function decodeVxlanGpe(cursor: Cursor): Progress {
  if (cursor.available < HEADER_LENGTH) return Bucket['tunnel-bad-header'];
  const { at, view, bytes } = cursor;
  const flags = bytes[at]!;
  if ((flags & FLAG_NETWORK) === 0) cursor.enclose(Encapsulation['vxlan-gpe'], NO_LAYER_ID);
  else {
    const network = view.getUint32(at + NETWORK) >>> 8;
    cursor.enclose(Encapsulation['vxlan-gpe'], network);
    cursor.overlay = network + 1;
  }
  cursor.at = at + HEADER_LENGTH;
  if ((flags & FLAG_NEXT_PROTOCOL) === 0) return Step.ethernet;
  switch (bytes[at + NEXT_PROTOCOL]) {
    case 1: return Step.ipv4;
    case 2: return Step.ipv6;
    case 3: return Step.ethernet;
    default: return Bucket['not-ip'];
  }
}
