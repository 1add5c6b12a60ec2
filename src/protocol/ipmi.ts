/** RMCP (DMTF ASF 2.0 3.2.2) and IPMI over it (IPMI 2.0 13.1): version 06, 00, sequence, class 06 (ASF) or 07 (IPMI). */
import { Recognition } from './recogniser.js';
import type { RecogniseHint, Recogniser } from './recogniser.js';
import { uint32 } from './wire-integer.js';

const PORT = 623;
const RMCP_VERSION = 6;
const CLASS = 3;
const CLASS_ASF = 6;
const CLASS_IPMI = 7;
const ACKNOWLEDGEMENT = 0x80;
const ASF_ENTERPRISE = 0x11be;
const ASF_TYPE = 8;
const PRESENCE_PONG = 0x40;
const AUTHENTICATION_TYPES: ReadonlySet<number> = new Set([0, 1, 2, 4, 5, 6]);
const RMCP_PLUS = 6;

export const ipmi: Recogniser = {
  protocol: 'ipmi',
  transport: 'udp',
  ports: [PORT, 664],
  recognise(bytes, start, limit, hint) {
    if (bytes[start] !== RMCP_VERSION) return Recognition.no;
    if (limit - start < 5) return limit - start > 1 && bytes[start + 1] !== 0 ? Recognition.no : Recognition.more;
    const kind = bytes[start + CLASS]! & ~ACKNOWLEDGEMENT;
    if (bytes[start + 1] !== 0) return Recognition.no;
    if (kind === CLASS_ASF) {
      if (limit - start <= ASF_TYPE) return Recognition.more;
      if (uint32(bytes, start + 4) !== ASF_ENTERPRISE) return Recognition.no;
      return bytes[start + ASF_TYPE] === PRESENCE_PONG ? Recognition.server : Recognition.client;
    }
    if (kind !== CLASS_IPMI || !AUTHENTICATION_TYPES.has(bytes[start + 4]!)) return Recognition.no;
    return sender(hint);
  },
  analyse: (context) => ({
    data(role, bytes, start, limit) {
      if (limit - start < 5) return true;
      if ((bytes[start + CLASS]! & ~ACKNOWLEDGEMENT) === CLASS_ASF) context.fact('presence', role === 'client' ? 'ping' : 'pong');
      else context.fact('session', bytes[start + 4] === RMCP_PLUS ? 'RMCP+' : 'IPMI 1.5');
      return role === 'client';
    },
  }),
};

/** Requests and answers are told apart only deep inside; the well-known port is the managed controller's. */
function sender({ senderPort, receiverPort }: RecogniseHint): Recognition {
  if (senderPort === PORT && receiverPort !== PORT) return Recognition.server;
  return receiverPort === PORT && senderPort !== PORT ? Recognition.client : Recognition.either;
}
