import type { CaptureDamage } from '../capture/damage.js';
import type { Confidence, FactValue } from '../flow/inspection.js';
import type { Flow, FrameReference, Orientation, Outcome, PerSide, Socket, Time } from '../flow/flow.js';
import type { HiddenTraffic, InterfaceId, TicketUse } from '../protocol/events.js';

/** What analysis needs to know when packets are gone. Addresses are canonical text here, frames `{capture, frame}`. */
export interface Evidence {
  readonly captures: readonly CaptureEvidence[];
  /** One object is made per step of an iteration: a million conversations are never objects at the same time. */
  readonly conversations: ConversationList;
  /** What the table of conversations had no room for. */
  readonly aggregated: readonly AggregatedTraffic[];
  /** Failed, RPC, half-seen flows: bounded per conversation and in total, in the order in which they began. */
  readonly notable: readonly Flow[];
  /** Flows for which `notable` had no room. */
  readonly notableLeftOut: number;
  readonly rpc: RpcEvidence;
  readonly names: readonly NameEvidence[];
  readonly lookups: readonly LookupEvidence[];
  /** Each once, in the order of frames. */
  readonly statements: readonly StatementEvidence[];
  /** Kerberos tickets asked for and shown, each kind of a client and service once. */
  readonly tickets: readonly TicketEvidence[];
  /** What goes on where no capture shows it, once for each pair of hosts. */
  readonly hidden: readonly HiddenEvidence[];
  /** Messages that contradict themselves, by protocol and what is wrong. */
  readonly malformed: readonly MalformedEvidence[];
  /** How much was seen of each address: who was heard at all. */
  readonly hosts: readonly HostEvidence[];
  /** Who was asked for on the local link, per capture, and whether anybody answered. */
  readonly neighbours: readonly NeighbourEvidence[];
  /** Attempts at connections that the span of time asked for leaves out. */
  readonly leftOutSyns: readonly LeftOutSyn[];
  /** TCP connections by which captures are recognised as views of the same traffic; empty where there is one input. */
  readonly anchors: readonly FlowAnchor[];
  /** Flows whose record was closed early because the flow table was full. */
  readonly evictedFlows: number;
}

export interface MalformedEvidence {
  readonly protocol: string;
  readonly transport: 'tcp' | 'udp';
  readonly what: string;
  readonly messages: number;
  /** The first of them, of one capture. */
  readonly frames: readonly FrameReference[];
}

export interface ConversationList extends Iterable<Conversation> {
  readonly length: number;
  /** Absent: `kindsOf` makes each a kind of its own. */
  kinds?(): ConversationKinds;
}

/**
 * Conversations of a kind agree in server, transport, port, overlay, orientation and application, in which outcomes there are, and in which
 * sides sent packets. They differ in the client, and in how much and when.
 */
export interface ConversationKinds {
  readonly count: number;
  /** By `Conversation.index`. */
  readonly kindOf: Uint32Array;
  /** Positions in `clients`, by `Conversation.index`. */
  readonly clientOf: Uint32Array;
  readonly clients: readonly string[];
  /** For walks over these columns that few conversations need to be looked at in. */
  at(index: number): Conversation;
  /** What those of a kind differ in, for walks that look at all of them. */
  amounts(): ConversationAmounts;
  /** Of all conversations together. */
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
}

/** How much and when, of one conversation after another: one object for all of them. */
export interface ConversationAmounts {
  /** To this conversation, by `Conversation.index`. */
  move(index: number): void;
  readonly flows: number;
  readonly clientPackets: number;
  readonly serverPackets: number;
  readonly clientBytes: number;
  readonly serverBytes: number;
  readonly startSeconds: number;
  readonly startNanoseconds: number;
  readonly endSeconds: number;
  readonly endNanoseconds: number;
  /** Flows that ended so; `outcome`: its place in `OUTCOMES`. */
  ended(outcome: number): number;
  /** How many frames are kept, and which: a frame key (`frameKey`). */
  readonly frames: number;
  frameKey(i: number): number;
}

