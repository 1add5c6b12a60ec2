/** Tells flow events to another thread: writes them into blocks that are sent when they are full. See `event-layout.ts`. */
import type { AddressTable } from '../decode/address-table.js';
import type { EncapsulationTable } from '../decode/encapsulation-table.js';
import {
  A, ACKNOWLEDGED_WORDS, ACKNOWLEDGEMENT, ADDRESS_WORDS, BEGINS_RECORD, CARRIED_WORDS, CD, E, ENCAPSULATION_WORDS, EventKind, KIND_BITS, L, N, ND, P, PD, T, type RareEvent,
} from './event-layout.js';
import type { FlowDrop, FlowProcess, IcmpError } from './flow.js';
import type { TranslatedSockets } from './flow-annex.js';
import type { FlowEvents, FlowRecords, SketchSource } from './flow-events.js';
import { RECORD_WORDS, W } from './flow-layout.js';
import type { PacketPosition, Side } from './inspection.js';
import type { PacketSketches } from './packet-sketches.js';
import { CHUNK_WORDS, Head, ROWS_PER_CHUNK } from './sketch-layout.js';

/** Of blocks. */
export interface BlockPort {
  /** An empty one; waits until there is one. All are of one size. */
  take(): ArrayBuffer;
  /** `length` bytes of it are filled; it belongs to somebody else now. */
  send(block: ArrayBuffer, length: number): void;
}

export class EventWriter implements FlowEvents {
  private readonly sketches: PacketSketches;
  private readonly addresses: AddressTable;
  private readonly encapsulations: EncapsulationTable;
  private readonly port: BlockPort;
  /** By record: how many flows it has had. In `done`, shared with the reader: of which of them nothing more is to be learned. */
  private readonly serials: Int32Array;
  private readonly done: Int32Array;
  private toldAddresses = 0;
  /** The empty stack needs not be told. */
  private toldEncapsulations = 1;
  private block = new ArrayBuffer(0);
  private words = new Int32Array(0);
  private doubles = new Float64Array(0);
  private bytes = new Uint8Array(0);
  private used = 0;

  constructor({ sketches }: FlowRecords, addresses: AddressTable, encapsulations: EncapsulationTable, port: BlockPort, done: Int32Array) {
    this.sketches = sketches;
    this.addresses = addresses;
    this.encapsulations = encapsulations;
    this.port = port;
    this.done = done;
    this.serials = new Int32Array(done.length);
  }

  begins(record: number, from: Int32Array, r: number): boolean {
    const w = this.begin(EventKind.begins, BEGINS_RECORD + RECORD_WORDS);
    const { words } = this;
    words[w + E.record] = record;
    for (let i = 0; i < RECORD_WORDS; i++) words[w + BEGINS_RECORD + i] = from[r + i]!;
    return true;
  }

  payload(record: number, side: Side, sequence: number, length: number, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    return this.piece(EventKind.payload, record, side, sequence, length, bytes, start, limit, at);
  }

  datagram(record: number, side: Side, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    return this.piece(EventKind.datagram, record, side, 0, 0, bytes, start, limit, at);
  }

  acknowledged(record: number, side: Side, acknowledgement: number): boolean {
    if (this.isDone(record)) return false;
    const w = this.begin(EventKind.acknowledged, ACKNOWLEDGED_WORDS);
    const { words } = this;
    words[w + E.record] = record;
    words[w + E.side] = side;
    words[w + ACKNOWLEDGEMENT] = acknowledgement;
    return true;
  }

  carried(record: number, side: Side, packets: number, bytes: number, payload: number): void {
    const w = this.begin(EventKind.carried, CARRIED_WORDS);
    const { words, doubles } = this;
    words[w + E.record] = record;
    words[w + E.side] = side;
    doubles[(w >> 1) + CD.packets] = packets;
    doubles[(w >> 1) + CD.bytes] = bytes;
    doubles[(w >> 1) + CD.payload] = payload;
  }

  translated(record: number, twin: TranslatedSockets): void { this.text({ kind: 'translated', record, twin }); }
  quoted(record: number, error: IcmpError, rejects: boolean): void { this.text({ kind: 'quoted', record, error, rejects }); }
  remarked(record: number, process: FlowProcess | null, dropped: FlowDrop | null): void { this.text({ kind: 'remarked', record, process, dropped }); }

