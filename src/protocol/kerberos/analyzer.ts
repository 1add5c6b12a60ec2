/**
 * Who asked for a ticket to what, and what the key distribution centre answered (RFC 4120 5.4, 5.9). Only what is not encrypted
 * is read: realm and names of requests, codes of errors.
 */
import type { PacketPosition } from '../../flow/inspection.js';
import { BerCursor } from '../ber.js';
import { copyPosition } from '../byte-queue.js';
import { FramedStream } from '../framed-stream.js';
import type { MessageReader } from '../framed-stream.js';
import type { TicketUse } from '../events.js';
import type { AnalysisContext, ProtocolAnalyzer, Role } from '../recogniser.js';
import { uint32 } from '../wire-integer.js';
import { alone, utf8Text } from '../wire-text.js';
import { ntStatusName } from '../nt-status.js';
import { kerberosErrorKind, kerberosErrorName, refusedOption } from './error-code.js';
import { extendedStatus } from './error-data.js';
import { MessageTag } from './message-tag.js';
import { principalName } from './principal.js';

const LENGTH = 4;
const MESSAGE_MAXIMUM = 65_536;
const EXCHANGES_MAXIMUM = 64;
const SERVICES_MAXIMUM = 16;

const SEQUENCE = 0x30;
const REQUEST_PREAUTHENTICATION = 0xa3;
const REQUEST_BODY = 0xa4;
const PREAUTHENTICATION_TYPE = 0xa1;
const BODY_OPTIONS = 0xa0;
const BODY_CLIENT = 0xa1;
const BODY_REALM = 0xa2;
const BODY_SERVICE = 0xa3;
/** [MS-SFU] 2.2.1, 2.2.2: on whose behalf a service asks for a ticket to itself. */
const FOR_USER = 129;
const FOR_CERTIFICATE_USER = 130;
/** cname-in-addl-tkt, bit 14 counted from the highest ([MS-SFU] 2.2.3). */
const ON_BEHALF = 1 << (31 - 14);
const PREAUTHENTICATIONS_MAXIMUM = 16;
/** A datagram that is repeated is the same request. */
const ASKED_MAXIMUM = 4;

const ERROR_CODE = 0xa6;
const ERROR_REALM = 0xa9;
const ERROR_SERVICE = 0xaa;
const ERROR_DATA = 0xac;
const OCTET_STRING = 0x04;

const NONE: readonly string[] = [];

/** Moves over one message at a time: one for all connections. */
const cursor = new BerCursor();

interface Asked {
  readonly service: string;
  readonly user: string;
  readonly kind: TicketUse['kind'];
  /** KDCOptions, the first bit the highest (RFC 4120 5.4.1). */
  readonly options: number;
  readonly at: Readonly<PacketPosition>;
  /** The one made after it. */
  next: Asked | null;
}

export class KerberosAnalyzer implements ProtocolAnalyzer, MessageReader {
  private readonly context: AnalysisContext;
  private client: FramedStream | null = null;
  private server: FramedStream | null = null;
  private services: readonly string[] = NONE;
  private user = '';
  private exchanges = 0;
  /** Requests that are not answered yet, the oldest first. */
  private asked: Asked | null = null;
  private askedCount = 0;

  constructor(context: AnalysisContext) {
    this.context = context;
  }

  data(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (this.context.transport === 'tcp') return this.stream(role).push(bytes, start, limit, at);
    return this.read(bytes, start, limit, at, true);
  }

  gap(role: Role): boolean {
    this.stream(role).gap();
    return true;
  }

  private stream(role: Role): FramedStream {
    return role === 'client' ? (this.client ??= new FramedStream(this, role, MESSAGE_MAXIMUM)) : (this.server ??= new FramedStream(this, role, MESSAGE_MAXIMUM));
  }

  measure(bytes: Uint8Array, start: number, limit: number): number {
    if (limit - start < LENGTH) return 0;
    const length = uint32(bytes, start);
    return length === 0 || length > 2 * MESSAGE_MAXIMUM ? -1 : LENGTH + length;
  }

  derailed(at: PacketPosition): void {
    this.context.malformed('a length that no message has', at);
  }

  message(_role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    return this.read(bytes, start + LENGTH, limit, at, limit - start === LENGTH + uint32(bytes, start));
  }

  private read(bytes: Uint8Array, start: number, limit: number, at: PacketPosition, isWhole: boolean): boolean {
    if (!cursor.read(bytes, start, limit)) {
      if (isWhole) this.context.malformed('an element that is longer than its message', at);
      return true;
    }
    const { tag } = cursor;
    if (!cursor.enter(bytes, cursor.start, cursor.limit, SEQUENCE)) {
      if (isWhole) this.context.malformed('contents that are no sequence', at);
      return true;
    }
    if (tag === MessageTag.asRequest || tag === MessageTag.tgsRequest) {
      this.context.fact('message', tag === MessageTag.asRequest ? 'AS' : 'TGS');
      const { start: from, limit: to } = cursor;
      this.request(bytes, from, to, tag === MessageTag.asRequest, at);
    } else if (tag === MessageTag.error) {
      this.error(bytes, cursor.start, cursor.limit, at);
    } else if (tag === MessageTag.asReply || tag === MessageTag.tgsReply) {
      this.context.fact('granted', true);
      this.settle('granted');
    }
    return ++this.exchanges < 2 * EXCHANGES_MAXIMUM;
  }

