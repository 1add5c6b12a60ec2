/**
 * One connection of the connection-oriented protocol (C706 12.6; [MS-RPCE] 3.3): what was bound, what was refused, and which ports
 * the endpoint mapper or the OXID resolver handed out on it. Also for the PDUs on a named pipe, which another analyzer gathers.
 *
 * Stubs are read only where they can teach ports; of all other calls the header is looked at and the rest passes by. Many
 * connections are a bind and nothing else that can be read: what answers and calls need is made with the first of them.
 */
import type { PacketPosition } from '../../flow/inspection.js';
import type { AnalysisContext, ProtocolAnalyzer, Role } from '../recogniser.js';
import { alone } from '../wire-text.js';
import { readSecurityTrailer, trailerText } from './authentication.js';
import { readContextResults, readOfferedContexts, readRejectReason, ResultCode } from './bind.js';
import { CallDialogue } from './calls.js';
import { HttpGreeting } from './http-greeting.js';
import { PduType, readFaultStatus } from './pdu.js';
import type { PduHeader } from './pdu.js';
import { PduStream } from './pdu-stream.js';
import type { PduReader, Sender } from './pdu-stream.js';
import { PresentationTable } from './presentation.js';
import { Refusals } from './refusals.js';
import { FaultMoment, refusalOfFault, refusalOfProviderReason, refusalOfReason } from './status.js';
import { Interest, MAPPER_PORTS } from './well-known.js';

/** PDUs, and bytes of them, after the last bind or alter_context before a connection without ports to learn is left alone. */
const IDLE_PDUS = 1024;
const IDLE_BYTES = 16 << 20;
const FACTS_MAXIMUM = 16;
const CLIENT: Sender = 1;
const SERVER: Sender = 2;

export class RpcConnection implements ProtocolAnalyzer, PduReader {
  private readonly context: AnalysisContext;
  private readonly pipe: string | null;
  private readonly presentations: PresentationTable;
  private client: PduStream | null = null;
  private server: PduStream | null = null;
  /** The greeting of a server; null: it is past, or there was none. */
  private greeting: HttpGreeting | null = null;
  private calls: CallDialogue | null = null;
  private refused: Refusals | null = null;
  private authentication: readonly string[] | null = null;
  private learnsPorts: boolean;
  /** The first PDU of the client was a bind: the server's first bytes are a PDU. */
  private fromStart = false;
  private clientHeard = false;
  private accepted = false;
  private serverHeard = false;
  private afterAuth3 = false;
  private finished = false;
  private idlePdus = 0;
  private idleBytes = 0;

  /** @param pipe name of the pipe (`\\PIPE\\samr`) on which it happens; null: the flow itself. */
  constructor(context: AnalysisContext, pipe: string | null = null) {
    this.context = context;
    this.pipe = pipe;
    // On the mapper's ports a conversation is worth reading without its bind.
    this.learnsPorts = pipe === null && MAPPER_PORTS.includes(context.server.port);
    this.presentations = new PresentationTable(context, pipe, this.learnsPorts ? Interest.unknown : Interest.none);
  }

  data(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (this.finished) return false;
    const inStep = role === 'client' ? (this.client ??= new PduStream(this, CLIENT, false)).push(bytes, start, limit, at)
      : this.serverData(bytes, start, limit, at);
    if (inStep && (this.learnsPorts || this.presentations.isPending() || !this.isIdle())) return true;
    this.end();
    return false;
  }

  gap(role: Role): boolean {
    if (this.finished) return false;
    if (role === 'client') {
      (this.client ??= new PduStream(this, CLIENT, false)).gap();
      this.calls?.clientGap();
    } else {
      (this.server ??= new PduStream(this, SERVER, false)).gap();
      this.calls?.serverGap();
    }
    return true;
  }

  end(): void {
    if (this.finished) return;
    this.finished = true;
    this.presentations.end();
    this.calls?.end(this.serverHeard);
  }

  private serverData(bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (this.server === null) {
      this.server = new PduStream(this, SERVER, this.fromStart);
      if (HttpGreeting.isPossible(bytes, start, limit)) this.greeting = new HttpGreeting();
    }
    return this.server.push(bytes, this.greeting === null ? start : this.greeting.skip(bytes, start, limit), limit, at);
  }

  private isIdle(): boolean {
    return this.idlePdus > IDLE_PDUS || this.idleBytes > IDLE_BYTES;
  }

