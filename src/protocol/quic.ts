/**
 * QUIC (RFC 9000 17.2, RFC 9369): long header with the fixed bit, a known version, connection ids of at most 20 bytes. What is inside
 * is encrypted with keys made from the first id; nothing is decrypted here.
 */
import { Recognition } from './recogniser.js';
import type { Recogniser } from './recogniser.js';
import { uint32 } from './wire-integer.js';

const LONG_HEADER = 0xc0;
const VERSION = 1;
const DESTINATION_LENGTH = 5;
const ID_MAXIMUM = 20;
/** A client's first datagram is padded to this (14.1). */
const INITIAL_MINIMUM = 1200;
const VERSIONS: ReadonlyMap<number, string> = new Map([[1, '1'], [0x6b3343cf, '2'], [0xff00001d, 'draft 29'], [0xff00001b, 'draft 27']]);
const NEGOTIATION = 0;

export const quic: Recogniser = {
  protocol: 'quic',
  transport: 'udp',
  ports: [443],
  recognise(bytes, start, limit, { senderPort }) {
    const first = bytes[start]!;
    if ((first & 0x80) === 0) return Recognition.no;
    if (limit - start < DESTINATION_LENGTH + 2) return Recognition.more;
    const version = uint32(bytes, start + VERSION);
    const destination = bytes[start + DESTINATION_LENGTH]!;
    if (destination > ID_MAXIMUM || (bytes[start + DESTINATION_LENGTH + 1 + destination] ?? 255) > ID_MAXIMUM) return Recognition.no;
    if (version === NEGOTIATION) return limit - start > 16 && senderPort === 443 ? Recognition.server : Recognition.no;
    if (!VERSIONS.has(version) || (first & LONG_HEADER) !== LONG_HEADER) return Recognition.no;
    if (senderPort === 443) return Recognition.server;
    const type = (first & 0x30) >> 4;
    const isInitial = type === (version === 0x6b3343cf ? 1 : 0);
    return isInitial && destination >= 8 && limit - start >= INITIAL_MINIMUM ? Recognition.client : Recognition.either;
  },
  analyse: (context) => ({
    data(_role, bytes, start, limit) {
      if (limit - start < DESTINATION_LENGTH) return true;
      const version = VERSIONS.get(uint32(bytes, start + VERSION));
      if (version !== undefined) context.fact('version', version);
      return version === undefined;
    },
  }),
};
