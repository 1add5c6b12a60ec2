/**
 * NTP (RFC 5905 7.3, [MS-SNTP]): 48 bytes, with a Microsoft authenticator 68 or 120. The first byte holds leap indicator, version
 * and mode: too little for proof, so a port of 123 and a plausible length are asked for.
 */
import { Recognition } from './recogniser.js';
import type { Recogniser } from './recogniser.js';
import { latinText } from './wire-text.js';

const PORT = 123;
const LENGTH = 48;
const STRATUM = 1;
const REFERENCE = 12;
const CLIENT = 3;
const SERVER = 4;
const KISSES: ReadonlySet<string> = new Set(['DENY', 'RSTR', 'RATE']);

export const ntp: Recogniser = {
  protocol: 'ntp',
  transport: 'udp',
  ports: [PORT],
  recognise(bytes, start, limit, { senderPort, receiverPort }) {
    if (senderPort !== PORT && receiverPort !== PORT) return Recognition.no;
    const version = (bytes[start]! >> 3) & 7;
    const mode = bytes[start]! & 7;
    if (version < 1 || version > 4 || mode === 0) return Recognition.no;
    if (mode > 5) return Recognition.either; // control and private messages are shorter
    if (limit - start < LENGTH) return Recognition.more;
    if (mode === CLIENT) return Recognition.client;
    return mode === SERVER ? Recognition.server : Recognition.either;
  },
  analyse: (context) => ({
    data(role, bytes, start, limit, at) {
      if (limit - start < LENGTH) return false;
      context.fact('version', (bytes[start]! >> 3) & 7);
      if ((bytes[start]! & 7) !== SERVER) return role === 'client';
      const stratum = bytes[start + STRATUM]!;
      context.fact('stratum', stratum);
      const kiss = latinText(bytes, start + REFERENCE, start + REFERENCE + 4);
      if (stratum === 0 && KISSES.has(kiss)) context.failure({ protocol: 'ntp', kind: 'refused', code: kiss, target: '' }, at);
      return false;
    },
  }),
};
