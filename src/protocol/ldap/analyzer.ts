/**
 * Binds of an LDAP connection and what came of them (RFC 4511 4.2, [MS-ADTS] 5.1.1). After a bind with signing or sealing messages
 * are wrapped in a length and a token: nothing more is to be seen. Over UDP it is the query for a domain controller ([MS-ADTS] 6.3.3).
 */
import type { PacketPosition, ProtocolFailure } from '../../flow/inspection.js';
import { BerCursor, berTotal } from '../ber.js';
import { FramedStream } from '../framed-stream.js';
import type { MessageReader } from '../framed-stream.js';
import type { AnalysisContext, ProtocolAnalyzer, Role } from '../recogniser.js';
import { tellSecurityToken } from '../security-token.js';
import { TlsAnalyzer } from '../tls/analyzer.js';
import { indexOfText, latinText, utf8Text } from '../wire-text.js';
import { uint32 } from '../wire-integer.js';
import { operationAt } from './operation.js';

const MESSAGE_HEAD = 4096;
const MESSAGES_MAXIMUM = 200;
const SEQUENCE = 0x30;

const WRAPPED_HEADER = 4;
/** Of a wrapped message: GSS-API wrap tokens (RFC 4121 4.2.6.2, RFC 4178), the signature of NTLM ([MS-NLMP] 2.2.2.9). */
const WRAPPED_TOKENS: readonly (readonly number[])[] = [[0x05, 0x04], [0x60], [0x01, 0x00, 0x00, 0x00]];

const BIND_REQUEST = 0x60;
const BIND_RESPONSE = 0x61;
const SEARCH_REQUEST = 0x63;
const SEARCH_ENTRY = 0x64;
const SEARCH_DONE = 0x65;
const EXTENDED_REQUEST = 0x77;
const EXTENDED_RESPONSE = 0x78;

const SIMPLE = 0x80;
const SASL = 0xa3;
const START_TLS = '1.3.6.1.4.1.1466.20037';
const REQUEST_NAME = 0x80;

const SASL_BIND_IN_PROGRESS = 14;
const BUSY = 51;
const UNAVAILABLE = 52;
/** RFC 4511 4.1.9. */
const RESULTS: ReadonlyMap<number, string> = new Map([
  [1, 'operationsError'], [2, 'protocolError'], [7, 'authMethodNotSupported'], [8, 'strongerAuthRequired'], [10, 'referral'],
  [13, 'confidentialityRequired'], [16, 'noSuchAttribute'], [32, 'noSuchObject'], [34, 'invalidDNSyntax'], [48, 'inappropriateAuthentication'],
  [49, 'invalidCredentials'], [50, 'insufficientAccessRights'], [BUSY, 'busy'], [UNAVAILABLE, 'unavailable'], [53, 'unwillingToPerform'],
  [80, 'other'],
]);

/** What Active Directory writes behind `data` in the text of result 49. */
const ACCOUNT_REASONS: ReadonlyMap<string, string> = new Map([
  ['525', 'user not found'], ['52e', 'wrong password'], ['530', 'not permitted at this time'], ['531', 'not permitted from this workstation'],
  ['532', 'password expired'], ['533', 'account disabled'], ['701', 'account expired'], ['773', 'password must change'], ['775', 'account locked'],
]);

/** Moves over one message at a time: one for all connections. */
const cursor = new BerCursor();

export class LdapAnalyzer implements ProtocolAnalyzer, MessageReader {
  private readonly context: AnalysisContext;
  private client: FramedStream | null = null;
  private server: FramedStream | null = null;
  private messages = 0;
  private boundName = '';
  private searches = 0;
  private startTls = false;
  private inner: TlsAnalyzer | undefined;

  constructor(context: AnalysisContext) {
    this.context = context;
  }

  data(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (this.inner !== undefined) return this.inner.data(role, bytes, start, limit, at);
    if (this.context.transport === 'udp') return this.message(role, bytes, start, limit, at);
    return this.stream(role).push(bytes, start, limit, at);
  }

  gap(role: Role): boolean {
    if (this.inner !== undefined) return this.inner.gap(role);
    this.stream(role).gap();
    return true;
  }

  private stream(role: Role): FramedStream {
    return role === 'client' ? (this.client ??= new FramedStream(this, role, MESSAGE_HEAD)) : (this.server ??= new FramedStream(this, role, MESSAGE_HEAD));
  }

  measure(bytes: Uint8Array, start: number, limit: number): number {
    if (bytes[start] === SEQUENCE) return berTotal(bytes, start, limit);
    // [MS-ADTS] 5.1.1.1: after a SASL bind, length of four bytes and a wrapped message.
    if (limit - start < 4) return bytes[start] === 0 ? 0 : -1;
    return bytes[start] === 0 ? 4 + uint32(bytes, start) : -1;
  }

  derailed(at: PacketPosition): void {
    this.context.malformed('something that is no message', at);
  }

  resumes(bytes: Uint8Array, start: number, limit: number): boolean {
    if (bytes[start] !== 0) return operationAt(bytes, start, limit) >= 0;
    const token = start + WRAPPED_HEADER;
    return limit <= token || WRAPPED_TOKENS.some((beginning) => beginning.every((byte, index) => token + index >= limit || bytes[token + index] === byte));
  }

