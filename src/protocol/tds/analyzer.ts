/**
 * The login of a TDS connection ([MS-TDS] 2.2.6.4, 2.2.6.5, 2.2.7.10): encryption agreed, instance, user and database, and the error
 * that refused it. With encryption the login is in TLS, whose handshake is wrapped into PRELOGIN packets (2.2.6.5): then agreement and
 * handshake are seen. The login of TDS 4 and 5 is read in `login5.ts`.
 */
import type { PacketPosition, ProtocolFailure } from '../../flow/inspection.js';
import { FramedStream } from '../framed-stream.js';
import type { MessageReader } from '../framed-stream.js';
import type { AnalysisContext, ProtocolAnalyzer, Role } from '../recogniser.js';
import { tellSecurityToken } from '../security-token.js';
import { TlsAnalyzer } from '../tls/analyzer.js';
import { RecordType } from '../tls/record.js';
import { uint16, uint16Le, uint32Le } from '../wire-integer.js';
import { indexOfByte, latinText, utf16Text } from '../wire-text.js';
import { tellLogin5 } from './login5.js';
import { PacketType, TDS_HEADER_LENGTH } from './packet.js';

const PACKET_HEAD = 4096;
const PACKETS_MAXIMUM = 32;
const OPTIONS_MAXIMUM = 16;
const OPTION_VERSION = 0;
const OPTION_ENCRYPTION = 1;
const OPTION_INSTANCE = 2;
const OPTIONS_END = 0xff;
const ENCRYPTION = ['login only', 'on', 'not supported', 'required'];

const LOGIN_HOST = 36;
const LOGIN_USER = 40;
const LOGIN_APPLICATION = 48;
const LOGIN_SERVER = 52;
const LOGIN_DATABASE = 68;
const LOGIN_MINIMUM = 72;

const TOKEN_ERROR = 0xaa;
const TOKEN_INFORMATION = 0xab;
const TOKEN_LOGIN_ACK = 0xad;
const TOKEN_ENVIRONMENT = 0xe3;
const TOKEN_SSPI = 0xed;
/** TDS 5: messages of the server, errors among them (EED). */
const TOKEN_EXTENDED_ERROR = 0xe5;
const LOGIN_FAILED_5 = 6;
const ERROR_CLASS_MINIMUM = 11;
const TOKENS_MAXIMUM = 32;

const ERROR_KINDS: ReadonlyMap<number, ProtocolFailure['kind']> = new Map([
  [18456, 'authentication'], [18452, 'authentication'], [18470, 'authentication'], [18486, 'authentication'], [18487, 'authentication'],
  [18488, 'authentication'], [4060, 'not-found'], [916, 'access-denied'], [17830, 'protocol'],
]);

export class TdsAnalyzer implements ProtocolAnalyzer, MessageReader {
  private readonly context: AnalysisContext;
  private readonly streams: Readonly<Record<Role, FramedStream>>;
  private prelogins = 0;
  private packets = 0;
  private user = '';
  private database = '';
  private tls: TlsAnalyzer | null = null;
  /** The login was one of TDS 4 or 5, whose tokens differ. */
  private isOld = false;

  constructor(context: AnalysisContext) {
    this.context = context;
    this.streams = { client: new FramedStream(this, 'client', PACKET_HEAD), server: new FramedStream(this, 'server', PACKET_HEAD) };
  }

  data(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    return this.streams[role].push(bytes, start, limit, at);
  }

  measure(bytes: Uint8Array, start: number, limit: number): number {
    if (bytes[start] === 0 || bytes[start]! > PacketType.prelogin) return -1;
    if (limit - start < TDS_HEADER_LENGTH) return 0;
    const length = uint16(bytes, start + 2);
    return length < TDS_HEADER_LENGTH ? -1 : length;
  }

  message(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (++this.packets > PACKETS_MAXIMUM) return false;
    const body = start + TDS_HEADER_LENGTH;
    switch (bytes[start]) {
      case PacketType.prelogin:
        if (this.tls !== null || isTls(bytes, body, limit)) return this.handshake(role, bytes, body, limit, at);
        if (this.prelogins++ === 0) this.options(role, bytes, body, limit);
        return true;
      case PacketType.login5:
        if (this.isOld) return true;
        this.isOld = true;
        this.user = tellLogin5(this.context, bytes, body, limit);
        return true;
      case PacketType.tokens5: // the end of the login, for one
        return this.isOld;
      case PacketType.login:
        this.login(bytes, body, limit, at);
        return true;
      case PacketType.sspi:
        this.token(bytes, body, limit, at);
        return true;
      case PacketType.response:
        // Some servers wrap their half of the handshake into answers.
        if (role === 'server' && isTls(bytes, body, limit)) return this.handshake(role, bytes, body, limit, at);
        if (bytes[body] !== OPTION_VERSION) return this.tokens(bytes, body, limit, at);
        this.options(role, bytes, body, limit);
        return true;
      default:
        return false;
    }
  }

