/**
 * Recognises what is spoken on a flow and hands its payload to the analyzer of that protocol.
 *
 * The first bytes of each side are judged separately, as a capture may show one side only. While no recogniser is sure, pieces
 * are held (bounded), and replayed in the order in which they came once the protocol is known. A TCP flow captured from its middle
 * may begin within a message: there the following segments are tried too, for protocols whose messages are unmistakable.
 */
import type { Application, FlowIdentity, Inspection, Inspector, PacketPosition, ProtocolFailure, Side } from '../flow/inspection.js';
import { copyPosition } from './byte-queue.js';
import type { ProtocolEvents } from './events.js';
import { FlowContext } from './flow-context.js';
import { ApplicationPool } from './application-pool.js';
import { applicationByPort } from './port-convention.js';
import { ProtocolGlance } from './protocol-glance.js';
import { RecogniserIndex } from './recogniser-index.js';
import { Recognition } from './recogniser.js';
import type { ProtocolAnalyzer, Recogniser } from './recogniser.js';
import { allRecognisers } from './registry.js';

/** Bytes of one side that are held while a recogniser asks for more. */
const HELD_MAXIMUM = 4096;
/** What one side may send before it is given up, when nobody recognises it and the other side is silent. */
const UNKNOWN_BYTES = 2048;
const UNKNOWN_SEGMENTS = 4;
/** Segments of a flow without its beginning that are tried. */
const MIDSTREAM_SEGMENTS = 12;
const UDP_DATAGRAMS = 4;

/** Protocols whose messages are told apart from anything else wherever one begins. */
const RESYNCHRONISING: ReadonlySet<string> = new Set(['smb', 'tls', 'dce-rpc', 'http', 'ldap']);
/** Recognisers that only the port convinces, see `cluster.ts`. */
const CONVINCED_BY_PORT: ReadonlySet<string> = new Set(['cluster']);

/** Finished inspections that wait for another flow. */
const IDLE_MAXIMUM = 65_536;

const TCP = 6;

export class ProtocolInspector extends ProtocolGlance implements Inspector {
  readonly udp: RecogniserIndex;
  readonly events: ProtocolEvents;
  private readonly applications = new ApplicationPool();
  private readonly idle: FlowInspection[] = [];

  constructor(events: ProtocolEvents, recognisers: readonly Recogniser[] = allRecognisers) {
    super(recognisers);
    this.events = events;
    this.udp = new RecogniserIndex(recognisers, 'udp');
  }

  begin(flow: FlowIdentity): FlowInspection {
    const idle = this.idle.pop();
    if (idle === undefined) return new FlowInspection(this, flow);
    idle.restart(flow);
    return idle;
  }

  release(inspection: Inspection): void {
    if (inspection instanceof FlowInspection && this.idle.length < IDLE_MAXIMUM) this.idle.push(inspection);
  }

  conventional(transport: number, serverPort: number): number {
    const application = applicationByPort(transport, serverPort);
    return application === null ? 0 : this.applications.share(application);
  }

  share(application: Application): number {
    return this.applications.share(application);
  }

  shared(number: number): Application {
    return this.applications.at(number);
  }
}

interface HeldPiece {
  readonly side: Side;
  readonly bytes: Uint8Array;
  readonly at: Readonly<PacketPosition>;
}

/** What is known of one side while the protocol is not. */
const SideState = { silent: 0, more: 1, unknown: 2 } as const;
type SideState = (typeof SideState)[keyof typeof SideState];

const NO_FAILURES: readonly ProtocolFailure[] = [];

export class FlowInspection implements Inspection {
  server: Side | undefined;
  private readonly inspector: ProtocolInspector;
  private flow: FlowIdentity;
  private serverSide: Side;
  private context: FlowContext | null = null;
  /** That of an earlier flow, to be used again. */
  private spare: FlowContext | null = null;
  private analyzer: ProtocolAnalyzer | null = null;
  private finished = false;
  private confidence: 'payload' | 'port' = 'payload';
  private state0: SideState = SideState.silent;
  private state1: SideState = SideState.silent;
  private segments = 0;
  private unknownBytes = 0;
  private held: HeldPiece[] | null = null;
  private midstream: boolean;

