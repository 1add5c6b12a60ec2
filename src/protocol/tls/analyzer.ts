/**
 * Reads a TLS connection until its handshake is over: hellos, the server's certificate where it is in the clear (up to TLS 1.2),
 * and alerts that ended it. From TLS 1.3 on alerts are encrypted: one is told by the size of the client's first encrypted record.
 */
import type { PacketPosition } from '../../flow/inspection.js';
import { ByteQueue, copyPosition } from '../byte-queue.js';
import { FramedStream } from '../framed-stream.js';
import type { MessageReader } from '../framed-stream.js';
import type { AnalysisContext, ProtocolAnalyzer, Role } from '../recogniser.js';
import { uint16, uint24 } from '../wire-integer.js';
import { certificateHost, readCertificate } from './certificate.js';
import { tellClientHello, tellServerHello } from './hello.js';
import { alertName, RECORD_HEADER, RECORD_MAXIMUM, RecordType } from './record.js';

const HANDSHAKE_HEADER = 4;
const HANDSHAKE_MAXIMUM = 65_536;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const CERTIFICATE = 11;
const CERTIFICATE_REQUEST = 13;
const TLS13 = 0x0304;
const FATAL = 2;
const CLOSE_NOTIFY = 0;
const USER_CANCELED = 90;
/** Two bytes of alert, one of content type, 16 of authentication tag: less than any Finished message. */
const ENCRYPTED_ALERT = 19;
const RECORDS_MAXIMUM = 64;

/** One side: its records, and the state of its handshake messages. Made when it first speaks. */
class Handshake {
  readonly stream: FramedStream;
  /** Messages that continue in the next record; null: there was none. */
  queue: ByteQueue | null = null;
  /** Behind the change of cipher: what follows is encrypted. */
  changedCipher = false;
  encryptedRecords = 0;

  constructor(reader: MessageReader, role: Role) {
    this.stream = new FramedStream(reader, role, RECORD_HEADER + RECORD_MAXIMUM);
  }
}

export class TlsAnalyzer implements ProtocolAnalyzer, MessageReader {
  private readonly context: AnalysisContext;
  private client: Handshake | null = null;
  private server: Handshake | null = null;
  private version = 0;
  private records = 0;
  private serverName = '';
  /** Of the last record whose handshake message goes on in the next. */
  private at: Readonly<PacketPosition> | undefined;

  constructor(context: AnalysisContext) {
    this.context = context;
  }

  data(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    return this.side(role).stream.push(bytes, start, limit, at);
  }

  gap(role: Role): boolean {
    const side = this.side(role);
    side.stream.gap();
    const { queue } = side;
    if (queue === null) return true;
    if (queue.length > HANDSHAKE_HEADER && this.at !== undefined) {
      const { bytes, start, limit } = queue;
      this.handshakeMessage(role, bytes[start]!, bytes, start + HANDSHAKE_HEADER, limit, start + HANDSHAKE_HEADER + uint24(bytes, start + 1), this.at);
    }
    queue.clear();
    return true;
  }

  measure(bytes: Uint8Array, start: number, limit: number): number {
    const type = bytes[start]!;
    if (type >= 0x80 && this.records === 0) return limit - start < 2 ? 0 : 2 + (uint16(bytes, start) & 0x7fff);
    if (type < RecordType.changeCipherSpec || type > RecordType.applicationData) return -1;
    if (limit - start >= 2 && bytes[start + 1] !== 3) return -1;
    return limit - start < RECORD_HEADER ? 0 : RECORD_HEADER + uint16(bytes, start + 3);
  }

  derailed(at: PacketPosition): void {
    this.context.malformed('something that is no record', at);
  }

  /** Behind missing bytes stand encrypted ones: they need to look like a record in all of its header. */
  resumes(bytes: Uint8Array, start: number, limit: number): boolean {
    const available = limit - start;
    if (available > 2 && bytes[start + 2]! > 4) return false;
    return available < RECORD_HEADER || uint16(bytes, start + 3) <= RECORD_MAXIMUM;
  }

