/**
 * Turns what leaves the flow table, and what recognisers tell, into evidence: conversations as columns, notable flows as bounded
 * objects, RPC knowledge, names. It is the sink of the flows and the listener of the protocols at the same time.
 */
import type { CapturedName } from '../capture/capture-reader.js';
import type { AddressTable } from '../decode/address-table.js';
import type { EncapsulationTable } from '../decode/encapsulation-table.js';
import type { Flow } from '../flow/flow.js';
import { FlowView } from '../flow/flow-view.js';
import type { FlowSink, FlowTable } from '../flow/flow-table.js';
import type { Application } from '../flow/inspection.js';
import type { HostName, NameLookup, ProtocolEvents, RpcBind, RpcMapping, RpcNotRegistered, RpcQuestion, RpcRefusal } from '../protocol/events.js';
import { RpcKnowledge } from '../rpc/rpc-knowledge.js';
import { ConversationTable } from './conversation-table.js';
import type { CaptureEvidence, Evidence, HostEvidence, LookupEvidence, NameEvidence } from './evidence.js';
import { frameOf } from './positions.js';
import { rpcEvidence } from './rpc-evidence.js';

const MAX_NOTABLE = 20_000;
/** Of one conversation: the first of them prove as much as all. */
const MAX_NOTABLE_PER_CONVERSATION = 6;
const MAX_MAPPER_FLOWS = 2;
const MAX_NAMES = 20_000;
const MAX_LOOKUPS = 20_000;
const MAX_HOSTS = 10_000;

const FAILED = new Set(['refused', 'rejected', 'no-answer', 'half-open', 'reset-early', 'stalled', 'one-way']);

export class EvidenceCollector implements FlowSink, ProtocolEvents {
  readonly conversations: ConversationTable;
  readonly rpc = new RpcKnowledge();
  oneSidedFlows = 0;
  private readonly addresses: AddressTable;
  private view!: FlowView;
  private encapsulations!: EncapsulationTable;
  private readonly notable: Flow[] = [];
  private notableLeftOut = 0;
  private notablePerConversation = new Uint8Array(4096);
  private readonly names = new Map<string, NameEvidence>();
  private readonly lookups = new Map<string, LookupEvidence & { times: number }>();
  private sent = new Float64Array(1024);
  private received = new Float64Array(1024);
  private table: FlowTable | undefined;
  /** Of the tables of earlier series. */
  private evictedBefore = 0;

  constructor(addresses: AddressTable) {
    this.addresses = addresses;
    this.conversations = new ConversationTable(addresses);
  }

  /** The table whose flows come here; once per series of captures. */
  attach(table: FlowTable, encapsulations: EncapsulationTable): void {
    this.evictedBefore += this.table?.evictedOpen ?? 0;
    this.table = table;
    this.view = new FlowView(table);
    this.encapsulations = encapsulations;
  }

  flow(record: number, openAtEnd: boolean): void {
    const { view } = this;
    view.move(record, openAtEnd, this.addresses);
    const { clientAddress: client, serverAddress: server } = view;
    if (Math.max(client, server) >= this.sent.length) this.growHosts(Math.max(client, server));
    this.sent[client]! += view.clientPackets;
    this.sent[server]! += view.serverPackets;
    this.received[client]! += view.serverPackets;
    this.received[server]! += view.clientPackets;
    if (view.oneSided) this.oneSidedFlows++;
    const application = view.annex?.application ?? null;
    const row = this.conversations.add(view, application);
    const limit = this.notability(view, application);
    if (limit > 0) this.keepNotable(row, limit);
  }

  packetsSent(address: number): number {
    return this.sent[address] ?? 0;
  }

  evidence(captures: readonly CaptureEvidence[]): Evidence {
    const byStart = (a: Flow, b: Flow): number => a.first.capture - b.first.capture || a.first.frame - b.first.frame;
    return {
      captures,
      conversations: this.conversations,
      aggregated: this.conversations.aggregated(),
      notable: this.notable.sort(byStart),
      notableLeftOut: this.notableLeftOut,
      rpc: rpcEvidence(this.rpc, this.addresses),
      names: [...this.names.values()],
      lookups: [...this.lookups.values()],
      hosts: this.hosts(),
      evictedFlows: this.evictedBefore + (this.table?.evictedOpen ?? 0),
    };
  }

  rpcBind(event: RpcBind): void { this.rpc.rpcBind(event); }
  rpcMapping(event: RpcMapping): void { this.rpc.rpcMapping(event); }
  rpcNotRegistered(event: RpcNotRegistered): void { this.rpc.rpcNotRegistered(event); }
  rpcQuestion(event: RpcQuestion): void { this.rpc.rpcQuestion(event); }
  rpcRefusal(event: RpcRefusal): void { this.rpc.rpcRefusal(event); }

  hostName(event: HostName): void {
    const key = `${event.address} ${event.from} ${event.name}`;
    if (this.names.has(key) || this.names.size >= MAX_NAMES) return;
    this.names.set(key, { address: this.addresses.text(event.address), name: event.name, from: event.from, frame: frameOf(event.at) });
  }

  /** Names that the file itself carries. */
  capturedNames(names: readonly CapturedName[], capture: number): void {
    for (const { address, name } of names) {
      const key = `${address} pcapng ${name}`;
      if (!this.names.has(key) && this.names.size < MAX_NAMES) this.names.set(key, { address, name, from: 'pcapng', frame: { capture, frame: 0 } });
    }
  }

  nameLookup(event: NameLookup): void {
    const key = `${event.client.address} ${event.type} ${event.name} ${event.result}`;
    const known = this.lookups.get(key);
    if (known !== undefined) {
      known.times++;
      return;
    }
    if (this.lookups.size >= MAX_LOOKUPS) return;
    this.lookups.set(key, {
      client: this.addresses.text(event.client.address), server: this.addresses.text(event.server.address), name: event.name, type: event.type,
      result: event.result, addresses: event.addresses, frame: frameOf(event.at), times: 1,
    });
  }

  addressText(address: number): string { return this.addresses.text(address); }
  addressId(text: string): number | undefined { return this.addresses.idOf(text); }

  /** How many flows of this kind are worth keeping of one conversation; 0: none. */
  private notability(view: FlowView, application: Application | null): number {
    if (FAILED.has(view.outcome) || (view.annex !== undefined && (view.annex.icmp !== null || view.annex.failures.length > 0 || view.annex.translation !== null))) return MAX_NOTABLE_PER_CONVERSATION;
    return application !== null && application.protocol === 'epmap' && application.confidence === 'payload' ? MAX_MAPPER_FLOWS : 0;
  }

  private keepNotable(row: number, limit: number): void {
    if (row >= this.notablePerConversation.length) {
      const grown = new Uint8Array(Math.max(row + 1, this.notablePerConversation.length * 2));
      grown.set(this.notablePerConversation);
      this.notablePerConversation = grown;
    }
    if (this.notable.length >= MAX_NOTABLE || (row >= 0 && this.notablePerConversation[row]! >= limit)) {
      this.notableLeftOut++;
      return;
    }
    if (row >= 0) this.notablePerConversation[row]!++;
    this.notable.push(this.view.toFlow(this.addresses, this.encapsulations));
  }

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
