/**
 * The packets that captures are mostly made of, in one straight line: Ethernet, at most one VLAN tag, IPv4 without options or IPv6
 * without extensions, unfragmented, then TCP or UDP with nothing tunnelled. It decides nothing that is odd: whatever does not fit
 * is left to the decoders of the single headers, which answer the same for what does (a test compares them).
 *
 * Measured on 54 to 1500 byte packets in cache, addresses interned: 28 million a second instead of 14.
 */
import { type AddressTable } from './address-table.js';
import { Encapsulation, type EncapsulationTable } from './encapsulation-table.js';
import { IpProtocol, type Segment } from './segment.js';
import { NO_TUNNEL, tunnelOfPorts } from './udp.js';

const ETHERNET = 14;
const IPV4 = 20;
const IPV6 = 40;
const TCP = 20;
const UDP = 8;
const VLAN_TAG = 4;
/** Type IPv4, then version 4 and a header of 5 words. */
const TYPE_AND_PLAIN_IPV4 = 0x080045;
/** Type IPv6, then version 6. */
const TYPE_AND_VERSION_IPV6 = 0x86dd6;
const FRAGMENT_MASK = 0x3fff;

/**
 * Fills `segment` and answers true, or answers false and may have filled some of it. `limit` and `end`, exclusive: what was captured
 * of the Ethernet frame at `offset`, and what was on the wire.
 */
export function decodePlainPacket(
  bytes: Uint8Array, view: DataView, offset: number, limit: number, end: number, segment: Segment, addresses: AddressTable,
  encapsulations: EncapsulationTable,
): boolean {
  if (limit - offset < ETHERNET + IPV4 + UDP) return false;
  let at = offset + ETHERNET;
  let word = view.getInt32(at - 2) >>> 8;
  let encapsulation = 0;
  if (word >>> 8 === 0x8100) {
    // `word` holds the type and the upper half of the tag's control information.
    const vlan = view.getUint16(at) & 0xfff;
    if (vlan !== 0) encapsulation = encapsulations.child(0, Encapsulation.vlan, vlan);
    at += VLAN_TAG;
    if (limit - at < IPV4 + UDP) return false;
    word = view.getInt32(at - 2) >>> 8;
  }

  let payloadEnd: number;
  let transport: number;
  let protocol: number;
  if (word === TYPE_AND_PLAIN_IPV4) {
    const totalLength = view.getUint16(at + 2);
    if (totalLength < IPV4 || (view.getUint16(at + 6) & FRAGMENT_MASK) !== 0) return false;
    payloadEnd = at + totalLength;
    protocol = bytes[at + 9]!;
    transport = at + IPV4;
    if (protocol !== IpProtocol.tcp && protocol !== IpProtocol.udp) return false;
    segment.ipVersion = 4;
    segment.ipLength = totalLength;
    segment.ttl = bytes[at + 8]!;
    segment.ipId = view.getUint16(at + 4);
  } else if (word >>> 4 === TYPE_AND_VERSION_IPV6) {
    if (limit - at < IPV6 + UDP) return false;
    const payloadLength = view.getUint16(at + 4);
    protocol = bytes[at + 6]!;
    if (payloadLength === 0 || (protocol !== IpProtocol.tcp && protocol !== IpProtocol.udp)) return false;
    transport = at + IPV6;
    payloadEnd = transport + payloadLength;
    segment.ipVersion = 6;
    segment.ipLength = IPV6 + payloadLength;
    segment.ttl = bytes[at + 7]!;
    segment.ipId = 0;
  } else return false;

  if (payloadEnd > end) payloadEnd = end;
  const payloadLimit = payloadEnd < limit ? payloadEnd : limit;
  const ports = view.getInt32(transport);
  if (protocol === IpProtocol.tcp) {
    if (payloadLimit - transport < TCP) return false;
    const start = transport + ((bytes[transport + 12]! >>> 4) << 2);
    if (start < transport + TCP || start > payloadEnd) return false;
    segment.sequence = view.getUint32(transport + 4);
    segment.acknowledgement = view.getUint32(transport + 8);
    segment.tcpFlags = bytes[transport + 13]!;
    segment.window = view.getUint16(transport + 14);
    segment.payloadStart = start < payloadLimit ? start : payloadLimit;
    segment.payloadLength = payloadEnd - start;
    segment.payloadLimit = payloadLimit;
  } else {
    if (payloadLimit - transport < UDP) return false;
    const length = view.getUint16(transport + 4);
    if (length < UDP || tunnelOfPorts(ports >>> 16, ports & 0xffff) !== NO_TUNNEL) return false;
    const datagramEnd = transport + length < payloadEnd ? transport + length : payloadEnd;
    segment.sequence = 0;
    segment.acknowledgement = 0;
    segment.tcpFlags = 0;
    segment.window = 0;
    segment.payloadStart = transport + UDP;
    segment.payloadLength = datagramEnd - transport - UDP;
    segment.payloadLimit = datagramEnd < payloadLimit ? datagramEnd : payloadLimit;
  }
  let source: number;
  let destination: number;
  if (word === TYPE_AND_PLAIN_IPV4) {
    source = addresses.v4(view.getInt32(at + 12));
    destination = addresses.v4(view.getInt32(at + 16));
  } else {
    source = addresses.v6(view.getInt32(at + 8), view.getInt32(at + 12), view.getInt32(at + 16), view.getInt32(at + 20));
    destination = addresses.v6(view.getInt32(at + 24), view.getInt32(at + 28), view.getInt32(at + 32), view.getInt32(at + 36));
  }
  if (source < 0 || destination < 0) return false;
  segment.source = source;
  segment.destination = destination;
  segment.transport = protocol;
  segment.sourcePort = ports >>> 16;
  segment.destinationPort = ports & 0xffff;
  segment.transportStart = transport;
  segment.encapsulation = encapsulation;
  segment.overlay = 0;
  segment.interfaceWithin = 0;
  segment.fragment = false;
  segment.fragmentFirst = false;
  return true;
}
