/** Reads flow events and tells them who keeps the flows. See `event-layout.ts`. */
import type { AddressTable } from '../decode/address-table.js';
import type { Encapsulation, EncapsulationTable } from '../decode/encapsulation-table.js';
import { A, ACKNOWLEDGEMENT, B, CD, E, EventKind, KIND_BITS, KIND_MASK, L, N, ND, P, PD, T, TR } from './event-layout.js';
import type { EventMemory, EventOutlet } from './event-outlet.js';
import type { SketchRow } from './flow.js';
import type { FlowEvents, SketchSource } from './flow-events.js';
import { captureOfKey, frameKey, RECORD_WORDS } from './flow-layout.js';
import type { PacketPosition, Side } from './inspection.js';
import { PacketSketches } from './packet-sketches.js';
import type { RareEvent } from './rare-event.js';
import { SettledFlows } from './settled-flows.js';
import { CHUNK_WORDS, Head, MAX_ROWS, ROWS_PER_CHUNK } from './sketch-layout.js';

export class EventReader implements EventOutlet, SketchSource {
  readonly settled: SettledFlows;
  private readonly keeper: FlowEvents;
  private readonly addresses: AddressTable;
  private readonly encapsulations: EncapsulationTable;
  /** By record: the number of its flow while its payload is wanted, else 0. */
  private readonly wanted: Int32Array;
  private readonly position: PacketPosition = { capture: 0, frame: 0, seconds: 0, nanoseconds: 0 };
  /** Of the flow that leaves: where its sketch begins, and how many chunks it has. */
  private sketchAt = 0;
  private sketchChunks = 0;
  private words: Int32Array = new Int32Array(0);
  private sketch: PacketSketches | undefined;

  /** `addresses` and `encapsulations`: those of the flow table, or where copies of them are to be made. */
  constructor(keeper: FlowEvents, addresses: AddressTable, encapsulations: EncapsulationTable, maxFlows: number, settled: SettledFlows = new SettledFlows()) {
    this.keeper = keeper;
    this.addresses = addresses;
    this.encapsulations = encapsulations;
    this.settled = settled;
    this.wanted = new Int32Array(maxFlows);
  }

  hear({ words, doubles, bytes }: EventMemory, at: number, length: number): void {
    const { keeper, wanted, position } = this;
    const end = (at + length) >> 2;
    this.words = words;
    for (let w = at >> 2; w < end; w += words[w]! >>> KIND_BITS) {
      const record = words[w + E.record]!;
      const side = words[w + E.side]! as Side;
      switch (words[w]! & KIND_MASK) {
        case EventKind.begins:
          wanted[record] = words[w + B.number]!;
          if (!keeper.begins(record, words, w + B.record)) this.leaveOut(record);
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
          this.sketchAt = w + L.record + RECORD_WORDS;
          this.sketchChunks = words[w + L.chunks]!;
          wanted[record] = 0;
          keeper.leaves(record, words, doubles, w + L.record, this, words[w + L.openAtEnd] === 1);
          break;
        case EventKind.carried: {
          const d = w >> 1;
          keeper.carried(record, side, doubles[d + CD.packets]!, doubles[d + CD.bytes]!, doubles[d + CD.payload]!);
          break;
        }
        case EventKind.translated: {
          const ports = words[w + TR.ports]!;
          keeper.translated(record, { clientAddress: words[w + TR.client]!, clientPort: ports >>> 16, serverAddress: words[w + TR.server]!, serverPort: ports & 0xffff });
          break;
        }
        case EventKind.text:
          this.hearRare(JSON.parse(new TextDecoder().decode(bytes.subarray((w + T.text) * 4, (w + T.text) * 4 + words[w + T.bytes]!))) as RareEvent);
          break;
        case EventKind.address: this.hearAddress(words, w + A.address, words[w + A.words]!); break;
        case EventKind.encapsulation: this.encapsulations.child(words[w + N.parent]!, words[w + N.type]! as Encapsulation, doubles[(w >> 1) + ND.id]!); break;
        default: throw new Error(`no such flow event: ${words[w]!}`);
      }
    }
  }

  hearRare(event: RareEvent): void {
    if (event.kind === 'quoted') this.keeper.quoted(event.record, event.error, event.rejects);
    else this.keeper.remarked(event.record, event.process, event.dropped);
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

  /** Nothing more of this flow is wanted. */
  private leaveOut(record: number): void {
    this.settled.tell(record, this.wanted[record]!);
    this.wanted[record] = 0;
  }

  private hearAddress(words: Int32Array, at: number, count: number): void {
    if (count === 1) this.addresses.v4(words[at]!);
    else this.addresses.v6(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!);
  }
}

function standAt(position: PacketPosition, words: Int32Array, doubles: Float64Array, w: number): void {
  const key = doubles[(w >> 1) + PD.frameKey]!;
  const capture = captureOfKey(key);
  position.capture = capture;
  position.frame = key - frameKey(capture, 0);
  position.seconds = doubles[(w >> 1) + PD.seconds]!;
  position.nanoseconds = words[w + P.nanoseconds]!;
}

function ownSketch(): PacketSketches {
  const buffer = new ArrayBuffer(Math.ceil(MAX_ROWS / ROWS_PER_CHUNK) * CHUNK_WORDS * 4);
  return new PacketSketches(new Uint32Array(buffer), new Float64Array(buffer));
}
