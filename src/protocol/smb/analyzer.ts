/**
 * Reads the messages of an SMB connection: framing by the NetBIOS session header, then SMB 1, 2 or 3. What matters is at the
 * beginning (negotiate, session setup, tree connect), but a second session may fail later, so reading goes on for a bounded
 * number of bytes and messages, and ends at the first large transfer.
 */
import type { PacketPosition } from '../../flow/inspection.js';
import { copyPosition } from '../byte-queue.js';
import { FramedStream } from '../framed-stream.js';
import type { MessageReader } from '../framed-stream.js';
import { decodeNetbiosName } from '../netbios/name.js';
import type { AnalysisContext, ProtocolAnalyzer, Role } from '../recogniser.js';
import { uint24, uint32 } from '../wire-integer.js';
import { beginsWith } from '../wire-text.js';
import { SmbPipes } from './pipes.js';
import { SmbSession } from './session.js';
import { SMB1_READ, SMB1_WRITE } from './smb1-pipes.js';
import { Smb1Reader } from './smb1.js';
import { SMB2_READ, SMB2_WRITE, Smb2Reader } from './smb2.js';

const HEADER = 4;
/** Session setups with large Kerberos tickets are longer; their beginning says enough. A fragment of RPC in a pipe has 4280 bytes. */
const MESSAGE_HEAD = 8192;
const MESSAGES_MAXIMUM = 400;
const BYTES_MAXIMUM = 131_072;
/** How much more may be read while pipes with RPC are open. */
const PIPE_FACTOR = 16;
const ENCRYPTED_MAXIMUM = 16;
const TRANSFER = 8192;

const SESSION_REQUEST = 0x81;
const NEGATIVE_RESPONSE = 0x83;
const KEEPALIVE = 0x85;

const SMB1 = 0xff534d42;
const SMB2 = 0xfe534d42;
const ENCRYPTED = 0xfd534d42;
const COMPRESSED = 0xfc534d42;

export class SmbAnalyzer implements ProtocolAnalyzer, MessageReader {
  private readonly context: AnalysisContext;
  private readonly session: SmbSession;
  private client: FramedStream | null = null;
  private server: FramedStream | null = null;
  private readonly pipes: SmbPipes;
  private smb1: Smb1Reader | undefined;
  private smb2: Smb2Reader | undefined;
  private messages = 0;
  private bytesSeen = 0;
  private encryptedMessages = 0;
  private calledName = '';

  constructor(context: AnalysisContext) {
    this.context = context;
    this.session = new SmbSession(context);
    this.pipes = new SmbPipes(context);
  }

  data(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    return this.stream(role).push(bytes, start, limit, at);
  }

  gap(role: Role): boolean {
    this.stream(role).gap();
    return true;
  }

  end(): void {
    this.pipes.end();
  }

  private stream(role: Role): FramedStream {
    return role === 'client' ? (this.client ??= new FramedStream(this, role, MESSAGE_HEAD)) : (this.server ??= new FramedStream(this, role, MESSAGE_HEAD));
  }

  private stop(): false {
    this.pipes.end();
    return false;
  }

  measure(bytes: Uint8Array, start: number, limit: number): number {
    const type = bytes[start]!;
    if (type !== 0 && (type < SESSION_REQUEST || type > KEEPALIVE)) return -1;
    if (limit - start < HEADER) return 0;
    if (type !== 0) return HEADER + (uint24(bytes, start + 1) & 0x1ffff);
    if (limit - start > HEADER && bytes[start + HEADER]! < 0xfc) return -1;
    return HEADER + uint24(bytes, start + 1);
  }

  /** Only the protocol id tells a message from what stands in files: a zero byte, or 83 for a refusal of NetBIOS, are everywhere. */
  resumes(bytes: Uint8Array, start: number, limit: number): boolean {
    if (bytes[start] !== 0) return false;
    if (limit - start >= HEADER && uint24(bytes, start + 1) < HEADER) return false;
    const id = start + HEADER;
    return (id >= limit || bytes[id]! >= COMPRESSED >>> 24) && (id + 1 >= limit || beginsWith(bytes, id + 1, limit, 'SMB') !== false);
  }

  derailed(at: PacketPosition): void {
    this.context.malformed('something that is no message of a session', at);
  }

  message(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    const length = HEADER + uint24(bytes, start + 1);
    this.bytesSeen += length;
    if (bytes[start] !== 0) this.netbiosSession(role, bytes, start, limit, at);
    else if (limit - start >= 2 * HEADER && !this.smbMessage(bytes, start + HEADER, limit, length, at)) return false;
    const factor = this.pipes.wanted ? PIPE_FACTOR : 1;
    return ++this.messages < factor * MESSAGES_MAXIMUM && this.bytesSeen < factor * BYTES_MAXIMUM || this.stop();
  }

  private smbMessage(bytes: Uint8Array, start: number, limit: number, length: number, at: PacketPosition): boolean {
    const id = uint32(bytes, start);
    if (id === SMB2) {
      const command = (this.smb2 ??= new Smb2Reader(this.session, this.pipes)).read(bytes, start, limit, at);
      return length < TRANSFER || this.pipes.wanted || (command !== SMB2_READ && command !== SMB2_WRITE);
    }
    if (id === SMB1) {
      const command = (this.smb1 ??= new Smb1Reader(this.session, this.pipes)).read(bytes, start, limit, at);
      return length < TRANSFER || this.pipes.wanted || (command !== SMB1_READ && command !== SMB1_WRITE);
    }
    if (id === ENCRYPTED) {
      this.session.encrypted(at);
      return ++this.encryptedMessages < ENCRYPTED_MAXIMUM;
    }
    return id === COMPRESSED;
  }

  /** A session is asked for, and refused, before anything else is said. */
  private netbiosSession(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    const type = bytes[start]!;
    if (this.smb1 !== undefined || this.smb2 !== undefined) return;
    if (type === SESSION_REQUEST) {
      this.calledName = decodeNetbiosName(bytes, start + HEADER, limit)?.name ?? '';
      const calling = decodeNetbiosName(bytes, start + HEADER + 34, limit)?.name ?? '';
      if (this.calledName !== '') this.context.fact('calledName', this.calledName);
      if (calling !== '') this.context.events.hostName({ address: this.context.client.address, name: calling, from: 'netbios', at: copyPosition(at) });
    } else if (type === NEGATIVE_RESPONSE && role === 'server' && limit > start + HEADER) {
      this.session.fail('refused', `NetBIOS session error 0x${bytes[start + HEADER]!.toString(16)}`, this.calledName, at);
    }
  }
}