  leaves(record: number, from: Int32Array, _doubles: Float64Array, r: number, _sketches: SketchSource, openAtEnd: boolean): void {
    const { sketches } = this;
    const sketch = from[r + W.sketch]! - 1;
    const chunks = sketch < 0 ? 0 : Math.max(1, Math.ceil(sketches.words[sketch * CHUNK_WORDS + Head.rows]! / ROWS_PER_CHUNK));
    const w = this.begin(EventKind.leaves, L.sketch + chunks * CHUNK_WORDS);
    const { words } = this;
    words[w + E.record] = record;
    words[w + L.openAtEnd] = openAtEnd ? 1 : 0;
    words[w + L.chunks] = chunks;
    for (let i = 0; i < RECORD_WORDS; i++) words[w + L.record + i] = from[r + i]!;
    for (let i = 0, chunk = sketch; i < chunks; i++) {
      words.set(sketches.words.subarray(chunk * CHUNK_WORDS, (chunk + 1) * CHUNK_WORDS), w + L.sketch + i * CHUNK_WORDS);
      chunk = sketches.words[chunk * CHUNK_WORDS + Head.next]!;
    }
    this.serials[record]!++;
  }

  /** Sends what there is. */
  flush(): void {
    if (this.used === 0) return;
    this.port.send(this.block, this.used);
    this.block = new ArrayBuffer(0);
    this.used = 0;
  }

  private piece(kind: EventKind, record: number, side: Side, sequence: number, length: number, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    // Seen here some time after it was so: what was sent meanwhile, the reader leaves out.
    if (this.isDone(record)) return false;
    const captured = limit - start;
    const w = this.begin(kind, P.bytes + ((captured + 7) >>> 3) * 2);
    const { words, doubles } = this;
    words[w + E.record] = record;
    words[w + E.side] = side;
    words[w + P.sequence] = sequence;
    words[w + P.length] = length;
    words[w + P.captured] = captured;
    words[w + P.capture] = at.capture;
    words[w + P.nanoseconds] = at.nanoseconds;
    doubles[(w >> 1) + PD.frame] = at.frame;
    doubles[(w >> 1) + PD.seconds] = at.seconds;
    this.bytes.set(bytes.subarray(start, limit), (w + P.bytes) * 4);
    return true;
  }

  private isDone(record: number): boolean {
    return this.done[record] === this.serials[record]! + 1;
  }

  private text(event: RareEvent): void {
    const text = new TextEncoder().encode(JSON.stringify(event));
    const w = this.begin(EventKind.text, T.text + ((text.length + 7) >>> 3) * 2);
    this.words[w + T.bytes] = text.length;
    this.bytes.set(text, (w + T.text) * 4);
  }

  /** Room for an event, behind what the reader has to know before it; where it begins. */
  private begin(kind: EventKind, words: number): number {
    if (this.addresses.count !== this.toldAddresses || this.encapsulations.count !== this.toldEncapsulations) this.tellNames();
    return this.room(kind, words);
  }

  private room(kind: EventKind, words: number): number {
    const length = words * 4;
    if (this.used + length > this.block.byteLength) {
      this.flush();
      this.block = this.port.take();
      // Packets are bounded (`MAX_CAPTURED_LENGTH`), and what is told as text is short.
      if (length > this.block.byteLength) throw new RangeError(`a flow event of ${length} bytes, where a block has ${this.block.byteLength}`);
      this.words = new Int32Array(this.block);
      this.doubles = new Float64Array(this.block);
      this.bytes = new Uint8Array(this.block);
    }
    const w = this.used >> 2;
    this.used += length;
    this.words[w] = (words << KIND_BITS) | kind;
    return w;
  }

  private tellNames(): void {
    const { addresses, encapsulations } = this;
    for (; this.toldAddresses < addresses.count; this.toldAddresses++) {
      const bytes = addresses.bytes(this.toldAddresses);
      const view = new DataView(bytes.buffer);
      const w = this.room(EventKind.address, ADDRESS_WORDS);
      this.words[w + A.words] = bytes.length >> 2;
      for (let i = 0; i < bytes.length >> 2; i++) this.words[w + A.address + i] = view.getInt32(4 * i);
    }
    for (; this.toldEncapsulations < encapsulations.count; this.toldEncapsulations++) {
      const { parent, type, id } = encapsulations.at(this.toldEncapsulations);
      const w = this.room(EventKind.encapsulation, ENCAPSULATION_WORDS);
      this.words[w + N.parent] = parent;
      this.words[w + N.type] = type;
      this.doubles[(w >> 1) + ND.id] = id;
    }
  }
}
