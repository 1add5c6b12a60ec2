/**
 * Is it DCE/RPC? Connection-oriented over TCP (C706 12.6), also with the greeting of ncacn_http ([MS-RPCH] 2.1.1), and
 * connectionless over UDP (C706 12.5).
 */
import type { AnalysisContext, ProtocolAnalyzer, RecogniseHint, Recogniser } from '../recogniser.js';
import { Recognition } from '../recogniser.js';
import { recogniseDatagram } from './connectionless-header.js';
import { ConnectionlessAnalyzer } from './connectionless.js';
import { RpcConnection } from './connection.js';
import { HTTP_GREETING } from './http-greeting.js';
import { COMMON_HEADER_LENGTH, isPlausiblePrefix, PduFlag, PduHeader, PduType, readCommonHeader, senderOf } from './pdu.js';
import { MAPPER_PORTS } from './well-known.js';

/** A recogniser is not told the transport; the first byte tells the two protocols apart: 5 or 4. */
export const dcerpc: Recogniser = {
  protocol: 'dce-rpc',
  transport: 'both',
  ports: MAPPER_PORTS,

  recognise(bytes, start, limit, hint) {
    if (limit <= start) return Recognition.more;
    switch (bytes[start]) {
      case 4:
        return recogniseDatagram(bytes, start, limit, hint);
      case 5:
        return recogniseConnection(bytes, start, limit, hint);
      default:
        return recogniseGreeting(bytes, start, limit);
    }
  },

  analyse(context: AnalysisContext): ProtocolAnalyzer {
    return context.transport === 'udp' ? new ConnectionlessAnalyzer(context) : new RpcConnection(context);
  },
};

function recogniseGreeting(bytes: Uint8Array, start: number, limit: number): Recognition {
  const length = Math.min(limit - start, HTTP_GREETING.length);
  for (let at = 0; at < length; at++) if (bytes[start + at] !== HTTP_GREETING.charCodeAt(at)) return Recognition.no;
  return length < HTTP_GREETING.length ? Recognition.more : Recognition.server;
}

const REPRESENTATION = 4;
const probe = new PduHeader();

function recogniseConnection(bytes: Uint8Array, start: number, limit: number, hint: RecogniseHint): Recognition {
  if (!isPlausiblePrefix(bytes, start, limit)) return Recognition.no;
  if (limit - start < COMMON_HEADER_LENGTH) return Recognition.more;
  readCommonHeader(bytes, start, probe);
  if (!isConvincing(bytes, start, limit, hint)) return Recognition.no;
  const sender = senderOf(probe.type);
  return sender === 0 ? Recognition.either : sender === 1 ? Recognition.client : Recognition.server;
}

/**
 * A bind is strong evidence by itself. A call in mid-stream is believed where the next PDU follows at once, on the endpoint
 * mapper's ports, or when it has the one label that every little-endian sender uses: eight fixed bytes.
 */
function isConvincing(bytes: Uint8Array, start: number, limit: number, hint: RecogniseHint): boolean {
  const whole = PduFlag.first | PduFlag.last;
  if (probe.type >= PduType.bind && probe.type <= PduType.alterContextResponse && (probe.flags & whole) === 0) return false;
  const next = start + probe.fragmentLength;
  if (next < limit) return isPlausiblePrefix(bytes, next, limit);
  if (next === limit || probe.type === PduType.bind) return true;
  if (MAPPER_PORTS.includes(hint.senderPort) || MAPPER_PORTS.includes(hint.receiverPort)) return true;
  return bytes[start + 1] === 0 && bytes[start + REPRESENTATION] === 0x10 && bytes[start + REPRESENTATION + 1] === 0;
}
