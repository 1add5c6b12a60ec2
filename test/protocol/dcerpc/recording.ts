/** What the analyzers of DCE/RPC say, written down. */
import { expect } from 'vitest';
import type { PacketPosition, ProtocolFailure } from '../../../src/flow/inspection.js';
import type {
  HostName, HostStatement, NameLookup, ProtocolEvents, RpcBind, RpcMapping, RpcNotRegistered, RpcQuestion, RpcRefusal,
} from '../../../src/protocol/events.js';
import type { AnalysisContext, ProtocolAnalyzer, Role } from '../../../src/protocol/recogniser.js';

export class Recording implements ProtocolEvents {
  readonly binds: RpcBind[] = [];
  readonly mappings: RpcMapping[] = [];
  readonly notRegistered: RpcNotRegistered[] = [];
  readonly questions: RpcQuestion[] = [];
  readonly refusals: RpcRefusal[] = [];
  readonly names: HostName[] = [];
  readonly statements: HostStatement[] = [];

  rpcBind(event: RpcBind): void { this.binds.push(event); }
  rpcMapping(event: RpcMapping): void { this.mappings.push(event); }
  rpcNotRegistered(event: RpcNotRegistered): void { this.notRegistered.push(event); }
  rpcQuestion(event: RpcQuestion): void { this.questions.push(event); }
  rpcRefusal(event: RpcRefusal): void { this.refusals.push(event); }
  hostName(event: HostName): void { this.names.push(event); }
  hostStatement(event: HostStatement): void { this.statements.push(event); }
  nameLookup(_event: NameLookup): void { /* not of this protocol */ }
  addressText(address: number): string { return `10.0.0.${address}`; }
  addressId(text: string): number | undefined { return /^\d+\.\d+\.\d+\.\d+$/.test(text) ? 1 : undefined; }
}

export class RecordingContext implements AnalysisContext {
  readonly client = { address: 2, port: 50_000 };
  readonly server: { address: number; port: number };
  readonly transport: 'tcp' | 'udp';
  readonly events = new Recording();
  name = 'dce-rpc';
  readonly facts: Record<string, unknown> = {};
  readonly wrong: string[] = [];
  readonly failures: Omit<ProtocolFailure, 'capture' | 'frame'>[] = [];

  constructor(port: number, transport: 'tcp' | 'udp' = 'tcp') {
    this.server = { address: 1, port };
    this.transport = transport;
  }

  protocol(name: string): void { this.name = name; }
  fact(name: string, value: unknown): void { this.facts[name] = Array.isArray(value) ? [...(value as unknown[])] : value; }
  failure(failure: Omit<ProtocolFailure, 'capture' | 'frame'>): void { this.failures.push(failure); }
  malformed(what: string): void { this.wrong.push(what); }

  /** Everything that was said, for comparison. */
  said(): unknown {
    const { binds, mappings, notRegistered, questions, refusals, names } = this.events;
    return { binds, mappings, notRegistered, questions, refusals, names, name: this.name, facts: this.facts, failures: this.failures };
  }
}

export interface Message {
  readonly role: Role;
  readonly bytes: Uint8Array;
}

export function position(frame: number): PacketPosition {
  return { capture: 0, frame, seconds: frame, nanoseconds: 0 };
}

/** Gives each message as one packet, frames counted from 1, in an array with other bytes around it. */
export function converse(analyzer: ProtocolAnalyzer, messages: readonly Message[]): boolean {
  let wants = true;
  messages.forEach(({ role, bytes }, index) => {
    const framed = new Uint8Array(bytes.length + 8).fill(5);
    framed.set(bytes, 4);
    wants = wants && analyzer.data(role, framed, 4, 4 + bytes.length, position(index + 1));
    framed.fill(0xee);
  });
  return wants;
}

export function client(bytes: Uint8Array): Message {
  return { role: 'client', bytes };
}

export function server(bytes: Uint8Array): Message {
  return { role: 'server', bytes };
}

/** Bytes of a hex dump, blanks ignored. */
export function hex(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, '');
  expect(digits.length % 2).toBe(0);
  return Uint8Array.from({ length: digits.length / 2 }, (_, index) => parseInt(digits.slice(2 * index, 2 * index + 2), 16));
}
