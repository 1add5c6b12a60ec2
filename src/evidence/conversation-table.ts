/**
 * Conversations as columns: one row for each client address, server address, transport, server port and overlay. About 180 bytes
 * a row, index included; an object is made only for the row that is being looked at.
 */
import type { AddressTable } from '../decode/address-table.js';
import { captureOfKey, frameOfKey, Orientations } from '../flow/flow-layout.js';
import type { Outcome, FrameReference } from '../flow/flow.js';
import type { FlowView } from '../flow/flow-view.js';
import type { Application } from '../flow/inspection.js';
import type { AggregatedTraffic, Conversation, ConversationList } from './evidence.js';
import { TrafficAggregates } from './traffic-aggregates.js';
import { visibilityOf } from './visibility.js';

const OUTCOMES: readonly Outcome[] = ['accepted', 'answered', 'no-answer', 'refused', 'rejected', 'one-way', 'midstream', 'reset-early', 'stalled', 'half-open'];
const outcomeIndex = new Map(OUTCOMES.map((outcome, i) => [outcome, i] as const));

const enum W { client = 0, server = 1, network = 2, port = 3, orientation = 4, flows = 5, startNanoseconds = 6, endNanoseconds = 7, outcomes = 8 }
const WORDS = W.outcomes + OUTCOMES.length;
const FRAMES = 4;
const enum D { clientPackets = 0, serverPackets = 1, clientBytes = 2, serverBytes = 3, start = 4, end = 5, applicationFrame = 6, frames = 7 }
const DOUBLES = D.frames + FRAMES;
const UDP = 1 << 30;
const HANDSHAKE = Orientations.indexOf('handshake');

/** Rows at most; what comes later is only counted, in `TrafficAggregates`. */
export const MAX_CONVERSATIONS = 262_144;
const INITIAL_SLOTS = 16_384;

export class ConversationTable implements ConversationList {
  length = 0;
  readonly aggregates = new TrafficAggregates();
  /** Reserved whole: memory is only touched row by row, and nothing is copied to grow. */
  private readonly words: Int32Array;
  private readonly doubles: Float64Array;
  private slots = new Int32Array(INITIAL_SLOTS);
  private readonly applications: (Application | null)[] = [];
  /** What a port is for that was handed out, where nothing was recognised on it. */
  announced: ((server: number, tcp: boolean, port: number, seconds: number) => Application | null) | undefined;
  private order: Uint32Array | undefined;
  private readonly addresses: AddressTable;
  private readonly maximum: number;

  constructor(addresses: AddressTable, maximum = MAX_CONVERSATIONS) {
    this.addresses = addresses;
    this.maximum = maximum;
    this.words = new Int32Array(maximum * WORDS);
    this.doubles = new Float64Array(maximum * DOUBLES);
  }

  /** Adds a finished flow; answers its row, or -1 when it was only counted in the aggregates. */
  add(flow: FlowView, application: Application | null): number {
    const client = flow.clientAddress;
    const server = flow.serverAddress;
    const network = flow.tcp ? flow.overlay : flow.overlay | UDP;
    const port = flow.serverPort;
    this.order = undefined;
    const row = this.rowOf(client, server, network, port);
    const outcome = outcomeIndex.get(flow.outcome)!;
    if (row < 0) {
      this.aggregates.add(server, flow.tcp, port, client, outcome);
      return -1;
    }
    const { words, doubles } = this;
    const w = row * WORDS;
    const d = row * DOUBLES;
    const first = flow.firstKey;
    if (words[w + W.flows] === 0) {
      words[w + W.orientation] = Orientations.indexOf(flow.orientation);
      doubles[d + D.start] = flow.startSeconds;
      words[w + W.startNanoseconds] = flow.startNanoseconds;
      doubles[d + D.end] = flow.endSeconds;
      words[w + W.endNanoseconds] = flow.endNanoseconds;
      this.applications[row] = null;
    } else {
      this.widen(w, d, flow.startSeconds, flow.startNanoseconds, flow.endSeconds, flow.endNanoseconds);
      if (flow.orientation === 'handshake') words[w + W.orientation] = HANDSHAKE;
    }
    if (application !== null) this.hear(row, application, first);
    words[w + W.flows]!++;
    words[w + W.outcomes + outcome]!++;
    doubles[d + D.clientPackets]! += flow.clientPackets;
    doubles[d + D.serverPackets]! += flow.serverPackets;
    doubles[d + D.clientBytes]! += flow.clientBytes;
    doubles[d + D.serverBytes]! += flow.serverBytes;
    this.keepSmallest(d + D.frames, first);
    return row;
  }

