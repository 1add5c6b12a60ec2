/**
 * One connection of the connection-oriented protocol (C706 12.6; [MS-RPCE] 3.3): what was bound, what was refused, and which ports
 * the endpoint mapper or the OXID resolver handed out on it. Also for the PDUs on a named pipe, which another analyzer gathers.
 *
 * Stubs are read only where they can teach ports; of all other calls the header is looked at and the rest passes by.
 */
import type { PacketPosition } from '../../flow/inspection.js';
import { copyPosition } from '../byte-queue.js';
import type { AnalysisContext, ProtocolAnalyzer, Role } from '../recogniser.js';
import { AuthLevel, readSecurityTrailer, stubLimit, trailerText } from './authentication.js';
import { readContextResults, readOfferedContexts, readRejectReason, ResultCode } from './bind.js';
import { isDcomAnswer, readDcomAnswer } from './dcom.js';
import type { Stub } from './endpoint-mapper.js';
import { ExporterBindings } from './exporter-bindings.js';
import { HttpGreeting } from './http-greeting.js';
import { MapperDialogue, NDR64_FIRST, NDR_FIRST } from './mapper-dialogue.js';
import { CALL_HEADER_LENGTH, PduFlag, PduType, readFaultStatus } from './pdu.js';
import type { PduHeader } from './pdu.js';
import { PduStream } from './pdu-stream.js';
import { isWide, PresentationTable } from './presentation.js';
import type { Presentation } from './presentation.js';
import { Refusals } from './refusals.js';
import { FaultMoment, refusalOfFault, refusalOfProviderReason, refusalOfReason } from './status.js';
import { StubAssembler } from './stub-assembler.js';
import { Interest, MAPPER_PORTS } from './well-known.js';

/** PDUs, and bytes of them, after the last bind or alter_context before a connection without ports to learn is left alone. */
const IDLE_PDUS = 1024;
const IDLE_BYTES = 16 << 20;
const CALLS_MAXIMUM = 64;
const FACTS_MAXIMUM = 16;
const OBJECT_UUID_LENGTH = 16;

interface Call {
  readonly opnum: number;
  readonly presentation: Presentation | undefined;
  readonly at: Readonly<PacketPosition>;
}

export class RpcConnection implements ProtocolAnalyzer {
  private readonly context: AnalysisContext;
  private readonly isPipe: boolean;
  /** True where a conversation is worth reading without its bind. */
  private readonly onMapperPort: boolean;
  private readonly greeting = new HttpGreeting();
  private readonly client: PduStream;
  private readonly server: PduStream;
  private readonly requests = new StubAssembler();
  private readonly responses = new StubAssembler();
  private readonly presentations: PresentationTable;
  private readonly mapper: MapperDialogue;
  private readonly exporters: ExporterBindings;
  private readonly refusals: Refusals;
  /** Calls whose answers are read. */
  private readonly calls = new Map<number, Call>();
  private readonly authentication: string[] = [];
  private readonly operations: string[] = [];
  private readonly lastRequest = { call: -1, contextId: -1, opnum: -1 };
  private accepted = false;
  private serverHeard = false;
  private afterAuth3 = false;
  private learnsPorts: boolean;
  private idlePdus = 0;
  private idleBytes = 0;
  private finished = false;

  /** @param pipe name of the pipe (`\PIPE\samr`) on which it happens; null: the flow itself. */
  constructor(context: AnalysisContext, pipe: string | null = null) {
    this.context = context;
    this.isPipe = pipe !== null;
    this.onMapperPort = !this.isPipe && MAPPER_PORTS.includes(context.server.port);
    this.learnsPorts = this.onMapperPort;
    this.presentations = new PresentationTable(context, pipe);
    this.mapper = new MapperDialogue(context);
    this.exporters = new ExporterBindings(context);
    this.refusals = new Refusals(context, pipe);
    const wanted = (header: PduHeader): number => this.wanted(header);
    this.client = new PduStream({ wanted, pdu: (...pdu) => this.fromClient(...pdu) }, 1);
    this.server = new PduStream({ wanted, pdu: (...pdu) => this.fromServer(...pdu) }, 2);
  }

