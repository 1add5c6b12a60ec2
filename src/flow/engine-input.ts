/** Puts what the engine reads into its memory: rows of packet batches, and single segments. */
import { type PacketBatch, PacketFlag } from '../capture/packet-batch.js';
import type { Segment } from '../decode/segment.js';
import { IpProtocol } from '../decode/segment.js';
import { G } from '../decode/segment-layout.js';
import { BATCH_ROWS, CHUNK_BYTES, INPUT_BYTES, INTERFACES } from './batch-layout.js';
import type { Engine } from './flow-engine.js';

const ETHERNET = 1;
/** Of the UDP header. */
const CHECKSUM = 6;

export class EngineInput {
  /** Row of the batch that is row 0 of the engine. */
  firstRow = 0;
  /** A piece of a file that is read here needs not be copied. */
  readonly chunk: Uint8Array<ArrayBuffer>;
  /** From a place in the batch's bytes to that in the engine's memory. */
  private shift = 0;
  private readonly engine: Engine;
  private readonly segmentWords: Int32Array;
  private readonly segmentDoubles: Float64Array;
  private readonly bytes: Uint8Array;
  private readonly interfaces: Uint8Array;
  private described = 0;
  private readonly offset: Uint32Array;
  private readonly capturedLength: Uint32Array;
  private readonly originalLength: Uint32Array;
  private readonly seconds: Float64Array;
  private readonly nanoseconds: Uint32Array;
  private readonly interfaceIndex: Uint32Array;
  private readonly frame: Float64Array;

  constructor(engine: Engine) {
    this.engine = engine;
    const { buffer } = engine.memory;
    this.segmentWords = new Int32Array(buffer, engine.segmentAt());
    this.segmentDoubles = new Float64Array(buffer, engine.segmentAt());
    this.bytes = new Uint8Array(buffer, engine.inputAt(), INPUT_BYTES);
    this.chunk = new Uint8Array(buffer, engine.chunkAt(), CHUNK_BYTES);
    this.interfaces = new Uint8Array(buffer, engine.interfacesAt(), INTERFACES);
    this.offset = new Uint32Array(buffer, engine.offsetsAt(), BATCH_ROWS);
    this.capturedLength = new Uint32Array(buffer, engine.capturedAt(), BATCH_ROWS);
    this.originalLength = new Uint32Array(buffer, engine.originalAt(), BATCH_ROWS);
    this.seconds = new Float64Array(buffer, engine.secondsAt(), BATCH_ROWS);
    this.nanoseconds = new Uint32Array(buffer, engine.nanosecondsAt(), BATCH_ROWS);
    this.interfaceIndex = new Uint32Array(buffer, engine.interfaceIndexAt(), BATCH_ROWS);
    this.frame = new Float64Array(buffer, engine.framesAt(), BATCH_ROWS);
  }

  /** Interfaces come while a file is read; those of another file begin anew. */
  describe(interfaces: readonly { readonly linkType: number; readonly fcsLength: number }[]): void {
    for (; this.described < Math.min(interfaces.length, INTERFACES); this.described++) {
      const { linkType, fcsLength } = interfaces[this.described]!;
      this.interfaces[this.described] = linkType === ETHERNET ? fcsLength + 1 : 0;
    }
  }

  forgetInterfaces(): void {
    this.interfaces.fill(0, 0, this.described);
    this.described = 0;
  }

  /** Loads as many rows from `from` as fit at once, at most to `to`; answers where they end. None where the first is too large, or of a link that the engine does not know. */
  load(batch: PacketBatch, from: number, to: number): number {
    const { offset, capturedLength, interfaceIndex } = batch;
    const { interfaces } = this;
    let first = offset[from]!;
    let behind = first;
    let row = from;
    for (const last = Math.min(to, from + BATCH_ROWS); row < last; row++) {
      const begin = offset[row]!;
      const end = begin + capturedLength[row]!;
      const point = interfaceIndex[row]!;
      if (point >= INTERFACES || interfaces[point] === 0) break;
      if (Math.max(behind, end) - Math.min(first, begin) > INPUT_BYTES) break;
      if (begin < first) first = begin;
      if (end > behind) behind = end;
    }
    if (row === from) return from;
    if (batch.bytes.buffer === this.bytes.buffer) this.shift = batch.bytes.byteOffset;
    else {
      this.bytes.set(batch.bytes.subarray(first, behind));
      this.shift = this.bytes.byteOffset - first;
    }
    this.engine.rowsAreMarked(isMarked(batch.flags, from, row) ? 1 : 0);
    this.offset.set(offset.subarray(from, row));
    this.capturedLength.set(capturedLength.subarray(from, row));
    this.originalLength.set(batch.originalLength.subarray(from, row));
    this.seconds.set(batch.seconds.subarray(from, row));
    this.nanoseconds.set(batch.nanoseconds.subarray(from, row));
    this.interfaceIndex.set(interfaceIndex.subarray(from, row));
    this.frame.set(batch.frame.subarray(from, row));
    this.firstRow = from;
    return row;
  }

