/**
 * Turns what leaves the flow table, and what recognisers tell, into evidence: conversations as columns, notable flows as bounded
 * objects, RPC knowledge, names. It is the sink of the flows and the listener of the protocols at the same time.
 */
import type { CapturedName } from '../capture/capture-reader.js';
import type { AddressTable } from '../decode/address-table.js';
import type { EncapsulationTable } from '../decode/encapsulation-table.js';
import type { Outcome } from '../flow/flow.js';
import type { FlowAnnex } from '../flow/flow-annex.js';
import type { FlowView } from '../flow/flow-view.js';
import type { FlowSink } from '../flow/flow-keeper.js';
import type { Application } from '../flow/inspection.js';
import type { HiddenTraffic, HostName, HostStatement, MalformedMessage, NameLookup, ProtocolEvents, RpcBind, RpcMapping, RpcNotRegistered, RpcQuestion, RpcRefusal, TicketUse } from '../protocol/events.js';
import { RpcKnowledge } from '../rpc/rpc-knowledge.js';
import { ConversationTable, MAX_CONVERSATIONS } from './conversation-table.js';
import { EarliestFlows } from './earliest-flows.js';
import type { CaptureEvidence, Evidence, HostEvidence, LeftOutSyn } from './evidence.js';
import { FlowAnchors } from './flow-anchors.js';
import { HostStatements } from './host-statements.js';
import { MalformedMessages } from './malformed-messages.js';
import { NeighbourSurvey } from './neighbour-survey.js';
import { NotableFlows } from './notable-flows.js';
import type { PacketSeries } from './packet-series.js';
import { compareFrames } from './positions.js';
import { rpcEvidence } from './rpc-evidence.js';
import { ToldNames } from './told-names.js';
import { ToldSteps } from './told-steps.js';

/** Of one conversation: the first of them prove as much as all. */
const MAX_NOTABLE_PER_CONVERSATION = 6;
const MAX_MAPPER_FLOWS = 2000;
const MAX_HOSTS = 10_000;

const FAILED: ReadonlySet<Outcome> = new Set<Outcome>(['refused', 'rejected', 'no-answer', 'half-open', 'reset-early', 'stalled', 'one-way']);

export class EvidenceCollector implements FlowSink, ProtocolEvents {
  readonly conversations: ConversationTable;
  readonly rpc = new RpcKnowledge();
  oneSidedFlows = 0;
  /** Flows with payload that was acknowledged and never captured. */
  holedFlows = 0;
  private readonly addresses: AddressTable;
  private readonly told: ToldSteps;
  /** Made once: a closure per flow would be garbage per flow. */
  private readonly make = () => this.view.toFlow(this.encapsulations);
  private view!: FlowView;
  private encapsulations!: EncapsulationTable;
  /** Flows that failed or that something was said about, and healthy ones that tell how a port was found out. */
  private readonly notable = new NotableFlows();
  private readonly mapperFlows = new EarliestFlows(MAX_MAPPER_FLOWS);
  private readonly names: ToldNames;
  private readonly statements = new HostStatements();
  private readonly malformed = new MalformedMessages();
  private sent = new Float64Array(1024);
  private received = new Float64Array(1024);
  readonly neighbours = new NeighbourSurvey();
  readonly leftOutSyns = new Map<string, LeftOutSyn>();
  /** undefined: there is one input, and nothing to compare it with. */
  private readonly anchors: FlowAnchors | undefined;
  /** Series of captures so far: each place keeps its own notable flows of a conversation. */
  private series = -1;
  private current: PacketSeries | undefined;
  /** Of earlier series. */
  private evictedBefore = 0;
  /** What is said of each announcement: one object, so that conversations with it can be of one kind. */
  private readonly expected = new Map<RpcMapping, Application>();

  constructor(addresses: AddressTable, severalInputs = false) {
    this.addresses = addresses;
    this.told = new ToldSteps(addresses);
    this.names = new ToldNames(addresses);
    this.anchors = severalInputs ? new FlowAnchors(addresses) : undefined;
    this.conversations = new ConversationTable(addresses);
    this.conversations.announced = (server, tcp, port, seconds) => this.announced(server, tcp, port, seconds);
  }

  /**
   * What is expected on a port that the endpoint mapper handed out: a connection to it that was never answered, or whose payload was
   * not recognised, is for the interface that was named. By the port number alone nothing is ever said.
   */
  announced(server: number, tcp: boolean, port: number, seconds: number): Application | null {
    if (!this.rpc.hasMappings) return null;
    const owner = this.rpc.ownerOf(server, tcp ? 'tcp' : 'udp', port, seconds);
    if (owner === undefined) return null;
    let application = this.expected.get(owner);
    if (application === undefined) {
      application = { protocol: 'dce-rpc', confidence: 'endpoint-mapper', facts: owner.interface === null ? {} : { interfaces: [`${owner.interface.uuid}/${owner.interface.version}`] } };
      this.expected.set(owner, application);
    }
    return application;
  }