  /** Answers false when the handshake came to its end: the login behind it is encrypted. */
  private handshake(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    this.tls ??= new TlsAnalyzer(this.context);
    return this.tls.data(role, bytes, start, limit, at);
  }

  private options(role: Role, bytes: Uint8Array, start: number, limit: number): void {
    for (let at = start, count = 0; limit - at >= 5 && bytes[at] !== OPTIONS_END && count < OPTIONS_MAXIMUM; at += 5, count++) {
      const from = start + uint16(bytes, at + 1);
      const to = from + uint16(bytes, at + 3);
      if (to > limit || to === from) continue;
      if (bytes[at] === OPTION_ENCRYPTION && role === 'server') this.context.fact('encryption', ENCRYPTION[bytes[from]!] ?? bytes[from]!);
      else if (bytes[at] === OPTION_ENCRYPTION) this.context.fact('encryptionAsked', ENCRYPTION[bytes[from]!] ?? bytes[from]!);
      else if (bytes[at] === OPTION_VERSION && role === 'server' && to - from === 6) {
        this.context.fact('version', `${bytes[from]!}.${bytes[from + 1]!}.${uint16(bytes, from + 2)}`);
      } else if (bytes[at] === OPTION_INSTANCE && role === 'client') {
        const zero = indexOfByte(bytes, 0, from, to);
        const instance = latinText(bytes, from, zero < 0 ? to : zero);
        if (instance !== '') this.context.fact('instance', instance);
      }
    }
  }

  private login(bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    if (limit - start < LOGIN_MINIMUM) return;
    this.user = this.text(bytes, start, limit, LOGIN_USER, 'user');
    this.database = this.text(bytes, start, limit, LOGIN_DATABASE, 'database');
    this.text(bytes, start, limit, LOGIN_APPLICATION, 'application');
    this.text(bytes, start, limit, LOGIN_SERVER, 'serverName');
    this.text(bytes, start, limit, LOGIN_HOST, 'clientName');
    this.token(bytes, start + LOGIN_MINIMUM, limit, at);
  }

  private text(bytes: Uint8Array, start: number, limit: number, field: number, fact: string): string {
    const from = start + uint16Le(bytes, start + field);
    const text = utf16Text(bytes, from, Math.min(limit, from + 2 * uint16Le(bytes, start + field + 2)));
    if (text !== '') this.context.fact(fact, text);
    return text;
  }

  private token(bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    const message = tellSecurityToken(this.context, bytes, start, limit, at);
    if (message !== undefined && message.user !== '') this.user = message.user;
  }

  /** Answers false when the login has come to its end. */
  private tokens(bytes: Uint8Array, start: number, limit: number, position: PacketPosition): boolean {
    for (let at = start, count = 0; limit - at >= 3 && count < TOKENS_MAXIMUM; count++) {
      const token = bytes[at]!;
      const end = at + 3 + uint16Le(bytes, at + 1);
      if (token === TOKEN_ERROR && limit - at >= 7) {
        const number = uint32Le(bytes, at + 3);
        const kind = ERROR_KINDS.get(number) ?? 'refused';
        this.context.failure({ protocol: 'tds', kind, code: String(number), target: number === 4060 ? this.database : this.user }, position);
        return false;
      }
      if (token === TOKEN_LOGIN_ACK) {
        const isRefused = this.isOld && bytes[at + 3] === LOGIN_FAILED_5;
        if (!isRefused) this.context.fact('loggedIn', true);
        else this.context.failure({ protocol: 'tds', kind: 'authentication', code: 'login failed', target: this.user }, position);
        return false;
      }
      if (token === TOKEN_EXTENDED_ERROR && this.isOld && limit - at >= 9) {
        if (bytes[at + 8]! < ERROR_CLASS_MINIMUM) {
          at = end;
          continue;
        }
        this.context.failure({ protocol: 'tds', kind: 'authentication', code: String(uint32Le(bytes, at + 3)), target: this.user }, position);
        return false;
      }
      if (token === TOKEN_SSPI) this.token(bytes, at + 3, Math.min(limit, end), position);
      else if (token !== TOKEN_ENVIRONMENT && token !== TOKEN_INFORMATION) return token !== 0xfd;
      at = end;
    }
    return true;
  }
}

/** A record of TLS where a packet's contents begin. */
function isTls(bytes: Uint8Array, start: number, limit: number): boolean {
  return limit - start > 2 && bytes[start]! >= RecordType.changeCipherSpec && bytes[start]! <= RecordType.applicationData && bytes[start + 1] === 3;
}
