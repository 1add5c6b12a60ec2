/**
 * Everything that was heard about RPC endpoints, whichever capture and connection it was said on: on host H at time T, port P
 * belongs to interface U, known because of frame F. Each statement is kept once with its first and last position; all of it is
 * bounded and what found no room is counted.
 */
import type {
  ProtocolEvents, RpcBind, RpcMapping, RpcNotRegistered, RpcQuestion, RpcRefusal,
} from '../protocol/events.js';
import { BoundedRecord } from './bounded-record.js';
import type { Heard } from './bounded-record.js';
import { sameBind, sameMapping, sameNotRegistered, sameQuestion, sameRefusal } from './same-statement.js';
import { PortHistory } from './port-history.js';
import { transportOfProtocol } from './transport-of-protocol.js';

export type RpcEvents = Pick<ProtocolEvents, 'rpcBind' | 'rpcMapping' | 'rpcNotRegistered' | 'rpcQuestion' | 'rpcRefusal'>;

/** Different statements of each kind that are kept. */
export interface RpcBounds {
  readonly mappings: number;
  readonly binds: number;
  readonly notRegistered: number;
  readonly questions: number;
  readonly refusals: number;
}

const DEFAULT_BOUNDS: RpcBounds = { mappings: 20_000, binds: 20_000, notRegistered: 5_000, questions: 5_000, refusals: 5_000 };

export class RpcKnowledge implements RpcEvents {
  private readonly mapped: BoundedRecord<RpcMapping>;
  private readonly bound: BoundedRecord<RpcBind>;
  private readonly missing: BoundedRecord<RpcNotRegistered>;
  private readonly asked: BoundedRecord<RpcQuestion>;
  private readonly refused: BoundedRecord<RpcRefusal>;
  private readonly histories = new Map<string, PortHistory<RpcMapping>>();

  constructor(bounds: Partial<RpcBounds> = {}) {
    const { mappings, binds, notRegistered, questions, refusals } = { ...DEFAULT_BOUNDS, ...bounds };
    this.mapped = new BoundedRecord(mappings, sameMapping);
    this.bound = new BoundedRecord(binds, sameBind);
    this.missing = new BoundedRecord(notRegistered, sameNotRegistered);
    this.asked = new BoundedRecord(questions, sameQuestion);
    this.refused = new BoundedRecord(refusals, sameRefusal);
  }

  /** A local endpoint (ncalrpc) never meets a network and is not kept. */
  rpcMapping(event: RpcMapping): void {
    const { server, interface: id, protocol, port, source } = event;
    if (protocol === 'ncalrpc') return;
    const kept = this.mapped.add(event);
    const transport = transportOfProtocol(protocol);
    if (!kept || transport === undefined || port === 0) return;
    const key = portKey(server.address, transport, port);
    const history = this.histories.get(key) ?? new PortHistory();
    this.histories.set(key, history);
    history.add(`${id?.uuid ?? ''}/${id?.version ?? ''} ${source}`, event, event.at.seconds + event.at.nanoseconds / 1e9);
  }

  rpcBind(event: RpcBind): void {
    this.bound.add(event);
  }

  rpcNotRegistered(event: RpcNotRegistered): void {
    this.missing.add(event);
  }

  rpcQuestion(event: RpcQuestion): void {
    this.asked.add(event);
  }

  rpcRefusal(event: RpcRefusal): void {
    this.refused.add(event);
  }

  get hasMappings(): boolean {
    return this.histories.size > 0;
  }

  /**
   * The announcement that explains a connection to that port at that time (seconds since 1970, with fraction): the latest before it,
   * else the earliest later one, as a capture's order is not the order of learning. `server` is an address id.
   */
  ownerOf(server: number, transport: 'tcp' | 'udp', port: number, seconds: number): RpcMapping | undefined {
    return this.histories.get(portKey(server, transport, port))?.at(seconds);
  }

  /** These five are in the order of time. */
  get mappings(): readonly Heard<RpcMapping>[] {
    return this.mapped.inOrder();
  }

  get binds(): readonly Heard<RpcBind>[] {
    return this.bound.inOrder();
  }

  get notRegistered(): readonly Heard<RpcNotRegistered>[] {
    return this.missing.inOrder();
  }

  get questions(): readonly Heard<RpcQuestion>[] {
    return this.asked.inOrder();
  }

  get refusals(): readonly Heard<RpcRefusal>[] {
    return this.refused.inOrder();
  }

  /** Statements of each kind that found no room. */
  get dropped(): RpcBounds {
    return {
      mappings: this.mapped.dropped, binds: this.bound.dropped, notRegistered: this.missing.dropped,
      questions: this.asked.dropped, refusals: this.refused.dropped,
    };
  }
}

function portKey(server: number, transport: 'tcp' | 'udp', port: number): string {
  return `${server} ${transport} ${port}`;
}