export interface CaptureEvidence {
  readonly file: string;
  readonly format: string;
  readonly compression: string | null;
  readonly linkTypes: readonly number[];
  readonly packets: number;
  /** Of the file as it lies on disk. */
  readonly bytes: number;
  readonly start: Time | null;
  readonly end: Time | null;
  /** Packets in flows, ICMP included. */
  readonly decoded: number;
  readonly skipped: Readonly<Record<string, number>>;
  /** First frame of each reason. */
  readonly skippedFirst: Readonly<Record<string, number>>;
  /** Lost by the capturing tool, as the file says; null: it does not say. */
  readonly dropped: number | null;
  readonly damage: readonly CaptureDamage[];
  /** Whether the capturing tool (pktmon) says of packets that the machine dropped them; absent or null: it is not one that would. */
  readonly dropRecords?: 'seen' | 'none' | null;
  /** True: Ctrl-C ended it, before its end. */
  readonly isInterrupted?: boolean;
  /** Shortest snap length of an interface that cut packets; null: no packet was cut. */
  readonly snapLength: number | null;
  readonly cutPackets: number;
  readonly interfaces: readonly { readonly name: string | null; readonly linkType: number; readonly packets: number }[];
  /** Facts for the vantage point. */
  readonly traits: CaptureTraits;
}

/** What only the place of the capture explains. */
export interface CaptureTraits {
  /** Per sending address (at most 64, by packets): TTLs seen at first packets, packets larger than 1600 bytes, packets with an unfilled checksum among those looked at, direction flags. */
  readonly senders: readonly {
    readonly address: string;
    readonly packets: number;
    readonly ttl: number;
    readonly largePackets: number;
    readonly checksumsLookedAt: number;
    readonly checksumsUnfilled: number;
    readonly outbound: number;
    readonly inbound: number;
  }[];
  readonly duplicates: number;
  readonly flows: number;
  /** Flows of which only one direction has packets although the other answers (acknowledgements move on). */
  readonly oneSidedFlows: number;
  /** Flows with payload that the receiver acknowledged and that is not in the capture: packets are missing. */
  readonly holedFlows?: number;
  /** SYNs that stand there twice, with one IP identification: the capture holds copies. Out of `syns` looked at. */
  readonly copiedSyns?: number;
  readonly syns?: number;
  /** Where the clock went back by more than a second from one packet to the next; absent or null: nowhere, or the file has several interfaces. */
  readonly clockBack?: { readonly times: number; readonly frame: number; readonly seconds: number } | null;
}

/** All flows from one client address to one server address on one transport, server port and overlay. */
export interface Conversation {
  /** Position in `Evidence.conversations`: stable for one piece of evidence. */
  readonly index: number;
  readonly client: string;
  readonly server: string;
  readonly transport: 'tcp' | 'udp';
  readonly serverPort: number;
  readonly overlay: number | null;
  readonly orientation: Orientation;
  readonly application: ConversationApplication | null;
  /** Follows from `application`. */
  readonly visibility: 'clear' | 'encrypted' | 'partial';
  readonly flows: number;
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  readonly packets: PerSide;
  readonly bytes: PerSide;
  readonly start: Time;
  readonly end: Time;
  /** The k smallest first frames of its flows. */
  readonly frames: readonly FrameReference[];
}

export interface ConversationApplication {
  readonly protocol: string;
  readonly confidence: Confidence;
  readonly facts: Readonly<Record<string, FactValue>>;
}

export interface AggregatedTraffic {
  readonly server: string;
  readonly transport: 'tcp' | 'udp';
  readonly serverPort: number;
  /** Distinct clients, at least. */
  readonly clients: number;
  readonly flows: number;
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
}

export interface NameEvidence {
  readonly address: string;
  readonly name: string;
  readonly from: string;
  readonly frame: FrameReference;
}

/** What proves that addresses are one machine: it says so itself. */
export interface StatementEvidence {
  /** Who said it. */
  readonly address: string;
  readonly from: 'dcom' | 'ntlm' | 'smb-interfaces';
  /** Further addresses of its own; empty for `ntlm`. */
  readonly addresses: readonly string[];
  /** '' unless `ntlm`. */
  readonly name: string;
  readonly frame: FrameReference;
}

