/** What flows in doubt have of their packets, seen through the flows: the engine writes sketches, and takes them back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ethernet, ipv4, tcp } from '../support/packet-builder.js';
import type { TcpFields } from '../support/packet-builder.js';
import { flowsOf } from './flows-of.js';
import type { TestPacket } from './flows-of.js';

const MAX_ROWS = 64;
const MAX_SKETCHES = 131_072;
const CLIENT = '10.0.0.1';
const SERVER = '10.0.0.2';

function packet(from: 'client' | 'server', clientPort: number, flags: string, fields: Partial<TcpFields> = {}, length = 0, client = CLIENT): TestPacket {
  const ports = from === 'client' ? { from: clientPort, to: 445 } : { from: 445, to: clientPort };
  const network = from === 'client' ? { from: client, to: SERVER } : { from: SERVER, to: client };
  return { data: ethernet(ipv4({ ...network, id: 0xfffe, ttl: 57 }, tcp({ ...ports, flags, ...fields }, new Uint8Array(length)))), seconds: 100 };
}

describe('packet sketches', () => {
  it('give back what was put in, at the edges of every field', () => {
    const packets = [{ ...packet('client', 50_000, 'S', { seq: 0xffff_fff7, ack: 0x8000_0001, window: 0xffff }), seconds: 107, nanoseconds: 5 }];
    const [flow] = flowsOf(packets, { sketches: true });
    expect(flow!.sketch).toEqual([{
      frame: { capture: 0, frame: 1 }, time: { seconds: 107, nanoseconds: 5 }, from: 'client', flags: 0x02, sequence: 0xffff_fff7, acknowledgement: 0x8000_0001, length: 0, ttl: 57, window: 0xffff, ipId: 0xfffe,
    }]);
  });
  it('keep the first 64 rows', () => {
    const packets = Array.from({ length: 100 }, () => packet('client', 50_000, 'S', { seq: 1 }));
    expect(flowsOf(packets, { sketches: true })[0]!.sketch.map((row) => row.frame.frame)).toEqual(Array.from({ length: MAX_ROWS }, (_, i) => i + 1));
  });
  it('of many flows, some of which prove healthy: each has its own rows', () => {
    const step = fc.record({ flow: fc.nat(20), times: fc.integer({ min: 1, max: 30 }), proves: fc.integer({ min: 0, max: 3 }).map((n) => n === 0) });
    fc.assert(fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const packets: TestPacket[] = [];
      const model = new Map<number, { rows: number[]; healthy: boolean }>();
      for (const { flow, times, proves } of steps) {
        const known = model.get(flow) ?? { rows: [], healthy: false };
        model.set(flow, known);
        if (known.healthy) continue;
        const port = 50_000 + flow;
        for (let i = 0; i < times; i++) {
          packets.push(packet('client', port, 'S', { seq: 1000 }));
          if (known.rows.length < MAX_ROWS) known.rows.push(packets.length);
        }
        if (!proves) continue;
        // What the server sends after the handshake closes the sketch.
        packets.push(packet('server', port, 'SA', { seq: 5000, ack: 1001 }), packet('client', port, 'A', { seq: 1001, ack: 5001 }), packet('server', port, 'PA', { seq: 5001, ack: 1001 }, 10));
        known.healthy = true;
        known.rows.length = 0;
      }
      const flows = flowsOf(packets, { sketches: true });
      expect(flows.length).toBe(model.size);
      for (const { client, sketch } of flows) expect(sketch.map((row) => row.frame.frame)).toEqual(model.get(client.port - 50_000)!.rows);
    }), { numRuns: 200 });
  });
  it('have a bound: beyond it flows have none, and there is room again when one is closed', () => {
    const packets: TestPacket[] = [];
    const syn = (i: number) => packet('client', 1024 + (i % 60_000), 'S', { seq: 1 }, 0, `10.1.${Math.floor(i / 60_000)}.1`);
    for (let i = 0; i < MAX_SKETCHES + 1; i++) packets.push(syn(i));
    const port = 1024;
    packets.push(packet('server', port, 'SA', { seq: 5000, ack: 2 }, 0, '10.1.0.1'), packet('client', port, 'A', { seq: 2, ack: 5001 }, 0, '10.1.0.1'), packet('server', port, 'PA', { seq: 5001, ack: 2 }, 10, '10.1.0.1'));
    packets.push(syn(MAX_SKETCHES + 1), syn(MAX_SKETCHES + 2));
    const without = flowsOf(packets, { sketches: true, maxFlows: 1 << 18 }).filter(({ sketch }) => sketch.length === 0).map(({ first }) => first.frame);
    // The one beyond the bound, the one that proved healthy, and the last one: the room of the healthy one went to the one before it.
    expect(without.sort((a, b) => a - b)).toEqual([1, MAX_SKETCHES + 1, packets.length]);
  });
});
