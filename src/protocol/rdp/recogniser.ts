/**
 * RDP ([MS-RDPBCGR] 2.2.1): TPKT (RFC 1006) `03 00 length`, then an X.224 connection request (E0) or confirm (D0). Other protocols use
 * TPKT as well; RDP's request is followed by nothing, a cookie or a negotiation request, its confirm by a negotiation answer.
 */
import { Recognition } from '../recogniser.js';
import type { RecogniseHint, Recogniser } from '../recogniser.js';
import { uint16 } from '../wire-integer.js';
import { RdpAnalyzer } from './analyzer.js';
import { CONNECTION_CONFIRM, CONNECTION_REQUEST, NegotiationType, X224_END } from './x224.js';

const TPKT_VERSION = 3;
const X224_CODE = 5;
const COOKIE = 0x43;

export const rdp: Recogniser = {
  protocol: 'rdp',
  transport: 'tcp',
  ports: [3389, 2179],
  recognise(bytes, start, limit, hint) {
    const available = limit - start;
    if (bytes[start] !== TPKT_VERSION || (available > 1 && bytes[start + 1] !== 0)) return Recognition.no;
    if (available <= X224_CODE) return Recognition.more;
    const length = uint16(bytes, start + 2);
    const code = bytes[start + X224_CODE]!;
    // The length indicator counts what follows it.
    if ((code !== CONNECTION_REQUEST && code !== CONNECTION_CONFIRM) || bytes[start + 4] !== length - 5 || length < X224_END) return Recognition.no;
    const isKnownPort = fits(hint);
    if (length > X224_END && !isKnownPort) {
      if (available <= X224_END) return Recognition.more;
      const next = bytes[start + X224_END]!;
      const expected = code === CONNECTION_REQUEST
        ? next === COOKIE || next === NegotiationType.request
        : next === NegotiationType.response || next === NegotiationType.failure;
      if (!expected) return Recognition.no;
    }
    return code === CONNECTION_REQUEST ? Recognition.client : Recognition.server;
  },
  analyse: (context) => new RdpAnalyzer(context),
};

function fits({ senderPort, receiverPort }: RecogniseHint): boolean {
  return rdp.ports.includes(senderPort) || rdp.ports.includes(receiverPort);
}
