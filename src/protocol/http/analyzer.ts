/**
 * Facts of an HTTP connection. A first 401 with a challenge is how authentication begins and no failure; a 401 to credentials
 * is, and so is one that nothing follows.
 */
import type { PacketPosition, ProtocolFailure } from '../../flow/inspection.js';
import { copyPosition } from '../byte-queue.js';
import type { AnalysisContext, ProtocolAnalyzer, Role } from '../recogniser.js';
import { tellSecurityToken } from '../security-token.js';
import { RdGatewayTunnel } from '../tunnel/rd-gateway.js';
import { WebSocketStream } from '../tunnel/web-socket.js';
import { beginsWith, indexOfByte, latinText } from '../wire-text.js';
import { FieldCursor, HeadReader } from './head-reader.js';
import type { BodyLength, HeadHandler } from './head-reader.js';
import { httpService } from './service.js';

const SPACE = 0x20;
const LF = 0x0a;
const EXCHANGES_MAXIMUM = 64;
const PENDING_MAXIMUM = 32;
const TOKEN_MAXIMUM = 4096;
const NO_BODY: BodyLength = { kind: 'length', length: 0 };
const REST: BodyLength = { kind: 'rest', length: 0 };
const CHUNKED: BodyLength = { kind: 'chunked', length: 0 };
const CHUNKED_STREAM: BodyLength = { kind: 'chunked', length: 0, handed: true };
const STREAM: BodyLength = { kind: 'stream', length: 0 };

/** Answers to a request that say something failed. 404 only matters where a service was meant, see `answered`. */
const STATUS_KINDS: ReadonlyMap<number, ProtocolFailure['kind']> = new Map([
  [403, 'access-denied'], [502, 'unavailable'], [503, 'unavailable'], [504, 'unavailable'],
]);

/** Makes what looks into a tunnel to this port (0: not known). */
export type TunnelMaker = (context: AnalysisContext, port: number) => ProtocolAnalyzer;

interface Request {
  readonly method: string;
  readonly path: string;
  readonly service: string;
  /** Of the field, in lower case; ''. */
  readonly upgrade: string;
  /** Credentials that end an exchange of tokens, not one that only begins it. */
  readonly credentials: boolean;
}

export class HttpAnalyzer implements ProtocolAnalyzer, HeadHandler {
  private readonly context: AnalysisContext;
  private readonly client: HeadReader;
  private server: HeadReader | null = null;
  private pending: Request[] | null = null;
  private service = 'http';
  private exchanges = 0;
  private answers = 0;
  private doubtful = false;
  private at: PacketPosition = NOWHERE;
  /** Service that the last credentials were for. */
  private asked = '';
  /** The client asked for a way to somewhere else, as `host:port`; ''. */
  private wanted = '';
  /** What goes on inside this connection. */
  private inner: ProtocolAnalyzer | null = null;
  private readonly tunnel: TunnelMaker | null;
  private challenge: { readonly code: string; readonly target: string; readonly at: Readonly<PacketPosition> } | undefined;

  /** @param tunnel null: what is in a tunnel is not looked at. */
  constructor(context: AnalysisContext, tunnel: TunnelMaker | null) {
    this.context = context;
    this.tunnel = tunnel;
    this.client = new HeadReader(this, 'client');
  }

  data(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    this.at = at;
    const reader = role === 'client' ? this.client : (this.server ??= new HeadReader(this, 'server'));
    return reader.push(bytes, start, limit) && !this.isOver();
  }

  /** Where bytes are missing, it is not known what followed a challenge: it is no failure. */
  gap(role: Role): boolean {
    this.doubtful = true;
    if (this.inner !== null) return this.inner.gap?.(role) ?? false;
    if (role === 'client') this.client.gap();
    else (this.server ??= new HeadReader(this, 'server')).gap();
    return !(this.client.ended && this.server?.ended === true);
  }

