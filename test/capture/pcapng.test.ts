import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PcapngReader } from '../../src/capture/pcapng.js';
import { MAX_INTERFACES } from '../../src/capture/pcapng-section.js';
import { PacketFlag } from '../../src/capture/packet-batch.js';
import { addressBytes, ethernet, ipv4, tcp } from '../support/packet-builder.js';
import { PcapngWriter } from '../support/pcapng-writer.js';
import { readPackets } from '../support/read-packets.js';

const frame = ethernet(ipv4({ from: '10.0.0.1', to: '10.0.0.2' }, tcp({ from: 50000, to: 445, flags: 'S' })));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const read = (file: Uint8Array, size?: number) => readPackets(new PcapngReader(), file, size);

/** Every block type, two sections of different byte order. */
function everything(littleEndian: boolean): Uint8Array {
  return new PcapngWriter(littleEndian).section()
    .interface({ name: 'eth0', description: 'the first', filter: 'tcp', operatingSystem: 'Linux', snapLength: 128, fcsLength: 4 })
    .interface({ linkType: 101, resolution: 9, offsetSeconds: 10n })
    .names([{ address: addressBytes('10.0.0.1'), names: ['hv01', 'hv01.example'] }, { address: addressBytes('fe80::0:1'), names: ['hv02'] }])
    .packet({ data: frame, ticks: 1_700_000_000_123_456n, flags: 1, comment: 'PID=4' })
    .custom(32473, frame)
    .packet({ data: frame.slice(14), ticks: 1_700_000_000_123_456_789n, interfaceId: 1, flags: 2 | (1 << 9) | (1 << 11), options: [{ code: 7, value: Uint8Array.from(littleEndian ? [2, 1, 0, 0, 0, 0, 0, 0, 0] : [2, 0, 0, 0, 0, 0, 0, 0, 1]) }] })
    .block(10, new Uint8Array(40)).block(0x80000001, new Uint8Array(7))
    .simplePacket(frame.slice(0, 33), 60)
    .obsoletePacket({ data: frame, ticks: 5_000_000n, flags: 1 })
    .custom(32473, frame.slice(0, 5), false)
    .statistics(0, { received: 10n, dropped: 1n }).statistics(0, { dropped: 3n, droppedBySystem: 4n })
    .section(!littleEndian)
    .interface({ linkType: 113, name: 'any' })
    .packet({ data: frame, ticks: 7_000_001n, originalLength: 1500 })
    .bytes();
}

describe.each([['little', true], ['big', false]])('pcapng, %s endian', (_name, littleEndian) => {
  const file = everything(littleEndian);
  const whole = read(file);

  it('reads every block type', () => {
    expect(whole.damage).toEqual([]);
    expect(whole.skipped).toEqual({});
    const all = PacketFlag.outbound | PacketFlag.checksumNotReady | PacketFlag.segmentationOffload | PacketFlag.dropped;
    expect(whole.packets).toEqual([
      { frame: 1, seconds: 1_700_000_000, nanoseconds: 123_456_000, interfaceIndex: 0, originalLength: frame.length, flags: PacketFlag.inbound, data: hex(frame) },
      { frame: 3, seconds: 1_700_000_010, nanoseconds: 123_456_789, interfaceIndex: 1, originalLength: frame.length - 14, flags: all, data: hex(frame.slice(14)) },
      { frame: 4, seconds: NaN, nanoseconds: 0, interfaceIndex: 0, originalLength: 60, flags: 0, data: hex(frame.slice(0, 36).fill(0, 33)) },
      { frame: 5, seconds: 5, nanoseconds: 0, interfaceIndex: 0, originalLength: frame.length, flags: PacketFlag.inbound, data: hex(frame) },
      { frame: 7, seconds: 7, nanoseconds: 1000, interfaceIndex: 2, originalLength: 1500, flags: 0, data: hex(frame) },
    ]);
    expect(whole.interfaces).toEqual([
      { linkType: 1, snapLength: 128, fcsLength: 4, name: 'eth0', description: 'the first', filter: 'tcp', operatingSystem: 'Linux', dropped: 7 },
      { linkType: 101, snapLength: 0, fcsLength: 0, name: null, description: null, filter: null, operatingSystem: null, dropped: null },
      { linkType: 113, snapLength: 0, fcsLength: 0, name: 'any', description: null, filter: null, operatingSystem: null, dropped: null },
    ]);
    expect(whole.names).toEqual([{ address: '10.0.0.1', name: 'hv01' }, { address: '10.0.0.1', name: 'hv01.example' }, { address: 'fe80::1', name: 'hv02' }]);
  });

  it('reads the same however the file is cut into chunks', () => {
    for (let size = 1; size < file.length; size++) expect(read(file, size)).toEqual(whole);
  });

  it('delivers what is before a cut, and says that it is cut', () => {
    for (let length = 0; length < file.length; length++) {
      const part = read(file.slice(0, length), 11);
      expect(part.packets).toEqual(whole.packets.slice(0, part.packets.length));
      expect(part.damage.length).toBeLessThanOrEqual(1);
      for (const { code, byteOffset, found, expected } of part.damage) {
        expect(code).toBe(length < 28 ? 'cut-file-header' : 'cut-block');
        expect(byteOffset + found).toBe(length);
        expect(expected).toBeGreaterThan(found);
      }
    }
  });

  it('survives every changed byte, the same at any chunk size', () => {
    for (let at = 12; at < file.length; at++) {
      const changed = file.slice();
      changed[at] = changed[at]! ^ 0xff;
      const once = read(changed);
      expect(read(changed, 13)).toEqual(once);
    }
  });
});

