import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NotACaptureError } from '../../src/capture/damage.js';
import { detectFormat } from '../../src/capture/detect.js';
import { EtlReader } from '../../src/capture/etl.js';
import { PacketFlag } from '../../src/capture/packet-batch.js';
import { BUFFER_LENGTH, type EtlEvent, EtlKeyword, ndisPacket, pktmonComponent, pktmonPacket, rasPacket, switchPacket, writeEtl } from '../support/etl-writer.js';
import { ethernet, ipv4, tcp } from '../support/packet-builder.js';
import { readPackets, type ReadResult } from '../support/read-packets.js';

const frame = ethernet(ipv4({ from: '10.0.0.1', to: '10.0.0.2' }, tcp({ from: 50000, to: 445, flags: 'S' }, new Uint8Array(40))));
/** The same in the wireless stack: 802.11 with LLC, its Protected bit set as Windows leaves it. */
const wireless = Uint8Array.of(0x08, 0x42, 0, 0, ...new Uint8Array(20).fill(2), 0xaa, 0xaa, 3, 0, 0, 0, 8, 0, ...frame.slice(14));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const whole = EtlKeyword.start | EtlKeyword.end;

const events: readonly EtlEvent[] = [
  { ticks: 50_000_001, provider: 'ndis', id: 1001, keyword: whole | EtlKeyword.send, data: ndisPacket(frame) },
  { ticks: 10_000_000, processor: 1, provider: 'ndis', id: 1001, keyword: whole | EtlKeyword.receive, data: ndisPacket(frame.slice(0, 60), 12, 10), extended: new Uint8Array(5) },
  { ticks: 20_000_000, processor: 1, provider: 'other', id: 1001, keyword: whole, data: ndisPacket(frame) },
  { ticks: 30_000_000, processor: 1, provider: 'ndis', id: 1003, keyword: whole, data: switchPacket(frame, 2) },
  { ticks: 31_000_000, processor: 1, provider: 'ndis', id: 1001, keyword: EtlKeyword.start, data: ndisPacket(frame.slice(0, 30)) },
  { ticks: 31_000_001, provider: 'ndis', id: 1001, keyword: EtlKeyword.end, data: ndisPacket(frame.slice(30)) },
  { ticks: 40_000_000, provider: 'pktmon', id: 160, data: pktmonPacket(frame.slice(0, 54), { originalLength: 94 }) },
  { ticks: 40_000_010, provider: 'pktmon', id: 170, data: pktmonPacket(frame, { component: 6 }) },
  { ticks: 40_000_020, provider: 'pktmon', id: 160, data: pktmonPacket(frame.slice(14), { type: 3, withDropFields: false }) },
  { ticks: 40_000_030, provider: 'pktmon', id: 160, data: pktmonPacket(frame, { edge: 2, type: 2 }) },
  { ticks: 40_000_040, provider: 'pktmon', id: 160, data: pktmonPacket(wireless, { component: 7, type: 2 }) },
  { ticks: 41_000_000, provider: 'ras', id: 5002, data: rasPacket(frame) },
  { ticks: 80_000_000, provider: 'pktmon', id: 20, data: pktmonComponent(5, 'tcpip.sys', 'TCPIP') },
  { ticks: 80_000_000, provider: 'pktmon', id: 20, data: pktmonComponent(6, 'wfplwfs.sys', 'wfplwfs.sys') },
  { ticks: 60_000_000, provider: 'ndis', id: 1001, keyword: whole | EtlKeyword.wireless, data: ndisPacket(Uint8Array.of(0x88, 0x42, 0, 0)) },
  { ticks: 70_000_000, provider: 'ndis', id: 1001, keyword: whole, data: ndisPacket(frame).slice(0, 50) },
];

function read(file: Uint8Array, size?: number): ReadResult {
  return readPackets(new EtlReader(), file, size);
}

