/**
 * TCP header (RFC 9293, section 3.1): 20 bytes and up to 40 of options. Offsets below are bytes from the first byte of the header.
 */
import { Bucket } from './bucket.js';
import { type Cursor } from './cursor.js';
import { IpProtocol } from './segment.js';

export const TCP_HEADER_LENGTH = 20;

const DESTINATION_PORT = 2;
const SEQUENCE = 4;
const ACKNOWLEDGEMENT = 8;
const DATA_OFFSET = 12;
const FLAGS = 13;
const WINDOW = 14;

/** Options may be cut off by the capture: everything else is still known. */
export function decodeTcp(cursor: Cursor): Bucket {
  const { at, limit, end, bytes, view, segment } = cursor;
  if (limit - at < TCP_HEADER_LENGTH) return Bucket['tcp-cut'];
  const headerLength = (bytes[at + DATA_OFFSET]! >>> 4) << 2;
  const payload = at + headerLength;
  if (headerLength < TCP_HEADER_LENGTH || payload > end) return Bucket['tcp-bad-header'];
  segment.transport = IpProtocol.tcp;
  segment.sourcePort = view.getUint16(at);
  segment.destinationPort = view.getUint16(at + DESTINATION_PORT);
  segment.sequence = view.getUint32(at + SEQUENCE);
  segment.acknowledgement = view.getUint32(at + ACKNOWLEDGEMENT);
  segment.tcpFlags = bytes[at + FLAGS]!;
  segment.window = view.getUint16(at + WINDOW);
  segment.transportStart = at;
  segment.payloadLength = end - payload;
  segment.payloadStart = payload < limit ? payload : limit;
  segment.payloadLimit = limit;
  return Bucket.decoded;
}
