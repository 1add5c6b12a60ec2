/** Network Monitor: by its frame table from a file or from what was kept, and record by record where that is not to be had. */
import fc from 'fast-check';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openCapture } from '../../src/capture/file-source.node.js';
import { NetmonReader } from '../../src/capture/netmon.js';
import { accessTo, type RandomAccess } from '../../src/capture/random-access.js';
import { ByteWriter, concat } from '../support/byte-writer.js';
import { type NetmonFrame, writeNetmon } from '../support/container-writers.js';
import { readPackets } from '../support/read-packets.js';

const START = 1_700_000_000;
const HEADER_LENGTH = 128;
const TABLE_OFFSET = 24;
const TABLE_LENGTH = 28;

const frames = (count: number, length = 60): NetmonFrame[] => Array.from({ length: count }, (_, i) => (
  { data: Uint8Array.from({ length: length + (i % 7) }, (_byte, at) => at + i), seconds: START + i, nanoseconds: 1000 * i }));

/** The three ways, as readers of `file`. */
const ways: readonly (readonly [string, (file: Uint8Array) => NetmonReader])[] = [
  ['a file', (file) => new NetmonReader(accessTo(file))],
  ['a pipe that is kept', () => new NetmonReader()],
  ['a pipe that is too long to be kept', () => new NetmonReader(undefined, 40)],
];
const [byFile, byHolding] = [ways[0]![1], ways[1]![1]];
const byWalking = ways[2]![1];

/** Version 1.1, which the shared writer does not write: milliseconds, lengths of 16 bits, no trailer. */
function writeOldNetmon(written: readonly NetmonFrame[]): Uint8Array {
  const body = new ByteWriter();
  const offsets: number[] = [];
  for (const { data, seconds = START, originalLength = data.length } of written) {
    offsets.push(HEADER_LENGTH + body.length);
    body.u32((seconds - START) * 1000).u16(originalLength, data.length).raw(data);
  }
  const date = new Date(START * 1000);
  const header = new ByteWriter().text('RTSS').u8(1, 1).u16(1)
    .u16(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDay(), date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), 0)
    .u32(HEADER_LENGTH + body.length, offsets.length * 4).raw(new Uint8Array(96));
  return concat(header.bytes(), body.bytes(), new ByteWriter().u32(...offsets).bytes());
}

/** The same file, its table changed. */
function withTable(file: Uint8Array, change: (offsets: number[]) => number[]): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const table = view.getUint32(TABLE_OFFSET, true);
  const offsets = change(Array.from({ length: view.getUint32(TABLE_LENGTH, true) / 4 }, (_, i) => view.getUint32(table + 4 * i, true)));
  const changed = concat(file.subarray(0, table), new ByteWriter().u32(...offsets).bytes());
  new DataView(changed.buffer, changed.byteOffset).setUint32(TABLE_LENGTH, offsets.length * 4, true);
  return changed;
}

describe.each(ways)('%s', (_name, create) => {
  it.each([0, 1, 2, 3])('gives the same packets as the others, in chunks of any size, in version 2.%i', (minor) => {
    const written = frames(40);
    const file = writeNetmon(written, minor, START);
    const whole = readPackets(create(file), file);
    expect(whole.damage).toEqual([]);
    expect(whole.packets.map(({ data }) => data)).toEqual(written.map(({ data }) => Buffer.from(data).toString('hex')));
    expect(whole.packets.map(({ frame, seconds, nanoseconds }) => [frame, seconds, nanoseconds])).toEqual(written.map(({ seconds, nanoseconds }, i) => [i + 1, seconds, nanoseconds]));
    for (const size of [1, 2, 3, 31, 127, 128, 129, 500]) expect(readPackets(create(file), file, size)).toEqual(whole);
  });

  it('reads version 1.1', () => {
    const written = frames(5);
    const file = writeOldNetmon(written);
    const { packets, damage } = readPackets(create(file), file, 50);
    expect(damage).toEqual([]);
    expect(packets.map(({ seconds, originalLength }) => [seconds, originalLength])).toEqual(written.map(({ seconds, data }) => [seconds, data.length]));
  });

  it('leaves frames that describe the capture out of the numbers', () => {
    const file = writeNetmon([{ data: Uint8Array.of(1) }, { data: Uint8Array.of(2), network: 0xfffb }, { data: Uint8Array.of(3) }]);
    expect(readPackets(create(file), file).packets.map(({ frame, data }) => [frame, data])).toEqual([[1, '01'], [2, '03']]);
  });

  it('gives the packets of a file that was cut before its table, and says so', () => {
    const file = writeNetmon(frames(20));
    const whole = readPackets(create(file), file);
    const view = new DataView(file.buffer, file.byteOffset);
    const table = view.getUint32(TABLE_OFFSET, true);
    for (const length of [table + 77, table, table - 1, HEADER_LENGTH + 200, HEADER_LENGTH]) {
      const part = file.slice(0, length);
      const { packets, damage } = readPackets(create(part), part, 33);
      expect(packets).toEqual(whole.packets.slice(0, packets.length));
      expect(packets.length).toBe(length >= table ? 20 : length === table - 1 ? 19 : length === HEADER_LENGTH ? 0 : 2);
      expect(damage).toEqual([{ code: 'cut-block', byteOffset: table, expected: 80, found: Math.max(0, length - table), boundedBy: 'file', detail: 'the file ends before its frame table does; its frames are read as they stand' }]);
    }
  });

  it('gives the packets of a file that was never closed, so that its header names no table', () => {
    const file = writeNetmon(frames(20));
    const open = file.slice(0, new DataView(file.buffer, file.byteOffset).getUint32(TABLE_OFFSET, true));
    open.fill(0, TABLE_OFFSET, TABLE_LENGTH + 4);
    const { packets, damage } = readPackets(create(open), open, 100);
    expect(packets).toEqual(readPackets(create(file), file).packets);
    expect(damage).toMatchObject([{ code: 'cut-block', detail: 'the file has no frame table: it was not closed; its frames are read as they stand' }]);
  });
});

