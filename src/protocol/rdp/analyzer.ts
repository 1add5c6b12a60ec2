/** The beginning of an RDP connection: cookie, security offered and chosen, refusal; then TLS in the same stream. */
import type { PacketPosition } from '../../flow/inspection.js';
import { FramedStream } from '../framed-stream.js';
import type { MessageReader } from '../framed-stream.js';
import type { AnalysisContext, ProtocolAnalyzer, Role } from '../recogniser.js';
import { TlsAnalyzer } from '../tls/analyzer.js';
import { uint16, uint32Le } from '../wire-integer.js';
import { beginsWith, indexOfByte, latinText } from '../wire-text.js';
import { CONNECTION_CONFIRM, CONNECTION_REQUEST, NEGOTIATION_LENGTH, NegotiationType, negotiationFailure, securityNames, X224_END } from './x224.js';

const TPKT_HEADER = 4;
const TPKT_VERSION = 3;
const MESSAGE_HEAD = 1024;
const X224_CODE = 5;
const TLS_HANDSHAKE = 0x16;
const USER_COOKIE = 'Cookie: mstshash=';
const CR = 0x0d;
const LF = 0x0a;

export class RdpAnalyzer implements ProtocolAnalyzer, MessageReader {
  private readonly context: AnalysisContext;
  private readonly streams: Readonly<Record<Role, FramedStream>>;
  private tls: TlsAnalyzer | undefined;

  constructor(context: AnalysisContext) {
    this.context = context;
    this.streams = { client: new FramedStream(this, 'client', MESSAGE_HEAD), server: new FramedStream(this, 'server', MESSAGE_HEAD) };
  }

  data(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    // The answer that chose TLS may not have been captured.
    if (bytes[start] === TLS_HANDSHAKE) this.tls ??= new TlsAnalyzer(this.context);
    if (this.tls !== undefined) return this.tls.data(role, bytes, start, limit, at);
    return this.streams[role].push(bytes, start, limit, at);
  }

  gap(role: Role): boolean {
    return this.tls?.gap(role) ?? false;
  }

  measure(bytes: Uint8Array, start: number, limit: number): number {
    if (bytes[start] !== TPKT_VERSION) return -1;
    if (limit - start < TPKT_HEADER) return 0;
    const length = uint16(bytes, start + 2);
    return length <= TPKT_HEADER ? -1 : length;
  }

  message(_role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (limit - start < X224_END) return false;
    const code = bytes[start + X224_CODE]!;
    if (code === CONNECTION_REQUEST) this.request(bytes, start + X224_END, limit);
    else if (code === CONNECTION_CONFIRM) return this.confirm(bytes, start + X224_END, limit, at);
    else return false;
    return true;
  }

  private request(bytes: Uint8Array, start: number, limit: number): void {
    let at = start;
    if (beginsWith(bytes, start, limit, 'Cookie: ') === true) {
      const end = indexOfByte(bytes, LF, start, limit);
      const text = indexOfByte(bytes, CR, start, limit);
      if (end < 0 || text < 0) return;
      if (beginsWith(bytes, start, limit, USER_COOKIE) === true) this.context.fact('user', latinText(bytes, start + USER_COOKIE.length, text));
      else this.context.fact('routingToken', latinText(bytes, start + 'Cookie: '.length, text));
      at = end + 1;
    }
    if (limit - at < NEGOTIATION_LENGTH || bytes[at] !== NegotiationType.request) return;
    this.context.fact('offered', securityNames(uint32Le(bytes, at + 4)));
  }

  private confirm(bytes: Uint8Array, at: number, limit: number, position: PacketPosition): boolean {
    if (limit - at < NEGOTIATION_LENGTH) {
      this.context.fact('security', 'standard RDP');
      return false;
    }
    const value = uint32Le(bytes, at + 4);
    if (bytes[at] === NegotiationType.failure) {
      this.context.failure({ protocol: 'rdp', kind: 'protocol', code: negotiationFailure(value), target: '' }, position);
      return false;
    }
    if (bytes[at] !== NegotiationType.response) return false;
    this.context.fact('security', securityNames(value).join(', '));
    if (value === 0) return false;
    this.tls = new TlsAnalyzer(this.context);
    return true;
  }
}
