/**
 * Conversations as columns: one row for each client address, server address, transport, server port and overlay. About 180 bytes
 * a row, index included; what an iteration hands out is a view of a row, whose fields are read when they are asked for.
 */
import type { AddressTable } from '../decode/address-table.js';
import { hashOf } from '../flow/word-hash.js';
import { Orientations } from '../flow/flow-state.js';
import type { FlowView } from '../flow/flow-view.js';
import type { Application } from '../flow/inspection.js';
import { kindsOfRows } from './conversation-kinds.js';
import { BLOCK_BITS, BLOCK_MASK, ConversationRow, D, DOUBLES, FRAMES, OUTCOMES, reserveBlock, UDP, W, WORDS, type Block, type RowSource } from './conversation-row.js';
import type { AggregatedTraffic, Conversation, ConversationKinds, ConversationList } from './evidence.js';
import { compareTelling, ConnectionViews } from './connection-views.js';
import { TrafficAggregates } from './traffic-aggregates.js';

const outcomeIndex = new Map(OUTCOMES.map((outcome, i) => [outcome, i] as const));
const HANDSHAKE = Orientations.indexOf('handshake');

/** Rows at most; what comes later is only counted, in `TrafficAggregates`. */
export const MAX_CONVERSATIONS = 262_144;
const INITIAL_SLOTS = 16_384;
/** A slot holds the row plus one, and above it the part of the hash that is no position: a probe touches no other row in vain. */
const ROW_BITS = 19;
const ROW_MASK = (1 << ROW_BITS) - 1;
/** A frame key and a row number in one double, exactly. */
const MAX_PACKED_KEY = Number.MAX_SAFE_INTEGER / MAX_CONVERSATIONS - 1;

export class ConversationTable implements ConversationList, RowSource {
  length = 0;
  /** Whether the packets of each side of the flow that was added last count, or did so at another capture point. */
  clientCounts = true;
  serverCounts = true;
  readonly aggregates = new TrafficAggregates();
  private readonly blocks: Block[] = [];
  private slots = new Int32Array(INITIAL_SLOTS);
  private readonly applications: (Application | null)[] = [];
  /** What a port is for that was handed out, where nothing was recognised on it. */
  announced: ((server: number, tcp: boolean, port: number, seconds: number) => Application | null) | undefined;
  /** These two until the next flow is added. */
  private order: Uint32Array | undefined;
  private known: ConversationKinds | undefined;
  /** undefined: there is one input, and nothing is seen at two places. */
  private views: ConnectionViews | undefined;
  private readonly addresses: AddressTable;
  private readonly maximum: number;

  constructor(addresses: AddressTable, maximum = MAX_CONVERSATIONS) {
    this.addresses = addresses;
    this.maximum = maximum;
  }

  /** From now on a connection that was seen at several capture points counts once. To be called before the first flow, where there are several inputs. */
  recogniseViews(): void {
    this.views = new ConnectionViews();
  }

  /** What comes from now on was captured at another point than what came before. */
  beginSeries(): void {
    this.views?.beginSeries();
  }

  /** Adds a finished flow; answers its row, or -1 when it was only counted in the aggregates. */
  add(flow: FlowView, application: Application | null): number {
    const client = flow.clientAddress;
    const server = flow.serverAddress;
    const network = flow.tcp ? flow.overlay : flow.overlay | UDP;
    const port = flow.serverPort;
    this.order = this.known = undefined;
    this.clientCounts = this.serverCounts = true;
    const row = this.rowOf(client, server, network, port);
    const outcome = outcomeIndex.get(flow.outcome)!;
    if (row < 0) {
      this.aggregates.add(server, flow.tcp, port, client, outcome);
      return -1;
    }
    const { words, doubles } = this.blocks[row >> BLOCK_BITS]!;
    const w = (row & BLOCK_MASK) * WORDS;
    const d = (row & BLOCK_MASK) * DOUBLES;
    const first = flow.firstKey;
    if (this.views?.isNew(row, flow) === false) {
      addView(words, doubles, w, d, this.views, flow);
      this.clientCounts = this.views.clientIsNew;
      this.serverCounts = this.views.serverIsNew;
      if (application !== null) this.hear(row, doubles, d, application, first);
      keepSmallest(doubles, d + D.frames, first);
      return row;
    }
    if (words[w + W.flows] === 0) {
      words[w + W.orientation] = Orientations.indexOf(flow.orientation);
      doubles[d + D.start] = flow.startSeconds;
      words[w + W.startNanoseconds] = flow.startNanoseconds;
      doubles[d + D.end] = flow.endSeconds;
      words[w + W.endNanoseconds] = flow.endNanoseconds;
      this.applications[row] = null;
    } else {
      widen(words, doubles, w, d, flow.startSeconds, flow.startNanoseconds, flow.endSeconds, flow.endNanoseconds);
      if (flow.orientation === 'handshake') words[w + W.orientation] = HANDSHAKE;
    }
    if (application !== null) this.hear(row, doubles, d, application, first);
    words[w + W.flows]!++;
    words[w + W.outcomes + outcome]!++;
    doubles[d + D.clientPackets]! += flow.clientPackets;
    doubles[d + D.serverPackets]! += flow.serverPackets;
    doubles[d + D.clientBytes]! += flow.clientBytes;
    doubles[d + D.serverBytes]! += flow.serverBytes;
    keepSmallest(doubles, d + D.frames, first);
    return row;
  }