  constructor(inspector: ProtocolInspector, flow: FlowIdentity) {
    this.inspector = inspector;
    this.flow = flow;
    this.serverSide = flow.likelyServer;
    this.server = flow.byHandshake ? flow.likelyServer : undefined;
    this.midstream = flow.transport === TCP && !flow.byHandshake;
  }

  /** Begins anew for another flow. */
  restart(flow: FlowIdentity): void {
    this.flow = flow;
    this.serverSide = flow.likelyServer;
    this.server = flow.byHandshake ? flow.likelyServer : undefined;
    this.context = null;
    this.analyzer = null;
    this.finished = false;
    this.confidence = 'payload';
    this.state0 = SideState.silent;
    this.state1 = SideState.silent;
    this.segments = 0;
    this.unknownBytes = 0;
    this.held = null;
    this.midstream = flow.transport === TCP && !flow.byHandshake;
  }

  get failures(): readonly ProtocolFailure[] {
    return this.context?.failures ?? NO_FAILURES;
  }

  get application(): Application | null {
    const context = this.context;
    if (context !== null) return { protocol: context.name, confidence: this.confidence, facts: context.facts };
    const { transport, likelyServer, port0, port1 } = this.flow;
    return applicationByPort(transport, likelyServer === 0 ? port0 : port1);
  }

  payload(side: Side, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (this.analyzer !== null) return this.forward(side, bytes, start, limit, at);
    if (this.finished) return false;
    if (limit <= start) return true;
    return this.flow.transport === TCP
      ? this.lookAtStream(side, bytes, start, limit, at)
      : this.lookAtDatagram(side, bytes, start, limit, at);
  }

  gap(side: Side): boolean {
    if (this.finished) return false;
    if (this.analyzer === null) {
      this.midstream = true;
      this.forget(side);
      return true;
    }
    if (this.analyzer.gap === undefined) {
      this.end();
      return false;
    }
    try {
      if (this.analyzer.gap(this.role(side))) return true;
    } catch {
      this.inspector.malformed++;
    }
    return this.finish();
  }

  end(): void {
    if (this.finished) return;
    try {
      this.analyzer?.end?.();
    } catch {
      this.inspector.malformed++;
    }
    this.finish();
  }

  private lookAtDatagram(side: Side, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    const said = this.ask(this.inspector.udp, side, bytes, start, limit, undefined);
    if (said > Recognition.more) return this.recognised(this.inspector.udp.matched!, said, side) && this.forward(side, bytes, start, limit, at);
    return ++this.segments < UDP_DATAGRAMS || this.finish();
  }

  private lookAtStream(side: Side, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    const index = this.inspector.tcp;
    const state = side === 0 ? this.state0 : this.state1;
    this.segments++;
    let said: Recognition = Recognition.no;
    if (state === SideState.silent) {
      said = this.ask(index, side, bytes, start, limit, undefined);
    } else if (state === SideState.more) {
      const joined = this.joined(side, bytes, start, limit);
      said = this.ask(index, side, joined, 0, joined.length, undefined);
    } else if (this.midstream) {
      this.forget(side);
      said = this.ask(index, side, bytes, start, limit, RESYNCHRONISING);
    }
    if (said > Recognition.more) {
      return this.recognised(index.matched!, said, side) && this.replay() && this.forward(side, bytes, start, limit, at);
    }
    return this.hold(said, side, bytes, start, limit, at) || this.finish();
  }

  private ask(
    index: RecogniserIndex, side: Side, bytes: Uint8Array, start: number, limit: number, only: ReadonlySet<string> | undefined,
  ): Recognition {
    const { port0, port1 } = this.flow;
    try {
      return index.recognise(bytes, start, limit, side === 0 ? port0 : port1, side === 0 ? port1 : port0, only);
    } catch {
      this.inspector.malformed++;
      return Recognition.no;
    }
  }

