/** Questions and answers of one DNS flow: look-ups with their ends, and names of the addresses that were answered. */
import type { PacketPosition } from '../../flow/inspection.js';
import { copyPosition } from '../byte-queue.js';
import { FramedStream } from '../framed-stream.js';
import type { MessageReader } from '../framed-stream.js';
import type { AnalysisContext, ProtocolAnalyzer, Role } from '../recogniser.js';
import { WaitingTable } from '../waiting-table.js';
import { uint16 } from '../wire-integer.js';
import { alone } from '../wire-text.js';
import { DNS_HEADER_LENGTH, readDns } from './message.js';
import type { DnsMessage } from './message.js';

const MESSAGE_MAXIMUM = 65_537;
const MESSAGES_MAXIMUM = 256;
const PENDING_MAXIMUM = 32;
const NAMES_MAXIMUM = 8;
const UNANSWERED = -1;
const QUERY = 0;

/** RFC 1035 4.1.1, RFC 2136 2.2. */
const RCODES: ReadonlyMap<number, string> = new Map([
  [1, 'FORMERR'], [2, 'SERVFAIL'], [3, 'NXDOMAIN'], [4, 'NOTIMP'], [5, 'REFUSED'], [6, 'YXDOMAIN'], [7, 'YXRRSET'], [8, 'NXRRSET'],
  [9, 'NOTAUTH'], [10, 'NOTZONE'],
]);

const NONE: readonly string[] = [];

interface Question {
  readonly name: string;
  readonly type: string;
  readonly at: Readonly<PacketPosition>;
}

export class DnsAnalyzer implements ProtocolAnalyzer, MessageReader {
  private readonly context: AnalysisContext;
  private readonly lookups: boolean;
  private client: FramedStream | null = null;
  private server: FramedStream | null = null;
  private readonly pending = new WaitingTable<Question>();
  private names: readonly string[] = NONE;
  private messages = 0;

  /** @param options.lookups whether look-ups are told, with those that nobody answered. */
  constructor(context: AnalysisContext, options: { readonly lookups: boolean }) {
    this.context = context;
    this.lookups = options.lookups;
  }

  data(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (this.context.transport === 'tcp') return this.stream(role).push(bytes, start, limit, at);
    return this.read(bytes, start, limit, at, limit - start >= DNS_HEADER_LENGTH);
  }

  gap(role: Role): boolean {
    this.stream(role).gap();
    return true;
  }

  private stream(role: Role): FramedStream {
    return role === 'client' ? (this.client ??= new FramedStream(this, role, MESSAGE_MAXIMUM)) : (this.server ??= new FramedStream(this, role, MESSAGE_MAXIMUM));
  }

  end(): void {
    if (!this.lookups) return;
    for (let one = this.pending.shift(); one !== undefined; one = this.pending.shift()) this.told(one.name, one.type, UNANSWERED, NONE, one.at);
  }

  measure(bytes: Uint8Array, start: number, limit: number): number {
    return limit - start < 2 ? 0 : 2 + uint16(bytes, start);
  }

  message(_role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    return this.read(bytes, start + 2, limit, at, limit - start === 2 + uint16(bytes, start));
  }

  private read(bytes: Uint8Array, start: number, limit: number, at: PacketPosition, isWhole: boolean): boolean {
    const message = readDns(bytes, start, limit);
    if (message === undefined) {
      if (isWhole) this.context.malformed('a question that goes beyond its message', at);
      return true;
    }
    if (message.name !== '' && this.names.length < NAMES_MAXIMUM && !this.names.includes(message.name)) {
      this.names = this.names === NONE ? alone(message.name) : [...this.names, message.name];
      this.context.fact('query', this.names);
    }
    if (message.opcode === QUERY) {
      if (message.isResponse) this.answered(message, at);
      else this.asked(message, at);
    } else if (message.opcode === 5) {
      this.context.fact('update', true);
    }
    if (message.isResponse && message.rcode !== 0) this.context.fact('result', RCODES.get(message.rcode) ?? `rcode ${message.rcode}`);
    return ++this.messages < MESSAGES_MAXIMUM;
  }

  private asked(message: Readonly<DnsMessage>, at: PacketPosition): void {
    if (!this.lookups || message.name === '' || this.pending.size >= PENDING_MAXIMUM || this.pending.has(message.id)) return;
    this.pending.add(message.id, { name: message.name, type: message.type, at: copyPosition(at) }, PENDING_MAXIMUM);
  }

  private answered(message: Readonly<DnsMessage>, at: PacketPosition): void {
    const { name, type, rcode, addresses, owners } = message;
    const question = this.pending.take(message.id);
    if (addresses.length > 0) this.tellNames(name, owners, addresses, copyPosition(at));
    if (this.lookups && name !== '') this.told(name, type, rcode, addresses, question?.at ?? copyPosition(at));
  }

  private tellNames(asked: string, owners: readonly string[], addresses: readonly string[], at: Readonly<PacketPosition>): void {
    const { events } = this.context;
    for (let index = 0; index < addresses.length; index++) {
      const name = asked === '' ? owners[index]! : asked;
      if (name !== '') events.hostName({ address: addresses[index]!, name, from: 'dns', at });
    }
  }

  private told(name: string, type: string, result: number, addresses: readonly string[], at: Readonly<PacketPosition>): void {
    const { client, server, transport, events } = this.context;
    events.nameLookup({ client, server, transport, name, type, result, addresses, at });
  }
}
