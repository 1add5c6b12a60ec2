import { describe, expect, it } from 'vitest';
import type { CaptureReader } from '../../src/capture/capture-reader.js';
import { ErfReader } from '../../src/capture/erf.js';
import { NetmonReader } from '../../src/capture/netmon.js';
import { SnoopReader } from '../../src/capture/snoop.js';
import { writeErf, writeNetmon, writeSnoop } from '../support/container-writers.js';
import { readPackets } from '../support/read-packets.js';

const data = Uint8Array.from({ length: 61 }, (_, i) => i);
const hex = Buffer.from(data).toString('hex');
const written = [
  { data, seconds: 1_700_000_000, nanoseconds: 123_456_000 },
  { data: data.slice(0, 7), seconds: 1_700_000_001, nanoseconds: 999_999_000, originalLength: 1500 },
  { data, seconds: 1_700_000_060, nanoseconds: 0 },
];
const expected = written.map(({ data: bytes, seconds, nanoseconds, originalLength = bytes.length }, i) => ({
  frame: i + 1, seconds, nanoseconds, interfaceIndex: 0, originalLength, flags: 0, data: hex.slice(0, bytes.length * 2),
}));

const formats: readonly (readonly [string, () => CaptureReader, Uint8Array])[] = [
  ['snoop', () => new SnoopReader(), writeSnoop(written, 4, 12)],
  ['erf', () => new ErfReader(), writeErf(written.map((each) => ({ ...each, lost: 4, extensions: 2 })))],
  ['netmon 2.0', () => new NetmonReader(), writeNetmon(written, 0, 1_700_000_000)],
  ['netmon 2.1', () => new NetmonReader(), writeNetmon(written, 1, 1_699_999_000)],
  ['netmon 2.3', () => new NetmonReader(), writeNetmon(written, 3)],
];

describe.each(formats)('%s', (_name, create, file) => {
  const whole = readPackets(create(), file);

  it('gives the packets back', () => {
    expect(whole.packets).toEqual(expected);
    expect(whole.damage).toEqual([]);
    expect(whole.interfaces).toMatchObject([{ linkType: 1 }]);
  });

  it('reads the same however the file is cut into chunks', () => {
    for (let size = 1; size < file.length; size++) expect(readPackets(create(), file, size)).toEqual(whole);
  });

  it('ends without an exception at every cut and every changed byte', () => {
    for (let length = 0; length < file.length; length++) {
      const part = readPackets(create(), file.slice(0, length), 9);
      expect(part.packets.length).toBeLessThanOrEqual(whole.packets.length);
    }
    for (let at = 16; at < file.length; at++) {
      const changed = file.slice();
      changed[at] = 0xff;
      const once = readPackets(create(), changed);
      expect(readPackets(create(), changed, 10)).toEqual(once);
    }
  });
});

it('counts what snoop and ERF say was lost', () => {
  expect(readPackets(new SnoopReader(), writeSnoop(written, 4, 12)).interfaces[0]!.dropped).toBe(12);
  expect(readPackets(new ErfReader(), writeErf(written.map((each) => ({ ...each, lost: 4 })))).interfaces[0]!.dropped).toBe(12);
});

it('tells the ports and the link types of an ERF file apart', () => {
  const file = writeErf([{ data, type: 2, port: 0 }, { data, type: 2, port: 1 }, { data: Uint8Array.of(0xff, 3, 0, 0x21), type: 1 }, { data: Uint8Array.of(0x0f, 0, 8, 0), type: 1 }, { data, type: 22 }, { data, type: 21 }, { data, type: 48 }, { data, type: 27 }, { data, type: 16 }]
    .map((each) => ({ ...each, seconds: 1_700_000_000 })));
  const { interfaces, packets, skipped } = readPackets(new ErfReader(), file);
  expect(interfaces.map(({ linkType }) => linkType)).toEqual([1, 1, 50, 104, 228]);
  expect(packets.map(({ frame, interfaceIndex }) => [frame, interfaceIndex])).toEqual([[1, 0], [2, 1], [3, 2], [4, 3], [5, 4], [8, 0]]);
  expect(skipped).toEqual({ 'erf-type-21': 1 });
});

it('stops where a snoop record makes no sense', () => {
  const file = writeSnoop(written);
  new DataView(file.buffer).setUint32(16 + 24 + 64 + 8, 5);
  const { packets, damage } = readPackets(new SnoopReader(), file, 10);
  expect(packets).toHaveLength(1);
  expect(damage).toMatchObject([{ code: 'record-too-long', byteOffset: 16 + 24 + 64 }]);
});

it('takes the link type of each Network Monitor frame, and leaves out those that describe the capture', () => {
  const file = writeNetmon([{ data, network: 1 }, { data, network: 0xfffb }, { data, network: 0xe000 + 113 }, { data, network: 0xffe0 }, { data, network: 8 }]);
  const { interfaces, packets, skipped } = readPackets(new NetmonReader(), file);
  expect(interfaces.map(({ linkType }) => linkType)).toEqual([1, 113, 101]);
  expect(packets.map(({ frame, interfaceIndex }) => [frame, interfaceIndex])).toEqual([[1, 0], [2, 1], [4, 2]]);
  expect(skipped).toEqual({ event: 1 });
});