  /** The series whose flows come here from now on. */
  attach(series: PacketSeries): void {
    this.evictedBefore += this.current?.evictedOpen ?? 0;
    this.current = series;
    this.series++;
    this.encapsulations = series.encapsulations;
  }

  flow(view: FlowView): void {
    this.view = view;
    const { clientAddress: client, serverAddress: server } = view;
    if (Math.max(client, server) >= this.sent.length) this.growHosts(Math.max(client, server));
    if (view.oneSided) this.oneSidedFlows++;
    else if (view.hasHole) this.holedFlows++;
    const { application } = view;
    const { conversations } = this;
    const row = conversations.add(view, application);
    if (conversations.clientCounts) {
      this.sent[client]! += view.clientPackets;
      this.received[server]! += view.clientPackets;
    }
    if (conversations.serverCounts) {
      this.sent[server]! += view.serverPackets;
      this.received[client]! += view.serverPackets;
    }
    this.anchors?.add(this.series, view);
    if (isNotable(view.outcome, view.annex) || view.endsBadly) this.notable.add(placeOf(row, this.series), view.firstKey, MAX_NOTABLE_PER_CONVERSATION, this.make);
    else if (asksMapper(application)) this.mapperFlows.add(placeOf(row, this.series), view.firstKey, this.make);
  }

  packetsSent(address: number): number {
    return this.sent[address] ?? 0;
  }

  evidence(captures: readonly CaptureEvidence[]): Evidence {
    return {
      captures,
      conversations: this.conversations,
      aggregated: this.conversations.aggregated(),
      notable: [...this.notable.list(), ...this.mapperFlows.list()].sort((a, b) => compareFrames(a.first, b.first)),
      notableLeftOut: this.notable.leftOut,
      rpc: rpcEvidence(this.rpc, this.addresses),
      ...this.names.lists(),
      statements: this.statements.list(),
      malformed: this.malformed.list(),
      ...this.told.lists(),
      hosts: this.hosts(),
      neighbours: this.neighbours.list(),
      leftOutSyns: [...this.leftOutSyns.values()],
      anchors: this.anchors?.list() ?? [],
      evictedFlows: this.evictedBefore + (this.current?.evictedOpen ?? 0),
    };
  }

  rpcBind(event: RpcBind): void { this.rpc.rpcBind(event); }
  rpcMapping(event: RpcMapping): void { this.rpc.rpcMapping(event); }
  rpcNotRegistered(event: RpcNotRegistered): void { this.rpc.rpcNotRegistered(event); }
  rpcQuestion(event: RpcQuestion): void { this.rpc.rpcQuestion(event); }
  rpcRefusal(event: RpcRefusal): void { this.rpc.rpcRefusal(event); }

  ticketUse(event: TicketUse): void { this.told.ticketUse(event); }
  hiddenTraffic(event: HiddenTraffic): void { this.told.hiddenTraffic(event); }
  malformedMessage(event: MalformedMessage): void { this.malformed.add(event); }

  hostName(event: HostName): void { this.names.hostName(event); }
  nameLookup(event: NameLookup): void { this.names.nameLookup(event); }
  hostStatement(event: HostStatement): void { this.statements.add(this.addresses.text(event.address), event); }

  capturedNames(names: readonly CapturedName[], capture: number): void { this.names.capturedNames(names, capture); }

  addressText(address: number): string { return this.addresses.text(address); }
  addressId(text: string): number | undefined { return this.addresses.idOf(text); }

  private growHosts(address: number): void {
    const size = Math.max(address + 1, this.sent.length * 2);
    const grow = (from: Float64Array): Float64Array<ArrayBuffer> => {
      const to = new Float64Array(size);
      to.set(from);
      return to;
    };
    this.sent = grow(this.sent);
    this.received = grow(this.received);
  }

  private hosts(): HostEvidence[] {
    const ids: number[] = [];
    for (let id = 0; id < this.sent.length; id++) if (this.sent[id]! + this.received[id]! > 0) ids.push(id);
    if (ids.length > MAX_HOSTS) {
      ids.sort((a, b) => this.sent[b]! + this.received[b]! - this.sent[a]! - this.received[a]! || a - b);
      ids.length = MAX_HOSTS;
      ids.sort((a, b) => a - b);
    }
    return ids.map((id) => ({ address: this.addresses.text(id), packetsSent: this.sent[id]!, packetsReceived: this.received[id]! }));
  }
}

/** Key of a conversation at one place; -1: the conversation has no row. */
function placeOf(row: number, series: number): number {
  return row < 0 ? -1 : series * MAX_CONVERSATIONS + row;
}

function isNotable(outcome: Outcome, annex: FlowAnnex | undefined): boolean {
  return FAILED.has(outcome) || (annex !== undefined && (annex.icmp !== null || annex.failures.length > 0 || annex.translation !== null || annex.dropped !== null));
}

function asksMapper(application: Application | null): boolean {
  return application !== null && application.protocol === 'epmap' && application.confidence === 'payload';
}
