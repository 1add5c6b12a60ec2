import type { Application, ProtocolFailure } from './inspection.js';

/** How a flow went: interfaces.md, first match wins. */
export type Outcome =
  | 'reset-early' | 'stalled' | 'half-open' | 'accepted' | 'refused' | 'rejected' | 'no-answer' | 'midstream'
  | 'answered' | 'one-way';

export type Orientation = 'handshake' | 'protocol' | 'port' | 'first-packet' | 'symmetric' | 'icmp';

/** `capture` is the index in the sorted list of inputs, `frame` the number that Wireshark shows for that file. */
export interface FrameReference { readonly capture: number; readonly frame: number }

export interface Socket { readonly address: string; readonly port: number }

export interface PerSide { readonly client: number; readonly server: number }

/** Seconds since 1970 and nanoseconds within the second; NaN seconds: the capture has no time. */
export interface Time { readonly seconds: number; readonly nanoseconds: number }

export interface EncapsulationLayer { readonly type: string; readonly id?: number }

/** The error that quoted a flow. */
export interface IcmpError {
  readonly type: number;
  readonly code: number;
  readonly name: string;
  /** Who sent it. */
  readonly from: string;
  readonly first: FrameReference;
  readonly version: 4 | 6;
}

export interface FlowDrop {
  readonly reason: string;
  readonly component: string;
  readonly frame: FrameReference;
  /** Address that had sent the packet. */
  readonly from: string;
}

/** `id` is often, but not always, that of the owner of the socket. */
export interface FlowProcess { readonly id: number; readonly direction: 'inbound' | 'outbound' | null }

/** A finished flow, client and server told apart. The JSON of interfaces.md is made from it. */
export interface Flow {
  readonly transport: 'tcp' | 'udp';
  readonly client: Socket;
  readonly server: Socket;
  readonly orientation: Orientation;
  readonly encapsulation: readonly EncapsulationLayer[];
  readonly overlay: number | null;
  readonly start: Time;
  readonly end: Time;
  readonly first: FrameReference;
  readonly last: FrameReference;
  readonly packets: PerSide;
  readonly bytes: PerSide;
  readonly payload: PerSide;
  readonly duplicates: number;
  readonly state: string;
  readonly history: string;
  readonly outcome: Outcome;
  readonly synCount: number | null;
  readonly handshakeMs: number | null;
  readonly retransmissions: number | null;
  readonly icmp: IcmpError | null;
  /** Where the capturing system says that a packet of this flow was dropped, the first time; only event traces know (pktmon). */
  readonly dropped?: FlowDrop | null;
  /** The process that ran when its first packet was seen, and which way that packet went, where the container says it. */
  readonly process?: FlowProcess | null;
  readonly translation: { readonly client: Socket; readonly server: Socket } | null;
  readonly application: Application | null;
  readonly failures: readonly ProtocolFailure[];
  /** TTL or hop limit of the first packet of each side; null where that side sent none. */
  readonly ttl: { readonly client: number | null; readonly server: number | null };
  /** True when the capture begins or ends while the flow is open, so that its beginning or end was not seen. */
  readonly openAtStart: boolean;
  readonly openAtEnd: boolean;
  /** Payload bytes of a side that were neither captured nor ever acknowledged by the other: they were lost on the network. Missing: unknown. */
  readonly unseen?: PerSide;
  /**
   * Packets of a flow in doubt, at most 64: the handshake and what follows while the server says nothing new; later what is repeated, control
   * packets, closed windows, and the packet after a silence of 30 s or more (behind a row without flags and TTL for the one before it).
   */
  readonly sketch: readonly SketchRow[];
}

/** One packet of a sketch: what diagnosis needs to know of it. */
export interface SketchRow {
  readonly frame: FrameReference;
  readonly time: Time;
  readonly from: 'client' | 'server';
  /** TCP flag bits; 0 for UDP. */
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly length: number;
  readonly ttl: number;
  readonly ipId: number;
  readonly window: number;
}