  /** In the order of their first frames, whatever order flows ended in. */
  [Symbol.iterator](): Iterator<Conversation> {
    return new Walk(this);
  }

  kinds(): ConversationKinds {
    return (this.known ??= kindsOfRows(this, this.blocks, this.order ??= this.inOrder(), (index) => this.at(index)));
  }

  at(index: number): Conversation {
    const row = (this.order ??= this.inOrder())[index]!;
    return new ConversationRow(this, index, row, this.blocks[row >> BLOCK_BITS]!);
  }

  addressText(id: number): string {
    return this.addresses.text(id);
  }

  applicationOf(row: number, server: number, tcp: boolean, port: number, seconds: number): Application | null {
    return this.applications[row] ?? this.announced?.(server, tcp, port, seconds) ?? null;
  }

  aggregated(): AggregatedTraffic[] {
    return this.aggregates.list(this.addresses, OUTCOMES);
  }

  /** What was said beats what the port suggests; otherwise what the earliest flow said stays. */
  private hear(row: number, doubles: Float64Array, d: number, application: Application, frame: number): void {
    const known = this.applications[row] ?? null;
    const said = application.confidence === 'payload';
    if (known !== null && (known.confidence === 'payload') !== said ? !said : known !== null && doubles[d + D.applicationFrame]! <= frame) return;
    this.applications[row] = application;
    doubles[d + D.applicationFrame] = frame;
  }

  /**
   * Rows by their smallest frame: two conversations never share a first frame. Sorted as plain numbers, frame key and row in one, which
   * takes a third of the time of a comparing function.
   */
  private inOrder(): Uint32Array {
    const { length } = this;
    const keys = new Float64Array(length);
    let largest = 0;
    for (let row = 0; row < length; row++) {
      const key = this.blocks[row >> BLOCK_BITS]!.doubles[(row & BLOCK_MASK) * DOUBLES + D.frames]!;
      if (key > largest) largest = key;
      keys[row] = key;
    }
    const order = new Uint32Array(length);
    if (largest > MAX_PACKED_KEY || length > MAX_CONVERSATIONS) {
      for (let row = 0; row < length; row++) order[row] = row;
      return order.sort((a, b) => keys[a]! - keys[b]! || a - b);
    }
    for (let row = 0; row < length; row++) keys[row] = keys[row]! * MAX_CONVERSATIONS + row;
    keys.sort();
    for (let i = 0; i < length; i++) order[i] = keys[i]! % MAX_CONVERSATIONS;
    return order;
  }

