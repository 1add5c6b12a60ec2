/**
 * Kerberos 5 (RFC 4120 5.4–5.9, 7.2): one DER message in a datagram, or with a length of four bytes in front over TCP. Proof: the
 * application tag of a request, reply or error, a SEQUENCE, and protocol version 5 where that message has it.
 */
import { Recognition } from '../recogniser.js';
import type { Recogniser } from '../recogniser.js';
import { uint32 } from '../wire-integer.js';
import { KerberosAnalyzer } from './analyzer.js';
import { MessageTag } from './message-tag.js';

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const VERSION = 5;
const MESSAGE_MAXIMUM = 0x20000;

export const kerberos: Recogniser = {
  protocol: 'kerberos',
  transport: 'both',
  ports: [88],
  recognise(bytes, start, limit) {
    const first = bytes[start]!;
    if (first !== 0) return recogniseMessage(bytes, start, limit);
    if (limit - start < 5) return limit - start > 1 && bytes[start + 1]! > MESSAGE_MAXIMUM >> 16 ? Recognition.no : Recognition.more;
    return uint32(bytes, start) > MESSAGE_MAXIMUM ? Recognition.no : recogniseMessage(bytes, start + 4, limit);
  },
  analyse: (context) => new KerberosAnalyzer(context),
};

function recogniseMessage(bytes: Uint8Array, start: number, limit: number): Recognition {
  const tag = bytes[start]!;
  if (tag < MessageTag.asRequest || (tag > MessageTag.tgsReply && tag !== MessageTag.error)) return Recognition.no;
  let at = skipLength(bytes, start + 1, limit);
  if (at <= 0 || at >= limit) return at < 0 ? Recognition.no : Recognition.more;
  if (bytes[at] !== SEQUENCE) return Recognition.no;
  at = skipLength(bytes, at + 1, limit);
  if (at <= 0 || at + 4 >= limit) return at < 0 ? Recognition.no : Recognition.more;
  // pvno is [1] in requests, [0] in replies and errors.
  const isRequest = tag === MessageTag.asRequest || tag === MessageTag.tgsRequest;
  const isVersion = bytes[at] === (isRequest ? 0xa1 : 0xa0) && bytes[at + 2] === INTEGER && bytes[at + 4] === VERSION;
  if (!isVersion) return Recognition.no;
  return isRequest ? Recognition.client : Recognition.server;
}

/** Where the contents begin; 0: not enough bytes; -1: no length. */
function skipLength(bytes: Uint8Array, at: number, limit: number): number {
  if (at >= limit) return 0;
  const first = bytes[at]!;
  if (first < 0x80) return at + 1;
  return first > 0x80 && first <= 0x84 ? at + 1 + (first & 0x7f) : -1;
}