describe('a table in another order than the frames, with holes', () => {
  const file = withTable(writeNetmon(frames(30)), (offsets) => [...offsets.slice(10, 20), ...offsets.slice(25), offsets[0]!, offsets[3]!]);
  const named = [...Array.from({ length: 10 }, (_, i) => i + 10), 25, 26, 27, 28, 29, 0, 3];

  it.each(ways.slice(0, 2))('decides, for %s', (_name, create) => {
    const whole = readPackets(create(file), file);
    expect(whole.damage).toEqual([]);
    expect(whole.packets.map(({ frame, seconds }) => [frame, seconds])).toEqual(named.map((i, at) => [at + 1, START + i]));
    for (const size of [1, 40, 999]) expect(readPackets(create(file), file, size)).toEqual(whole);
  });

  it('is found out when it comes too late, and said with what helps', () => {
    const { packets, damage } = readPackets(byWalking(file), file, 64);
    expect(packets).toHaveLength(30);
    expect(damage).toMatchObject([{ code: 'unsorted', expected: 17, found: 30, detail: expect.stringContaining('from a file that is not compressed') as string }]);
  });
});

it('takes of a trailer what there is room for, as some files need it', () => {
  // Version 2.1, but one byte for the network behind the first frame, and none behind the second.
  const body = concat(...[[7], [], [1, 0]].map((trailer, i) => concat(new ByteWriter().u64(BigInt(i)).u32(20, 20).bytes(), new Uint8Array(20).fill(0x45), Uint8Array.from(trailer))));
  const offsets = [HEADER_LENGTH, HEADER_LENGTH + 37, HEADER_LENGTH + 73];
  const file = concat(writeNetmon([], 1).subarray(0, HEADER_LENGTH), body, new ByteWriter().u32(...offsets).bytes());
  new DataView(file.buffer, file.byteOffset).setUint32(TABLE_OFFSET, HEADER_LENGTH + body.length, true);
  new DataView(file.buffer, file.byteOffset).setUint32(TABLE_LENGTH, 12, true);
  for (const create of [byFile, byHolding]) {
    const { interfaces, packets, damage } = readPackets(create(file), file);
    expect(damage).toEqual([]);
    expect(packets.map(({ interfaceIndex }) => interfaces[interfaceIndex]!.linkType)).toEqual([101, 1, 1]);
  }
});

it('stops where a table names one frame again and again', () => {
  const file = withTable(writeNetmon(frames(3, 1000)), (offsets) => Array.from({ length: 5000 }, () => offsets[0]!));
  for (const create of [byFile, byHolding]) {
    const { packets, damage } = readPackets(create(file), file);
    expect((packets.length - 1) * 1016).toBeLessThan(file.length);
    expect(damage).toMatchObject([{ code: 'bad-block', detail: 'the frame table names more bytes than the file has' }]);
  }
});

it('stops where frames do not follow one another and there is no table at hand', () => {
  const file = writeNetmon(frames(10)).slice();
  new DataView(file.buffer).setUint32(HEADER_LENGTH + 12, 300_000, true);
  const { packets, damage, skipped } = readPackets(byWalking(file), file, 64);
  expect(packets).toEqual([]);
  expect(skipped).toEqual({ 'bad-block': 1 });
  expect(damage).toMatchObject([{ code: 'bad-block', byteOffset: HEADER_LENGTH, boundedBy: 'record-limit' }]);
});

