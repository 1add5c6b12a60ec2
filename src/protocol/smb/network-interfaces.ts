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

export interface NetworkInterfaces {
  readonly list: readonly NetworkInterface[];
  /** Each once. */
  readonly addresses: readonly string[];
  /** As facts show them: `10.0.0.5 10 Gbit/s, RDMA`. */
  readonly texts: readonly string[];
}

const NOTHING: NetworkInterfaces = { list: [], addresses: [], texts: [] };

/** The answer read last: a server says the same to each of its clients, and to each of their sessions. */
let known = NOTHING;
let knownBytes = new Uint8Array(0);

/** `limit` is exclusive. An entry that is cut, or whose chain does not move on, ends the list. What is answered is shared. */
export function readNetworkInterfaces(bytes: Uint8Array, start: number, limit: number): NetworkInterfaces {
  if (limit <= start || limit > bytes.length) return NOTHING;
  if (isKnown(bytes, start, limit)) return known;
  const list = readEntries(bytes, start, limit);
  known = {
    list, addresses: [...new Set(list.map(({ address }) => address))],
    texts: list.map(({ address, bitsPerSecond, rdma }) => `${address} ${bitsPerSecond / 1e9} Gbit/s${rdma ? ', RDMA' : ''}`),
  };
  knownBytes = bytes.slice(start, limit);
  return known;
}

function isKnown(bytes: Uint8Array, start: number, limit: number): boolean {
  if (limit - start !== knownBytes.length) return false;
  for (let index = 0; index < knownBytes.length; index++) if (bytes[start + index] !== knownBytes[index]) return false;
  return true;
}

function readEntries(bytes: Uint8Array, start: number, limit: number): NetworkInterface[] {
  const list: NetworkInterface[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = start; list.length < ENTRIES_MAXIMUM && limit - at >= ENTRY_LENGTH;) {
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