  data(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (this.finished) return false;
    const first = role === 'server' ? this.greeting.skip(bytes, start, limit) : start;
    const inStep = (role === 'client' ? this.client : this.server).push(bytes, first, limit, at);
    if (inStep && (this.learnsPorts || this.presentations.isPending() || !this.isIdle())) return true;
    this.end();
    return false;
  }

  gap(role: Role): boolean {
    if (this.finished) return false;
    if (role === 'client') {
      this.client.gap();
      this.requests.clear();
    } else {
      this.server.gap();
      this.responses.clear();
      this.mapper.doubt();
    }
    return true;
  }

  end(): void {
    if (this.finished) return;
    this.finished = true;
    this.presentations.end();
    // A server of which nothing was captured may well have answered.
    if (!this.serverHeard) this.mapper.doubt();
    this.mapper.end();
  }

  private isIdle(): boolean {
    return this.idlePdus > IDLE_PDUS || this.idleBytes > IDLE_BYTES;
  }

  private wanted(header: PduHeader): number {
    this.idlePdus++;
    this.idleBytes += header.fragmentLength;
    switch (header.type) {
      case PduType.request:
        return this.interest(header.contextId) === Interest.none ? 0 : header.fragmentLength;
      case PduType.response:
        return this.calls.has(header.callId) || this.interest(header.contextId) !== Interest.none ? header.fragmentLength : 0;
      default:
        return header.type >= PduType.fault && header.type <= PduType.alterContextResponse ? header.fragmentLength : 0;
    }
  }

  private interest(contextId: number): Interest {
    return this.presentations.get(contextId)?.interest ?? (this.onMapperPort ? Interest.unknown : Interest.none);
  }

  private fromClient(header: PduHeader, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    switch (header.type) {
      case PduType.bind:
      case PduType.alterContext:
        return this.bind(header, bytes, start, limit, at);
      case PduType.auth3:
        this.afterAuth3 = true;
        return;
      case PduType.request:
        return this.request(header, bytes, start, limit, at);
    }
  }

  private bind(header: PduHeader, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    this.idlePdus = 0;
    this.idleBytes = 0;
    const trailer = readSecurityTrailer(bytes, start, limit, header);
    if (trailer !== undefined) this.collect('authentication', this.authentication, trailerText(trailer));
    const contexts = readOfferedContexts(bytes, start, limit, header);
    this.presentations.offer(header.callId, contexts, trailer !== undefined, at);
    for (const { id } of contexts) {
      const interest = this.interest(id);
      if (interest === Interest.mapper) this.nameMapper();
      if (interest !== Interest.none) this.learnsPorts = true;
    }
  }

  private request(header: PduHeader, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    const { callId, contextId, opnum } = header;
    const last = this.lastRequest;
    const presentation = this.presentations.get(contextId);
    if (presentation !== undefined && (last.contextId !== contextId || last.opnum !== opnum)) {
      this.collect('operations', this.operations, `${presentation.interface.uuid}:${opnum}`);
    }
    last.call = callId;
    last.contextId = contextId;
    last.opnum = opnum;
    const interest = this.interest(contextId);
    if (interest === Interest.none) return;
    if (header.isLast) this.open(callId, { opnum, presentation, at: copyPosition(at) });
    const stub = this.stub(header, this.requests, bytes, start, limit);
    if (stub === 'encrypted') this.collectEncrypted(interest);
    if (typeof stub !== 'object' || interest === Interest.dcom) return;
    if (this.mapper.ask(callId, opnum, stub, forms(presentation), at)) this.nameMapper();
  }