describe.each([[8, 1, false], [4, 1, false], [8, 2, false], [8, 1, true]] as const)('an event trace of pointers of %i bytes and clock %i, compressed: %s', (pointerSize, clock, compressed) => {
  const file = writeEtl(events, { pointerSize, clock, compressed });
  const result = read(file);

  it('is found by its content', () => {
    expect(detectFormat(file, true)).toMatchObject({ kind: 'capture', format: 'etl' });
    expect(detectFormat(file.slice(0, 100))).toEqual({ kind: 'need-more' });
  });

  it('gives packets in the order of time, whatever processor saw them', () => {
    expect(result.damage).toEqual([]);
    expect(result.skipped).toEqual({ 'unknown-event-layout': 1 });
    const at = (number: number, seconds: number, nanoseconds: number, interfaceIndex: number, data: Uint8Array, flags = 0, originalLength = data.length) =>
      ({ frame: number, seconds: 1_700_000_000 + seconds, nanoseconds, interfaceIndex, originalLength, flags, data: hex(data) });
    expect(result.packets).toEqual([
      at(1, 1, 0, 0, frame.slice(0, 60), PacketFlag.inbound, frame.length),
      at(2, 3, 0, 1, frame),
      at(3, 3, 100_000_100, 2, frame),
      at(4, 4, 0, 3, frame.slice(0, 54), 0, frame.length),
      at(5, 4, 1000, 4, frame, PacketFlag.dropped),
      at(6, 4, 2000, 5, frame.slice(14)),
      at(7, 4, 3000, 6, frame),
      at(8, 4, 4000, 7, Uint8Array.of(0x08, 0x02, ...wireless.slice(2))),
      at(9, 4, 100_000_000, 8, frame, PacketFlag.inbound),
      at(10, 5, 100, 2, frame, PacketFlag.outbound),
      at(11, 6, 0, 9, Uint8Array.of(0x88, 0x02, 0, 0)),
    ]);
    expect(result.interfaces.map(({ linkType, name, description }) => [linkType, name, description])).toEqual([
      [1, 'eth:12', 'LWF over IfIndex 10'], [1, 'vNIC:Synthetic:port1:nic1', null], [1, 'eth:10', null],
      [1, 'tcpip.sys, TCPIP (pktmon component 5)', null], [1, 'wfplwfs.sys (pktmon component 6)', null], [101, 'tcpip.sys, TCPIP (pktmon component 5)', null],
      [1, 'tcpip.sys, TCPIP (pktmon component 5)', null], [105, 'pktmon component 7', null], [1, 'ras:{00000000-0000-0000-0000-000000000001}:CONTOSO\\anna', null], [105, 'wifi:10', null],
    ]);
  });

  it('reads the same however the file is cut into chunks', () => {
    for (const size of [1, 7, 1000, 4096, 5000]) expect(read(file, size)).toEqual(result);
  });
});