it('delivers the frames that had come when the stream ends early', () => {
  const file = writeNetmon(frames(3000, 1000));
  const reader = new NetmonReader(accessTo(file));
  let packets = 0;
  const count = (batch: { count: number }) => { packets += batch.count; };
  reader.feed(file.slice(0, file.length / 2), count);
  reader.finish(count);
  expect(packets).toBeGreaterThan(1000);
  expect(packets).toBeLessThan(1500);
  expect(reader.damage).toMatchObject([{ code: 'cut-block' }]);
});

it('ends without an exception whatever is changed, and reads the same in chunks of any size', () => {
  const original = writeNetmon(frames(12, 30), 3);
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { maxLength: 8 }), fc.integer({ min: 1, max: 300 }), fc.nat(original.length), (changes, size, length) => {
    const file = original.slice(0, length);
    for (const [at, value] of changes) if (at >= 4 && at < length) file[at] = value;
    for (const [, create] of ways) expect(readPackets(create(file), file, size)).toEqual(readPackets(create(file), file));
    // What is kept is read as a file is.
    expect(readPackets(byHolding(file), file)).toEqual(readPackets(byFile(file), file));
  }), { numRuns: 300 });
});

describe('memory', () => {
  const FRAME_LENGTH = 1500;
  const FRAMES = 100_000;
  const RECORD_LENGTH = 16 + FRAME_LENGTH + 15;
  const TABLE = HEADER_LENGTH + FRAMES * RECORD_LENGTH;
  const SIZE = TABLE + FRAMES * 4;
  const record = (() => {
    const file = writeNetmon([{ data: new Uint8Array(FRAME_LENGTH), seconds: START }]);
    return file.subarray(HEADER_LENGTH, HEADER_LENGTH + RECORD_LENGTH);
  })();
  const header = (() => {
    const bytes = writeNetmon([]).slice(0, HEADER_LENGTH);
    new DataView(bytes.buffer).setUint32(TABLE_OFFSET, TABLE, true);
    new DataView(bytes.buffer).setUint32(TABLE_LENGTH, FRAMES * 4, true);
    return bytes;
  })();
  const offsets = new Uint8Array(Uint32Array.from({ length: FRAMES }, (_, i) => HEADER_LENGTH + i * RECORD_LENGTH).buffer);
  /** A file of 153 MB that is nowhere. */
  const file: RandomAccess = {
    size: SIZE,
    read(position, target) {
      const end = Math.min(SIZE, position + target.length);
      for (let at = position; at < end;) {
        const inRecord = at >= HEADER_LENGTH ? (at - HEADER_LENGTH) % RECORD_LENGTH : 0;
        const part = at < HEADER_LENGTH ? header.subarray(at) : at < TABLE ? record.subarray(inRecord) : offsets.subarray(at - TABLE);
        const piece = part.subarray(0, end - at);
        target.set(piece, at - position);
        at += piece.length;
      }
      return Math.max(0, end - position);
    },
  };

  // What a pipe is kept in doubles as it grows, and the collector takes its time.
  it.each([['a file', () => new NetmonReader(file), 8e6], ['a pipe', () => new NetmonReader(), 140e6]] as const)('does not grow with the length of %s', (_name, create, bound) => {
    const reader = create();
    const chunk = new Uint8Array(256 * 1024);
    let packets = 0;
    const before = process.memoryUsage().arrayBuffers;
    let peak = 0;
    for (let at = 0; at < SIZE; at += chunk.length) {
      reader.feed(chunk.subarray(0, file.read(at, chunk)), (batch) => { packets += batch.count; });
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
    }
    reader.finish((batch) => { packets += batch.count; });
    expect(packets).toBe(FRAMES);
    expect(reader.damage).toEqual([]);
    expect(peak).toBeLessThan(bound);
  });
});

describe('a file on disk', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'netmon-'));
  afterAll(() => { fs.rmSync(folder, { recursive: true }); });

  it('can be read at any place while it is read as a stream', async () => {
    const name = path.join(folder, 'x.cap');
    fs.writeFileSync(name, writeNetmon(frames(50)));
    const source = await openCapture(name);
    const end = new Uint8Array(10);
    for await (const chunk of source) {
      expect(chunk.length).toBe(source.size);
      expect(source.randomAccess?.read(source.size! - 3, end)).toBe(3);
      expect(source.randomAccess?.read(source.size! + 3, end)).toBe(0);
    }
    expect([...end.subarray(0, 3)]).toEqual([...fs.readFileSync(name).subarray(-3)]);
  });
});
