/** Hears flow events from another thread and tells them who keeps the flows. See `event-layout.ts`. */
import type { AddressTable } from '../decode/address-table.js';
import type { Encapsulation, EncapsulationTable } from '../decode/encapsulation-table.js';
import { A, ACKNOWLEDGEMENT, BEGINS_RECORD, CD, E, EventKind, KIND_BITS, KIND_MASK, L, N, ND, P, PD, T, type RareEvent } from './event-layout.js';
import type { FlowDrop, FlowProcess, IcmpError, SketchRow } from './flow.js';
import type { TranslatedSockets } from './flow-annex.js';
import type { FlowEvents, SketchSource } from './flow-events.js';
import type { PacketPosition, Side } from './inspection.js';
import { PacketSketches } from './packet-sketches.js';
import { CHUNK_WORDS, Head, MAX_ROWS, ROWS_PER_CHUNK } from './sketch-layout.js';

export class EventReader implements SketchSource {
  private readonly keeper: FlowEvents;
  private readonly addresses: AddressTable;
  private readonly encapsulations: EncapsulationTable;
  /** By record: how many flows it has had, and whether its present one is offered and wanted. */
  private readonly serials: Int32Array;
  private readonly wanted: Uint8Array;
  private readonly done: Int32Array;
  private readonly position: PacketPosition = { capture: 0, frame: 0, seconds: 0, nanoseconds: 0 };
  /** Of the flow that leaves: where its sketch begins, and how many chunks it has. */
  private sketchAt = 0;
  private sketchChunks = 0;
  private words = new Int32Array(0);
  private sketch: PacketSketches | undefined;

  /** `done`: see `EventWriter`. */
  constructor(keeper: FlowEvents, addresses: AddressTable, encapsulations: EncapsulationTable, done: Int32Array) {
    this.keeper = keeper;
    this.addresses = addresses;
    this.encapsulations = encapsulations;
    this.done = done;
    this.serials = new Int32Array(done.length);
    this.wanted = new Uint8Array(done.length);
  }

  /** All events of a block: `length` bytes of it. */
  hear(block: ArrayBuffer, length: number): void {
    const words = new Int32Array(block);
    const doubles = new Float64Array(block);
    const bytes = new Uint8Array(block);
    const { keeper, wanted, position } = this;
    const end = length >> 2;
    this.words = words;
    for (let w = 0; w < end; w += words[w]! >>> KIND_BITS) {
      const record = words[w + E.record]!;
      const side = words[w + E.side]! as Side;
      switch (words[w]! & KIND_MASK) {
        case EventKind.begins:
          if (keeper.begins(record, words, w + BEGINS_RECORD)) wanted[record] = 1;
          else this.leaveOut(record);
          break;
        case EventKind.payload: {
          if (wanted[record] === 0) break;
          standAt(position, words, doubles, w);
          const start = (w + P.bytes) * 4;
          if (!keeper.payload(record, side, words[w + P.sequence]!, words[w + P.length]! >>> 0, bytes, start, start + words[w + P.captured]!, position)) this.leaveOut(record);
          break;
        }
        case EventKind.datagram: {
          if (wanted[record] === 0) break;
          standAt(position, words, doubles, w);
          const start = (w + P.bytes) * 4;
          if (!keeper.datagram(record, side, bytes, start, start + words[w + P.captured]!, position)) this.leaveOut(record);
          break;
        }
        case EventKind.acknowledged:
          if (wanted[record] !== 0 && !keeper.acknowledged(record, side, words[w + ACKNOWLEDGEMENT]!)) this.leaveOut(record);
          break;
        case EventKind.leaves:
          this.sketchAt = w + L.sketch;
          this.sketchChunks = words[w + L.chunks]!;
          keeper.leaves(record, words, doubles, w + L.record, this, words[w + L.openAtEnd] === 1);
          wanted[record] = 0;
          this.serials[record]!++;
          break;
        case EventKind.carried: {
          const d = w >> 1;
          keeper.carried(record, side, doubles[d + CD.packets]!, doubles[d + CD.bytes]!, doubles[d + CD.payload]!);
          break;
        }
        case EventKind.text: this.hearText(bytes.subarray((w + T.text) * 4, (w + T.text) * 4 + words[w + T.bytes]!)); break;
        case EventKind.address: this.hearAddress(words, w + A.address, words[w + A.words]!); break;
        case EventKind.encapsulation: this.encapsulations.child(words[w + N.parent]!, words[w + N.type]! as Encapsulation, doubles[(w >> 1) + ND.id]!); break;
        default: throw new Error(`no such flow event: ${words[w]!}`);
      }
    }
  }

  /** The sketch of the flow that leaves, whatever its number was. */
  read(_sketch: number, client: number): SketchRow[] {
    const { words } = this;
    this.sketch ??= ownSketch();
    for (let i = 0; i < this.sketchChunks; i++) {
      this.sketch.words.set(words.subarray(this.sketchAt + i * CHUNK_WORDS, this.sketchAt + (i + 1) * CHUNK_WORDS), i * CHUNK_WORDS);
      this.sketch.words[i * CHUNK_WORDS + Head.next] = i + 1;
    }
    return this.sketch.read(0, client);
  }

  /** Nothing more of this flow is wanted: the other thread learns it here. */
  private leaveOut(record: number): void {
    this.wanted[record] = 0;
    this.done[record] = this.serials[record]! + 1;
  }

  private hearText(bytes: Uint8Array): void {
    const event = JSON.parse(new TextDecoder().decode(bytes)) as RareEvent;
    if (event.kind === 'translated') this.keeper.translated(event.record, event.twin as TranslatedSockets);
    else if (event.kind === 'quoted') this.keeper.quoted(event.record, event.error as IcmpError, event.rejects);
    else this.keeper.remarked(event.record, event.process as FlowProcess | null, event.dropped as FlowDrop | null);
  }

  private hearAddress(words: Int32Array, at: number, count: number): void {
    if (count === 1) this.addresses.v4(words[at]!);
    else this.addresses.v6(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!);
  }
}

function standAt(position: PacketPosition, words: Int32Array, doubles: Float64Array, w: number): void {
  position.capture = words[w + P.capture]!;
  position.frame = doubles[(w >> 1) + PD.frame]!;
  position.seconds = doubles[(w >> 1) + PD.seconds]!;
  position.nanoseconds = words[w + P.nanoseconds]!;
}

function ownSketch(): PacketSketches {
  const buffer = new ArrayBuffer(Math.ceil(MAX_ROWS / ROWS_PER_CHUNK) * CHUNK_WORDS * 4);
  return new PacketSketches(new Uint32Array(buffer), new Float64Array(buffer));
}
