/**
 * Answer to FSCTL_QUERY_NETWORK_INTERFACE_INFO ([MS-SMB2] 2.2.32.5): the addresses that a server offers for more connections, chained
 * by their first field. Offsets below are bytes from an entry's first byte; all little-endian.
 */
import { ipv4Text, ipv6Text } from '../../decode/address-text.js';
import { uint16Le, uint32Le } from '../wire-integer.js';

const NEXT = 0;
const CAPABILITY = 8;
const LINK_SPEED = 16;
const FAMILY = 24;
const IPV4 = 28;
const IPV6 = 32;
/** Up to the end of the IPv6 address; the storage behind it is padding. */
const ENTRY_LENGTH = 48;

const CAPABLE_OF_RDMA = 2;
const FAMILY_IPV4 = 2;
const FAMILY_IPV6 = 0x17;
const ENTRIES_MAXIMUM = 16;

export interface NetworkInterface {
  readonly address: string;
  readonly bitsPerSecond: number;
  readonly rdma: boolean;
}

/** `limit` is exclusive. An entry that is cut, or whose chain does not move on, ends the list. */
export function readNetworkInterfaces(bytes: Uint8Array, start: number, limit: number): NetworkInterface[] {
  const list: NetworkInterface[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = start; list.length < ENTRIES_MAXIMUM && limit - at >= ENTRY_LENGTH && limit <= bytes.length;) {
    const family = uint16Le(bytes, at + FAMILY);
    const bitsPerSecond = uint32Le(bytes, at + LINK_SPEED) + uint32Le(bytes, at + LINK_SPEED + 4) * 2 ** 32;
    const rdma = (uint32Le(bytes, at + CAPABILITY) & CAPABLE_OF_RDMA) !== 0;
    if (family === FAMILY_IPV4) list.push({ address: ipv4Text(view.getUint32(at + IPV4)), bitsPerSecond, rdma });
    else if (family === FAMILY_IPV6) list.push({ address: ipv6Text(view.getUint32(at + IPV6), view.getUint32(at + IPV6 + 4), view.getUint32(at + IPV6 + 8), view.getUint32(at + IPV6 + 12)), bitsPerSecond, rdma });
    const next = uint32Le(bytes, at + NEXT);
    if (next < ENTRY_LENGTH) break;
    at += next;
  }
  return list;
}
