/**
 * The tunnel of RD Gateway over HTTP ([MS-TSGU] 2.2.10): packets of type u16, reserved u16, length u32, contents, little-endian. The
 * client names the machine that it wants to reach; the gateway says whether it may and whether it is there; then data packets carry
 * RDP. Clear only where TLS ends in front of the gateway.
 */
import type { PacketPosition, ProtocolFailure } from '../../flow/inspection.js';
import { ByteQueue } from '../byte-queue.js';
import { FramedStream } from '../framed-stream.js';
import type { MessageReader } from '../framed-stream.js';
import { RecogniserIndex } from '../recogniser-index.js';
import type { AnalysisContext, ProtocolAnalyzer, Role } from '../recogniser.js';
import { uint16Le, uint32Le } from '../wire-integer.js';
import { utf16Text } from '../wire-text.js';
import { TunnelledStream } from './tunnelled-stream.js';
import { tunnelledRecognisers } from './recognisers.js';

const HEADER = 8;
const LENGTH_MAXIMUM = 0x20000;
/** A hello and the answer to it, with certificates, come in packets of this size. */
const PACKET_HEAD = 16_384;
const PACKETS_MAXIMUM = 128;

const PacketType = { handshakeResponse: 2, tunnelResponse: 5, authorizationRequest: 6, authorizationResponse: 7, channelRequest: 8, channelResponse: 9, data: 10, last: 0x11 } as const;
/** Where the status is behind the header. */
const STATUS_AT: ReadonlyMap<number, number> = new Map([
  [PacketType.handshakeResponse, 0], [PacketType.tunnelResponse, 2], [PacketType.authorizationResponse, 0], [PacketType.channelResponse, 0],
]);
/** Random bytes that the gateway sends before its first packet (3.3.5.1): 10 as a rule, at most 100. Not over WebSocket. */
const SEED_MAXIMUM = 100;
/** Header of the first packet behind them, the answer to the handshake: 18 bytes (2.2.10.10). */
const FIRST_PACKET = [2, 0, 0, 0, 18, 0, 0, 0];

/** Statuses without the facility (2.2.6); the gateway sends them with and without. */
const STATUSES: ReadonlyMap<number, readonly [string, ProtocolFailure['kind']]> = new Map([
  [0x59d8, ['E_PROXY_INTERNALERROR', 'unavailable']], [0x59da, ['E_PROXY_RAP_ACCESSDENIED', 'access-denied']], [0x59db, ['E_PROXY_NAP_ACCESSDENIED', 'access-denied']],
  [0x59dd, ['E_PROXY_TS_CONNECTFAILED', 'unavailable']], [0x59e6, ['E_PROXY_MAXCONNECTIONSREACHED', 'unavailable']], [0x59e8, ['E_PROXY_NOTSUPPORTED', 'protocol']],
  [0x59e9, ['E_PROXY_CAPABILITYMISMATCH', 'protocol']], [0x59ed, ['E_PROXY_QUARANTINE_ACCESSDENIED', 'access-denied']], [0x59ee, ['E_PROXY_NOCERTAVAILABLE', 'unavailable']],
  [0x59f6, ['E_PROXY_SESSIONTIMEOUT', 'refused']], [0x59f7, ['E_PROXY_COOKIE_BADPACKET', 'protocol']], [0x59f8, ['E_PROXY_COOKIE_AUTHENTICATION_ACCESS_DENIED', 'authentication']],
  [0x59f9, ['E_PROXY_UNSUPPORTED_AUTHENTICATION_METHOD', 'authentication']],
]);
const FACILITY_WIN32 = 0x8007;

let index: RecogniserIndex | undefined;

export class RdGatewayTunnel implements ProtocolAnalyzer, MessageReader {
  private readonly context: AnalysisContext;
  private readonly streams: Readonly<Record<Role, FramedStream>>;
  private inner: TunnelledStream | undefined;
  private target = '';
  private port = 0;
  private packets = 0;
  /** What may yet be the seed; null: packets have begun. */
  private seed: ByteQueue | null = new ByteQueue(SEED_MAXIMUM + FIRST_PACKET.length + 66_000);