  end(): void {
    while (this.asked !== null) this.settle('unanswered');
  }

  private settle(result: string): void {
    const { asked } = this;
    if (asked === null) return;
    this.withdraw(asked);
    const { service, user, kind, at } = asked;
    this.context.events.ticketUse?.({ transport: this.context.transport, client: this.context.client, server: this.context.server, service, user, kind, at, result });
  }

  private withdraw(oldest: Asked): void {
    this.asked = oldest.next;
    this.askedCount--;
  }

  /** The same request again, as a datagram that is repeated, is none. */
  private ask(service: string, kind: TicketUse['kind'], options: number, at: PacketPosition): void {
    let last: Asked | null = null;
    for (let one = this.asked; one !== null; last = one, one = one.next) if (one.service === service && one.kind === kind && one.options === options) return;
    if (this.askedCount >= ASKED_MAXIMUM) return;
    this.askedCount++;
    const asked = { service, user: this.user, kind, options, at: copyPosition(at), next: null };
    if (last === null) this.asked = asked;
    else last.next = asked;
  }

  private request(bytes: Uint8Array, start: number, limit: number, logon: boolean, at: PacketPosition): void {
    const forUser = !logon && this.isForUser(bytes, start, limit);
    if (!this.descend(bytes, start, limit, REQUEST_BODY) || !cursor.enter(bytes, cursor.start, cursor.limit, SEQUENCE)) return;
    const { start: from, limit: to } = cursor;
    const options = this.descend(bytes, from, to, BODY_OPTIONS) && cursor.read(bytes, cursor.start, cursor.limit) ? cursor.integer() : 0;
    if (this.descend(bytes, from, to, BODY_REALM)) this.context.fact('realm', this.text(bytes));
    if (this.descend(bytes, from, to, BODY_CLIENT)) {
      this.user = principalName(bytes, cursor.start, cursor.limit);
      if (this.user !== '') this.context.fact('user', this.user);
    }
    if (!this.descend(bytes, from, to, BODY_SERVICE)) return;
    const service = principalName(bytes, cursor.start, cursor.limit);
    const kind = logon ? 'logon' : forUser ? 'for-user' : (options & ON_BEHALF) !== 0 ? 'on-behalf' : 'ticket';
    if (service === '') return;
    this.ask(service, kind, options, at);
    if (this.services.includes(service) || this.services.length >= SERVICES_MAXIMUM) return;
    this.services = this.services === NONE ? alone(service) : [...this.services, service];
    this.context.fact('service', this.services);
  }

  private isForUser(bytes: Uint8Array, start: number, limit: number): boolean {
    if (!this.descend(bytes, start, limit, REQUEST_PREAUTHENTICATION) || !cursor.enter(bytes, cursor.start, cursor.limit, SEQUENCE)) return false;
    const { limit: end } = cursor;
    for (let next = cursor.start, count = 0; count < PREAUTHENTICATIONS_MAXIMUM && cursor.enter(bytes, next, end, SEQUENCE); count++) {
      next = cursor.limit;
      if (!cursor.find(PREAUTHENTICATION_TYPE) || !cursor.read(bytes, cursor.start, cursor.limit)) continue;
      const type = cursor.integer();
      if (type === FOR_USER || type === FOR_CERTIFICATE_USER) return true;
    }
    return false;
  }

  private error(bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    if (!this.descend(bytes, start, limit, ERROR_CODE) || !cursor.read(bytes, cursor.start, cursor.limit)) return;
    const code = cursor.integer();
    this.context.fact('error', kerberosErrorName(code));
    const kind = kerberosErrorKind(code);
    const { asked } = this;
    // A step of a good exchange: the same request comes again, with what was missing.
    if (kind === undefined) {
      if (asked !== null) this.withdraw(asked);
      return;
    }
    this.settle(kerberosErrorName(code));
    const realm = this.descend(bytes, start, limit, ERROR_REALM) ? this.text(bytes) : '';
    const service = this.descend(bytes, start, limit, ERROR_SERVICE) ? principalName(bytes, cursor.start, cursor.limit) : '';
    const about = kind === 'authentication' && this.user !== '' ? this.user : service;
    const target = realm === '' ? about : about === '' ? realm : `${about}@${realm}`;
    const status = this.descend(bytes, start, limit, ERROR_DATA) && cursor.enter(bytes, cursor.start, cursor.limit, OCTET_STRING) ? extendedStatus(bytes, cursor.start, cursor.limit) : 0;
    if (status !== 0) this.context.fact('ntStatus', ntStatusName(status));
    const more = [refusedOption(code, asked?.kind, asked?.options ?? 0), status === 0 ? '' : ntStatusName(status)].filter((text) => text !== '');
    this.context.failure({ protocol: 'kerberos', kind, code: `${kerberosErrorName(code)}${more.length === 0 ? '' : ` (${more.join(', ')})`}`, target }, at);
  }

  private descend(bytes: Uint8Array, start: number, limit: number, tag: number): boolean {
    cursor.bytes = bytes;
    cursor.start = start;
    cursor.limit = limit;
    return cursor.find(tag);
  }

  /** The string that the element just found consists of. */
  private text(bytes: Uint8Array): string {
    return cursor.read(bytes, cursor.start, cursor.limit) ? utf8Text(bytes, cursor.start, cursor.limit) : '';
  }
}
