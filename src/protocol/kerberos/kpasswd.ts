/**
 * Password changes (RFC 3244 2): message length, version 1 or FF80, length of the AP-REQ, that message. Over TCP a length of four
 * bytes comes first. Proof: lengths that agree, and the tag of an AP-REQ (6E), AP-REP (6F) or KRB-ERROR (7E).
 */
import type { PacketPosition } from '../../flow/inspection.js';
import { FramedStream } from '../framed-stream.js';
import type { MessageReader } from '../framed-stream.js';
import { Recognition } from '../recogniser.js';
import type { AnalysisContext, ProtocolAnalyzer, Recogniser, Role } from '../recogniser.js';
import { uint16, uint32 } from '../wire-integer.js';
import { tellKerberosService } from './principal.js';

const HEADER = 6;
/** Over TCP, before the header. */
const FRAME = 4;
/** A ticket with many groups has some 12 KB. */
const MESSAGE_MAXIMUM = 65_536;
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
  analyse: (context) => new KpasswdAnalyzer(context),
};

class KpasswdAnalyzer implements ProtocolAnalyzer, MessageReader {
  private readonly context: AnalysisContext;
  /** Over TCP an AP-REQ may come in several segments. */
  private readonly requests: FramedStream;

  constructor(context: AnalysisContext) {
    this.context = context;
    this.requests = new FramedStream(this, 'client', MESSAGE_MAXIMUM);
  }

  data(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (role === 'server') return false;
    return this.context.transport === 'tcp' ? this.requests.push(bytes, start, limit, at) : this.read(bytes, start, limit, at);
  }

  gap(role: Role): boolean {
    if (role === 'client') this.requests.gap();
    return true;
  }

  measure(bytes: Uint8Array, start: number, limit: number): number {
    if (limit - start < FRAME) return 0;
    const length = uint32(bytes, start);
    return length < HEADER || length > MESSAGE_MAXIMUM ? -1 : FRAME + length;
  }

  message(_role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    return this.read(bytes, start + FRAME, limit, at);
  }

  private read(bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (limit - start > HEADER && bytes[start + HEADER] === AP_REQUEST) tellKerberosService(this.context, bytes, start + HEADER, limit, at);
    return true;
  }
}
