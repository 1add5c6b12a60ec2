/**
 * The beginning of an RDP connection: cookie, security offered and chosen, refusal; then TLS in the same stream. Refusals without a negotiation failure are read,
 * too: a server that ends standard RDP security with its first MCS message, a client that leaves when nothing else is chosen.
 */
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
/** X.224 data, the last of its TSDU. */
const X224_DATA = [0x02, 0xf0, 0x80] as const;
/** T.125: the number of the PDU stands in the upper six bits. */
const DISCONNECT_PROVIDER_ULTIMATUM = 8;
const USER_COOKIE = 'Cookie: mstshash=';
const CR = 0x0d;
const LF = 0x0a;

export class RdpAnalyzer implements ProtocolAnalyzer, MessageReader {
  private readonly context: AnalysisContext;
  private readonly streams: Readonly<Record<Role, FramedStream>>;
  private tls: TlsAnalyzer | undefined;
  private hasOffered = false;
  /** Standard RDP security was chosen: what comes next tells whether both go on with it. */
  private standardAt: PacketPosition | undefined;

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
    this.standardAt = undefined;
    return this.tls?.gap(role) ?? false;
  }

  end(): void {
    if (this.standardAt !== undefined && this.hasOffered) this.context.failure({ protocol: 'rdp', kind: 'protocol', code: 'STANDARD_RDP_CHOSEN_BY_SERVER', target: '' }, this.standardAt);
  }

  measure(bytes: Uint8Array, start: number, limit: number): number {
    if (bytes[start] !== TPKT_VERSION) return -1;
    if (limit - start < TPKT_HEADER) return 0;
    const length = uint16(bytes, start + 2);
    return length <= TPKT_HEADER ? -1 : length;
  }

  message(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (this.standardAt !== undefined) return this.afterChoice(role, bytes, start, limit, at);
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
    const offered = uint32Le(bytes, at + 4);
    this.hasOffered = offered !== 0;
    this.context.fact('offered', securityNames(offered));
  }

  private confirm(bytes: Uint8Array, at: number, limit: number, position: PacketPosition): boolean {
    if (limit - at < NEGOTIATION_LENGTH) {
      this.context.fact('security', 'standard RDP');
      this.hasOffered = false;
      return this.standard(position);
    }
    const value = uint32Le(bytes, at + 4);
    if (bytes[at] === NegotiationType.failure) {
      this.context.failure({ protocol: 'rdp', kind: 'protocol', code: negotiationFailure(value), target: '' }, position);
      return false;
    }
    if (bytes[at] !== NegotiationType.response) return false;
    this.context.fact('security', securityNames(value).join(', '));
    if (value === 0) return this.standard(position);
    this.tls = new TlsAnalyzer(this.context);
    return true;
  }

  private standard({ capture, frame, seconds, nanoseconds }: PacketPosition): boolean {
    this.standardAt = { capture, frame, seconds, nanoseconds };
    return true;
  }

  /** The client's MCS Connect Initial, or what the server says to it: with a Disconnect Provider Ultimatum (T.125) it refuses all that standard RDP security is. */
  private afterChoice(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    this.hasOffered = false;
    if (role === 'client') return true;
    const pdu = start + TPKT_HEADER + X224_DATA.length;
    const isData = limit > pdu && X224_DATA.every((byte, i) => bytes[start + TPKT_HEADER + i] === byte);
    if (isData && bytes[pdu]! >> 2 === DISCONNECT_PROVIDER_ULTIMATUM) this.context.failure({ protocol: 'rdp', kind: 'protocol', code: 'STANDARD_RDP_REFUSED_BY_SERVER', target: '' }, at);
    return false;
  }
}