  private rowOf(client: number, server: number, network: number, port: number): number {
    const { slots, blocks } = this;
    const mask = slots.length - 1;
    const hash = hashOf(client, server, port, network);
    const tag = hash >>> ROW_BITS;
    let at = hash & mask;
    for (; slots[at] !== 0; at = (at + 1) & mask) {
      if (slots[at]! >>> ROW_BITS !== tag) continue;
      const known = (slots[at]! & ROW_MASK) - 1;
      const { words } = blocks[known >> BLOCK_BITS]!;
      const w = (known & BLOCK_MASK) * WORDS;
      if (words[w] === client && words[w + W.server] === server && words[w + W.network] === network && words[w + W.port] === port) return known;
    }
    if (this.length >= this.maximum) return -1;
    if (this.length * 2 >= slots.length) {
      this.growSlots();
      return this.rowOf(client, server, network, port);
    }
    const row = this.length++;
    slots[at] = (tag << ROW_BITS) | (row + 1);
    if ((row & BLOCK_MASK) === 0) blocks.push(reserveBlock());
    const { words } = blocks[row >> BLOCK_BITS]!;
    const w = (row & BLOCK_MASK) * WORDS;
    words[w] = client;
    words[w + W.server] = server;
    words[w + W.network] = network;
    words[w + W.port] = port;
    return row;
  }

  private growSlots(): void {
    this.slots = new Int32Array(this.slots.length * 2);
    const mask = this.slots.length - 1;
    for (let row = 0; row < this.length; row++) {
      const { words } = this.blocks[row >> BLOCK_BITS]!;
      const w = (row & BLOCK_MASK) * WORDS;
      const hash = hashOf(words[w]!, words[w + W.server]!, words[w + W.port]!, words[w + W.network]!);
      let at = hash & mask;
      while (this.slots[at] !== 0) at = (at + 1) & mask;
      this.slots[at] = ((hash >>> ROW_BITS) << ROW_BITS) | (row + 1);
    }
  }
}

/** By hand and not as a generator: its steps are compiled into the loop that takes them. */
class Walk implements Iterator<Conversation> {
  private readonly table: ConversationTable;
  private index = 0;

  constructor(table: ConversationTable) {
    this.table = table;
  }

  next(): IteratorResult<Conversation> {
    return this.index < this.table.length ? { done: false, value: this.table.at(this.index++) } : { done: true, value: undefined };
  }
}

/** The same connection at another point: it adds what only that point saw. Times stay those of one clock. */
function addView(words: Int32Array, doubles: Float64Array, w: number, d: number, views: ConnectionViews, flow: FlowView): void {
  const { outcome } = flow;
  if (compareTelling(outcome, views.outcome) < 0) {
    words[w + W.outcomes + outcomeIndex.get(views.outcome)!]!--;
    words[w + W.outcomes + outcomeIndex.get(outcome)!]!++;
    views.recount(outcome);
  }
  // Each direction belongs to the point that saw it first.
  if (views.clientIsNew) {
    doubles[d + D.clientPackets]! += flow.clientPackets;
    doubles[d + D.clientBytes]! += flow.clientBytes;
  }
  if (views.serverIsNew) {
    doubles[d + D.serverPackets]! += flow.serverPackets;
    doubles[d + D.serverBytes]! += flow.serverBytes;
  }
  if (flow.orientation === 'handshake') words[w + W.orientation] = HANDSHAKE;
}

function widen(words: Int32Array, doubles: Float64Array, w: number, d: number, startSeconds: number, startNanoseconds: number, endSeconds: number, endNanoseconds: number): void {
  // The first flow may have had no time.
  if ((Number.isNaN(doubles[d + D.start]!) && !Number.isNaN(startSeconds)) || startSeconds < doubles[d + D.start]! || (startSeconds === doubles[d + D.start] && startNanoseconds < words[w + W.startNanoseconds]!)) {
    doubles[d + D.start] = startSeconds;
    words[w + W.startNanoseconds] = startNanoseconds;
  }
  if ((Number.isNaN(doubles[d + D.end]!) && !Number.isNaN(endSeconds)) || endSeconds > doubles[d + D.end]! || (endSeconds === doubles[d + D.end] && endNanoseconds > words[w + W.endNanoseconds]!)) {
    doubles[d + D.end] = endSeconds;
    words[w + W.endNanoseconds] = endNanoseconds;
  }
}

/** `FRAMES` smallest keys, ascending; 0 marks a free place. */
function keepSmallest(doubles: Float64Array, at: number, key: number): void {
  const last = doubles[at + FRAMES - 1]!;
  if (last !== 0 && key >= last) return;
  let i = FRAMES - 1;
  while (i > 0 && (doubles[at + i - 1] === 0 || doubles[at + i - 1]! > key)) {
    doubles[at + i] = doubles[at + i - 1]!;
    i--;
  }
  doubles[at + i] = key;
}
