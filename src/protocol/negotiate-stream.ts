/**
 * The handshake of a .NET NegotiateStream ([MS-NNS] 2.2.1), with which net.tcp secures itself: message id, version 1.0, size of 16 bits
 * big-endian, a GSS-API token. It names the service that is asked for and who asks. An error carries a status of Windows in its last bytes.
 */
import type { PacketPosition } from '../flow/inspection.js';
import { FramedStream } from './framed-stream.js';
import type { MessageReader } from './framed-stream.js';
import type { AnalysisContext, ProtocolAnalyzer, Role } from './recogniser.js';
import { tellSecurityToken } from './security-token.js';
import { uint16, uint32 } from './wire-integer.js';

const HEADER = 5;
const TOKEN_HEAD = 8192;
const MESSAGES_MAXIMUM = 16;
const MessageId = { done: 0x14, error: 0x15, inProgress: 0x16 } as const;

export class NegotiateStream implements ProtocolAnalyzer, MessageReader {
  private readonly context: AnalysisContext;
  private readonly target: string;
  private readonly streams: Readonly<Record<Role, FramedStream>>;
  private messages = 0;
  private service = '';

  /** @param target what a failure is told of where the client named no service. */
  constructor(context: AnalysisContext, target: string) {
    this.context = context;
    this.target = target;
    this.streams = { client: new FramedStream(this, 'client', HEADER + TOKEN_HEAD), server: new FramedStream(this, 'server', HEADER + TOKEN_HEAD) };
  }

  data(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    return this.streams[role].push(bytes, start, limit, at);
  }

  measure(bytes: Uint8Array, start: number, limit: number): number {
    if (bytes[start]! < MessageId.done || bytes[start]! > MessageId.inProgress || (limit - start > 1 && bytes[start + 1] !== 1)) return -1;
    return limit - start < HEADER ? 0 : HEADER + uint16(bytes, start + 3);
  }

  message(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (++this.messages > MESSAGES_MAXIMUM) return false;
    if (bytes[start] === MessageId.error) {
      const code = limit - start < HEADER + 4 ? 'handshake error' : `0x${uint32(bytes, limit - 4).toString(16).padStart(8, '0')}`;
      this.context.failure({ protocol: 'wcf', kind: 'authentication', code, target: this.service === '' ? this.target : this.service }, at);
      return false;
    }
    tellSecurityToken(this.context, bytes, start + HEADER, limit, at, (service) => { this.service = service; });
    return role === 'client' || bytes[start] !== MessageId.done;
  }
}