  wanted(header: PduHeader): number {
    this.idlePdus++;
    this.idleBytes += header.fragmentLength;
    switch (header.type) {
      case PduType.request:
        return this.presentations.interest(header.contextId) === Interest.none ? 0 : header.fragmentLength;
      case PduType.response:
        return this.calls?.get(header.callId) !== undefined || this.presentations.interest(header.contextId) !== Interest.none ? header.fragmentLength : 0;
      default:
        return header.type >= PduType.fault && header.type <= PduType.alterContextResponse ? header.fragmentLength : 0;
    }
  }

  pdu(sender: Sender, header: PduHeader, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    if (sender === CLIENT) this.fromClient(header, bytes, start, limit, at);
    else this.fromServer(header, bytes, start, limit, at);
  }

  private fromClient(header: PduHeader, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    if (!this.clientHeard) {
      this.clientHeard = true;
      this.fromStart = header.type === PduType.bind && this.client!.inStep;
    }
    switch (header.type) {
      case PduType.bind:
      case PduType.alterContext:
        return this.bind(header, bytes, start, limit, at);
      case PduType.auth3:
        this.afterAuth3 = true;
        return;
      case PduType.request:
        return this.dialogue().request(header, bytes, start, limit, at);
    }
  }

  private bind(header: PduHeader, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    this.idlePdus = 0;
    this.idleBytes = 0;
    const trailer = readSecurityTrailer(bytes, start, limit, header);
    if (trailer !== undefined) this.authenticated(trailerText(trailer));
    const contexts = readOfferedContexts(bytes, start, limit, header);
    this.presentations.offer(header.callId, contexts, trailer !== undefined, at);
    for (const { id } of contexts) {
      const interest = this.presentations.interest(id);
      if (interest === Interest.mapper && this.pipe === null) this.context.protocol('epmap');
      if (interest !== Interest.none) this.learnsPorts = true;
    }
  }

  private fromServer(header: PduHeader, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    this.serverHeard = true;
    switch (header.type) {
      case PduType.bindAck:
      case PduType.alterContextResponse:
        return this.bindAck(header, bytes, start, limit, at);
      case PduType.bindNak: {
        const reason = readRejectReason(bytes, start, limit, header);
        const offer = this.presentations.withdraw(header.callId);
        return this.refusals().tell('bind_nak', reason, refusalOfReason(reason), offer?.contexts[0]?.interface ?? null, null, at);
      }
      case PduType.fault:
        this.fault(header, bytes, start, limit, at);
        break;
      case PduType.response:
        this.dialogue().response(header, bytes, start, limit, at);
        break;
      default:
        return;
    }
    this.afterAuth3 = false;
  }

  private bindAck(header: PduHeader, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    const results = readContextResults(bytes, start, limit, header);
    const offer = this.presentations.grant(header.callId, results, at);
    this.accepted ||= results.some((one) => one.result === ResultCode.acceptance);
    // On a connection where anything works, a rejected interface is what servers do, no failure.
    if (this.accepted) return;
    const rejected = results.findIndex((one) => one.result === ResultCode.providerRejection || one.result === ResultCode.userRejection);
    const offered = offer?.contexts[rejected];
    if (offered !== undefined) this.refusals().fail(refusalOfProviderReason(results[rejected]!.reason), offered.interface, at);
  }

  private fault(header: PduHeader, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    const { callId } = header;
    const status = readFaultStatus(bytes, start, limit, header);
    const offer = this.presentations.withdraw(callId);
    const { calls } = this;
    const call = calls?.get(callId);
    const isLast = calls?.lastCall === callId;
    const presentation = call?.presentation ?? this.presentations.get(isLast ? calls.lastContextId : header.contextId);
    const moment = offer?.authenticated === true ? FaultMoment.inNegotiation : this.afterAuth3 ? FaultMoment.afterAuth3 : FaultMoment.call;
    const id = offer?.contexts[0]?.interface ?? presentation?.interface ?? null;
    const opnum = offer !== undefined ? null : call?.opnum ?? (isLast ? calls.lastOpnum : null);
    this.refusals().tell('fault', status, refusalOfFault(status, moment), id, opnum, at);
    calls?.settle(callId);
  }

  private dialogue(): CallDialogue {
    return (this.calls ??= new CallDialogue(this.context, this.pipe !== null, this.presentations, this.refusals()));
  }

  private refusals(): Refusals {
    return (this.refused ??= new Refusals(this.context, this.pipe));
  }

  private authenticated(text: string): void {
    const { authentication } = this;
    if (this.pipe !== null || (authentication !== null && (authentication.length >= FACTS_MAXIMUM || authentication.includes(text)))) return;
    this.authentication = authentication === null ? alone(text) : [...authentication, text];
    this.context.fact('authentication', this.authentication);
  }
}