  /** In the order of their first frames, whatever order flows ended in. */
  *[Symbol.iterator](): Iterator<Conversation> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }

  at(index: number): Conversation {
    const { words, doubles } = this;
    const row = (this.order ??= this.inOrder())[index]!;
    const w = row * WORDS;
    const d = row * DOUBLES;
    const outcomes: Partial<Record<Outcome, number>> = {};
    for (let i = 0; i < OUTCOMES.length; i++) {
      const count = words[w + W.outcomes + i]!;
      if (count > 0) outcomes[OUTCOMES[i]!] = count;
    }
    const frames: FrameReference[] = [];
    for (let i = 0; i < FRAMES; i++) {
      const key = doubles[d + D.frames + i]!;
      if (key > 0) frames.push({ capture: captureOfKey(key), frame: frameOfKey(key) });
    }
    const network = words[w + W.network]!;
    const overlay = network & ~UDP;
    const application = this.applications[row] ?? this.announced?.(words[w + W.server]!, (network & UDP) === 0, words[w + W.port]!, doubles[d + D.start]!) ?? null;
    return {
      index,
      client: this.addresses.text(words[w + W.client]!),
      server: this.addresses.text(words[w + W.server]!),
      transport: (network & UDP) !== 0 ? 'udp' : 'tcp',
      serverPort: words[w + W.port]!,
      overlay: overlay === 0 ? null : overlay - 1,
      orientation: Orientations[words[w + W.orientation]!]!,
      application,
      visibility: visibilityOf(application),
      flows: words[w + W.flows]!,
      outcomes,
      packets: { client: doubles[d + D.clientPackets]!, server: doubles[d + D.serverPackets]! },
      bytes: { client: doubles[d + D.clientBytes]!, server: doubles[d + D.serverBytes]! },
      start: { seconds: doubles[d + D.start]!, nanoseconds: words[w + W.startNanoseconds]! },
      end: { seconds: doubles[d + D.end]!, nanoseconds: words[w + W.endNanoseconds]! },
      frames,
    };
  }

  aggregated(): AggregatedTraffic[] {
    return this.aggregates.list(this.addresses, OUTCOMES);
  }

  /** What was said beats what the port suggests; otherwise what the earliest flow said stays. */
  private hear(row: number, application: Application, frame: number): void {
    const known = this.applications[row] ?? null;
    const d = row * DOUBLES + D.applicationFrame;
    const said = application.confidence === 'payload';
    if (known !== null && (known.confidence === 'payload') !== said ? !said : known !== null && this.doubles[d]! <= frame) return;
    this.applications[row] = application;
    this.doubles[d] = frame;
  }

  private widen(w: number, d: number, startSeconds: number, startNanoseconds: number, endSeconds: number, endNanoseconds: number): void {
    const { words, doubles } = this;
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

  /** Rows by their smallest frame: two conversations never share a first frame. */
  private inOrder(): Uint32Array {
    const keys = new Float64Array(this.length);
    const order = new Uint32Array(this.length);
    for (let row = 0; row < this.length; row++) {
      keys[row] = this.doubles[row * DOUBLES + D.frames]!;
      order[row] = row;
    }
    return order.sort((a, b) => keys[a]! - keys[b]! || a - b);
  }

  /** `FRAMES` smallest keys, ascending; 0 marks a free place. */
  private keepSmallest(at: number, key: number): void {
    const { doubles } = this;
    const last = doubles[at + FRAMES - 1]!;
    if (last !== 0 && key >= last) return;
    let i = FRAMES - 1;
    while (i > 0 && (doubles[at + i - 1] === 0 || doubles[at + i - 1]! > key)) {
      doubles[at + i] = doubles[at + i - 1]!;
      i--;
    }
    doubles[at + i] = key;
  }

  private rowOf(client: number, server: number, network: number, port: number): number {
    const { slots, words } = this;
    const mask = slots.length - 1;
    let at = hash(client, server, network, port) & mask;
    for (; slots[at] !== 0; at = (at + 1) & mask) {
      const w = (slots[at]! - 1) * WORDS;
      if (words[w] === client && words[w + W.server] === server && words[w + W.network] === network && words[w + W.port] === port) return slots[at]! - 1;
    }
    if (this.length >= this.maximum) return -1;
    if (this.length * 2 >= slots.length) {
      this.growSlots();
      return this.rowOf(client, server, network, port);
    }
    const row = this.length++;
    slots[at] = row + 1;
    const w = row * WORDS;
    words[w] = client;
    words[w + W.server] = server;
    words[w + W.network] = network;
    words[w + W.port] = port;
    return row;
  }

  private growSlots(): void {
    this.slots = new Int32Array(this.slots.length * 2);
    const { words } = this;
    const mask = this.slots.length - 1;
    for (let row = 0; row < this.length; row++) {
      const w = row * WORDS;
      let at = hash(words[w]!, words[w + W.server]!, words[w + W.network]!, words[w + W.port]!) & mask;
      while (this.slots[at] !== 0) at = (at + 1) & mask;
      this.slots[at] = row + 1;
    }
  }
}

function hash(client: number, server: number, network: number, port: number): number {
  let h = Math.imul(client, 0x9e3779b1) ^ Math.imul(server, 0x85ebca77) ^ Math.imul(port, 0xc2b2ae3d) ^ network;
  h ^= h >>> 15;
  h = Math.imul(h, 0x27d4eb2f);
  return h ^ (h >>> 13);
}
