/**
 * Linux cooked captures, LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2: what `tcpdump -i any` writes instead of a link header.
 * Offsets below are bytes from the first byte of the header.
 */
import { Bucket } from './bucket.js';
import { type Cursor, type Progress, Step } from './cursor.js';
import { afterEtherType } from './ether-type.js';

const SLL = { length: 16, hardware: 2, protocol: 14 } as const;
const SLL2 = { length: 20, protocol: 0, interfaceIndex: 4, hardware: 8 } as const;

/** ARPHRD values whose protocol field is no ethertype: netlink, GRE, 802.11 in its three forms. */
const HARDWARE_NETLINK = 824;
const HARDWARE_GRE = 778;
/** Linux's own numbers below 0x600 (if_ether.h): 802.2 frames. */
const PROTOCOL_802_2 = 4;

export function decodeLinuxCooked(cursor: Cursor): Progress {
  if (cursor.available < SLL.length) return Bucket['link-cut'];
  const { at, view } = cursor;
  cursor.at = at + SLL.length;
  return afterCooked(view.getUint16(at + SLL.hardware), view.getUint16(at + SLL.protocol));
}

export function decodeLinuxCooked2(cursor: Cursor): Progress {
  if (cursor.available < SLL2.length) return Bucket['link-cut'];
  const { at, view } = cursor;
  cursor.segment.interfaceWithin = view.getUint32(at + SLL2.interfaceIndex);
  cursor.at = at + SLL2.length;
  return afterCooked(view.getUint16(at + SLL2.hardware), view.getUint16(at + SLL2.protocol));
}

function afterCooked(hardware: number, protocol: number): Progress {
  if (hardware === HARDWARE_NETLINK || hardware === HARDWARE_GRE) return Bucket['not-ip'];
  return protocol === PROTOCOL_802_2 ? Step.llc : afterEtherType(protocol);
}
