/**
 * The table of dynamic ports: one row per server, transport and port that was announced by a tower or string binding, or is 1024 or
 * above with an accepted bind, or is an unexplained connection into the dynamic range. Addresses are canonical text here; which
 * flows used a row and how they went is added by analysis.
 */
import type { FrameReference } from '../flow/flow.js';
import type { InterfaceId } from '../protocol/events.js';
import { transportOfProtocol } from './transport-of-protocol.js';

export type PortSource = 'ept_map' | 'ept_lookup' | 'oxid' | 'bind' | 'port-only';

export interface DynamicPort {
  /** The peer that answered. */
  readonly server: string;
  readonly port: number;
  readonly transport: 'tcp' | 'udp';
  /** Sorted by UUID; empty while only a string binding or a connection is known. */
  readonly interfaces: readonly InterfaceId[];
  /** Another address or host name than the server's that a tower or binding has: the first heard; null: none. */
  readonly announced: string | null;
  /** The first frame of each source, in the order of {@link PortSource}. */
  readonly knownFrom: readonly { readonly source: PortSource; readonly frame: FrameReference }[];
}

/** What a row is made from, in the order of time: kept evidence fits as it is. */
export interface AnnouncedPort {
  readonly source: 'ept_map' | 'ept_lookup' | 'oxid';
  readonly server: string;
  readonly interface: InterfaceId | null;
  readonly protocol: string;
  readonly port: number;
  readonly announced: string;
  readonly frame: FrameReference;
}

export interface BoundPort {
  readonly server: string;
  readonly port: number;
  readonly transport: 'tcp' | 'udp';
  readonly interface: InterfaceId;
  readonly result: number;
  readonly pipe: string | null;
  readonly frame: FrameReference;
}

/** A connection that nothing but its port number says anything about: no other protocol recognised, server known. */
export interface UnexplainedConnection {
  readonly server: string;
  readonly transport: 'tcp' | 'udp';
  readonly port: number;
  readonly frame: FrameReference;
}

/** Default dynamic range since Windows Vista and Server 2008 (RFC 6335, section 6). */
export const DYNAMIC_RANGE = { first: 49_152, last: 65_535 } as const;
const FIRST_UNPRIVILEGED_PORT = 1024;
const ACCEPTED = 0;

export function dynamicPorts(
  rpc: { readonly mappings: readonly AnnouncedPort[]; readonly binds: readonly BoundPort[] },
  unexplained: Iterable<UnexplainedConnection> = [],
): DynamicPort[] {
  const rows = new Map<string, RowBuilder>();
  const row = (server: string, transport: 'tcp' | 'udp', port: number): RowBuilder => {
    const key = `${server} ${transport} ${port}`;
    const known = rows.get(key) ?? new RowBuilder(server, transport, port);
    rows.set(key, known);
    return known;
  };
  for (const { source, server, interface: id, protocol, port, announced, frame } of rpc.mappings) {
    const transport = transportOfProtocol(protocol);
    if (transport !== undefined && port !== 0) row(server, transport, port).announce(source, id, announced, frame);
  }
  for (const { server, port, transport, interface: id, result, pipe, frame } of rpc.binds) {
    if (result !== ACCEPTED || pipe !== null || transport !== 'tcp') continue;
    if (port >= FIRST_UNPRIVILEGED_PORT || rows.has(`${server} ${transport} ${port}`)) row(server, transport, port).bind(id, frame);
  }
  for (const { server, transport, port, frame } of unexplained) {
    if (port < DYNAMIC_RANGE.first || port > DYNAMIC_RANGE.last) continue;
    const known = rows.get(`${server} ${transport} ${port}`);
    if (known === undefined || known.isPortOnly) row(server, transport, port).use(frame);
  }
  return [...rows.values()].map((builder) => builder.build()).sort(compareRows);
}

class RowBuilder {
  private readonly server: string;
  private readonly transport: 'tcp' | 'udp';
  private readonly port: number;
  private readonly interfaces = new Map<string, InterfaceId>();
  /** Earliest frame of each interface ('' where none is named), by source. */
  private readonly sources = new Map<PortSource, Map<string, FrameReference>>();
  private announced: string | null = null;

  constructor(server: string, transport: 'tcp' | 'udp', port: number) {
    this.server = server;
    this.transport = transport;
    this.port = port;
  }

  get isPortOnly(): boolean {
    return this.sources.has('port-only');
  }

  announce(source: AnnouncedPort['source'], id: InterfaceId | null, announced: string, frame: FrameReference): void {
    this.add(source, id, frame);
    if (this.announced === null && announced !== this.server && !UNSPECIFIED.has(announced)) this.announced = announced;
  }

  bind(id: InterfaceId, frame: FrameReference): void {
    this.add('bind', id, frame);
  }

  use(frame: FrameReference): void {
    this.add('port-only', null, frame);
  }

  build(): DynamicPort {
    const { server, port, transport, announced } = this;
    const interfaces = [...this.interfaces.values()].sort((one, other) => compareText(one.uuid, other.uuid) || compareText(one.version, other.version));
    // The earliest frame that named each interface: several interfaces share a port, and each was handed out by an answer of its own.
    const knownFrom = SOURCES.flatMap((source) => [...(this.sources.get(source)?.values() ?? [])].sort(compareFrames)
      .filter((frame, i, all) => i === 0 || compareFrames(frame, all[i - 1]!) !== 0).map((frame) => ({ source, frame })));
    return { server, port, transport, interfaces, announced, knownFrom };
  }

  private add(source: PortSource, id: InterfaceId | null, frame: FrameReference): void {
    if (id !== null) this.interfaces.set(`${id.uuid}/${id.version}`, { uuid: id.uuid, version: id.version });
    let frames = this.sources.get(source);
    if (frames === undefined) {
      frames = new Map<string, FrameReference>();
      this.sources.set(source, frames);
    }
    const key = id === null ? '' : `${id.uuid}/${id.version}`;
    const known = frames.get(key);
    if (known === undefined || compareFrames(frame, known) < 0) frames.set(key, { capture: frame.capture, frame: frame.frame });
  }
}

const SOURCES: readonly PortSource[] = ['ept_map', 'ept_lookup', 'oxid', 'bind', 'port-only'];
/** Towers that name no address: servers with several, or asked over IPv6. */
const UNSPECIFIED: ReadonlySet<string> = new Set(['', '0.0.0.0']);

function compareFrames(one: FrameReference, other: FrameReference): number {
  return one.capture - other.capture || one.frame - other.frame;
}

function compareRows(one: DynamicPort, other: DynamicPort): number {
  return compareText(one.server, other.server) || one.port - other.port || compareText(one.transport, other.transport);
}

/** By code unit: the same on every machine, whatever its language. */
function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
