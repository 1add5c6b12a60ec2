/**
 * One capture made from another: by mutations that know records, headers and payload, and by blind ones. The same bytes, the same random
 * numbers and the same donors give the same result.
 */
import { gzipSync } from 'node:zlib';
import { concat } from '../support/byte-writer.js';
import type { Random } from './random.js';
import { mapRecords, type RecordMap, type RecordPlace } from './record-map.js';

export const MAX_MUTANT_LENGTH = 512 * 1024;

/** Numbers at which programs go wrong. */
const EDGES = [0, 1, 2, 3, 4, 7, 8, 15, 16, 20, 27, 28, 40, 63, 64, 127, 128, 254, 255, 256, 1500, 0x7fff, 0x8000, 0xfffe, 0xffff, 0x10000, 0x40000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff] as const;
/** Ethernet, IPv4 and TCP headers; protocols of applications begin behind them. */
const HEADERS = 54;

type Mutation = (file: Uint8Array, random: Random, donor: Uint8Array) => Uint8Array;

export function mutate(original: Uint8Array, random: Random, donors: readonly Uint8Array[]): Uint8Array {
  let file = original;
  for (let i = random.few(8); i > 0; i--) {
    const mutation = random.oneIn(4) ? random.of(BLIND) : random.of(STRUCTURED);
    file = mutation(file, random, random.of(donors));
  }
  if (file.length > MAX_MUTANT_LENGTH) file = file.slice(0, MAX_MUTANT_LENGTH);
  if (!random.oneIn(40)) return file;
  const packed = new Uint8Array(gzipSync(file, { level: 1 }));
  return random.oneIn(2) ? packed : flipBits(packed, random, packed);
}

const flipBits: Mutation = (file, random) => {
  const out = file.slice();
  for (let i = random.few(16); i > 0; i--) {
    const at = random.below(out.length);
    out[at] = (out[at] ?? 0) ^ (1 << random.below(8));
  }
  return out;
};

const writeEdge: Mutation = (file, random) => writeNumber(file, random.below(file.length), random);

const cutEnd: Mutation = (file, random) => file.slice(0, random.below(file.length));

const fillRange: Mutation = (file, random) => {
  const at = random.below(file.length);
  return file.slice().fill(random.of([0, 0xff, 0x41, 0x05]), at, at + random.few(1024));
};

const spliceRange: Mutation = (file, random, donor) => {
  const from = random.below(donor.length);
  const piece = donor.subarray(from, from + random.few(4096));
  const at = random.below(file.length);
  return concat(file.subarray(0, at), piece, file.subarray(at + (random.oneIn(2) ? piece.length : 0)));
};

const removeRange: Mutation = (file, random) => {
  const at = random.below(file.length);
  return concat(file.subarray(0, at), file.subarray(at + random.few(256)));
};

const BLIND: readonly Mutation[] = [flipBits, writeEdge, cutEnd, fillRange, spliceRange, removeRange];

/** A mutation that needs records; where there are none, bits are flipped. */
function structured(change: (file: Uint8Array, map: RecordMap, random: Random, donor: Uint8Array) => Uint8Array): Mutation {
  return (file, random, donor) => {
    const map = mapRecords(file);
    return map === undefined || map.records.length === 0 ? flipBits(file, random, donor) : change(file, map, random, donor);
  };
}

const wrongLength = structured((file, { records, littleEndian }, random) => {
  const { lengths } = random.of(records);
  const at = random.of(lengths);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const value = random.oneIn(2) ? random.of(EDGES) : view.getUint32(at, littleEndian) + random.of([-4, -1, 1, 4, 16]);
  const out = file.slice();
  new DataView(out.buffer).setUint32(at, value >>> 0, littleEndian);
  return out;
});

const repeatOrDropRecord = structured((file, { records }, random) => {
  const { start, end } = random.of(records);
  if (random.oneIn(2)) return concat(file.subarray(0, start), file.subarray(end));
  const times = Array.from({ length: random.few(64) }, () => file.subarray(start, end));
  return concat(file.subarray(0, end), ...times, file.subarray(end));
});

