/**
 * QUIC (RFC 9000 17.2, RFC 9369): long header with the fixed bit, a known version, connection ids of at most 20 bytes. A datagram of a
 * client's first packet is padded to 1200 bytes (14.1). Google's own QUIC before that is known by its version, `Q0` and two digits,
 * behind flags and connection id ("QUIC: A UDP-Based Multiplexed and Secure Transport", draft-hamilton-early-deployment-quic 6.1).
 */
import { Recognition } from '../recogniser.js';
import type { Recogniser } from '../recogniser.js';
import { uint32 } from '../wire-integer.js';
import { QuicAnalyzer } from './analyzer.js';
import { DESTINATION_LENGTH, GOOGLE_VERSION_AT, googleVersion, ID_MAXIMUM, quicVersion } from './packet.js';

const LONG_HEADER = 0xc0;
const INITIAL_MINIMUM = 1200;
const NEGOTIATION = 0;
const PORT = 443;
const GOOGLE_VERSION = 0x01;
const GOOGLE_ID = 0x08;

export const quic: Recogniser = {
  protocol: 'quic',
  transport: 'udp',
  ports: [PORT],
  recognise(bytes, start, limit, { senderPort }) {
    const first = bytes[start]!;
    if ((first & 0x80) === 0) return recogniseGoogle(bytes, start, limit);
    if (limit - start < DESTINATION_LENGTH + 2) return Recognition.more;
    const destination = bytes[start + DESTINATION_LENGTH]!;
    if (destination > ID_MAXIMUM || (bytes[start + DESTINATION_LENGTH + 1 + destination] ?? 255) > ID_MAXIMUM) return Recognition.no;
    if (uint32(bytes, start + 1) === NEGOTIATION) return limit - start > 16 && senderPort === PORT ? Recognition.server : Recognition.no;
    const version = quicVersion(bytes, start);
    if (version === undefined || (first & LONG_HEADER) !== LONG_HEADER) return Recognition.no;
    if (senderPort === PORT) return Recognition.server;
    const isInitial = (first & 0x30) >> 4 === version.types.initial;
    return isInitial && destination >= 8 && limit - start >= INITIAL_MINIMUM ? Recognition.client : Recognition.either;
  },
  analyse: (context) => new QuicAnalyzer(context),
};

/** A client's packet with a version: flags say so, and that the connection id has 8 bytes. Packets without one say nothing of what they are. */
function recogniseGoogle(bytes: Uint8Array, start: number, limit: number): Recognition {
  if ((bytes[start]! & (GOOGLE_VERSION | GOOGLE_ID)) !== (GOOGLE_VERSION | GOOGLE_ID) || (bytes[start]! & 0xc0) !== 0) return Recognition.no;
  if (limit - start < GOOGLE_VERSION_AT + 4) return Recognition.more;
  return googleVersion(bytes, start) === undefined ? Recognition.no : Recognition.client;
}
