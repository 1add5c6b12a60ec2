/**
 * UDP header (RFC 768): four big-endian 16-bit fields, 8 bytes, then the payload. Offsets below are bytes from the first byte of
 * the header.
 */
import { Bucket } from './bucket.js';
import { type Cursor, type Progress, Step } from './cursor.js';
import { IpProtocol } from './segment.js';

export const UDP_HEADER_LENGTH = 8;

const DESTINATION_PORT = 2;
const LENGTH = 4;

export function decodeUdp(cursor: Cursor): Bucket {
  const { at, limit, end, view, segment } = cursor;
  if (limit - at < UDP_HEADER_LENGTH) return Bucket['udp-cut'];
  const claimed = view.getUint16(at + LENGTH);
  // Zero: a jumbogram (RFC 2675, section 4) or a capture taken before segmentation offload.
  if (claimed !== 0 && claimed < UDP_HEADER_LENGTH) return Bucket['udp-bad-length'];
  // A first fragment claims the length of the whole datagram, and a broken one may claim anything: never past what holds it.
  const datagramEnd = claimed === 0 || at + claimed > end ? end : at + claimed;
  segment.transport = IpProtocol.udp;
  segment.sourcePort = view.getUint16(at);
  segment.destinationPort = view.getUint16(at + DESTINATION_PORT);
  segment.tcpFlags = 0;
  segment.sequence = 0;
  segment.acknowledgement = 0;
  segment.window = 0;
  segment.transportStart = at;
  segment.payloadStart = at + UDP_HEADER_LENGTH;
  segment.payloadLength = datagramEnd - at - UDP_HEADER_LENGTH;
  segment.payloadLimit = datagramEnd < limit ? datagramEnd : limit;
  return Bucket.decoded;
}

/**
 * The tunnel that a datagram's ports propose, or -1. A port proves nothing: when no IP packet is found inside, the datagram is
 * decoded for itself. Both ends of VXLAN, Geneve and GTP send to the known port; a Teredo server also answers from it.
 */
export function tunnelOfPorts(sourcePort: number, destinationPort: number): Step | -1 {
  // One comparison that nearly every datagram passes alike, where the switch below takes another path for low and for high ports:
  // 19 million datagrams a second without it, 23 with it.
  if ((destinationPort - LOWEST_PORT) >>> 0 > HIGHEST_PORT - LOWEST_PORT && sourcePort !== 3544) return NO_TUNNEL;
  switch (destinationPort) {
    case 4789:
    case 8472: return Step.vxlan; // 8472: Linux before the number was assigned
    case 4790: return Step.vxlanGpe;
    case 6081: return Step.geneve;
    case 2152: return Step.gtp;
    case 3544: return Step.teredo;
    default: return sourcePort === 3544 ? Step.teredo : NO_TUNNEL;
  }
}
export const NO_TUNNEL = -1;
/** Of those that propose one. */
export const LOWEST_PORT = 2152;
export const HIGHEST_PORT = 8472;

/** Stands the cursor on the payload that `decodeUdp` found. */
export function enterDatagram(cursor: Cursor, step: Step): Progress {
  const { segment } = cursor;
  cursor.openDatagram();
  cursor.at = segment.payloadStart;
  cursor.end = segment.payloadStart + segment.payloadLength;
  cursor.limit = segment.payloadLimit;
  return step;
}
