/**
 * What the flow table asks of the protocol stage, declared here because data flows one way: `flow` offers payload in stream
 * order, `protocol` implements these and answers whether it wants more.
 */

/** 0: the side with the lower (address id, port); 1: the other. Says nothing about who is the client. */
export type Side = 0 | 1;

/** Lent to an inspection until it is given back with `release`; then the same object names another flow. */
export interface FlowIdentity {
  /** 6 or 17. */
  readonly transport: number;
  /** Address ids of side 0 and side 1. */
  readonly address0: number;
  readonly address1: number;
  readonly port0: number;
  readonly port1: number;
  readonly overlay: number;
  /** The side taken for the server before anything was recognised: by handshake, port list or first packet. */
  readonly likelyServer: Side;
  /** True when a SYN or SYN-ACK told who is the server: then nothing overrides it. */
  readonly byHandshake: boolean;
}

/** The packet that a piece of payload came in. One reused object: copy what is to be kept. */
export interface PacketPosition {
  capture: number;
  frame: number;
  seconds: number;
  nanoseconds: number;
}

/** How a protocol was recognised: by what was said, by its port alone, or because the endpoint mapper named the port. */
export type Confidence = 'payload' | 'port' | 'endpoint-mapper';

export type FactValue = string | number | boolean | readonly string[];

/** What is spoken on a flow. */
export interface Application {
  readonly protocol: string;
  readonly confidence: Confidence;
  readonly facts: Readonly<Record<string, FactValue>>;
}

/** A failure above the transport: the connection worked, what was asked for did not. */
export interface ProtocolFailure {
  /** Protocol that said so: `smb`, `kerberos`, … */
  readonly protocol: string;
  /** What kind of failure it is for diagnosis. */
  readonly kind: 'authentication' | 'access-denied' | 'not-found' | 'refused' | 'tls' | 'name' | 'protocol' | 'unavailable';
  /** The code on the wire as people look it up: `STATUS_LOGON_FAILURE`, `KDC_ERR_PREAUTH_FAILED`, `401`. */
  readonly code: string;
  /** What it concerns, from the wire, unescaped: share, realm, URL path, interface name; '' when unknown. */
  readonly target: string;
  readonly capture: number;
  readonly frame: number;
}

/** One flow under inspection. */
export interface Inspection {
  /**
   * Payload of one side in stream order (a UDP datagram is one call). `bytes` is borrowed until the call returns.
   * Answers false when nothing more can be learned: the table then never calls again for this flow.
   */
  payload(side: Side, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean;
  /** Bytes of one side that were never captured lie between the last call and the next. Answers as `payload`. */
  gap(side: Side): boolean;
  /** The flow is over, or inspection was ended by the table's bounds. */
  end(): void;
  /** Who is the server, where the payload told; undefined: it did not. */
  readonly server: Side | undefined;
  /** null until something was recognised. */
  readonly application: Application | null;
  readonly failures: readonly ProtocolFailure[];
}

/** A first look at payload, before anything is made for its flow. */
export interface Glance {
  /**
   * At the first bytes that one side of a TCP stream sent: false when no protocol can begin so. Costs no object, so
   * that the many flows of which nothing is known cost nothing.
   */
  glance(bytes: Uint8Array, start: number, limit: number, senderPort: number, receiverPort: number): boolean;
}

export interface Inspector {
  /** What a flow is by convention when its payload was never recognised: protocols whose bytes nobody has published. As {@link share}; 0: none. */
  conventional(transport: number, serverPort: number): number;
  /** A number for this application and all that say the same, as flows by the thousand do; 0: no room for another. */
  share(application: Application): number;
  /** What was given that number. */
  shared(number: number): Application;
  /** Called with the first payload of a flow; undefined: nothing is to be learned from this flow. */
  begin(flow: FlowIdentity): Inspection | undefined;
  /** After `end`, when all that was learned has been taken: the inspection may serve another flow. */
  release(inspection: Inspection): void;
}
