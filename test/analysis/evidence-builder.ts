/** Evidence made by hand: flows are given, conversations and hosts follow from them. */
import type { CaptureEvidence, Conversation, ConversationApplication, Evidence, HiddenEvidence, LeftOutSyn, LookupEvidence, MappingEvidence, NameEvidence, NeighbourEvidence, NotRegisteredEvidence, RefusalEvidence, StatementEvidence, TicketEvidence } from '../../src/evidence/evidence.js';
import type { Flow, IcmpError, Outcome, SketchRow, Time } from '../../src/flow/flow.js';
import type { ProtocolFailure } from '../../src/flow/inspection.js';

export const CLIENT = '10.77.1.10';
export const SERVER = '10.77.2.20';
export const OTHER = '10.77.2.21';
/** svcctl: the service control manager. */
export const SVCCTL = { uuid: '367abb81-9844-35f1-ad32-98f038001003', version: '2.0' };

export function at(seconds: number): Time {
  return { seconds: 1_800_000_000 + Math.floor(seconds), nanoseconds: Math.round((seconds % 1) * 1e9) };
}

export interface FlowSketch {
  readonly client?: string;
  readonly server?: string;
  readonly port: number;
  readonly transport?: 'tcp' | 'udp';
  readonly outcome: Outcome;
  readonly start?: number;
  readonly frame?: number;
  /** Seconds after the start at which the client's SYNs (or datagrams) were sent. */
  readonly syns?: readonly number[];
  /** TTL of the server's first packet. */
  readonly serverTtl?: number;
  readonly icmp?: Pick<IcmpError, 'type' | 'code' | 'from'> & { readonly version?: 4 | 6 };
  readonly application?: ConversationApplication;
  readonly failures?: readonly Omit<ProtocolFailure, 'capture'>[];
  readonly orientation?: Flow['orientation'];
  readonly payload?: Flow['payload'];
  readonly history?: string;
  readonly retransmissions?: number;
  /** Rows 0.3 s apart, unless `after` says otherwise. */
  readonly sketch?: readonly (Partial<SketchRow> & { readonly after?: number })[];
}

const SYN = 0x02, RST = 0x04, ACK = 0x10;
let nextFrame = 1;

export function flow(sketch: FlowSketch): Flow {
  const transport = sketch.transport ?? 'tcp';
  const start = sketch.start ?? 1;
  const frame = sketch.frame ?? nextFrame;
  const syns = sketch.syns ?? [0];
  const row = (part: Partial<SketchRow> & { readonly after: number; readonly n: number }): SketchRow => ({
    frame: { capture: 0, frame: frame + part.n }, time: at(start + part.after), from: 'client', flags: 0, sequence: 1, acknowledgement: 0, length: 0, ttl: 64, ipId: 1, window: 1024, ...strip(part),
  });
  const rows = sketch.sketch?.map((part, n) => row({ after: n * 0.3, n, ...part })) ?? syns.map((after, n) => row({ after, n, flags: transport === 'tcp' ? SYN : 0 }));
  const serverTtl = sketch.serverTtl ?? 63;
  if (sketch.outcome === 'refused') rows.push(row({ after: 0.0001, n: rows.length, from: 'server', flags: RST | ACK, ttl: serverTtl }));
  if (sketch.outcome === 'accepted') rows.push(row({ after: 0.0001, n: rows.length, from: 'server', flags: SYN | ACK, ttl: serverTtl }));
  nextFrame = Math.max(nextFrame, frame + rows.length + 1);
  const answers = rows.some((one) => one.from === 'server') || sketch.outcome === 'answered';
  return {
    transport, client: { address: sketch.client ?? CLIENT, port: 50_000 + (frame % 10_000) }, server: { address: sketch.server ?? SERVER, port: sketch.port }, orientation: sketch.orientation ?? 'handshake', encapsulation: [], overlay: null,
    start: at(start), end: rows[rows.length - 1]?.time ?? at(start), first: { capture: 0, frame }, last: { capture: 0, frame: frame + rows.length - 1 },
    packets: { client: syns.length, server: answers ? 1 : 0 }, bytes: { client: 60, server: answers ? 60 : 0 }, payload: sketch.payload ?? { client: 0, server: 0 }, duplicates: 0, state: 'OTH', history: sketch.history ?? 'S',
    outcome: sketch.outcome, synCount: transport === 'tcp' ? syns.length : null, handshakeMs: null, retransmissions: sketch.retransmissions ?? (sketch.outcome === 'stalled' ? 4 : 0),
    icmp: sketch.icmp === undefined ? null : { name: 'unreachable', version: 4, first: { capture: 0, frame: frame + 1 }, ...sketch.icmp },
    translation: null, application: sketch.application ?? null, failures: (sketch.failures ?? []).map((failure) => ({ ...failure, capture: 0 })), ttl: { client: 64, server: answers ? serverTtl : null },
    openAtStart: false, openAtEnd: false, sketch: rows,
  };
}

