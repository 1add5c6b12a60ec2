/** What an analyzer has said about one flow: its protocol, facts and failures, bounded in number and size. */
import type { FactValue, PacketPosition, ProtocolFailure } from '../flow/inspection.js';
import type { ProtocolEvents } from './events.js';
import type { AnalysisContext } from './recogniser.js';
import { TEXT_MAXIMUM } from './wire-text.js';

const FACTS_MAXIMUM = 32;
const FACT_VALUES_MAXIMUM = 16;
const FAILURES_MAXIMUM = 8;

const NO_FAILURES: readonly ProtocolFailure[] = [];

interface Endpoint {
  readonly address: number;
  readonly port: number;
}

export class FlowContext implements AnalysisContext {
  readonly transport: 'tcp' | 'udp';
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly events: ProtocolEvents;
  /** Protocol as it is known now. */
  name: string;
  readonly facts: Record<string, FactValue> = {};
  private factCount = 0;
  private told: ProtocolFailure[] | null = null;

  constructor(name: string, transport: 'tcp' | 'udp', client: Endpoint, server: Endpoint, events: ProtocolEvents) {
    this.name = name;
    this.transport = transport;
    this.client = client;
    this.server = server;
    this.events = events;
  }

  get failures(): readonly ProtocolFailure[] {
    return this.told ?? NO_FAILURES;
  }

  protocol(name: string): void {
    this.name = name;
  }

  fact(name: string, value: FactValue): void {
    if (this.facts[name] === undefined && this.factCount++ >= FACTS_MAXIMUM) return;
    this.facts[name] = typeof value === 'string' ? cut(value) : typeof value === 'object' ? bounded(value) : value;
  }

  failure(failure: Omit<ProtocolFailure, 'capture' | 'frame'>, at: PacketPosition): void {
    const told = (this.told ??= []);
    if (told.length >= FAILURES_MAXIMUM) return;
    const { protocol, kind, code, target } = failure;
    told.push({ protocol, kind, code, target: cut(target), capture: at.capture, frame: at.frame });
  }
}

/** A list within its bounds is kept as it is: whoever adds to it tells it again. */
function bounded(values: readonly string[]): readonly string[] {
  if (values.length <= FACT_VALUES_MAXIMUM && !values.some(isLong)) return values;
  return values.slice(0, FACT_VALUES_MAXIMUM).map(cut);
}

function isLong(text: string): boolean {
  return text.length > TEXT_MAXIMUM;
}

function cut(text: string): string {
  return text.length > TEXT_MAXIMUM ? text.slice(0, TEXT_MAXIMUM) : text;
}