export interface LookupEvidence {
  readonly client: string;
  readonly server: string;
  readonly name: string;
  readonly type: string;
  /** rcode; -1: no answer. */
  readonly result: number;
  readonly addresses: readonly string[];
  readonly frame: FrameReference;
  readonly times: number;
}

export interface TicketEvidence {
  readonly client: string;
  readonly server: string;
  readonly service: string;
  readonly user: string;
  readonly kind: TicketUse['kind'];
  readonly result: string;
  readonly frame: FrameReference;
  readonly time: Time;
  readonly times: number;
}

export interface HiddenEvidence {
  readonly kind: HiddenTraffic['kind'];
  readonly client: string;
  readonly server: string;
  readonly port: number;
  readonly detail: string;
  readonly frame: FrameReference;
}

/** ARP and neighbour discovery about one address, as one capture shows it. Answers go to the asker alone, so other hosts need not see them. */
export interface NeighbourEvidence {
  readonly capture: number;
  readonly address: string;
  /** Questions for it. */
  readonly asked: number;
  /** At most 8. */
  readonly askedBy: readonly string[];
  /** Answers and announcements of its own. */
  readonly answers: number;
  /** These, and its own questions for others: it is there. */
  readonly heard: number;
  readonly firstAsked: FrameReference | null;
  readonly lastAsked: Time | null;
  readonly firstAnswered: FrameReference | null;
}

export interface LeftOutSyn {
  readonly client: string;
  readonly server: string;
  readonly port: number;
  readonly first: FrameReference;
}

export interface FlowAnchor {
  readonly client: Socket;
  readonly server: Socket;
  /** Initial sequence number of the client. */
  readonly initial: number;
  readonly start: Time;
  readonly first: FrameReference;
  /** From the SYN to the client's acknowledgement as this place saw it: the round trip, wherever it was taken. */
  readonly handshakeMs: number | null;
  /** Of the client's first packet. */
  readonly ttl: number;
  readonly outcome: Outcome;
  readonly packets: PerSide;
  readonly payload: PerSide;
  readonly synCount: number;
  readonly openAtEnd: boolean;
}

export interface HostEvidence {
  readonly address: string;
  readonly packetsSent: number;
  readonly packetsReceived: number;
}

/** Everything heard about RPC endpoints, in the order of time. Addresses are canonical text. */
export interface RpcEvidence {
  readonly mappings: readonly MappingEvidence[];
  readonly binds: readonly BindEvidence[];
  readonly notRegistered: readonly NotRegisteredEvidence[];
  readonly questions: readonly QuestionEvidence[];
  readonly refusals: readonly RefusalEvidence[];
}

export interface MappingEvidence {
  readonly source: 'ept_map' | 'ept_lookup' | 'oxid';
  readonly client: string;
  /** The peer that answered: the mapping belongs to it. */
  readonly server: string;
  readonly interface: InterfaceId | null;
  readonly protocol: string;
  readonly port: number;
  readonly announced: string;
  readonly annotation: string;
  readonly frame: FrameReference;
  readonly time: Time;
  readonly asked: FrameReference | null;
}

export interface BindEvidence {
  readonly client: string;
  readonly server: string;
  readonly port: number;
  readonly transport: 'tcp' | 'udp';
  readonly interface: InterfaceId;
  readonly result: number;
  readonly reason: number;
  readonly pipe: string | null;
  readonly frame: FrameReference;
  readonly time: Time;
}

export interface NotRegisteredEvidence {
  readonly client: string;
  readonly server: string;
  readonly port: number;
  readonly transport: 'tcp' | 'udp';
  readonly interface: InterfaceId | null;
  readonly status: number;
  readonly frame: FrameReference;
  readonly time: Time;
  readonly asked: FrameReference | null;
}

export interface QuestionEvidence {
  readonly client: string;
  readonly server: string;
  readonly interface: InterfaceId;
  readonly frame: FrameReference;
  readonly time: Time;
}

export interface RefusalEvidence {
  readonly kind: 'bind_nak' | 'fault';
  readonly client: string;
  readonly server: string;
  readonly port: number;
  readonly status: number;
  readonly interface: InterfaceId | null;
  readonly operation: number | null;
  readonly pipe: string | null;
  readonly frame: FrameReference;
  readonly time: Time;
}
