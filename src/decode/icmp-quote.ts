/**
 * The packet that an ICMP error quotes: an IP header and at least 8 bytes more (RFC 792), often as much as fits (RFC 1812, section
 * 4.3.2.3, RFC 4443). Routers may have changed its TTL and checksum; addresses and ports are as sent.
 */
import { NO_ADDRESS } from './address-table.js';
import { type Cursor } from './cursor.js';
import { IPV4_HEADER_LENGTH } from './ipv4.js';
import { FRAGMENT_HEADER_LENGTH, IPV6_HEADER_LENGTH, Ipv6Extension, isPlainExtension } from './ipv6.js';
import { IpProtocol } from './segment.js';

const PORTS_LENGTH = 4;
const SEQUENCE_END = 8;
const FLAGS_AT = 13;
const MAX_EXTENSIONS = 16;

/** Fills the segment's `quoted…` fields when the quote at `at` reaches the ports; else leaves `quoted` false. */
export function readQuote(cursor: Cursor, at: number): void {
  const { bytes, view, limit, segment, addresses } = cursor;
  if (at >= limit) return;
  const version = bytes[at]! >>> 4;
  if (version === 4) {
    if (limit - at < IPV4_HEADER_LENGTH) return;
    const headerLength = (bytes[at]! & 15) << 2;
    if (headerLength < IPV4_HEADER_LENGTH || (view.getUint16(at + 6) & 0x1fff) !== 0) return;
    if (!readPorts(cursor, at + headerLength, bytes[at + 9]!)) return;
    segment.quotedSource = addresses.v4(view.getInt32(at + 12));
    segment.quotedDestination = addresses.v4(view.getInt32(at + 16));
  } else if (version === 6) {
    if (limit - at < IPV6_HEADER_LENGTH || !readPortsAfterExtensions(cursor, at + IPV6_HEADER_LENGTH, bytes[at + 6]!)) return;
    segment.quotedSource = addresses.v6(view.getInt32(at + 8), view.getInt32(at + 12), view.getInt32(at + 16), view.getInt32(at + 20));
    segment.quotedDestination = addresses.v6(view.getInt32(at + 24), view.getInt32(at + 28), view.getInt32(at + 32), view.getInt32(at + 36));
  } else return;
  segment.quoted = segment.quotedSource !== NO_ADDRESS && segment.quotedDestination !== NO_ADDRESS;
}

function readPortsAfterExtensions(cursor: Cursor, start: number, firstProtocol: number): boolean {
  const { bytes, view, limit } = cursor;
  let at = start;
  let protocol = firstProtocol;
  for (let extensions = 0; extensions < MAX_EXTENSIONS; extensions++) {
    if (protocol === Ipv6Extension.fragment) {
      if (limit - at < FRAGMENT_HEADER_LENGTH || view.getUint16(at + 2) >>> 3 !== 0) return false;
      protocol = bytes[at]!;
      at += FRAGMENT_HEADER_LENGTH;
    } else if (isPlainExtension(protocol)) {
      if (limit - at < 8) return false;
      protocol = bytes[at]!;
      at += 8 * (bytes[at + 1]! + 1);
    } else return readPorts(cursor, at, protocol);
  }
  return false;
}

function readPorts(cursor: Cursor, start: number, firstProtocol: number): boolean {
  const { bytes, view, limit, segment } = cursor;
  let at = start;
  let protocol = firstProtocol;
  if (protocol === IpProtocol.ah && limit - at >= 2) {
    protocol = bytes[at]!;
    at += 4 * (bytes[at + 1]! + 2);
  }
  if ((protocol !== IpProtocol.tcp && protocol !== IpProtocol.udp) || limit - at < PORTS_LENGTH) return false;
  segment.quotedTransport = protocol;
  segment.quotedSourcePort = view.getUint16(at);
  segment.quotedDestinationPort = view.getUint16(at + 2);
  const isTcp = protocol === IpProtocol.tcp;
  segment.quotedHasSequence = isTcp && limit - at >= SEQUENCE_END;
  segment.quotedSequence = segment.quotedHasSequence ? view.getUint32(at + 4) : 0;
  segment.quotedTcpFlags = isTcp && limit - at > FLAGS_AT ? bytes[at + FLAGS_AT]! : -1;
  return true;
}