describe('event traces with faults', () => {
  const outcome = (bytes: Uint8Array) => {
    try {
      return read(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(NotACaptureError);
      return undefined;
    }
  };

  it.each([false, true])('end in a report or a refusal wherever they are cut (compressed: %s)', (compressed) => {
    const file = writeEtl(events, { compressed });
    const complete = read(file).packets.map(({ data }) => data);
    for (let length = 0; length < file.length; length += 37) {
      for (const { data } of outcome(file.slice(0, length))?.packets ?? []) expect(complete).toContain(data);
    }
  });
  it.each([false, true])('end in a report or a refusal whatever byte is changed (compressed: %s)', (compressed) => {
    const file = writeEtl(events, { compressed });
    for (let at = 0; at < file.length; at += 3) {
      for (const value of [0, 0xff]) {
        const changed = file.slice();
        changed[at] = value;
        outcome(changed);
      }
    }
  });
  it('name a cut, with what came before it', () => {
    const file = writeEtl(events, { compressed: true });
    const { damage, packets } = read(file.slice(0, -60));
    expect(damage).toMatchObject([{ code: 'cut-block', boundedBy: 'file' }]);
    expect(packets.length).toBeGreaterThan(0);
  });
  it('go on behind a buffer without a believable length', () => {
    const file = writeEtl(Array.from({ length: 100 }, (_, i) => ({ ticks: i, provider: 'ndis' as const, id: 1001, keyword: whole, data: ndisPacket(frame) })));
    const changed = file.slice();
    new DataView(changed.buffer).setUint32(2 * BUFFER_LENGTH, 0xffffffff, true);
    const { damage, packets } = read(changed);
    expect(damage).toMatchObject([{ code: 'bad-block-length', byteOffset: 2 * BUFFER_LENGTH, expected: 0xffffffff }]);
    expect(packets.length).toBeGreaterThan(50);
    expect(packets.length).toBeLessThan(100);
  });
  it('say how many events were lost', () => {
    expect(read(writeEtl(events, { eventsLost: 12 })).damage).toMatchObject([{ code: 'lost-events', expected: 12 }]);
  });
  it('are refused when they hold no packet, each with what it is instead', () => {
    expect(() => read(writeEtl([]))).toThrow(/event trace \(ETL\) without packets/);
    expect(() => read(writeEtl([{ ticks: 1, provider: 'pktmon', id: 20, data: pktmonComponent(1, 'a.sys', 'A') }]))).toThrow(/pktmon with counters only/);
  });
  it('count packets of which events are missing', () => {
    const part = (ticks: number, keyword: bigint, thread = 100): EtlEvent => ({ ticks, provider: 'ndis', id: 1001, keyword, thread, data: ndisPacket(frame.slice(0, 20)) });
    const { packets, skipped } = read(writeEtl([part(1, EtlKeyword.start), part(2, EtlKeyword.start, 7), part(3, EtlKeyword.start), part(4, EtlKeyword.end), part(5, EtlKeyword.end)]));
    expect(packets.map(({ data }) => data)).toEqual([hex(frame.slice(0, 20)).repeat(2)]);
    expect(skipped).toEqual({ 'unfinished-packet': 3 });
  });
});

describe('order of time', () => {
  const numbered = (i: number) => Uint8Array.of(...frame.slice(0, 14), i >>> 8, i & 255);
  const arbitrary = fc.array(fc.record({ ticks: fc.integer({ min: 0, max: 1_000_000 }), processor: fc.integer({ min: 0, max: 5 }) }), { minLength: 1, maxLength: 400 });
  const eventsOf = (all: readonly { ticks: number; processor: number }[]): EtlEvent[] =>
    all.map(({ ticks, processor }, i) => ({ ticks, processor, provider: 'ndis', id: 1001, keyword: whole, data: ndisPacket(numbered(i)) }));
  const ticksOf = ({ packets }: ReadResult) => packets.map(({ seconds, nanoseconds }) => (seconds - 1_700_000_000) * 1e7 + nanoseconds / 100);

  it('is exact where all buffers can be held, each packet once', () => {
    fc.assert(fc.property(arbitrary, fc.boolean(), (all, compressed) => {
      const result = read(writeEtl(eventsOf(all), { compressed }));
      expect(ticksOf(result)).toEqual(all.map(({ ticks }) => ticks).sort((a, b) => a - b));
      expect(new Set(result.packets.map(({ data }) => data)).size).toBe(all.length);
      expect(result.damage).toEqual([]);
    }), { numRuns: 30 });
  });
  it('is given up beyond the bound, no packet is lost, and it is said', () => {
    // Three processors, one behind the other in the file, over the same time.
    const all = Array.from({ length: 900 }, (_, i) => ({ ticks: (i % 300) * 10, processor: Math.floor(i / 300) }));
    const file = writeEtl(eventsOf(all));
    const result = readPackets(new EtlReader(4 * BUFFER_LENGTH), file);
    expect(result.packets.length).toBe(900);
    expect(result.damage).toMatchObject([{ code: 'unsorted' }]);
    expect(readPackets(new EtlReader(4 * BUFFER_LENGTH), file, 777)).toEqual(result);
    expect(read(file).damage).toEqual([]);
  });
});