  /** Keeps a piece that is not recognised yet. Answers false when the flow is given up. */
  private hold(said: Recognition, side: Side, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    const heldBytes = this.heldBytes(side) + limit - start;
    const state = said === Recognition.more && heldBytes <= HELD_MAXIMUM ? SideState.more : SideState.unknown;
    if (side === 0) this.state0 = state;
    else this.state1 = state;
    if (state === SideState.unknown) {
      if (this.midstream) {
        if (this.segments >= MIDSTREAM_SEGMENTS) return false;
      } else {
        const other = side === 0 ? this.state1 : this.state0;
        if (other === SideState.unknown || heldBytes >= UNKNOWN_BYTES) return false;
        if (other === SideState.silent && this.segments >= UNKNOWN_SEGMENTS) return false;
      }
      // No recogniser knows this beginning, so no analyzer will read it either: only its length is kept in mind.
      this.unknownBytes += limit - start;
      return this.unknownBytes < UNKNOWN_BYTES || this.midstream;
    }
    (this.held ??= []).push({ side, bytes: bytes.slice(start, limit), at: copyPosition(at) });
    return true;
  }

  private heldBytes(side: Side): number {
    let count = 0;
    if (this.held !== null) for (const piece of this.held) if (piece.side === side) count += piece.bytes.length;
    return count;
  }

  private joined(side: Side, bytes: Uint8Array, start: number, limit: number): Uint8Array {
    const joined = new Uint8Array(this.heldBytes(side) + limit - start);
    let length = 0;
    for (const piece of this.held ?? []) {
      if (piece.side !== side) continue;
      joined.set(piece.bytes, length);
      length += piece.bytes.length;
    }
    joined.set(bytes.subarray(start, limit), length);
    return joined;
  }

  private forget(side: Side): void {
    if (this.held !== null) this.held = this.held.filter((piece) => piece.side !== side);
    if (side === 0 && this.state0 === SideState.more) this.state0 = SideState.unknown;
    if (side === 1 && this.state1 === SideState.more) this.state1 = SideState.unknown;
  }

  private recognised(recogniser: Recogniser, said: Recognition, side: Side): boolean {
    const { port0, port1, address0, address1, transport, byHandshake } = this.flow;
    const other: Side = side === 0 ? 1 : 0;
    if (said === Recognition.client) this.serverSide = other;
    if (said === Recognition.server) this.serverSide = side;
    // The handshake is never contradicted; a request from the side that accepted the connection is still read as a request.
    if (!byHandshake && said !== Recognition.either) this.server = this.serverSide;
    const context = this.spare ?? new FlowContext(this.inspector.events);
    if (this.serverSide === 0) context.begin(recogniser.protocol, transport === TCP ? 'tcp' : 'udp', address1, port1, address0, port0);
    else context.begin(recogniser.protocol, transport === TCP ? 'tcp' : 'udp', address0, port0, address1, port1);
    this.spare = context;
    this.context = context;
    if (CONVINCED_BY_PORT.has(recogniser.protocol)) this.confidence = 'port';
    try {
      this.analyzer = recogniser.analyse(context);
      return true;
    } catch {
      this.inspector.malformed++;
      return this.finish();
    }
  }

  private replay(): boolean {
    const held = this.held;
    if (held === null) return true;
    this.held = null;
    for (const { side, bytes, at } of held) if (!this.forward(side, bytes, 0, bytes.length, at)) return false;
    return true;
  }

  private forward(side: Side, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    try {
      if (this.analyzer!.data(this.role(side), bytes, start, limit, at)) return true;
    } catch {
      this.inspector.malformed++;
      this.context?.malformed('it cannot be read as what it claims to be', at);
    }
    return this.finish();
  }

  private role(side: Side): 'client' | 'server' {
    return side === this.serverSide ? 'server' : 'client';
  }

  /** Lets go of everything but what was learned. Answers false: nothing more is wanted. */
  private finish(): false {
    this.finished = true;
    this.analyzer = null;
    this.held = null;
    return false;
  }
}
