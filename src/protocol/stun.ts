/** STUN (RFC 8489 5): two zero bits, type, length, the magic cookie 2112A442, a length that fits the datagram. */
import { Recognition } from './recogniser.js';
import type { Recogniser } from './recogniser.js';
import { uint16, uint32 } from './wire-integer.js';

const HEADER = 20;
const COOKIE = 0x2112a442;
const RESPONSE_CLASS = 0x0100;

export const stun: Recogniser = {
  protocol: 'stun',
  transport: 'udp',
  ports: [3478],
  recognise(bytes, start, limit) {
    if (bytes[start]! > 0x3f) return Recognition.no;
    if (limit - start < HEADER) return Recognition.more;
    if (uint32(bytes, start + 4) !== COOKIE || uint16(bytes, start + 2) !== limit - start - HEADER) return Recognition.no;
    return (uint16(bytes, start) & RESPONSE_CLASS) === 0 ? Recognition.client : Recognition.server;
  },
  analyse: () => ({ data: () => false }),
};