  constructor(context: AnalysisContext) {
    this.context = context;
    this.streams = { client: new FramedStream(this, 'client', PACKET_HEAD), server: new FramedStream(this, 'server', PACKET_HEAD) };
  }

  data(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (role === 'server' && this.seed !== null) return this.first(this.seed, bytes, start, limit, at);
    return this.streams[role].push(bytes, start, limit, at);
  }

  end(): void {
    this.inner?.end();
  }

  private first(seed: ByteQueue, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (!seed.append(bytes, start, limit)) return false;
    const last = Math.min(seed.start + SEED_MAXIMUM, seed.limit - FIRST_PACKET.length);
    for (let place = seed.start; place <= last; place++) {
      if (!FIRST_PACKET.every((byte, offset) => seed.bytes[place + offset] === byte)) continue;
      this.seed = null;
      return this.streams.server.push(seed.bytes, place, seed.limit, at);
    }
    return seed.length < SEED_MAXIMUM + FIRST_PACKET.length && seed.keep();
  }

  measure(bytes: Uint8Array, start: number, limit: number): number {
    if (!isPacketStart(bytes, start, limit)) return -1;
    if (limit - start < HEADER) return 0;
    const length = uint32Le(bytes, start + 4);
    return length < HEADER || length > LENGTH_MAXIMUM ? -1 : length;
  }

  message(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (++this.packets > PACKETS_MAXIMUM) return false;
    const type = bytes[start]!;
    const contents = start + HEADER;
    if (type === PacketType.data) return this.carried(role, bytes, contents, limit, at);
    if (type === PacketType.channelRequest) this.channel(bytes, contents, limit);
    else if (type === PacketType.authorizationRequest) this.authorization(bytes, contents, limit);
    const status = STATUS_AT.get(type);
    return status === undefined || limit - contents < status + 4 || this.answered(uint32Le(bytes, contents + status), at);
  }

  /** Counts of names and of alternatives, port, protocol, then names with their length. */
  private channel(bytes: Uint8Array, start: number, limit: number): void {
    if (limit - start < 8 || bytes[start] === 0) return;
    this.port = uint16Le(bytes, start + 2);
    this.target = utf16Text(bytes, start + 8, Math.min(limit, start + 8 + uint16Le(bytes, start + 6)));
    if (this.target !== '') this.context.fact('tunnelTo', `${this.target}:${this.port}`);
  }

  private authorization(bytes: Uint8Array, start: number, limit: number): void {
    if (limit - start < 4) return;
    const name = utf16Text(bytes, start + 4, Math.min(limit, start + 4 + uint16Le(bytes, start + 2)));
    if (name !== '') this.context.fact('clientName', name);
  }

  private answered(status: number, at: PacketPosition): boolean {
    if (status === 0) return true;
    const high = status >>> 16;
    const known = high === 0 || high === FACILITY_WIN32 ? STATUSES.get(status & 0xffff) : undefined;
    const [code, kind] = known ?? [`0x${status.toString(16).padStart(8, '0')}`, 'refused' as const];
    this.context.failure({ protocol: 'rd-gateway', kind, code, target: this.target }, at);
    return false;
  }

  /** Length u16, then what goes to or comes from the machine. */
  private carried(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (limit - start < 2) return true;
    const end = start + 2 + uint16Le(bytes, start);
    this.inner ??= new TunnelledStream(this.context, (index ??= new RecogniserIndex(tunnelledRecognisers, 'tcp')), this.port);
    const wanted = this.inner.data(role, bytes, start + 2, Math.min(limit, end), at);
    return wanted && (end <= limit || this.inner.gap(role));
  }
}

/** Type, a zero byte and a reserved word, as far as they are there. */
function isPacketStart(bytes: Uint8Array, start: number, limit: number): boolean {
  if (bytes[start] === 0 || bytes[start]! > PacketType.last) return false;
  for (let at = start + 1; at < start + 4 && at < limit; at++) if (bytes[at] !== 0) return false;
  return true;
}