  /**
   * What a server says that never answered in HTTP is something else. A client's bytes are not that clear: the answer to a request
   * whose body has another length than it says is still an answer.
   */
  private isOver(): boolean {
    return this.server?.ended === true && (this.client.ended || (this.answers === 0 && !this.doubtful));
  }

  end(): void {
    this.inner?.end?.();
    if (this.challenge === undefined || this.doubtful) return;
    const { code, target, at } = this.challenge;
    this.context.failure({ protocol: this.service, kind: 'authentication', code, target }, at);
  }

  head(role: Role, bytes: Uint8Array, start: number, limit: number): BodyLength | undefined {
    return role === 'client' ? this.request(bytes, start, limit) : this.response(bytes, start, limit);
  }

  private request(bytes: Uint8Array, start: number, limit: number): BodyLength | undefined {
    if (++this.exchanges > EXCHANGES_MAXIMUM) return undefined;
    const lineEnd = indexOfByte(bytes, LF, start, limit);
    const methodEnd = indexOfByte(bytes, SPACE, start, lineEnd);
    if (methodEnd < 0) return REST;
    const targetEnd = indexOfByte(bytes, SPACE, methodEnd + 1, lineEnd);
    const method = latinText(bytes, start, methodEnd);
    const target = latinText(bytes, methodEnd + 1, targetEnd < 0 ? lineEnd : targetEnd);
    let host = '';
    let userAgent = '';
    let body = '';
    let upgrade = '';
    let length = 0;
    let chunked = false;
    let credentials = false;
    fields.begin(lineEnd + 1);
    while (fields.next(bytes, limit)) {
      if (fields.is(bytes, 'host')) host = fields.text(bytes);
      else if (fields.is(bytes, 'user-agent')) userAgent = fields.text(bytes);
      else if (fields.is(bytes, 'upgrade')) upgrade = fields.text(bytes).toLowerCase();
      else if (fields.is(bytes, 'content-type')) body = bodyOf(bytes, fields.valueStart, fields.valueLimit);
      else if (fields.is(bytes, 'content-length')) length = decimal(bytes, fields.valueStart, fields.valueLimit);
      else if (fields.is(bytes, 'transfer-encoding')) chunked = true;
      else if (fields.is(bytes, 'authorization') || fields.is(bytes, 'proxy-authorization')) {
        credentials = this.authorization(bytes, fields.valueStart, fields.valueLimit);
      }
    }
    const path = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/]*/i, '') || target;
    const service = httpService({ method, path, userAgent, asked: this.asked });
    this.tellRequest({ method, path, service, upgrade, credentials }, host, userAgent, length > 0 || chunked ? body : '');
    if (method === 'PRI') {
      this.context.fact('version', '2');
      return undefined;
    }
    // RPC over HTTP announces 1 GiB and then speaks RPC in both directions.
    if (method === 'RPC_IN_DATA' || method === 'RPC_OUT_DATA') return REST;
    this.wanted = method === 'CONNECT' ? target : '';
    if (method === 'RDG_IN_DATA' && chunked) {
      this.inner ??= new RdGatewayTunnel(this.context);
      return CHUNKED_STREAM;
    }
    return chunked ? CHUNKED : { kind: 'length', length };
  }

  /** @param body whether it is encrypted, where the request has one and says so. */
  private tellRequest(request: Request, host: string, userAgent: string, body: string): void {
    if (this.pending === null) this.pending = [request];
    else if (this.pending.length < PENDING_MAXIMUM) this.pending.push(request);
    const closer = this.service === 'http' && request.service !== 'http';
    if (this.exchanges === 1 || closer) {
      this.service = request.service;
      this.context.protocol(request.service);
      this.context.fact('method', request.method);
      this.context.fact('path', request.path);
      if (host !== '') this.context.fact('host', host);
      if (userAgent !== '') this.context.fact('userAgent', userAgent);
    }
    if (this.service === 'winrm' && body !== '') this.context.fact('body', body);
  }

  private response(bytes: Uint8Array, start: number, limit: number): BodyLength | undefined {
    this.answers++;
    const lineEnd = indexOfByte(bytes, LF, start, limit);
    const space = indexOfByte(bytes, SPACE, start, lineEnd);
    if (space < 0) return REST;
    const status = decimal(bytes, space + 1, Math.min(space + 4, limit));
    let length = -1;
    let chunked = false;
    let continuing = false;
    fields.begin(lineEnd + 1);
    while (fields.next(bytes, limit)) {
      if (fields.is(bytes, 'content-length')) length = decimal(bytes, fields.valueStart, fields.valueLimit);
      else if (fields.is(bytes, 'transfer-encoding')) chunked = true;
      else if (fields.is(bytes, 'server')) this.context.fact('server', fields.text(bytes));
      else if (fields.is(bytes, 'www-authenticate') || fields.is(bytes, 'proxy-authenticate')) {
        if (this.challenged(bytes, fields.valueStart, fields.valueLimit)) continuing = true;
      }
    }
    if (status >= 100 && status < 200 && status !== 101) return NO_BODY;
    const request = this.pending?.shift();
    this.context.fact('status', status);
    this.answered(status, request, continuing);
    if (status === 101) return this.upgraded(request);
    if (request?.method === 'CONNECT' && status >= 200 && status < 300) {
      if (!this.open()) return undefined;
      this.client.becomeStream();
      return STREAM;
    }
    this.wanted = '';
    if (request?.method === 'RDG_OUT_DATA' && status === 200) {
      this.inner ??= new RdGatewayTunnel(this.context);
      return chunked ? CHUNKED_STREAM : STREAM;
    }
    if (request?.method === 'HEAD' || status === 204 || status === 304) return NO_BODY;
    return chunked ? CHUNKED : length >= 0 ? { kind: 'length', length } : REST;
  }

  /** RD Gateway over WebSocket ([MS-TSGU] 3.3.5.1); TLS in the same connection (RFC 2817 3.2). Other protocols are not followed. */
  private upgraded(request: Request | undefined): BodyLength | undefined {
    if (request?.service === 'rd-gateway' && request.upgrade === 'websocket') this.inner = new WebSocketStream(new RdGatewayTunnel(this.context));
    else if (request?.upgrade.startsWith('tls/') === true && this.tunnel !== null) this.inner = this.tunnel(this.context, 0);
    else return undefined;
    this.client.becomeStream();
    return STREAM;
  }

  /** The way that CONNECT asked for (RFC 9110 9.3.6). Answers false when it is not looked into. */
  private open(): boolean {
    if (this.tunnel === null) return false;
    if (this.inner !== null) return true;
    this.context.fact('tunnelTo', this.wanted);
    this.inner = this.tunnel(this.context, Number(/:(\d{1,5})$/.exec(this.wanted)?.[1] ?? 0) & 0xffff);
    return true;
  }

  /** A client that asked for a way and says something that is no request has it, though the answer was not captured, or not yet. */
  mayStream(): boolean {
    if (this.wanted === '' || !this.open()) return false;
    if (this.server?.ended === true) this.server.becomeStream();
    return true;
  }

  endless(): void {
    this.context.malformed('a head without end', this.at);
  }

  stream(role: Role, bytes: Uint8Array, start: number, limit: number): boolean {
    return this.inner !== null && this.inner.data(role, bytes, start, limit, this.at);
  }

  private answered(status: number, request: Request | undefined, continuing: boolean): void {
    const target = request?.path ?? '';
    this.challenge = undefined;
    if (status === 401 || status === 407) {
      if (request?.credentials === true && !continuing) this.fail('authentication', status, target);
      else this.challenge = { code: String(status), target, at: copyPosition(this.at) };
      return;
    }
    const kind = STATUS_KINDS.get(status);
    if (kind !== undefined) this.fail(kind, status, target);
    else if (status === 404 && request !== undefined && request.service !== 'http') this.fail('not-found', status, target);
  }

  private fail(kind: ProtocolFailure['kind'], status: number, target: string): void {
    this.context.failure({ protocol: this.service, kind, code: String(status), target }, this.at);
  }

  /** Answers whether the credentials are complete: not the first message of NTLM, which is always answered 401. */
  private authorization(bytes: Uint8Array, start: number, limit: number): boolean {
    const space = indexOfByte(bytes, SPACE, start, limit);
    const scheme = latinText(bytes, start, space < 0 ? limit : space);
    this.context.fact('authentication', scheme.toLowerCase());
    if (space < 0) return false;
    if (!/^(negotiate|ntlm|kerberos)$/i.test(scheme)) return true;
    const message = this.token(bytes, space + 1, limit);
    return message?.type !== 1;
  }

  /** Answers whether the challenge carries a token: the exchange goes on. */
  private challenged(bytes: Uint8Array, start: number, limit: number): boolean {
    const space = indexOfByte(bytes, SPACE, start, limit);
    if (space < 0 || !/^(negotiate|ntlm)$/i.test(latinText(bytes, start, space))) return false;
    this.token(bytes, space + 1, limit);
    return true;
  }

  private token(bytes: Uint8Array, start: number, limit: number): ReturnType<typeof tellSecurityToken> {
    const token = base64(bytes, start, Math.min(limit, start + TOKEN_MAXIMUM));
    return tellSecurityToken(this.context, token, 0, token.length, this.at, (service) => { this.asked = service; });
  }
}

