/**
 * SOCKS (RFC 1928, RFC 1929 for names and passwords; version 4 and 4A by their first implementer's notes): the client says where it wants
 * to, the proxy whether it gets there, and what follows is the stream to that place. Proof: a greeting of version 5 that is as long as it
 * says and offers known methods; a request of version 4 that ends with its zero.
 */
import type { PacketPosition, ProtocolFailure } from '../flow/inspection.js';
import { ipv4Text, ipv6Text } from '../decode/address-text.js';
import { ByteQueue } from './byte-queue.js';
import { RecogniserIndex } from './recogniser-index.js';
import { Recognition } from './recogniser.js';
import type { AnalysisContext, ProtocolAnalyzer, Recogniser, Role } from './recogniser.js';
import { http } from './http/recogniser.js';
import { tunnelledRecognisers } from './tunnel/recognisers.js';
import { TunnelledStream } from './tunnel/tunnelled-stream.js';
import { uint16, uint32 } from './wire-integer.js';
import { indexOfByte, latinText } from './wire-text.js';

const VERSION4 = 4;
const VERSION5 = 5;
const CONNECT = 1;
/** Of RFC 1929. */
const LOGIN_VERSION = 1;
const METHODS_MAXIMUM = 16;
const NO_METHOD = 0xff;
/** Methods that IANA has named. */
const METHOD_MAXIMUM = 9;
const AddressType = { ipv4: 1, name: 3, ipv6: 4 } as const;
const HEAD_MAXIMUM = 1024;
const REQUEST4 = 8;
const GRANTED4 = 0x5a;

const METHODS = ['none', 'GSS-API', 'password'];
/** RFC 1928 6. */
const REPLIES: readonly (readonly [string, ProtocolFailure['kind']])[] = [
  ['succeeded', 'refused'], ['general failure', 'unavailable'], ['not allowed by ruleset', 'access-denied'], ['network unreachable', 'unavailable'], ['host unreachable', 'unavailable'],
  ['connection refused', 'refused'], ['TTL expired', 'unavailable'], ['command not supported', 'protocol'], ['address type not supported', 'protocol'],
];

export const socks: Recogniser = {
  protocol: 'socks',
  transport: 'tcp',
  ports: [1080],
  recognise(bytes, start, limit) {
    const version = bytes[start];
    if (version === VERSION5) return greets(bytes, start, limit);
    return version === VERSION4 ? asks4(bytes, start, limit) : Recognition.no;
  },
  analyse: (context) => new SocksAnalyzer(context),
};

function greets(bytes: Uint8Array, start: number, limit: number): Recognition {
  if (limit - start < 2) return Recognition.more;
  const count = bytes[start + 1]!;
  if (count === 0 || count > METHODS_MAXIMUM) return Recognition.no;
  const end = start + 2 + count;
  for (let at = start + 2; at < end && at < limit; at++) {
    if (bytes[at]! > METHOD_MAXIMUM && (bytes[at]! < 0x80 || bytes[at] === NO_METHOD)) return Recognition.no;
  }
  if (limit < end) return Recognition.more;
  // A client that does not wait sends its name or its request at once.
  return limit === end || bytes[end] === VERSION5 || bytes[end] === LOGIN_VERSION ? Recognition.client : Recognition.no;
}

/** Port, address, a user that is text, its zero; with an address of 0.0.0.x a name follows in the same way. */
function asks4(bytes: Uint8Array, start: number, limit: number): Recognition {
  if (limit - start > 1 && bytes[start + 1] !== CONNECT) return Recognition.no;
  if (limit - start <= REQUEST4) return Recognition.more;
  const address = uint32(bytes, start + 4);
  if (uint16(bytes, start + 2) === 0 || address === 0 || (address > 0xff && address < 0x01000000)) return Recognition.no;
  let zeros = 0;
  for (let at = start + REQUEST4; at < limit && at < start + HEAD_MAXIMUM; at++) {
    if (bytes[at] === 0) zeros++;
    else if (bytes[at]! < 0x20 || bytes[at]! > 0x7e) return Recognition.no;
  }
  const wanted = address <= 0xff ? 2 : 1;
  if (zeros < wanted) return Recognition.more;
  return zeros === wanted && bytes[limit - 1] === 0 ? Recognition.client : Recognition.no;
}

let index: RecogniserIndex | undefined;

class SocksAnalyzer implements ProtocolAnalyzer {
  private readonly context: AnalysisContext;
  private readonly queues: Readonly<Record<Role, ByteQueue>> = { client: new ByteQueue(HEAD_MAXIMUM + 66_000), server: new ByteQueue(HEAD_MAXIMUM + 66_000) };
  private readonly stage: Record<Role, 'begin' | 'middle' | 'tunnel'> = { client: 'begin', server: 'begin' };
  private target = '';
  private port = 0;
  private inner: TunnelledStream | undefined;

  constructor(context: AnalysisContext) {
    this.context = context;
  }

  data(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (this.stage[role] === 'tunnel') return this.through(role, bytes, start, limit, at);
    const queue = this.queues[role];
    if (!queue.append(bytes, start, limit)) return false;
    for (let taken = 1; taken > 0 && queue.length > 0 && !this.isThrough(role);) {
      taken = role === 'client' ? this.said(queue) : this.answered(queue, at);
      if (taken < 0) return false;
      queue.consume(taken);
    }
    if (!this.isThrough(role)) return queue.length < HEAD_MAXIMUM && queue.keep();
    const rest = { bytes: queue.bytes, start: queue.start, limit: queue.limit };
    queue.clear();
    return rest.start === rest.limit || this.through(role, rest.bytes, rest.start, rest.limit, at);
  }

