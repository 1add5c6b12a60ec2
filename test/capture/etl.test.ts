import { describe, expect, it } from 'vitest';
import { NotACaptureError } from '../../src/capture/damage.js';
import { detectFormat } from '../../src/capture/detect.js';
import { EtlReader } from '../../src/capture/etl.js';
import { PacketFlag } from '../../src/capture/packet-batch.js';
import { type EtlEvent, EtlKeyword, ndisPacket, pktmonPacket, switchPacket, writeEtl } from '../support/etl-writer.js';
import { ethernet, ipv4, tcp } from '../support/packet-builder.js';
import { readPackets, type ReadResult } from '../support/read-packets.js';

const frame = ethernet(ipv4({ from: '10.0.0.1', to: '10.0.0.2' }, tcp({ from: 50000, to: 445, flags: 'S' }, new Uint8Array(40))));
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
  { ticks: 60_000_000, provider: 'ndis', id: 1001, keyword: whole | EtlKeyword.wireless, data: ndisPacket(Uint8Array.of(0x88, 0x42, 0, 0)) },
  { ticks: 70_000_000, provider: 'ndis', id: 1001, keyword: whole, data: ndisPacket(frame).slice(0, 50) },
];

function read(file: Uint8Array, size?: number): ReadResult {
  return readPackets(new EtlReader(), file, size);
}

describe.each([[8, 1], [4, 1], [8, 2]] as const)('an event trace of pointers of %i bytes and clock %i', (pointerSize, clock) => {
  const file = writeEtl(events, { pointerSize, clock });
  const result = read(file);

  it('is found by its content', () => {
    expect(detectFormat(file)).toMatchObject({ kind: 'capture', format: 'etl' });
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
      at(7, 5, 100, 2, frame, PacketFlag.outbound),
      at(8, 6, 0, 6, Uint8Array.of(0x88, 0x02, 0, 0)),
    ]);
    expect(result.interfaces.map(({ linkType, name, description }) => [linkType, name, description])).toEqual([
      [1, 'eth:12', 'LWF over IfIndex 10'], [1, 'vNIC:Synthetic:port1:nic1', null], [1, 'eth:10', null],
      [1, 'pktmon component 5', null], [1, 'pktmon component 6', null], [101, 'pktmon component 5', null], [105, 'wifi:10', null],
    ]);
  });

  it('reads the same however the file is cut into chunks', () => {
    for (const size of [1, 7, 1000, 4096, 5000]) expect(read(file, size)).toEqual(result);
  });
});

describe('event traces with faults', () => {
  const file = writeEtl(events);
  const outcome = (bytes: Uint8Array) => {
    try {
      return read(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(NotACaptureError);
      return undefined;
    }
  };

  it('end in a report or a refusal wherever they are cut', () => {
    for (let length = 0; length < file.length; length += 37) outcome(file.slice(0, length));
  });
  it('end in a report or a refusal whatever byte is changed', () => {
    for (let at = 0; at < file.length; at += 3) {
      for (const value of [0, 0xff]) {
        const changed = file.slice();
        changed[at] = value;
        outcome(changed);
      }
    }
  });
  it('say how many events were lost', () => {
    expect(read(writeEtl(events, { eventsLost: 12 })).damage).toMatchObject([{ code: 'lost-events', expected: 12 }]);
  });
  it('are refused when they hold no packet, or compressed buffers', () => {
    expect(() => read(writeEtl([]))).toThrow(/event trace \(ETL\) without packets/);
    expect(() => read(writeEtl(events, { compressed: true }))).toThrow(/compressed/);
  });
  it('are read as far as they can be kept', () => {
    const { damage, packets } = readPackets(new EtlReader(4096 * 2), file);
    expect(damage[0]).toMatchObject({ code: 'size-limit' });
    expect(packets.length).toBeGreaterThan(0);
  });
});
