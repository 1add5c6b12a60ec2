/** What an analyzer has said about one flow: its protocol, facts and failures, bounded in number and size. */
import type { FactValue, PacketPosition, ProtocolFailure } from '../flow/inspection.js';
import { copyPosition } from './byte-queue.js';
import type { ProtocolEvents } from './events.js';
import type { AnalysisContext } from './recogniser.js';
import { TEXT_MAXIMUM, withoutZeros } from './wire-text.js';

const FACTS_MAXIMUM = 32;
const FACT_VALUES_MAXIMUM = 16;
const FAILURES_MAXIMUM = 8;
const MALFORMED_MAXIMUM = 8;

const NO_FAILURES: readonly ProtocolFailure[] = [];

interface Endpoint {
  readonly address: number;
  readonly port: number;
}

const NO_FACTS: Readonly<Record<string, FactValue>> = Object.freeze({});

/** Used for one flow after the other; what it hands out is made anew for each. */
export class FlowContext implements AnalysisContext {
  transport: 'tcp' | 'udp' = 'tcp';
  readonly events: ProtocolEvents;
  /** Protocol as it is known now. */
  name = '';
  facts: Readonly<Record<string, FactValue>> = NO_FACTS;
  private own: Record<string, FactValue> | null = null;
  private clientAddress = 0;
  private clientPort = 0;
  private serverAddress = 0;
  private serverPort = 0;
  private clientEndpoint: Endpoint | null = null;
  private serverEndpoint: Endpoint | null = null;
  private factCount = 0;
  private told: ProtocolFailure[] | null = null;
  private malformedCount = 0;

  constructor(events: ProtocolEvents) {
    this.events = events;
  }

  begin(name: string, transport: 'tcp' | 'udp', clientAddress: number, clientPort: number, serverAddress: number, serverPort: number): void {
    this.name = name;
    this.transport = transport;
    this.clientAddress = clientAddress;
    this.clientPort = clientPort;
    this.serverAddress = serverAddress;
    this.serverPort = serverPort;
    this.clientEndpoint = null;
    this.serverEndpoint = null;
    this.facts = NO_FACTS;
    this.own = null;
    this.factCount = 0;
    this.told = null;
    this.malformedCount = 0;
  }

  get client(): Endpoint {
    return (this.clientEndpoint ??= { address: this.clientAddress, port: this.clientPort });
  }

  get server(): Endpoint {
    return (this.serverEndpoint ??= { address: this.serverAddress, port: this.serverPort });
  }

  get failures(): readonly ProtocolFailure[] {
    return this.told ?? NO_FAILURES;
  }

  protocol(name: string): void {
    this.name = name;
  }

  fact(name: string, value: FactValue): void {
    let { own } = this;
    if ((own === null || own[name] === undefined) && this.factCount++ >= FACTS_MAXIMUM) return;
    if (own === null) {
      own = {};
      this.own = own;
      this.facts = own;
    }
    own[name] = typeof value === 'string' ? cut(value) : typeof value === 'object' ? bounded(value) : value;
  }

  failure(failure: Omit<ProtocolFailure, 'capture' | 'frame'>, at: PacketPosition): void {
    const told = (this.told ??= []);
    if (told.length >= FAILURES_MAXIMUM) return;
    const { protocol, kind, code, target } = failure;
    told.push({ protocol, kind, code, target: cut(target), capture: at.capture, frame: at.frame });
  }

  malformed(what: string, at: PacketPosition): void {
    if (this.malformedCount++ >= MALFORMED_MAXIMUM) return;
    const { transport, client, server, name, events } = this;
    events.malformedMessage?.({ transport, client, server, protocol: name, what, at: copyPosition(at) });
  }
}

/** A list within its bounds is kept as it is: whoever adds to it tells it again. */
function bounded(values: readonly string[]): readonly string[] {
  if (values.length <= FACT_VALUES_MAXIMUM && values.every(isCut)) return values;
  return values.slice(0, FACT_VALUES_MAXIMUM).map(cut);
}

function isCut(text: string): boolean {
  return cut(text) === text;
}

function cut(text: string): string {
  return withoutZeros(text.length > TEXT_MAXIMUM ? text.slice(0, TEXT_MAXIMUM) : text);
}