const swapRecords = structured((file, { records }, random) => {
  const [first, second] = [random.of(records), random.of(records)].sort((a, b) => a.start - b.start) as [RecordPlace, RecordPlace];
  if (first === second) return file;
  return concat(file.subarray(0, first.start), file.subarray(second.start, second.end), file.subarray(first.end, second.start), file.subarray(first.start, first.end), file.subarray(second.end));
});

const spliceRecords = structured((file, { records, container }, random, donor) => {
  const other = mapRecords(donor);
  if (other?.container !== container || other.records.length === 0) return file;
  const from = random.below(other.records.length);
  const pieces = other.records.slice(from, from + random.few(32)).map(({ start, end }) => donor.subarray(start, end));
  const { end } = random.of(records);
  return concat(file.subarray(0, end), ...pieces, file.subarray(end));
});

/** Within one packet, mostly behind the headers: what recognisers read. */
const changePacket = structured((file, { records }, random) => {
  const { dataStart, dataEnd } = random.of(records);
  if (dataEnd <= dataStart) return file;
  const from = random.oneIn(3) || dataEnd - dataStart <= HEADERS ? dataStart : dataStart + HEADERS;
  // Lengths and counts of protocols stand near the beginning of what they describe.
  const reach = random.oneIn(2) ? Math.min(64, dataEnd - from) : dataEnd - from;
  let out = file;
  for (let i = random.few(4); i > 0; i--) out = writeNumber(out, from + random.below(reach), random, dataEnd);
  return out;
});

/** Another packet's bytes in place of this one's, from some point on: protocols on the wrong ports, answers to other questions. */
const crossPackets = structured((file, { records }, random) => {
  const packets = records.filter(({ dataStart, dataEnd }) => dataEnd - dataStart > HEADERS);
  if (packets.length < 2) return file;
  const [into, from] = [random.of(packets), random.of(packets)];
  const begin = random.oneIn(2) ? HEADERS : random.below(Math.min(into.dataEnd - into.dataStart, from.dataEnd - from.dataStart));
  const out = file.slice();
  const piece = file.subarray(from.dataStart + begin, Math.min(from.dataEnd, from.dataStart + into.dataEnd - into.dataStart));
  out.set(piece, into.dataStart + begin);
  return out;
});

/** Captured bytes of a packet cut off with all lengths of the container right: a snap length. */
const snapPacket = structured((file, { records, container, littleEndian }, random) => {
  const { start, end, dataStart, dataEnd } = random.of(records);
  if (dataEnd <= dataStart) return file;
  const kept = random.below(dataEnd - dataStart);
  const head = file.slice(start, dataStart + kept);
  const view = new DataView(head.buffer);
  if (container === 'pcap') {
    view.setUint32(8, kept, littleEndian);
    return concat(file.subarray(0, start), head, file.subarray(end));
  }
  const padded = new Uint8Array(32 + Math.ceil(kept / 4) * 4);
  padded.set(head);
  const block = new DataView(padded.buffer);
  block.setUint32(4, padded.length, littleEndian);
  block.setUint32(20, kept, littleEndian);
  block.setUint32(padded.length - 4, padded.length, littleEndian);
  return concat(file.subarray(0, start), padded, file.subarray(end));
});

const STRUCTURED: readonly Mutation[] = [
  wrongLength, repeatOrDropRecord, swapRecords, spliceRecords, changePacket, changePacket, changePacket, crossPackets, snapPacket,
];

/** An edge, or something near what is there, as 1, 2 or 4 bytes in either order. */
function writeNumber(file: Uint8Array, at: number, random: Random, limit = file.length): Uint8Array {
  const width = random.of([1, 2, 4]);
  if (at + width > limit) return file;
  const littleEndian = random.oneIn(2);
  const out = file.slice();
  const view = new DataView(out.buffer);
  const value = (before: number): number => (random.oneIn(2) ? random.of(EDGES) : random.oneIn(2) ? before + random.of([-1, 1]) : random.word());
  if (width === 1) view.setUint8(at, value(view.getUint8(at)));
  else if (width === 2) view.setUint16(at, value(view.getUint16(at, littleEndian)), littleEndian);
  else view.setUint32(at, value(view.getUint32(at, littleEndian)), littleEndian);
  return out;
}
