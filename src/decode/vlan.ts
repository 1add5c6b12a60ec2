/**
 * Tags between the Ethernet addresses and the type: IEEE 802.1Q and 802.1ad (VLAN), VN-Tag (Cisco, IEEE 802.1BR's forerunner),
 * and provider backbone bridging (IEEE 802.1ah). Each is read with the cursor behind its own ethertype.
 */
import { Bucket } from './bucket.js';
import { type Cursor, type Progress, Step } from './cursor.js';
import { Encapsulation, NO_LAYER_ID } from './encapsulation-table.js';
import { afterEtherType } from './ether-type.js';

const VLAN_TAG_LENGTH = 4;
const VLAN_ID_MASK = 0xfff;

/** Control information of 16 bits, then the next type or, below 0x600, an 802.3 length. */
export function decodeVlan(cursor: Cursor): Progress {
  const { at, view } = cursor;
  if (cursor.limit - at < VLAN_TAG_LENGTH) return Bucket['link-cut'];
  const id = view.getUint16(at) & VLAN_ID_MASK;
  // VLAN 0 is a priority tag (802.1Q, table 9-2): no network, and it may differ from packet to packet of one flow.
  if (id !== 0) cursor.enclose(Encapsulation.vlan, id);
  const type = view.getUint16(at + 2);
  cursor.at = at + VLAN_TAG_LENGTH;
  return type < 0x600 ? Step.llc : afterEtherType(type);
}

const VNTAG_LENGTH = 6;

/** Direction, two interface numbers and version in 32 bits, then the next type. The numbers swap with the direction: not kept. */
export function decodeVntag(cursor: Cursor): Progress {
  const { at, view } = cursor;
  if (cursor.available < VNTAG_LENGTH) return Bucket['link-cut'];
  cursor.enclose(Encapsulation.vntag, NO_LAYER_ID);
  cursor.at = at + VNTAG_LENGTH;
  return afterEtherType(view.getUint16(at + 4));
}

const SERVICE_TAG_LENGTH = 4;

/** Flags of 8 bits and the service id of 24, then the customer's whole Ethernet frame. */
export function decodePbb(cursor: Cursor): Progress {
  const { at, view } = cursor;
  if (cursor.available < SERVICE_TAG_LENGTH) return Bucket['link-cut'];
  cursor.enclose(Encapsulation.pbb, view.getUint32(at) & 0xffffff);
  cursor.at = at + SERVICE_TAG_LENGTH;
  return Step.ethernet;
}
