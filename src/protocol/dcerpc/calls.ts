/**
 * Calls of one connection and their answers: what the endpoint mapper or the OXID resolver handed out, and which operations were
 * called. Stubs are read only where they can teach ports.
 */
import type { PacketPosition } from '../../flow/inspection.js';
import { copyPosition } from '../byte-queue.js';
import type { AnalysisContext } from '../recogniser.js';
import { WaitingTable } from '../waiting-table.js';
import { alone } from '../wire-text.js';
import { AuthLevel, readSecurityTrailer, stubLimit } from './authentication.js';
import { isDcomAnswer, readDcomAnswer } from './dcom.js';
import type { Stub } from './endpoint-mapper.js';
import { ExporterBindings } from './exporter-bindings.js';
import { isMapperOperation, MapperDialogue, NDR64_FIRST, NDR_FIRST } from './mapper-dialogue.js';
import { CALL_HEADER_LENGTH, PduFlag, PduType } from './pdu.js';
import type { PduHeader } from './pdu.js';
import { isWide } from './presentation-context.js';
import type { Presentation } from './presentation-context.js';
import type { PresentationTable } from './presentation.js';
import type { Refusals } from './refusals.js';
import { FaultMoment, refusalOfFault } from './status.js';
import type { StringBinding } from './string-bindings.js';
import { StubAssembler } from './stub-assembler.js';
import { Interest } from './well-known.js';

const CALLS_MAXIMUM = 64;
const FACTS_MAXIMUM = 16;
const OBJECT_UUID_LENGTH = 16;
const NONE: readonly string[] = [];

interface Call {
  readonly opnum: number;
  readonly presentation: Presentation | undefined;
  readonly at: Readonly<PacketPosition>;
}

export class CallDialogue {
  /** The request before: a fault may be its answer. */
  lastCall = -1;
  lastContextId = -1;
  lastOpnum = -1;
  private readonly context: AnalysisContext;
  private readonly isPipe: boolean;
  private readonly presentations: PresentationTable;
  private readonly refusals: Refusals;
  /** These are made with the first call that is read: most connections are for interfaces whose calls pass by. */
  private requests: StubAssembler | null = null;
  private responses: StubAssembler | null = null;
  private mapper: MapperDialogue | null = null;
  private exporters: ExporterBindings | null = null;
  /** Calls whose answers are read. */
  private readonly calls = new WaitingTable<Call>();
  private operations: readonly string[] = NONE;
  private toldEncrypted = false;

  constructor(context: AnalysisContext, isPipe: boolean, presentations: PresentationTable, refusals: Refusals) {
    this.context = context;
    this.isPipe = isPipe;
    this.presentations = presentations;
    this.refusals = refusals;
  }

  /** The call whose answer is read, if it is one. */
  get(callId: number): Call | undefined {
    return this.calls.get(callId);
  }

  /** A fault answered the call. */
  settle(callId: number): void {
    this.calls.delete(callId);
    this.mapper?.settle(callId);
  }

  clientGap(): void {
    this.requests?.clear();
  }

  serverGap(): void {
    this.responses?.clear();
    this.mapper?.doubt();
  }

  /** The flow is over. A server of which nothing was captured may well have answered. */
  end(serverHeard: boolean): void {
    if (!serverHeard) this.mapper?.doubt();
    this.mapper?.end();
  }

  request(header: PduHeader, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    const { callId, contextId, opnum } = header;
    const presentation = this.presentations.get(contextId);
    if (presentation !== undefined && (this.lastContextId !== contextId || this.lastOpnum !== opnum)) {
      this.operation(presentation, opnum);
    }
    this.lastCall = callId;
    this.lastContextId = contextId;
    this.lastOpnum = opnum;
    const interest = this.presentations.interest(contextId);
    if (interest === Interest.none) return;
    if (header.isLast) this.calls.add(callId, { opnum, presentation, at: copyPosition(at) }, CALLS_MAXIMUM);
    const stub = this.stub(header, this.requests ??= new StubAssembler(), bytes, start, limit);
    if (stub === 'encrypted') this.collectEncrypted(interest, at);
    if (typeof stub !== 'object' || interest === Interest.dcom) return;
    if (this.dialogue().ask(callId, opnum, stub, forms(presentation), at)) this.nameMapper();
    else if (interest === Interest.mapper && isMapperOperation(opnum)) this.context.malformed('a question to the endpoint mapper that cannot be read', at);
  }

  response(header: PduHeader, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    const { callId } = header;
    const call = this.calls.get(callId);
    const presentation = call?.presentation ?? this.presentations.get(header.contextId);
    const interest = presentation?.interest ?? this.presentations.interest(header.contextId);
    if (interest === Interest.none) return;
    const stub = this.stub(header, this.responses ??= new StubAssembler(), bytes, start, limit);
    if (header.isLast) this.calls.delete(callId);
    if (typeof stub === 'object') {
      if (interest === Interest.dcom) return this.exporterAnswer(stub, presentation!, call, at);
      if (this.dialogue().answer(callId, call?.opnum ?? -1, stub, forms(presentation), at)) return this.nameMapper();
      if (call !== undefined && interest === Interest.mapper && isMapperOperation(call.opnum)) this.context.malformed('an answer of the endpoint mapper that cannot be read', at);
      if (interest === Interest.unknown) this.tellExporter(readDcomAnswer(stub, '', -1, false).bindings, at, call?.at ?? null);
    }
    if (stub === 'encrypted') this.collectEncrypted(interest, at);
    if (header.isLast) this.mapper?.settle(callId);
  }

  private exporterAnswer(stub: Stub, presentation: Presentation, call: Call | undefined, at: PacketPosition): void {
    const { uuid } = presentation.interface;
    if (call !== undefined && !isDcomAnswer(uuid, call.opnum)) return;
    const { bindings, status } = readDcomAnswer(stub, uuid, call?.opnum ?? -1, isWide(presentation) ?? false);
    this.tellExporter(bindings, at, call?.at ?? null);
    const refusal = bindings.length === 0 && call !== undefined ? refusalOfFault(status, FaultMoment.call) : undefined;
    if (refusal !== undefined) this.refusals.fail(refusal, presentation.interface, at);
  }

  private tellExporter(bindings: readonly StringBinding[], at: PacketPosition, asked: Readonly<PacketPosition> | null): void {
    if (bindings.length > 0) (this.exporters ??= new ExporterBindings(this.context)).tell(bindings, at, asked);
  }

  private dialogue(): MapperDialogue {
    return (this.mapper ??= new MapperDialogue(this.context));
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

  private collectEncrypted(interest: Interest, at: PacketPosition): void {
    if (this.isPipe) return;
    this.context.fact(interest === Interest.dcom ? 'dcom' : 'epmap', 'encrypted');
    if (this.toldEncrypted) return;
    this.toldEncrypted = true;
    const { transport, client, server, events } = this.context;
    events.hiddenTraffic?.({ transport, client, server, kind: interest === Interest.dcom ? 'dcom-private' : 'mapper-private', detail: '', at: copyPosition(at) });
  }

  private operation(presentation: Presentation, opnum: number): void {
    if (this.isPipe || this.operations.length >= FACTS_MAXIMUM) return;
    const text = `${presentation.interface.uuid}:${opnum}`;
    if (this.operations.includes(text)) return;
    this.operations = this.operations === NONE ? alone(text) : [...this.operations, text];
    this.context.fact('operations', this.operations);
  }
}

function forms(presentation: Presentation | undefined): readonly boolean[] {
  return isWide(presentation) === true ? NDR64_FIRST : NDR_FIRST;
}