describe('pcapng damage', () => {
  const start = () => new PcapngWriter().section().interface();

  it('goes on behind a block with two different lengths', () => {
    const before = start().packet({ data: frame, ticks: 1n });
    const offset = before.bytes().length;
    const file = before.block(6, new Uint8Array(60), { last: 1000 }).packet({ data: frame, ticks: 2n }).packet({ data: frame, ticks: 3n }).bytes();
    for (const size of [1, 50, file.length]) {
      const { packets, damage } = read(file, size);
      expect(packets.map(({ nanoseconds }) => nanoseconds)).toEqual([1000, 2000, 3000]);
      expect(damage).toMatchObject([{ code: 'bad-block-length', byteOffset: offset, expected: 72, found: 1000, boundedBy: 'block' }]);
    }
  });

  it.each([0, 8, 11, 600_000, 0x7fffffff, 0xffffffff])('goes on behind a block that claims to be %i bytes long', (first) => {
    const before = start().packet({ data: frame, ticks: 1n });
    const offset = before.bytes().length;
    const file = before.block(6, new Uint8Array(60), { first }).packet({ data: frame, ticks: 2n }).bytes();
    for (const size of [1, 50, file.length]) {
      const { packets, damage } = read(file, size);
      expect(packets.map(({ nanoseconds }) => nanoseconds)).toEqual([1000, 2000]);
      expect(damage).toMatchObject([{ code: 'bad-block-length', byteOffset: offset, expected: first }]);
    }
  });

  it('finds the next section behind garbage, though its byte order differs', () => {
    const file = start().packet({ data: frame }).raw(new Uint8Array(77).fill(0x41)).section(false).interface({ linkType: 101 }).packet({ data: frame, ticks: 9n }).bytes();
    const { packets, damage } = read(file, 10);
    expect(packets).toHaveLength(2);
    expect(packets[1]).toMatchObject({ interfaceIndex: 1, nanoseconds: 9000 });
    expect(damage).toHaveLength(1);
  });

  it('skips a packet whose interface nothing describes, counted and numbered', () => {
    const { packets, damage, skipped } = read(start().packet({ data: frame, interfaceId: 3 }).packet({ data: frame }).bytes());
    expect(packets.map((packet) => packet.frame)).toEqual([2]);
    expect(skipped).toEqual({ 'unknown-interface': 1 });
    expect(damage).toMatchObject([{ code: 'unknown-interface', expected: 4, found: 1 }]);
  });

  it('skips simple packets where no interface is described', () => {
    expect(read(new PcapngWriter().section().simplePacket(frame).bytes()).skipped).toEqual({ 'unknown-interface': 1 });
  });

  it('skips a packet that claims more bytes than its block holds', () => {
    const file = start().packet({ data: frame, capturedLength: 5000 }).obsoletePacket({ data: frame, capturedLength: 5000 }).packet({ data: frame }).block(6, new Uint8Array(4)).bytes();
    const { packets, damage, skipped } = read(file);
    expect(packets.map((packet) => packet.frame)).toEqual([3]);
    expect(skipped).toEqual({ 'bad-block': 3 });
    expect(damage.map(({ code }) => code)).toEqual(['bad-block', 'bad-block', 'bad-block']);
  });

  it('keeps at most a hundred damages of a file that has a thousand', () => {
    const writer = start();
    for (let i = 0; i < 1000; i++) writer.packet({ data: frame, interfaceId: 1 });
    const { damage, skipped } = read(writer.bytes());
    expect(damage).toHaveLength(100);
    expect(skipped).toEqual({ 'unknown-interface': 1000 });
  });

  it('describes no more interfaces than it has room for', () => {
    const one = new PcapngWriter().interface().bytes();
    const reader = new PcapngReader();
    reader.feed(new PcapngWriter().section().bytes(), () => {});
    for (let i = 0; i < MAX_INTERFACES + 5; i++) reader.feed(one, () => {});
    reader.finish(() => {});
    expect(reader.interfaces).toHaveLength(MAX_INTERFACES);
    expect(reader.damage.map(({ code }) => code)).toEqual(Array(5).fill('bad-block'));
  });
});

