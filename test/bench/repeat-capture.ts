/**
 * Real traffic, repeated with new addresses and later times until it is long enough: what generated connections are not, in shape and content. The capture is read by the
 * product's own reader; each repetition is one copy of all its bytes in which times and addresses are written anew.
 */
import fs from 'node:fs';
import { detectFormat } from '../../src/capture/detect.js';
import { LinkType } from '../../src/capture/link-type.js';
import type { PacketBatch } from '../../src/capture/packet-batch.js';

const FILE_HEADER_LENGTH = 24;
const RECORD_HEADER_LENGTH = 16;
const FIRST_ADDRESS = 0x0a000000;
const LAST_ADDRESS = 0x0affffff;
const FIRST_MULTICAST = 0xe0000000;

interface Repeatable {
  /** Records of a pcap file, with microseconds. */
  readonly records: Buffer;
  readonly packets: number;
  /** Where the seconds of each record stand. */
  readonly timesAt: readonly number[];
  /** Where each IPv4 address stands, and which of the capture's addresses it is. */
  readonly addresses: readonly { readonly at: number; readonly index: number }[];
  readonly distinct: number;
  readonly seconds: number;
}

/** Writes at least `packets` packets to `file`; answers how many. */
export function repeatCapture(original: string, file: string, packets: number): number {
  const source = readRepeatable(fs.readFileSync(original));
  const copies = Math.min(Math.ceil(packets / source.packets), Math.floor((LAST_ADDRESS - FIRST_ADDRESS) / Math.max(1, source.distinct)));
  const fd = fs.openSync(file, 'w');
  const header = Buffer.alloc(FILE_HEADER_LENGTH);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(LinkType.ethernet, 20);
  fs.writeSync(fd, header);
  const { records } = source;
  const firstTimes = source.timesAt.map((at) => records.readUInt32LE(at));
  for (let copy = 0; copy < copies; copy++) {
    for (let i = 0; i < firstTimes.length; i++) records.writeUInt32LE(firstTimes[i]! + copy * source.seconds, source.timesAt[i]);
    for (const { at, index } of source.addresses) records.writeUInt32BE(FIRST_ADDRESS + copy * source.distinct + index, at);
    for (let at = 0; at < records.length;) at += fs.writeSync(fd, records, at);
  }
  fs.closeSync(fd);
  return copies * source.packets;
}

function readRepeatable(bytes: Uint8Array): Repeatable {
  const detection = detectFormat(bytes, true);
  if (detection.kind !== 'capture') throw new Error('the capture to be repeated is compressed');
  const reader = detection.create();
  const parts: Buffer[] = [];
  const timesAt: number[] = [];
  const addresses: { at: number; index: number }[] = [];
  const indexOf = new Map<number, number>();
  let length = 0;
  let first = Infinity;
  let last = -Infinity;
  const note = (data: Buffer, at: number) => {
    const address = data.readUInt32BE(at);
    if (address === 0 || address >= FIRST_MULTICAST) return;
    if (!indexOf.has(address)) indexOf.set(address, indexOf.size);
    addresses.push({ at: length + RECORD_HEADER_LENGTH + at, index: indexOf.get(address)! });
  };
  const take = (batch: PacketBatch): void => {
    for (let row = 0; row < batch.count; row++) {
      if (reader.interfaces[batch.interfaceIndex[row]!]!.linkType !== LinkType.ethernet) continue;
      const seconds = batch.seconds[row]!;
      const data = Buffer.from(batch.bytes.slice(batch.offset[row], batch.offset[row]! + batch.capturedLength[row]!));
      const record = Buffer.alloc(RECORD_HEADER_LENGTH);
      record.writeUInt32LE(seconds, 0);
      record.writeUInt32LE(Math.floor(batch.nanoseconds[row]! / 1000), 4);
      record.writeUInt32LE(data.length, 8);
      record.writeUInt32LE(batch.originalLength[row]!, 12);
      const at = ipv4At(data);
      if (at !== undefined) {
        note(data, at + 12);
        note(data, at + 16);
      }
      timesAt.push(length);
      parts.push(record, data);
      length += RECORD_HEADER_LENGTH + data.length;
      first = Math.min(first, seconds);
      last = Math.max(last, seconds);
    }
  };
  reader.feed(bytes, take);
  reader.finish(take);
  if (timesAt.length === 0) throw new Error('the capture to be repeated has no Ethernet packets');
  return { records: Buffer.concat(parts), packets: timesAt.length, timesAt, addresses, distinct: indexOf.size, seconds: last - first + 1 };
}

/** Where the IPv4 header of an Ethernet frame is, behind at most one VLAN tag. */
function ipv4At(data: Buffer): number | undefined {
  const at = data.length >= 18 && data.readUInt16BE(12) === 0x8100 ? 18 : 14;
  return data.length >= at + 20 && data.readUInt16BE(at - 2) === 0x0800 && data[at]! >>> 4 === 4 ? at : undefined;
}