  gap(role: Role): boolean {
    return this.isThrough(role) && this.inner !== undefined && this.inner.gap(role);
  }

  end(): void {
    this.inner?.end();
  }

  private isThrough(role: Role): boolean {
    return this.stage[role] === 'tunnel';
  }

  private through(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    index ??= new RecogniserIndex([...tunnelledRecognisers, http], 'tcp');
    this.inner ??= new TunnelledStream(this.context, index, this.port);
    return this.inner.data(role, bytes, start, limit, at);
  }

  /** One message of the client. Answers its length; 0: it is not complete; negative: it is none, or hidden. */
  private said({ bytes, start, limit, length }: ByteQueue): number {
    const version = bytes[start]!;
    if (this.stage.client === 'begin' && version === VERSION4) return this.request4(bytes, start, limit);
    if (length < 2) return 0;
    if (this.stage.client === 'begin') {
      const greeting = 2 + bytes[start + 1]!;
      if (length < greeting) return 0;
      this.stage.client = 'middle';
      this.context.fact('version', 5);
      return greeting;
    }
    if (version === LOGIN_VERSION) return this.login(bytes, start, limit);
    if (version !== VERSION5 || bytes[start + 1] !== CONNECT) return -1;
    const end = this.address(bytes, start, limit);
    if (end <= 0) return end;
    this.context.fact('tunnelTo', `${this.target}:${this.port}`);
    this.stage.client = 'tunnel';
    return end - start;
  }

  /** The name is told, the password is not looked at. */
  private login(bytes: Uint8Array, start: number, limit: number): number {
    const password = start + 2 + bytes[start + 1]!;
    if (password >= limit) return 0;
    const end = password + 1 + bytes[password]!;
    if (end > limit) return 0;
    this.context.fact('user', latinText(bytes, start + 2, password));
    return end - start;
  }

  /** Reads target and port of a request, or skips those of a reply; answers where they end. */
  private address(bytes: Uint8Array, start: number, limit: number): number {
    if (limit - start < 5) return 0;
    const type = bytes[start + 3];
    const from = type === AddressType.name ? start + 5 : start + 4;
    const size = type === AddressType.name ? bytes[start + 4]! : type === AddressType.ipv4 ? 4 : type === AddressType.ipv6 ? 16 : -1;
    if (size < 0) return -1;
    if (from + size + 2 > limit) return 0;
    this.port = uint16(bytes, from + size);
    if (type === AddressType.name) this.target = latinText(bytes, from, from + size);
    else this.target = type === AddressType.ipv4 ? ipv4Text(uint32(bytes, from)) : `[${ipv6Text(uint32(bytes, from), uint32(bytes, from + 4), uint32(bytes, from + 8), uint32(bytes, from + 12))}]`;
    return from + size + 2;
  }

  private request4(bytes: Uint8Array, start: number, limit: number): number {
    const user = indexOfByte(bytes, 0, start + REQUEST4, limit);
    if (user < 0) return 0;
    const named = uint32(bytes, start + 4) <= 0xff;
    const end = named ? indexOfByte(bytes, 0, user + 1, limit) : user;
    if (end < 0) return 0;
    this.port = uint16(bytes, start + 2);
    this.target = named ? latinText(bytes, user + 1, end) : ipv4Text(uint32(bytes, start + 4));
    this.context.fact('version', 4);
    if (user > start + REQUEST4) this.context.fact('user', latinText(bytes, start + REQUEST4, user));
    this.context.fact('tunnelTo', `${this.target}:${this.port}`);
    this.stage.client = 'tunnel';
    return end + 1 - start;
  }

  private answered({ bytes, start, limit, length }: ByteQueue, at: PacketPosition): number {
    const version = bytes[start]!;
    if (length < 2) return 0;
    const code = bytes[start + 1]!;
    if (this.stage.server === 'begin' && version === 0) {
      if (length < REQUEST4) return 0;
      this.stage.server = 'tunnel';
      return code === GRANTED4 ? REQUEST4 : this.fail('refused', `request rejected (${code})`, at);
    }
    if (this.stage.server === 'begin' && version === VERSION5) {
      this.stage.server = 'middle';
      if (code === NO_METHOD) return this.fail('authentication', 'no acceptable method', at);
      this.context.fact('authentication', METHODS[code] ?? `method ${code}`);
      return METHODS[code] === 'GSS-API' ? -1 : 2;
    }
    if (version === LOGIN_VERSION) return code === 0 ? 2 : this.fail('authentication', 'login failed', at);
    if (version !== VERSION5) return -1;
    if (code !== 0) {
      const [text, kind] = REPLIES[code] ?? [`reply ${code}`, 'refused' as const];
      return this.fail(kind, text, at);
    }
    const { target, port } = this;
    const end = this.address(bytes, start, limit);
    [this.target, this.port] = [target, port];
    if (end <= 0) return end;
    this.stage.server = 'tunnel';
    return end - start;
  }

  private fail(kind: ProtocolFailure['kind'], code: string, at: PacketPosition): -1 {
    this.context.failure({ protocol: 'socks', kind, code, target: this.target === '' ? '' : `${this.target}:${this.port}` }, at);
    return -1;
  }
}