function strip({ after: _after, n: _n, ...rest }: Partial<SketchRow> & { after: number; n: number }): Partial<SketchRow> {
  return rest;
}

export interface EvidenceParts {
  readonly flows: readonly Flow[];
  readonly mappings?: readonly MappingEvidence[];
  readonly notRegistered?: readonly NotRegisteredEvidence[];
  readonly refusals?: readonly RefusalEvidence[];
  readonly names?: readonly NameEvidence[];
  readonly statements?: readonly StatementEvidence[];
  readonly lookups?: readonly LookupEvidence[];
  readonly leftOutSyns?: readonly LeftOutSyn[];
  readonly tickets?: readonly TicketEvidence[];
  readonly hidden?: readonly HiddenEvidence[];
  readonly neighbours?: readonly NeighbourEvidence[];
  readonly capture?: Partial<CaptureEvidence>;
  /** Seconds after which the capture ends; default 100. */
  readonly end?: number;
}

export function evidence(parts: EvidenceParts): Evidence {
  const conversations = conversationsOf(parts.flows);
  const sent = new Map<string, number>();
  for (const one of parts.flows) {
    sent.set(one.client.address, (sent.get(one.client.address) ?? 0) + one.packets.client);
    sent.set(one.server.address, (sent.get(one.server.address) ?? 0) + one.packets.server);
  }
  return {
    captures: [capture(parts)], conversations: { length: conversations.length, [Symbol.iterator]: () => conversations[Symbol.iterator]() }, aggregated: [], notable: parts.flows, notableLeftOut: 0,
    malformed: [],
    rpc: { mappings: parts.mappings ?? [], binds: [], notRegistered: parts.notRegistered ?? [], questions: [], refusals: parts.refusals ?? [] },
    names: parts.names ?? [], lookups: parts.lookups ?? [], statements: parts.statements ?? [], hosts: [...sent].map(([address, packetsSent]) => ({ address, packetsSent, packetsReceived: 1 })), neighbours: parts.neighbours ?? [], anchors: [], leftOutSyns: parts.leftOutSyns ?? [], tickets: parts.tickets ?? [], hidden: parts.hidden ?? [], evictedFlows: 0,
  };
}

function capture({ capture: part, end, flows }: EvidenceParts): CaptureEvidence {
  return {
    file: 'hv01.pcapng', format: 'pcapng', compression: null, linkTypes: [1], packets: 93, bytes: 12_345, start: at(0), end: at(end ?? 100), decoded: 93, skipped: {}, skippedFirst: {}, dropped: 0, damage: [], snapLength: null, cutPackets: 0,
    interfaces: [{ name: null, linkType: 1, packets: 93 }],
    traits: { senders: [sender(CLIENT, 64), sender(SERVER, 63)], duplicates: 0, flows: flows.length, oneSidedFlows: 0 }, ...part,
  };
}

export function sender(address: string, ttl: number, unfilled = 0): CaptureEvidence['traits']['senders'][number] {
  return { address, packets: 20, ttl, largePackets: 0, checksumsLookedAt: 8, checksumsUnfilled: unfilled, outbound: 0, inbound: 0 };
}

export function mapping(port: number, frame: number, seconds: number, id = SVCCTL): MappingEvidence {
  return { source: 'ept_map', client: CLIENT, server: SERVER, interface: id, protocol: 'ncacn_ip_tcp', port, announced: '0.0.0.0', annotation: '', frame: { capture: 0, frame }, time: at(seconds), asked: { capture: 0, frame: frame - 1 } };
}

function conversationsOf(flows: readonly Flow[]): Conversation[] {
  const groups = new Map<string, Flow[]>();
  for (const one of flows) {
    const key = `${one.client.address} ${one.server.address} ${one.transport} ${one.server.port}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map((group, index): Conversation => {
    const first = group[0]!;
    const outcomes: Partial<Record<Outcome, number>> = {};
    for (const one of group) outcomes[one.outcome] = (outcomes[one.outcome] ?? 0) + 1;
    const sum = (pick: (one: Flow) => number): number => group.reduce((total, one) => total + pick(one), 0);
    const ends = group.map((one) => one.end).sort((a, b) => a.seconds - b.seconds || a.nanoseconds - b.nanoseconds);
    const application = group.find((one) => one.application !== null)?.application ?? null;
    return {
      index, client: first.client.address, server: first.server.address, transport: first.transport, serverPort: first.server.port, overlay: null, orientation: first.orientation, application,
      visibility: 'clear', flows: group.length, outcomes, packets: { client: sum((one) => one.packets.client), server: sum((one) => one.packets.server) },
      bytes: { client: sum((one) => one.bytes.client), server: sum((one) => one.bytes.server) }, start: first.start, end: ends[ends.length - 1]!, frames: group.slice(0, 4).map((one) => one.first),
    };
  });
}
