/**
 * iSCSI login (RFC 7143 11.12, 11.13): header of 48 bytes with opcode 03 or 43 (request), 23 (response), then text keys. Proof: versions
 * of zero, reserved flags unset, and for a request a key behind the header. Inspection ends with the login, for a discovery session
 * with the list of targets (11.11).
 */
import type { PacketPosition, ProtocolFailure } from '../flow/inspection.js';
import { FramedStream } from './framed-stream.js';
import type { MessageReader } from './framed-stream.js';
import { Recognition } from './recogniser.js';
import type { AnalysisContext, ProtocolAnalyzer, Recogniser, Role } from './recogniser.js';
import { uint16, uint24 } from './wire-integer.js';
import { indexOfByte, latinText } from './wire-text.js';

const HEADER = 48;
const DATA_LENGTH = 5;
const STATUS = 36;
const OPCODE = 0x3f;
const LOGIN_REQUEST = 0x03;
const LOGIN_RESPONSE = 0x23;
const TEXT_RESPONSE = 0x24;
const RESERVED_FLAGS = 0x30;
const TRANSIT_TO_FULL_FEATURE = 0x83;
const DATA_MAXIMUM = 8192;
const MESSAGES_MAXIMUM = 64;
const KEYS_MAXIMUM = 64;
const TARGETS_MAXIMUM = 16;

const FACTS: ReadonlyMap<string, string> = new Map([
  ['InitiatorName', 'initiator'], ['TargetName', 'target'], ['SessionType', 'sessionType'], ['AuthMethod', 'authentication'],
]);

/** RFC 7143 11.13.5: class and detail. */
const STATUSES: ReadonlyMap<number, readonly [string, ProtocolFailure['kind']]> = new Map([
  [0x0200, ['initiator error', 'refused']], [0x0201, ['authentication failure', 'authentication']],
  [0x0202, ['authorization failure', 'access-denied']], [0x0203, ['target not found', 'not-found']], [0x0204, ['target removed', 'not-found']],
  [0x0205, ['unsupported version', 'protocol']], [0x0206, ['too many connections', 'refused']], [0x0207, ['missing parameter', 'protocol']],
  [0x0208, ['cannot include in session', 'refused']], [0x0209, ['session type not supported', 'protocol']],
  [0x020a, ['session does not exist', 'refused']], [0x020b, ['invalid during login', 'protocol']],
  [0x0300, ['target error', 'unavailable']], [0x0301, ['service unavailable', 'unavailable']], [0x0302, ['out of resources', 'unavailable']],
]);

export const iscsi: Recogniser = {
  protocol: 'iscsi',
  transport: 'tcp',
  ports: [3260, 860],
  recognise(bytes, start, limit) {
    const opcode = bytes[start]!;
    const isRequest = (opcode & 0xbf) === LOGIN_REQUEST;
    if (!isRequest && opcode !== LOGIN_RESPONSE) return Recognition.no;
    const available = limit - start;
    if (available > 1 && (bytes[start + 1]! & RESERVED_FLAGS) !== 0) return Recognition.no;
    for (let at = 2; at < DATA_LENGTH && at < available; at++) if (bytes[start + at] !== 0) return Recognition.no;
    if (available < HEADER) return Recognition.more;
    if (uint24(bytes, start + DATA_LENGTH) > DATA_MAXIMUM) return Recognition.no;
    if (!isRequest) return bytes[start + STATUS]! <= 3 ? Recognition.server : Recognition.no;
    if (available === HEADER) return Recognition.more;
    return bytes[start + HEADER]! >= 0x41 && bytes[start + HEADER]! <= 0x7a ? Recognition.client : Recognition.no;
  },
  analyse: (context) => new IscsiAnalyzer(context),
};

class IscsiAnalyzer implements ProtocolAnalyzer, MessageReader {
  private readonly context: AnalysisContext;
  private readonly streams: Readonly<Record<Role, FramedStream>>;
  private readonly targets: string[] = [];
  private target = '';
  private discovery = false;
  private messages = 0;

  constructor(context: AnalysisContext) {
    this.context = context;
    this.streams = { client: new FramedStream(this, 'client', HEADER + DATA_MAXIMUM), server: new FramedStream(this, 'server', HEADER + DATA_MAXIMUM) };
  }

  data(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    return this.streams[role].push(bytes, start, limit, at);
  }

  measure(bytes: Uint8Array, start: number, limit: number): number {
    if (limit - start < 8) return 0;
    return HEADER + 4 * bytes[start + 4]! + ((uint24(bytes, start + DATA_LENGTH) + 3) & ~3);
  }

  message(_role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (limit - start < HEADER || ++this.messages > MESSAGES_MAXIMUM) return false;
    const opcode = bytes[start]! & OPCODE;
    const data = start + HEADER + 4 * bytes[start + 4]!;
    const end = Math.min(limit, data + uint24(bytes, start + DATA_LENGTH));
    if (opcode === LOGIN_REQUEST || opcode === LOGIN_RESPONSE || opcode === TEXT_RESPONSE) this.keys(bytes, data, end, opcode === LOGIN_REQUEST);
    if (opcode === LOGIN_RESPONSE) return this.answered(bytes, start, at);
    return opcode !== TEXT_RESPONSE;
  }

  private answered(bytes: Uint8Array, start: number, at: PacketPosition): boolean {
    const status = uint16(bytes, start + STATUS);
    if (status >= 0x0200) {
      const [name, kind] = STATUSES.get(status) ?? ['login failed', 'refused'];
      this.context.failure({ protocol: 'iscsi', kind, code: `${status.toString(16).padStart(4, '0')} ${name}`, target: this.target }, at);
      return false;
    }
    if (status >= 0x0100) {
      this.context.fact('moved', true);
      return false;
    }
    const isLoggedIn = (bytes[start + 1]! & TRANSIT_TO_FULL_FEATURE) === TRANSIT_TO_FULL_FEATURE;
    if (isLoggedIn) this.context.fact('loggedIn', true);
    return !isLoggedIn || this.discovery;
  }

  private keys(bytes: Uint8Array, start: number, limit: number, isRequest: boolean): void {
    for (let at = start, count = 0; at < limit && count < KEYS_MAXIMUM; count++) {
      const zero = indexOfByte(bytes, 0, at, limit);
      const end = zero < 0 ? limit : zero;
      const equals = indexOfByte(bytes, 0x3d, at, end);
      if (equals > 0) this.key(latinText(bytes, at, equals), latinText(bytes, equals + 1, end), isRequest);
      at = end + 1;
    }
  }

  private key(name: string, value: string, isRequest: boolean): void {
    if (name === 'TargetName' && !isRequest) {
      if (this.targets.length < TARGETS_MAXIMUM) this.targets.push(value);
      this.context.fact('targets', this.targets);
      return;
    }
    if (name === 'TargetName') this.target = value;
    if (name === 'SessionType') this.discovery = value === 'Discovery';
    if (name === 'TargetAddress') this.context.fact('targetAddress', value);
    const fact = FACTS.get(name);
    if (fact !== undefined) this.context.fact(fact, value);
  }
}
