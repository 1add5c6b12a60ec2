/**
 * .NET message framing over TCP, `net.tcp` ([MC-NMF] 2.2): records of a type byte and contents. The client's preamble is version
 * `00 01 00`, mode `01 x`, via `02 length uri`. The server answers with single bytes, or a fault record that names what is wrong. Where both
 * agree on an upgrade, TLS or a NegotiateStream follows in the same connection.
 */
import type { PacketPosition, ProtocolFailure } from '../flow/inspection.js';
import { ByteQueue } from './byte-queue.js';
import { NegotiateStream } from './negotiate-stream.js';
import { Recognition } from './recogniser.js';
import type { AnalysisContext, ProtocolAnalyzer, Recogniser, Role } from './recogniser.js';
import { TlsAnalyzer } from './tls/analyzer.js';
import { utf8Text } from './wire-text.js';

const PREAMBLE = [0x00, 0x01, 0x00, 0x01];
const MODE = 4;
const VIA = 5;
const VIA_RECORD = 2;
const MODE_MAXIMUM = 4;
const PREAMBLE_MAXIMUM = 4096;

const UPGRADE_REQUEST = 9;
const ENCODING = 3;
const FAULT = 8;
const UPGRADE_RESPONSE = 10;
const ENCODINGS = ['SOAP 1.1 UTF-8', 'SOAP 1.1 UTF-16', 'SOAP 1.1 UTF-16LE', 'SOAP 1.2 UTF-8', 'SOAP 1.2 UTF-16', 'SOAP 1.2 UTF-16LE', 'MTOM', 'binary', 'binary with session'];

const FAULT_KINDS: readonly (readonly [string, ProtocolFailure['kind']])[] = [
  ['EndpointNotFound', 'not-found'], ['EndpointUnavailable', 'unavailable'], ['ServerTooBusy', 'unavailable'], ['ServiceActivationFailed', 'unavailable'],
  ['UnsupportedVersion', 'protocol'], ['UnsupportedMode', 'protocol'], ['ContentTypeInvalid', 'protocol'], ['UpgradeInvalid', 'protocol'],
];

export const wcf: Recogniser = {
  protocol: 'wcf',
  transport: 'tcp',
  ports: [808, 9389, 8102],
  recognise(bytes, start, limit) {
    for (let index = 0; index < PREAMBLE.length && start + index < limit; index++) {
      if (bytes[start + index] !== PREAMBLE[index]) return Recognition.no;
    }
    if (limit - start <= VIA) return Recognition.more;
    const mode = bytes[start + MODE]!;
    return mode >= 1 && mode <= MODE_MAXIMUM && bytes[start + VIA] === VIA_RECORD ? Recognition.client : Recognition.no;
  },
  analyse: (context) => new WcfAnalyzer(context),
};

class WcfAnalyzer implements ProtocolAnalyzer {
  private readonly context: AnalysisContext;
  private readonly queues: Readonly<Record<Role, ByteQueue>> = { client: new ByteQueue(PREAMBLE_MAXIMUM + 66_000), server: new ByteQueue(PREAMBLE_MAXIMUM + 66_000) };
  private via = '';
  private preambleEnded = false;
  /** The server agreed to the upgrade. */
  private answered = false;
  private inner: ProtocolAnalyzer | null = null;
  private at = 0;

  constructor(context: AnalysisContext) {
    this.context = context;
  }

  data(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (this.isUpgraded(role)) return this.inner!.data(role, bytes, start, limit, at);
    if (role === 'client' && this.preambleEnded) return true;
    const queue = this.queues[role];
    if (!queue.append(bytes, start, limit)) return false;
    const wanted = role === 'client' ? this.preamble(queue) : this.answers(queue, at);
    if (wanted && this.isUpgraded(role)) return this.upgraded(role, queue, at);
    return wanted && queue.length < PREAMBLE_MAXIMUM && queue.keep();
  }

  private preamble(queue: ByteQueue): boolean {
    if (this.at === 0) {
      if (queue.length < VIA) return true;
      queue.consume(VIA);
      this.at = VIA;
    }
    while (queue.length > 0) {
      const type = queue.bytes[queue.start]!;
      if (type === ENCODING) {
        if (queue.length < 2) return true;
        this.context.fact('encoding', ENCODINGS[queue.bytes[queue.start + 1]!] ?? queue.bytes[queue.start + 1]!);
        queue.consume(2);
      } else if (type === VIA_RECORD || type === UPGRADE_REQUEST) {
        const text = takeText(queue);
        if (text === undefined) return true;
        if (type === VIA_RECORD) this.context.fact('via', this.via = text);
        else return this.upgrade(text, queue);
      } else return this.endPreamble(queue);
    }
    return true;
  }

  /** What follows is the upgraded stream or messages; the server may still answer with a fault. */
  private upgrade(security: string, queue: ByteQueue): boolean {
    this.context.fact('security', security);
    if (security === 'application/ssl-tls') this.inner = new TlsAnalyzer(this.context);
    else if (security === 'application/negotiate') this.inner = new NegotiateStream(this.context, this.via);
    else return this.endPreamble(queue);
    this.preambleEnded = true;
    return true;
  }

  private isUpgraded(role: Role): boolean {
    return this.inner !== null && (role === 'client' ? this.preambleEnded : this.answered);
  }

  private upgraded(role: Role, queue: ByteQueue, at: PacketPosition): boolean {
    const { bytes, start, limit } = queue;
    queue.clear();
    return start === limit || this.inner!.data(role, bytes, start, limit, at);
  }

  gap(role: Role): boolean {
    return this.isUpgraded(role) && (this.inner!.gap?.(role) ?? false);
  }

  end(): void {
    this.inner?.end?.();
  }

  private endPreamble(queue: ByteQueue): true {
    this.preambleEnded = true;
    queue.clear();
    return true;
  }

  private answers(queue: ByteQueue, at: PacketPosition): boolean {
    const type = queue.bytes[queue.start]!;
    if (type === UPGRADE_RESPONSE) {
      this.context.fact('upgraded', true);
      this.answered = true;
      queue.consume(1);
      return this.inner !== null;
    }
    if (type !== FAULT) return false;
    const text = takeText(queue);
    if (text === undefined) return true;
    const name = text.slice(text.lastIndexOf('/') + 1);
    this.context.failure({ protocol: 'wcf', kind: FAULT_KINDS.find(([fault]) => fault === name)?.[1] ?? 'refused', code: name, target: this.via }, at);
    return false;
  }
}

/** A record of type byte, length in groups of 7 bits, text; undefined while it is not complete. */
function takeText(queue: ByteQueue): string | undefined {
  const { bytes, start, limit } = queue;
  let length = 0;
  let at = start + 1;
  for (let shift = 0; shift < 21; shift += 7) {
    if (at >= limit) return undefined;
    const byte = bytes[at++]!;
    length |= (byte & 0x7f) << shift;
    if ((byte & 0x80) === 0) break;
  }
  if (at + length > limit) return undefined;
  const text = utf8Text(bytes, at, at + length);
  queue.consume(at + length - start);
  return text;
}