  /** Decodes loaded rows and adds them to their flows; answers the row that is not plain, or `to`. `firstKey`: of frame 0. */
  run(from: number, to: number, firstKey: number): number {
    return this.firstRow + this.engine.run(from - this.firstRow, to - this.firstRow, this.shift, firstKey);
  }

  /** A segment, as `addOne` and its kin want it. `bytes`: where its payload stands. */
  put(segment: Segment, bytes: Uint8Array, seconds: number, nanoseconds: number, frameKey: number, point: number): void {
    const { segmentWords: words, segmentDoubles: doubles } = this;
    const { ipLength, payloadLength } = segment;
    words[G.source >> 2] = segment.source;
    words[G.destination >> 2] = segment.destination;
    words[G.transport >> 2] = segment.transport;
    words[G.ports >> 2] = (segment.sourcePort << 16) | segment.destinationPort;
    words[G.overlay >> 2] = segment.overlay;
    words[G.encapsulation >> 2] = segment.encapsulation;
    words[G.interfaceWithin >> 2] = segment.interfaceWithin;
    words[G.ttl >> 2] = segment.ttl;
    words[G.ipId >> 2] = segment.ipId;
    words[G.tcpFlags >> 2] = segment.tcpFlags;
    words[G.sequence >> 2] = segment.sequence;
    words[G.acknowledgement >> 2] = segment.acknowledgement;
    words[G.window >> 2] = segment.window;
    words[G.payloadStart >> 2] = segment.payloadStart;
    words[G.payloadLimit >> 2] = segment.payloadLimit;
    words[G.fragment >> 2] = segment.fragment ? (segment.fragmentFirst ? 3 : 1) : 0;
    words[G.checksum >> 2] = segment.transport === IpProtocol.udp && !segment.fragment ? checksumAt(bytes, segment.transportStart + CHECKSUM) : 0;
    words[G.row >> 2] = -1;
    words[G.ipLength >> 2] = ipLength;
    words[(G.ipLength >> 2) + 1] = Math.floor(ipLength / 2 ** 32);
    words[G.payloadLength >> 2] = payloadLength;
    words[(G.payloadLength >> 2) + 1] = Math.floor(payloadLength / 2 ** 32);
    doubles[G.seconds >> 3] = seconds;
    doubles[G.frameKey >> 3] = frameKey;
    words[G.nanoseconds >> 2] = nanoseconds;
    words[G.point >> 2] = point;
  }

  /** Where the payload of the segment stands that was put last. */
  payloadIs(start: number, limit: number): void {
    this.segmentWords[G.payloadStart >> 2] = start;
    this.segmentWords[G.payloadLimit >> 2] = limit;
  }

  /** What the quoted packet of an ICMP error says of its flow. */
  putQuoted(segment: Segment, seconds: number, nanoseconds: number, frameKey: number): void {
    this.put(segment, NO_BYTES, seconds, nanoseconds, frameKey, 0);
    const { segmentWords: words } = this;
    words[G.source >> 2] = segment.quotedSource;
    words[G.destination >> 2] = segment.quotedDestination;
    words[G.transport >> 2] = segment.quotedTransport;
    words[G.ports >> 2] = (segment.quotedSourcePort << 16) | segment.quotedDestinationPort;
    words[G.tcpFlags >> 2] = 0; // those of an earlier packet
  }

  /** Which side of its flow the segment is of that the engine was asked about last. */
  get side(): 0 | 1 {
    return this.segmentWords[G.side >> 2] === 1 ? 1 : 0;
  }
}

const NO_BYTES = new Uint8Array(0);

const DIRECTIONS = PacketFlag.inbound | PacketFlag.outbound;

function isMarked(flags: Uint32Array, from: number, to: number): boolean {
  let all = 0;
  for (let row = from; row < to; row++) all |= flags[row]!;
  return (all & DIRECTIONS) !== 0;
}

function checksumAt(bytes: Uint8Array, at: number): number {
  return at + 2 > bytes.length ? 0 : (bytes[at]! << 8) | bytes[at + 1]!;
}
