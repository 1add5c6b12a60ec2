/**
 * LDAP (RFC 4511 4.2, [MS-ADTS]): SEQUENCE, message id, then an operation with a tag of its class. Windows writes all lengths in four
 * bytes. Proof: the three tags in their places; the operation says who sent it.
 */
import { Recognition } from '../recogniser.js';
import type { Recogniser } from '../recogniser.js';
import { LdapAnalyzer } from './analyzer.js';

const SEQUENCE = 0x30;
const INTEGER = 0x02;

/** Operations by who sends them (RFC 4511 4.2–4.12): application tags. */
const REQUESTS: ReadonlySet<number> = new Set([0x60, 0x42, 0x63, 0x66, 0x68, 0x4a, 0x6c, 0x6e, 0x50, 0x77]);
const RESPONSES: ReadonlySet<number> = new Set([0x61, 0x64, 0x65, 0x67, 0x69, 0x6b, 0x6d, 0x6f, 0x73, 0x78, 0x79]);

export const ldap: Recogniser = {
  protocol: 'ldap',
  transport: 'both',
  ports: [389, 3268],
  recognise(bytes, start, limit) {
    if (bytes[start] !== SEQUENCE) return Recognition.no;
    let at = skipLength(bytes, start + 1, limit);
    if (at <= 0) return at === 0 ? Recognition.more : Recognition.no;
    if (at >= limit) return Recognition.more;
    if (bytes[at] !== INTEGER) return Recognition.no;
    if (at + 1 >= limit) return Recognition.more;
    const idLength = bytes[at + 1]!;
    if (idLength === 0 || idLength > 4) return Recognition.no;
    at += 2 + idLength;
    if (at >= limit) return Recognition.more;
    const operation = bytes[at]!;
    const next = skipLength(bytes, at + 1, limit);
    if (!REQUESTS.has(operation) && !RESPONSES.has(operation)) return Recognition.no;
    if (next < 0) return Recognition.no;
    return REQUESTS.has(operation) ? Recognition.client : Recognition.server;
  },
  analyse: (context) => new LdapAnalyzer(context),
};

/** Where the contents begin; 0: not enough bytes; -1: no length that LDAP uses. */
function skipLength(bytes: Uint8Array, at: number, limit: number): number {
  if (at >= limit) return 0;
  const first = bytes[at]!;
  if (first < 0x80) return at + 1;
  const count = first & 0x7f;
  if (count === 0 || count > 4) return -1;
  // Nothing of 16 MiB is sent first.
  if (count === 4 && at + 1 < limit && bytes[at + 1] !== 0) return -1;
  return at + 1 + count;
}