const NOWHERE: PacketPosition = { capture: 0, frame: 0, seconds: NaN, nanoseconds: 0 };
/** One for all heads: each is read to its end before the next. */
const fields = new FieldCursor();

/** Whether a body of WinRM is encrypted, as its content type says; '' for any other. */
function bodyOf(bytes: Uint8Array, start: number, limit: number): string {
  if (beginsWith(bytes, start, limit, 'multipart/encrypted') === true) return 'encrypted';
  return beginsWith(bytes, start, limit, 'application/soap+xml') === true ? 'clear text' : '';
}

function decimal(bytes: Uint8Array, start: number, limit: number): number {
  let value = 0;
  for (let at = start; at < limit; at++) {
    const digit = bytes[at]! - 0x30;
    if (digit < 0 || digit > 9 || value > 1e14) break;
    value = value * 10 + digit;
  }
  return value;
}

/** Base64 (RFC 4648 4) as far as it is base64. The answer is lent until the next call. */
function base64(bytes: Uint8Array, start: number, limit: number): Uint8Array {
  let length = 0;
  let at = start;
  for (; at + 4 <= limit; at += 4) {
    const a = SEXTETS[bytes[at]!]!;
    const b = SEXTETS[bytes[at + 1]!]!;
    const c = SEXTETS[bytes[at + 2]!]!;
    const d = SEXTETS[bytes[at + 3]!]!;
    if ((a | b | c | d) === NO_SEXTET) break;
    plain[length++] = (a << 2) | (b >> 4);
    plain[length++] = (b << 4) | (c >> 2);
    plain[length++] = (c << 6) | d;
  }
  let bits = 0;
  let count = 0;
  for (; at < limit; at++) {
    const value = SEXTETS[bytes[at]!]!;
    if (value === NO_SEXTET) break;
    bits = ((bits << 6) | value) & 0xffffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    plain[length++] = (bits >> count) & 0xff;
  }
  return plain.subarray(0, length);
}

const NO_SEXTET = 0xff;
/** By character code. */
const SEXTETS = new Uint8Array(256).fill(NO_SEXTET);
for (const [value, character] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries()) SEXTETS[character.charCodeAt(0)] = value;
const plain = new Uint8Array(TOKEN_MAXIMUM);
