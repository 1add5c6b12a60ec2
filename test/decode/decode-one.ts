import { AddressTable } from '../../src/decode/address-table.js';
import { type Bucket, bucketNames } from '../../src/decode/bucket.js';
import { type EncapsulationLayer, EncapsulationTable } from '../../src/decode/encapsulation-table.js';
import { PacketDecoder } from '../../src/decode/packet-decoder.js';
import { Segment } from '../../src/decode/segment.js';

export interface DecodeOptions {
  readonly linkType?: number;
  /** On the wire; default: as captured. */
  readonly originalLength?: number;
  readonly fcsLength?: number;
  /** Bytes before the packet in the buffer: what a decoder must not take for the packet. */
  readonly before?: number;
  /** What the buffer holds around the packet; default 0xff. Another answer with another filling means that it was read. */
  readonly fill?: number;
  readonly decoder?: PacketDecoder;
}

/** A decoded packet as a test wants to see it: names, texts, the payload's bytes, positions relative to the packet. */
export interface Decoded {
  readonly bucket: (typeof bucketNames)[number];
  readonly segment: Segment;
  readonly source: string;
  readonly destination: string;
  readonly layers: readonly EncapsulationLayer[];
  readonly payload: Uint8Array;
}

export function newDecoder(): PacketDecoder {
  return new PacketDecoder(new AddressTable(), new EncapsulationTable());
}

/** Decodes `packet` in the middle of a buffer of 0xff, so that a read past an end does not look like a zero. */
export function decodeOne(packet: Uint8Array, options: DecodeOptions = {}): Decoded {
  const before = options.before ?? 16;
  const bytes = new Uint8Array(before + packet.length + 64).fill(options.fill ?? 0xff);
  bytes.set(packet, before);
  const view = new DataView(bytes.buffer);
  const segment = new Segment();
  const decoder = options.decoder ?? newDecoder();
  const original = options.originalLength ?? packet.length;
  const bucket: Bucket = decoder.decode(bytes, view, before, packet.length, original, options.linkType ?? 1, segment, options.fcsLength);
  const known = bucketNames[bucket] === 'decoded' || bucketNames[bucket] === 'icmp';
  return {
    bucket: bucketNames[bucket]!,
    segment,
    source: known ? decoder.addresses.text(segment.source) : '',
    destination: known ? decoder.addresses.text(segment.destination) : '',
    layers: known ? decoder.encapsulations.layers(segment.encapsulation) : [],
    payload: bytes.slice(segment.payloadStart, segment.payloadLimit),
  };
}

/** Buckets of every shorter prefix of `packet`, as captured with a snap length; index: the bytes that are there. */
export function bucketsOfPrefixes(packet: Uint8Array, options: DecodeOptions = {}): string[] {
  return Array.from(packet, (_, n) => decodeOne(packet.slice(0, n), { originalLength: packet.length, ...options }).bucket);
}

/** `['link-cut', 14, 'ipv4-cut', 34]`: which bucket up to which length, exclusive. */
export function runsOf(buckets: readonly string[]): (string | number)[] {
  const runs: (string | number)[] = [];
  for (const [n, bucket] of buckets.entries()) {
    if (runs.at(-2) === bucket) runs[runs.length - 1] = n + 1;
    else runs.push(bucket, n + 1);
  }
  return runs;
}