  message(_role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (++this.messages > MESSAGES_MAXIMUM) return false;
    if (bytes[start] !== SEQUENCE) {
      this.context.fact('encrypted', true);
      return false;
    }
    const isWhole = berTotal(bytes, start, limit) === limit - start;
    const isRead = cursor.header(bytes, start, limit) && cursor.header(bytes, cursor.start, limit) && cursor.header(bytes, cursor.start + cursor.length, limit);
    if (!isRead || (isWhole && cursor.start + cursor.length > limit)) {
      if (isWhole) this.context.malformed('an operation that is longer than its message', at);
      return true;
    }
    const { tag, start: contents, limit: end } = cursor;
    if (tag === BIND_REQUEST) this.bind(bytes, contents, end, at);
    else if (tag === BIND_RESPONSE) this.bound(bytes, contents, end, at);
    else if (tag === SEARCH_REQUEST) this.search(bytes, contents, end);
    else if (tag === SEARCH_DONE) this.searched(bytes, contents, end, at);
    else if (tag === SEARCH_ENTRY && this.context.transport === 'udp') return false;
    else if (tag === EXTENDED_REQUEST) this.extended(bytes, contents, end);
    else if (tag === EXTENDED_RESPONSE && this.startTls) this.secured(bytes, contents, end, at);
    return true;
  }

  private bind(bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    if (!cursor.read(bytes, start, limit)) return; // version
    if (!cursor.read(bytes, cursor.limit, limit)) return;
    const name = utf8Text(bytes, cursor.start, cursor.limit);
    if (name !== '') {
      this.boundName = name;
      this.context.fact('user', name);
    }
    if (!cursor.header(bytes, cursor.limit, limit)) return;
    const { tag, start: from, limit: to } = cursor;
    if (tag === SIMPLE) {
      this.context.fact('authentication', cursor.length === 0 ? 'anonymous' : 'simple');
    } else if (tag === SASL && cursor.read(bytes, from, to)) {
      this.context.fact('mechanism', latinText(bytes, cursor.start, cursor.limit));
      this.token(bytes, cursor.limit, to, at);
    } else {
      this.token(bytes, from, to, at); // Sicily: NTLM in tags of their own
    }
  }

  private token(bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    const message = tellSecurityToken(this.context, bytes, start, limit, at);
    if (message !== undefined && message.user !== '') this.boundName = message.user;
  }

  /** LDAPResult: result code, matched name, text. */
  private bound(bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    if (!cursor.read(bytes, start, limit)) return;
    const code = cursor.integer();
    if (code === SASL_BIND_IN_PROGRESS || code === 0) {
      this.token(bytes, cursor.limit, limit, at);
      if (code === 0) this.context.fact('bound', true);
      return;
    }
    let text = '';
    if (cursor.read(bytes, cursor.limit, limit) && cursor.read(bytes, cursor.limit, limit)) text = utf8Text(bytes, cursor.start, cursor.limit);
    const reason = /\bdata ([0-9a-f]{3})\b/.exec(text)?.[1] ?? '';
    const named = resultName(code);
    const kind: ProtocolFailure['kind'] = code === BUSY || code === UNAVAILABLE ? 'unavailable' : 'authentication';
    const code49 = reason === '' ? named : `${named} (data ${reason}: ${ACCOUNT_REASONS.get(reason) ?? 'unknown'})`;
    this.context.failure({ protocol: 'ldap', kind, code: code49, target: this.boundName }, at);
  }

  private search(bytes: Uint8Array, start: number, limit: number): void {
    if (this.searches++ > 0) return;
    if (!cursor.read(bytes, start, limit)) return;
    const base = utf8Text(bytes, cursor.start, cursor.limit);
    if (base !== '') this.context.fact('searchBase', base);
    else if (indexOfText(bytes, 'Netlogon', cursor.limit, limit) >= 0 || indexOfText(bytes, 'NetLogon', cursor.limit, limit) >= 0) {
      this.context.fact('query', 'domain controller');
    }
  }

  /** Only what concerns the connection is a failure: a missing object is an answer. */
  private searched(bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    if (!cursor.read(bytes, start, limit)) return;
    const code = cursor.integer();
    if (code === 8 || code === 13) this.fail('refused', code, at);
    else if (code === BUSY || code === UNAVAILABLE) this.fail('unavailable', code, at);
  }

  private extended(bytes: Uint8Array, start: number, limit: number): void {
    if (!cursor.read(bytes, start, limit) || cursor.tag !== REQUEST_NAME) return;
    this.startTls = latinText(bytes, cursor.start, cursor.limit) === START_TLS;
  }

  private secured(bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    this.startTls = false;
    if (!cursor.read(bytes, start, limit)) return;
    const code = cursor.integer();
    if (code !== 0) {
      this.fail('refused', code, at);
      return;
    }
    this.context.fact('startTls', true);
    this.inner = new TlsAnalyzer(this.context);
  }

  private fail(kind: ProtocolFailure['kind'], code: number, at: PacketPosition): void {
    this.context.failure({ protocol: 'ldap', kind, code: resultName(code), target: '' }, at);
  }
}

function resultName(code: number): string {
  return RESULTS.get(code) ?? `result ${code}`;
}
