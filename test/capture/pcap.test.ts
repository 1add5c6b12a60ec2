import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PcapReader } from '../../src/capture/pcap.js';
import { ethernet, ipv4, tcp } from '../support/packet-builder.js';
import { type PcapOptions, type WrittenPacket, writePcap } from '../support/pcap-writer.js';
import { readPackets } from '../support/read-packets.js';

const frame = ethernet(ipv4({ from: '10.0.0.1', to: '10.0.0.2' }, tcp({ from: 50000, to: 445, flags: 'S' })));
const packets: WrittenPacket[] = [
  { data: frame, seconds: 1_700_000_000, nanoseconds: 123_456_789 },
  { data: frame.slice(0, 20), seconds: 1_700_000_000, nanoseconds: 999_999_999, originalLength: 54 },
  { data: new Uint8Array(0), seconds: 4_294_967_295, originalLength: 60 },
];
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

const variants: Readonly<Record<string, PcapOptions>> = {
  'microseconds, little endian': {}, 'microseconds, big endian': { littleEndian: false },
  'nanoseconds, little endian': { nanoseconds: true }, 'nanoseconds, big endian': { nanoseconds: true, littleEndian: false },
  'modified, little endian': { modified: true }, 'modified, big endian': { modified: true, littleEndian: false },
  'version 2.2, lengths swapped': { minorVersion: 2, lengthsSwapped: true }, 'version 2.3, lengths swapped': { minorVersion: 3, lengthsSwapped: true },
  'version 2.3': { minorVersion: 3 },
};

describe.each(Object.entries(variants))('pcap: %s', (_name, options) => {
  const file = writePcap(packets, options);
  const whole = readPackets(new PcapReader(), file);

  it('gives the packets back', () => {
    expect(whole.packets).toEqual(packets.map(({ data, seconds = 0, nanoseconds = 0, originalLength = data.length }, i) => ({
      frame: i + 1, seconds, nanoseconds: options.nanoseconds === true ? nanoseconds : Math.floor(nanoseconds / 1000) * 1000,
      interfaceIndex: 0, originalLength, flags: 0, data: hex(data),
    })));
    expect(whole.damage).toEqual([]);
    expect(whole.interfaces).toHaveLength(1);
  });

  it('reads the same however the file is cut into chunks', () => {
    for (let size = 1; size < file.length; size++) expect(readPackets(new PcapReader(), file, size)).toEqual(whole);
  });

  it('delivers what is before a cut, and says where and by how much it is cut', () => {
    const recordStarts = new Set([24]);
    let at = 24;
    for (const { data } of packets) recordStarts.add(at += (options.modified === true ? 24 : 16) + data.length);
    for (let length = 0; length < file.length; length++) {
      const { packets: read, damage } = readPackets(new PcapReader(), file.slice(0, length), 7);
      expect(read).toEqual(whole.packets.slice(0, read.length));
      if (recordStarts.has(length)) expect(damage).toEqual([]);
      else {
        const start = Math.max(0, ...[...recordStarts].filter((each) => each <= length));
        expect(damage).toMatchObject([{ code: length < 24 ? 'cut-file-header' : 'cut-record', byteOffset: length < 24 ? 0 : start, found: length - (length < 24 ? 0 : start), boundedBy: 'file' }]);
        expect(damage[0]!.expected).toBeGreaterThan(damage[0]!.found);
      }
    }
  });
});

describe('the pcap link type word', () => {
  it('holds the link type and the length of the frame check sequence', () => {
    expect(readPackets(new PcapReader(), writePcap([], { linkType: 1, fcsLength: 4, snapLength: 96 })).interfaces).toMatchObject([{ linkType: 1, fcsLength: 4, snapLength: 96 }]);
  });
  it.each([[12, 101], [14, 101], [101, 101], [276, 276], [65535, 65535]])('%i is %i', (onDisk, linkType) => {
    expect(readPackets(new PcapReader(), writePcap([], { linkType: onDisk })).interfaces[0]!.linkType).toBe(linkType);
  });
  it('takes a snap length that no packet can have for none', () => {
    expect(readPackets(new PcapReader(), writePcap([], { snapLength: 0xffffffff })).interfaces[0]!.snapLength).toBe(0);
  });
});

describe('pcap files with wrong numbers', () => {
  it('carries fractions of a second that run over', () => {
    const file = writePcap([{ data: frame, seconds: 5, nanoseconds: 2_000_001_000 }]);
    expect(readPackets(new PcapReader(), file).packets[0]).toMatchObject({ seconds: 7, nanoseconds: 1000 });
  });
  it('never believes an original length below what was captured', () => {
    const file = writePcap([{ data: frame, originalLength: 3 }]);
    expect(readPackets(new PcapReader(), file).packets[0]!.originalLength).toBe(frame.length);
  });
  it.each([262_145, 0x7fffffff, 0xffffffff])('stops at a record of %i bytes, at any chunk size', (claimed) => {
    const file = writePcap([{ data: frame }, { data: frame }, { data: frame }]);
    const second = 24 + 16 + frame.length;
    new DataView(file.buffer).setUint32(second + 8, claimed, true);
    new DataView(file.buffer).setUint32(second + 12, claimed, true);
    for (const size of [1, 17, 4096]) {
      const { packets: read, damage } = readPackets(new PcapReader(), file, size);
      expect(read).toHaveLength(1);
      expect(damage).toMatchObject([{ code: 'record-too-long', byteOffset: second, expected: claimed, found: 262_144, boundedBy: 'record-limit' }]);
    }
  });
});

it('gives random packets back from random chunks', () => {
  const packet = fc.record({
    data: fc.uint8Array({ maxLength: 300 }), seconds: fc.integer({ min: 0, max: 0xffffffff }), nanoseconds: fc.integer({ min: 0, max: 999_999_999 }), extra: fc.integer({ min: 0, max: 2000 }),
  });
  fc.assert(fc.property(fc.array(packet, { maxLength: 30 }), fc.boolean(), fc.integer({ min: 1, max: 700 }), (written, littleEndian, size) => {
    const file = writePcap(written.map(({ extra, ...rest }) => ({ ...rest, originalLength: rest.data.length + extra })), { littleEndian, nanoseconds: true });
    const read = readPackets(new PcapReader(), file, size);
    expect(read.damage).toEqual([]);
    expect(read.packets).toEqual(written.map(({ data, seconds, nanoseconds, extra }, i) => ({ frame: i + 1, seconds, nanoseconds, interfaceIndex: 0, originalLength: data.length + extra, flags: 0, data: hex(data) })));
  }));
});

it('fills batch after batch from one chunk', () => {
  const many = Array.from({ length: 10_000 }, (_, i) => ({ data: Uint8Array.of(i & 255, i >>> 8), seconds: i }));
  const read = readPackets(new PcapReader(), writePcap(many)).packets;
  expect(read.map(({ frame: number }) => number)).toEqual(many.map((_, i) => i + 1));
  expect(read.map(({ seconds }) => seconds)).toEqual(many.map((_, i) => i));
});
