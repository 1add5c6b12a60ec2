/**
 * Questions to an endpoint mapper and its answers on one flow, as events. Where question or bind were not captured, both operations
 * and both forms of NDR are tried: an answer fits exactly one.
 */
import type { PacketPosition } from '../../flow/inspection.js';
import { copyPosition } from '../byte-queue.js';
import type { AnalysisContext } from '../recogniser.js';
import { WaitingTable } from '../waiting-table.js';
import { MapperOpnum, readAnswer, readQuestion } from './endpoint-mapper.js';
import type { MapperAnswer, MapperOperation, MapperQuestion, Stub } from './endpoint-mapper.js';

/** Whether counts are wide, in the order in which to try: NDR and NDR64 ({@link NdrReader}). */
export const NDR_FIRST: readonly boolean[] = [false, true];
export const NDR64_FIRST: readonly boolean[] = [true, false];

const QUESTIONS_MAXIMUM = 64;

interface OpenQuestion {
  readonly question: MapperQuestion;
  readonly at: Readonly<PacketPosition>;
  /** True when the answer may be among bytes that were not captured. */
  doubtful: boolean;
}

export class MapperDialogue {
  private readonly context: AnalysisContext;
  private readonly open = new WaitingTable<OpenQuestion>();
  /** Whether the last answer left more to ask for: tells a walk's end where questions were not captured. */
  private walking = false;

  constructor(context: AnalysisContext) {
    this.context = context;
  }

  /** Answers false when the stub is no question of that operation. */
  ask(call: number, opnum: number, stub: Stub, forms: readonly boolean[], at: PacketPosition): boolean {
    const operation = operationOf(opnum);
    if (operation === undefined) return false;
    for (const wide of forms) {
      const question = readQuestion(stub, operation, wide);
      if (question === undefined) continue;
      this.open.add(call, { question, at: copyPosition(at), doubtful: false }, QUESTIONS_MAXIMUM);
      return true;
    }
    return false;
  }

  /** `opnum` of the request, or -1. Answers false when the stub is no answer of the endpoint mapper. */
  answer(call: number, opnum: number, stub: Stub, forms: readonly boolean[], at: PacketPosition): boolean {
    const asked = this.open.take(call);
    const operation = asked?.question.operation ?? operationOf(opnum);
    const operations = operation === undefined ? OPERATIONS : [operation];
    for (const tried of operations) {
      for (const wide of forms) {
        const answer = readAnswer(stub, tried, wide);
        if (answer === undefined) continue;
        this.tell(answer, operation !== undefined, asked, copyPosition(at));
        this.walking = answer.continues;
        return true;
      }
    }
    return false;
  }

  /** A fault or an unreadable stub answered the call. */
  settle(call: number): void {
    this.open.delete(call);
  }

  /** Bytes of the server are missing: what is unanswered now may have been answered there. */
  doubt(): void {
    if (this.open.size > 0) for (const question of this.open) question.doubtful = true;
  }

  /** The flow is over. */
  end(): void {
    const { client, server, transport, events } = this.context;
    for (let one = this.open.shift(); one !== undefined; one = this.open.shift()) {
      const { question, at, doubtful } = one;
      if (!doubtful && question.interface !== null) events.rpcQuestion({ client, server, transport, interface: question.interface, at });
    }
  }

  private tell(answer: MapperAnswer, operationKnown: boolean, asked: OpenQuestion | undefined, at: Readonly<PacketPosition>): void {
    const { client, server, transport, events } = this.context;
    const askedAt = asked?.at ?? null;
    if (answer.unread > 0) this.context.malformed('a tower of the endpoint mapper that cannot be read', at);
    for (const { tower, annotation } of answer.entries) {
      const { protocol, port, announced } = tower;
      events.rpcMapping({
        client, server, transport, source: answer.operation, interface: tower.interface, protocol, port, announced, annotation, at, asked: askedAt,
      });
    }
    if (answer.entries.length > 0 || answer.unread > 0 || answer.status === 0) return;
    // The end of a walk is told with the same status as an interface that is not there.
    if (asked?.question.continues ?? this.walking) return;
    if (operationKnown && answer.operation === 'ept_lookup' && asked?.question.interface === null) return;
    events.rpcNotRegistered({
      client, server, transport, interface: asked?.question.interface ?? null, status: answer.status, at, asked: askedAt,
    });
  }
}

const OPERATIONS: readonly MapperOperation[] = ['ept_map', 'ept_lookup'];

export function isMapperOperation(opnum: number): boolean {
  return operationOf(opnum) !== undefined;
}

function operationOf(opnum: number): MapperOperation | undefined {
  return opnum === MapperOpnum.map ? 'ept_map' : opnum === MapperOpnum.lookup ? 'ept_lookup' : undefined;
}
