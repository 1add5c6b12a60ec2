/**
 * Password changes (RFC 3244 2): message length, version 1 or FF80, length of the AP-REQ, that message. Over TCP a length of four
 * bytes comes first. Proof: lengths that agree, and the tag of an AP-REQ (6E), AP-REP (6F) or KRB-ERROR (7E).
 */
import { Recognition } from '../recogniser.js';
import type { Recogniser } from '../recogniser.js';
import { uint16, uint32 } from '../wire-integer.js';
import { tellKerberosService } from './principal.js';

const HEADER = 6;
const AP_REQUEST = 0x6e;
const AP_REPLY = 0x6f;
const ERROR = 0x7e;

export const kpasswd: Recogniser = {
  protocol: 'kpasswd',
  transport: 'both',
  ports: [464],
  recognise(bytes, start, limit, hint) {
    if (hint.senderPort !== 464 && hint.receiverPort !== 464) return Recognition.no;
    if (limit - start < 8) return Recognition.more;
    const framed = bytes[start] === 0 && bytes[start + 1] === 0;
    if (framed && limit - start < 4 + HEADER + 1) return Recognition.more;
    const at = framed ? start + 4 : start;
    const length = uint16(bytes, at);
    const version = uint16(bytes, at + 2);
    if ((framed && uint32(bytes, start) !== length) || (version !== 1 && version !== 0xff80)) return Recognition.no;
    const tag = bytes[at + HEADER];
    if (tag === AP_REQUEST) return Recognition.client;
    return tag === AP_REPLY || tag === ERROR ? Recognition.server : Recognition.no;
  },
  analyse: (context) => ({
    data(role, bytes, start, limit, at) {
      const message = context.transport === 'tcp' ? start + 4 : start;
      if (role === 'client' && limit - message > HEADER && bytes[message + HEADER] === AP_REQUEST) {
        tellKerberosService(context, bytes, message + HEADER, limit, at);
      }
      return role === 'client';
    },
  }),
};