  message(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (++this.records > RECORDS_MAXIMUM) return false;
    const contents = start + RECORD_HEADER;
    const side = this.side(role);
    switch (bytes[start]) {
      case RecordType.changeCipherSpec:
        side.changedCipher = true;
        return true;
      case RecordType.handshake:
        if (side.changedCipher) side.encryptedRecords++;
        else this.handshake(role, bytes, contents, limit, at);
        return !this.isComplete();
      case RecordType.alert:
        return this.alert(role, bytes, contents, limit, at);
      case RecordType.applicationData:
        side.encryptedRecords++;
        return this.encrypted(role, limit - contents, at);
      default:
        this.context.fact('offeredVersion', 'SSL 2.0 hello');
        return true;
    }
  }

  /** Both sides have sent something encrypted: the handshake came to its end. */
  private isComplete(): boolean {
    if (!hasEncrypted(this.client) || !hasEncrypted(this.server)) return false;
    this.context.fact('handshake', 'complete');
    return true;
  }

  private encrypted(role: Role, length: number, at: PacketPosition): boolean {
    const isFirst = this.side(role).encryptedRecords === 1;
    if (role === 'client' && isFirst && this.version === TLS13 && length === ENCRYPTED_ALERT && hasEncrypted(this.server)) {
      this.fail('encrypted alert', at);
      return false;
    }
    return !this.isComplete();
  }

  private alert(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (limit - start !== 2 || this.side(role).changedCipher) return false;
    const description = bytes[start + 1]!;
    if (description === CLOSE_NOTIFY || description === USER_CANCELED) return false;
    if (bytes[start] !== FATAL) return true;
    this.context.fact('alertFrom', role);
    this.fail(alertName(description), at);
    return false;
  }

  private fail(code: string, at: PacketPosition): void {
    this.context.fact('handshake', 'failed');
    this.context.failure({ protocol: 'tls', kind: 'tls', code, target: this.serverName }, at);
  }

  private handshake(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    const side = this.side(role);
    const { queue } = side;
    if (queue !== null && queue.length > 0) {
      if (!queue.append(bytes, start, limit)) return;
      bytes = queue.bytes;
      start = queue.start;
      limit = queue.limit;
    }
    while (limit - start >= HANDSHAKE_HEADER) {
      const next = start + HANDSHAKE_HEADER + uint24(bytes, start + 1);
      if (next > limit) break;
      this.handshakeMessage(role, bytes[start]!, bytes, start + HANDSHAKE_HEADER, next, next, at);
      start = next;
    }
    if (start < limit) this.at = copyPosition(at);
    if (queue !== null || start < limit) this.hold(side, bytes, start, limit);
  }

  /** Keeps what is left of the records until now. */
  private hold(side: Handshake, bytes: Uint8Array, start: number, limit: number): void {
    const queue = (side.queue ??= new ByteQueue(HANDSHAKE_MAXIMUM));
    if (queue.length > 0) queue.consume(start - queue.start);
    else if (start < limit) queue.append(bytes, start, limit);
    queue.keep();
  }

  private side(role: Role): Handshake {
    return role === 'client' ? (this.client ??= new Handshake(this, role)) : (this.server ??= new Handshake(this, role));
  }

  /** `end`: where the message says that it ends. */
  private handshakeMessage(role: Role, type: number, bytes: Uint8Array, start: number, limit: number, end: number, at: PacketPosition): void {
    if (type === CLIENT_HELLO) {
      this.serverName = tellClientHello(this.context, bytes, start, limit, end, 't');
    } else if (type === SERVER_HELLO) {
      this.version = tellServerHello(this.context, bytes, start, limit);
    } else if (type === CERTIFICATE_REQUEST && role === 'server') {
      this.context.fact('clientCertificateAsked', true);
    } else if (type === CERTIFICATE && limit - start >= 6) {
      this.certificate(role, bytes, start + 6, Math.min(limit, start + 6 + uint24(bytes, start + 3)), at);
    }
  }

  /** The first certificate of the list is the sender's own; one from a client names no server. */
  private certificate(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    const names = readCertificate(bytes, start, limit);
    if (names === undefined) return;
    if (role === 'client') {
      this.context.fact('clientCertificate', names.subject);
      return;
    }
    this.context.fact('certificate', names.subject);
    this.context.fact('issuer', names.issuer);
    if (names.alternative.length > 0) this.context.fact('alternativeNames', names.alternative);
    const host = certificateHost(names);
    if (host !== '') this.context.events.hostName({ address: this.context.server.address, name: host, from: 'certificate', at: copyPosition(at) });
  }
}

function hasEncrypted(side: Handshake | null): boolean {
  return side !== null && side.encryptedRecords > 0;
}