describe('pcapng original lengths', () => {
  it('does not believe garbage of etl2pcapng, unless the interface cuts packets there', () => {
    const file = new PcapngWriter().section().interface({ snapLength: 60 }).interface()
      .packet({ data: frame.slice(0, 42), originalLength: 1_289_773_229 }).packet({ data: frame.slice(0, 42), originalLength: 1_289_773_229, interfaceId: 1 })
      .packet({ data: new Uint8Array(60), originalLength: 70_000 }).packet({ data: frame, originalLength: 3 }).bytes();
    expect(read(file).packets.map(({ originalLength }) => originalLength)).toEqual([42, 42, 70_000, frame.length]);
  });
});

describe('pcapng times', () => {
  const timeOf = (resolution: number, ticks: bigint, offsetSeconds = 0n) => {
    const { packets } = read(new PcapngWriter().section().interface({ resolution, offsetSeconds }).packet({ data: frame, ticks }).bytes());
    return [packets[0]!.seconds, packets[0]!.nanoseconds];
  };

  it('are exact for every resolution', () => {
    const resolution = fc.oneof(fc.integer({ min: 0, max: 24 }), fc.integer({ min: 0x80, max: 0x80 + 70 }), fc.constantFrom(0, 3, 6, 9, 12, 13, 0x80 + 10, 0x80 + 20, 0x80 + 32, 0x80 + 33, 127, 255));
    fc.assert(fc.property(resolution, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.constantFrom(0n, 3600n, -3600n), (stored, ticks, offset) => {
      const units = (stored & 0x80) === 0 ? 10n ** BigInt(stored) : 2n ** BigInt(stored & 0x7f);
      fc.pre(ticks / units < 2n ** 52n); // seconds that a double can hold
      expect(timeOf(stored, ticks, offset)).toEqual([Number(ticks / units) + Number(offset), Number(((ticks % units) * 1_000_000_000n) / units)]);
    }), { numRuns: 3000 });
  });

  it('keep the last nanosecond of a year that a double cannot hold', () => {
    expect(timeOf(9, 1_700_000_000_999_999_999n)).toEqual([1_700_000_000, 999_999_999]);
    expect(timeOf(6, 18_446_744_073_204_277_451n)).toEqual([18_446_744_073_204, 277_451_000]);
  });
});

it('gives random packets back from random chunks', () => {
  const packet = fc.record({ data: fc.uint8Array({ maxLength: 200 }), ticks: fc.bigInt({ min: 0n, max: 2n ** 62n }), interfaceId: fc.integer({ min: 0, max: 2 }), flags: fc.constantFrom(undefined, 1, 2), comment: fc.constantFrom(undefined, 'x', 'a longer comment') });
  fc.assert(fc.property(fc.array(packet, { maxLength: 20 }), fc.boolean(), fc.integer({ min: 1, max: 400 }), (written, littleEndian, size) => {
    const writer = new PcapngWriter(littleEndian).section().interface({ resolution: 9 }).interface({ resolution: 9 }).interface({ resolution: 9, linkType: 101 });
    for (const { flags, comment, ...rest } of written) writer.packet({ ...rest, ...(flags === undefined ? {} : { flags }), ...(comment === undefined ? {} : { comment }) });
    const result = read(writer.bytes(), size);
    expect(result.damage).toEqual([]);
    expect(result.packets).toEqual(written.map(({ data, ticks, interfaceId, flags }, i) => ({
      frame: i + 1, seconds: Number(ticks / 1_000_000_000n), nanoseconds: Number(ticks % 1_000_000_000n), interfaceIndex: interfaceId, originalLength: data.length, flags: flags ?? 0, data: hex(data),
    })));
  }));
});

describe('packets in front of a later interface', () => {
  it('are delivered before it is described, whatever the chunks', () => {
    const data = new Uint8Array(20);
    const file = new PcapngWriter().section().interface().packet({ data }).packet({ data }).interface({ linkType: 101 }).packet({ data, interfaceId: 1 }).bytes();
    for (const size of [1, 50, file.length]) {
      const reader = new PcapngReader();
      const known: number[] = [];
      for (let at = 0; at < file.length; at += size) reader.feed(file.slice(at, at + size), () => { known.push(reader.interfaces.length); });
      expect([size, known[0], known.at(-1)]).toEqual([size, 1, 2]);
    }
  });
});
