/**
 * Reads the beginning of a QUIC connection: the hellos in its Initial packets, or what refused it there. Everything behind them is
 * encrypted with keys that only the two sides have.
 */
import type { PacketPosition } from '../../flow/inspection.js';
import type { AnalysisContext, ProtocolAnalyzer, Role } from '../recogniser.js';
import { tellClientHello, tellServerHello } from '../tls/hello.js';
import { alertName } from '../tls/record.js';
import { uint32 } from '../wire-integer.js';
import { CryptoStream } from './crypto-stream.js';
import { InitialKeys } from './initial-keys.js';
import { GOOGLE_VERSION_AT, googleVersion, readLongHeader, VariableCursor } from './packet.js';
import type { LongHeader } from './packet.js';

/** A hello takes one datagram or two, and an answer three at most. */
const DATAGRAMS_MAXIMUM = 12;
const PACKETS_MAXIMUM = 8;
/** Packets that fit no key: mangled, or of a connection whose beginning was not captured. */
const UNREADABLE_MAXIMUM = 4;
const FRAMES_MAXIMUM = 256;
const HANDSHAKE_HEADER = 4;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;

/** Frames that an Initial may have (RFC 9000 12.4). */
const Frame = { padding: 0, ping: 1, acknowledgement: 2, acknowledgementWithCounts: 3, crypto: 6, close: 0x1c } as const;
/** Errors of the connection that are alerts of TLS (RFC 9001 4.8). */
const CRYPTO_ERROR = 0x100;
const ERRORS: ReadonlyMap<number, string> = new Map([
  [0x01, 'INTERNAL_ERROR'], [0x02, 'CONNECTION_REFUSED'], [0x03, 'FLOW_CONTROL_ERROR'], [0x08, 'TRANSPORT_PARAMETER_ERROR'], [0x0a, 'PROTOCOL_VIOLATION'],
  [0x0b, 'INVALID_TOKEN'], [0x0c, 'APPLICATION_ERROR'], [0x0d, 'CRYPTO_BUFFER_EXCEEDED'], [0x11, 'VERSION_NEGOTIATION_ERROR'],
]);

export class QuicAnalyzer implements ProtocolAnalyzer {
  private readonly context: AnalysisContext;
  private readonly hellos: Record<Role, CryptoStream | null> = { client: new CryptoStream(), server: new CryptoStream() };
  /** Of the connection id that the client chose; the server may answer in another version (RFC 9368). */
  private keys: InitialKeys | null = null;
  private id: Uint8Array | null = null;
  private datagrams = 0;
  private unreadable = 0;
  private serverName = '';

  constructor(context: AnalysisContext) {
    this.context = context;
  }

  data(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if ((bytes[start]! & 0x80) === 0 && this.datagrams === 0 && limit - start >= GOOGLE_VERSION_AT + 4) {
      const google = googleVersion(bytes, start);
      if (google !== undefined) {
        this.context.fact('version', google);
        return false;
      }
    }
    for (let count = 0; count < PACKETS_MAXIMUM && start < limit; count++) {
      if (limit - start > 5 && (bytes[start]! & 0x80) !== 0 && uint32(bytes, start + 1) === 0) {
        this.context.fact('versionNegotiation', true);
        return true;
      }
      const header = readLongHeader(bytes, start, limit);
      if (header === undefined) break;
      this.context.fact('version', header.version.name);
      if (header.type === 'retry') this.retried();
      else if (header.type === 'initial' && !this.initial(role, bytes, start, header, at)) return false;
      start = header.limit;
    }
    const wanted = this.hellos.client !== null || this.hellos.server !== null;
    return wanted && ++this.datagrams < DATAGRAMS_MAXIMUM && this.unreadable < UNREADABLE_MAXIMUM;
  }

  /** The next Initial of the client is protected with the id that the server gave it (RFC 9001 5.2). */
  private retried(): void {
    this.context.fact('retry', true);
    this.keys = null;
    this.id = null;
  }

  /** Answers false when the connection was refused. */
  private initial(role: Role, bytes: Uint8Array, start: number, header: LongHeader, at: PacketPosition): boolean {
    if (this.hellos[role] === null && role === 'client') return true;
    if (this.id === null) {
      if (role === 'server') return true;
      this.id = bytes.slice(header.idStart, header.idLimit);
    }
    if (this.keys?.version !== header.version) this.keys = new InitialKeys(header.version, this.id);
    const frames = this.keys.open(role, bytes, start, header);
    if (frames === undefined) {
      this.unreadable++;
      return true;
    }
    return this.frames(role, frames, at);
  }

  private frames(role: Role, bytes: Uint8Array, at: PacketPosition): boolean {
    const cursor = new VariableCursor(bytes, 0, bytes.length);
    for (let count = 0; count < FRAMES_MAXIMUM && cursor.at < bytes.length && !cursor.failed; count++) {
      const type = cursor.next();
      if (type === Frame.padding) {
        while (cursor.at < bytes.length && bytes[cursor.at] === Frame.padding) cursor.at++;
      } else if (type === Frame.crypto) {
        const offset = cursor.next();
        const length = cursor.next();
        if (cursor.failed || length > bytes.length - cursor.at) break;
        this.hellos[role]?.add(offset, bytes.subarray(cursor.at, cursor.at + length));
        cursor.at += length;
      } else if (type === Frame.acknowledgement || type === Frame.acknowledgementWithCounts) {
        skipAcknowledgement(cursor, type);
      } else if (type === Frame.close) {
        const error = cursor.next();
        if (!cursor.failed) this.closed(role, error, at);
        return false;
      } else if (type !== Frame.ping) break;
    }
    this.hello(role);
    return true;
  }

  private hello(role: Role): void {
    const message = this.hellos[role]?.message;
    if (message === undefined) return;
    if (role === 'client' && message[0] === CLIENT_HELLO) this.serverName = tellClientHello(this.context, message, HANDSHAKE_HEADER, message.length, message.length, 'q');
    if (role === 'server' && message[0] === SERVER_HELLO) this.answered(message);
    this.hellos[role] = null;
  }

  /** The version of TLS is no news: QUIC has 1.3 at least. */
  private answered(message: Uint8Array): void {
    const { context } = this;
    const quiet: AnalysisContext = {
      transport: context.transport, client: context.client, server: context.server, events: context.events,
      protocol: () => undefined, failure: () => undefined, malformed: () => undefined, fact: (name, value) => { if (name === 'cipher') context.fact(name, value); },
    };
    tellServerHello(quiet, message, HANDSHAKE_HEADER, message.length);
  }

  private closed(role: Role, error: number, at: PacketPosition): void {
    if (error === 0) return;
    const isAlert = error >= CRYPTO_ERROR && error < 2 * CRYPTO_ERROR;
    const code = isAlert ? alertName(error - CRYPTO_ERROR) : ERRORS.get(error) ?? `QUIC error 0x${error.toString(16)}`;
    this.context.fact('handshake', 'failed');
    this.context.fact('alertFrom', role);
    this.context.failure({ protocol: 'quic', kind: isAlert ? 'tls' : 'refused', code, target: this.serverName }, at);
  }
}

/** RFC 9000 19.3. */
function skipAcknowledgement(cursor: VariableCursor, type: number): void {
  cursor.next(); // largest
  cursor.next(); // delay
  const ranges = Math.min(cursor.next(), FRAMES_MAXIMUM);
  cursor.next(); // first range
  for (let index = 0; index < 2 * ranges && !cursor.failed; index++) cursor.next();
  for (let index = 0; type === Frame.acknowledgementWithCounts && index < 3; index++) cursor.next();
}