  private open(callId: number, call: Call): void {
    this.calls.delete(callId);
    if (this.calls.size >= CALLS_MAXIMUM) for (const oldest of this.calls.keys()) {
      this.calls.delete(oldest);
      break;
    }
    this.calls.set(callId, call);
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
        return this.refusals.tell('bind_nak', reason, refusalOfReason(reason), offer?.contexts[0]?.interface ?? null, null, at);
      }
      case PduType.fault:
        this.fault(header, bytes, start, limit, at);
        break;
      case PduType.response:
        this.response(header, bytes, start, limit, at);
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
    const rejected = results.findIndex((one) => one.result === ResultCode.providerRejection || one.result === ResultCode.userRejection);
    const offered = offer?.contexts[rejected];
    if (!this.accepted && offered !== undefined) this.refusals.fail(refusalOfProviderReason(results[rejected]!.reason), offered.interface, at);
  }

  private fault(header: PduHeader, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    const { callId } = header;
    const status = readFaultStatus(bytes, start, limit, header);
    const offer = this.presentations.withdraw(callId);
    const call = this.calls.get(callId);
    const isLast = this.lastRequest.call === callId;
    const presentation = call?.presentation ?? this.presentations.get(isLast ? this.lastRequest.contextId : header.contextId);
    const moment = offer?.authenticated === true ? FaultMoment.inNegotiation : this.afterAuth3 ? FaultMoment.afterAuth3 : FaultMoment.call;
    const id = offer?.contexts[0]?.interface ?? presentation?.interface ?? null;
    const opnum = offer !== undefined ? null : call?.opnum ?? (isLast ? this.lastRequest.opnum : null);
    this.refusals.tell('fault', status, refusalOfFault(status, moment), id, opnum, at);
    this.calls.delete(callId);
    this.mapper.settle(callId);
  }

  private response(header: PduHeader, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    const { callId } = header;
    const call = this.calls.get(callId);
    const presentation = call?.presentation ?? this.presentations.get(header.contextId);
    const interest = presentation?.interest ?? this.interest(header.contextId);
    if (interest === Interest.none) return;
    const stub = this.stub(header, this.responses, bytes, start, limit);
    if (header.isLast) this.calls.delete(callId);
    if (typeof stub === 'object') {
      if (interest === Interest.dcom) return this.exporterAnswer(stub, presentation!, call, at);
      if (this.mapper.answer(callId, call?.opnum ?? -1, stub, forms(presentation), at)) return this.nameMapper();
      if (interest === Interest.unknown) this.exporters.tell(readDcomAnswer(stub, '', -1, false).bindings, at, call?.at ?? null);
    }
    if (stub === 'encrypted') this.collectEncrypted(interest);
    if (header.isLast) this.mapper.settle(callId);
  }

  private exporterAnswer(stub: Stub, presentation: Presentation, call: Call | undefined, at: PacketPosition): void {
    const { uuid } = presentation.interface;
    if (call !== undefined && !isDcomAnswer(uuid, call.opnum)) return;
    const { bindings, status } = readDcomAnswer(stub, uuid, call?.opnum ?? -1, isWide(presentation) ?? false);
    this.exporters.tell(bindings, at, call?.at ?? null);
    const refusal = bindings.length === 0 && call !== undefined ? refusalOfFault(status, FaultMoment.call) : undefined;
    if (refusal !== undefined) this.refusals.fail(refusal, presentation.interface, at);
  }

  /** The whole stub of the call, once its last fragment is there. */
  private stub(header: PduHeader, assembler: StubAssembler, bytes: Uint8Array, start: number, limit: number): Stub | 'encrypted' | 'incomplete' {
    const object = header.type === PduType.request && (header.flags & PduFlag.objectUuid) !== 0 ? OBJECT_UUID_LENGTH : 0;
    const stubStart = Math.min(start + CALL_HEADER_LENGTH + object, limit);
    const trailer = readSecurityTrailer(bytes, start, limit, header);
    if (trailer?.level === AuthLevel.privacy) return 'encrypted';
    const end = stubLimit(stubStart, start, header, trailer);
    if (!assembler.add(header.callId, header.isFirst, header.isLast, bytes, stubStart, end)) return 'incomplete';
    return { bytes: assembler.bytes, start: assembler.start, limit: assembler.limit, littleEndian: header.littleEndian };
  }

  private nameMapper(): void {
    if (!this.isPipe) this.context.protocol('epmap');
  }

  private collectEncrypted(interest: Interest): void {
    if (!this.isPipe) this.context.fact(interest === Interest.dcom ? 'dcom' : 'epmap', 'encrypted');
  }

  private collect(name: string, values: string[], value: string): void {
    if (this.isPipe || values.length >= FACTS_MAXIMUM || values.includes(value)) return;
    values.push(value);
    this.context.fact(name, values);
  }
}

function forms(presentation: Presentation | undefined): readonly boolean[] {
  return isWide(presentation) === true ? NDR64_FIRST : NDR_FIRST;
}
