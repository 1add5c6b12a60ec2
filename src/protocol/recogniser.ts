import type { FactValue, PacketPosition, ProtocolFailure } from '../flow/inspection.js';
import type { ProtocolEvents } from './events.js';

/**
 * What the first bytes of one side say. `more`: too few bytes to tell, but they may be the start of it. Otherwise the sender's
 * role: a request is proof that its sender is the client. `either`: it is this protocol, the bytes do not say who is who.
 */
export const Recognition = { no: 0, more: 1, client: 2, server: 3, either: 4 } as const;
export type Recognition = (typeof Recognition)[keyof typeof Recognition];

export type Role = 'client' | 'server';

/** Ports of the flow: a hint, never the proof. `senderPort` is that of the side whose bytes are looked at. */
export interface RecogniseHint {
  readonly senderPort: number;
  readonly receiverPort: number;
}

/**
 * One application protocol. `recognise` must be cheap (it runs for every flow), look at nothing at or past `limit`, and answer
 * from the bytes: two flows with the same payload on different ports are the same protocol. Only where the bytes alone are
 * weak evidence (a DNS header) may it ask the hint for support.
 */
export interface Recogniser {
  readonly protocol: string;
  readonly transport: 'tcp' | 'udp' | 'both';
  /** Usual server ports: recognisers whose port fits are asked first. */
  readonly ports: readonly number[];
  recognise(bytes: Uint8Array, start: number, limit: number, hint: RecogniseHint): Recognition;
  analyse(context: AnalysisContext): ProtocolAnalyzer;
}

/**
 * Reads the facts of one flow. `data` gets the bytes of one role in stream order, contiguous since the last call for that role
 * unless `gap` was called; for UDP one call is one datagram. `bytes` is borrowed: what is to be kept is copied (`ByteQueue`).
 * Answers true while there is more to learn. Must never throw, whatever the bytes; work and memory per flow are bounded.
 */
export interface ProtocolAnalyzer {
  data(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean;
  /** Bytes of `role` are missing here. Answers as `data`; where it is absent, inspection of the flow ends at a gap. */
  gap?(role: Role): boolean;
  end?(): void;
}

/** What an analyzer may say about its flow. Everything said is kept for the report: say it once. */
export interface AnalysisContext {
  readonly transport: 'tcp' | 'udp';
  /** Address ids and ports by role. */
  readonly client: { readonly address: number; readonly port: number };
  readonly server: { readonly address: number; readonly port: number };
  readonly events: ProtocolEvents;
  /** A closer name than the recogniser's, once known: `http` becomes `winrm`. */
  protocol(name: string): void;
  /** Sets a fact; strings are cut at 256 characters. A later value replaces an earlier one. */
  fact(name: string, value: FactValue): void;
  /** At most 8 a flow are kept. */
  failure(failure: Omit<ProtocolFailure, 'capture' | 'frame'>, at: PacketPosition): void;
  /** A whole message contradicts itself. `what` in words of ours. At most 8 a flow are told. */
  malformed(what: string, at: PacketPosition): void;
}
