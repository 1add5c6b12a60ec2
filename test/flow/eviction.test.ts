import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extract } from './flows-of.js';
import { Talk } from './talk.js';

const total = (flows: ReturnType<typeof extract>['flows']) => flows.reduce((sum, flow) => sum + flow.packets.client + flow.packets.server, 0);

describe('the bound on live flows', () => {
  it('a flood of SYNs: every packet is in a flow, the evicted ones are counted', () => {
    const packets = Array.from({ length: 500 }, (_, i) => new Talk({ clientPort: 1000 + i }).client('S').packets[0]!);
    const { flows, evicted } = extract(packets, { maxFlows: 16 });
    expect([flows.length, total(flows), evicted.finished]).toEqual([500, 500, 0]);
    expect(evicted.open).toBeGreaterThanOrEqual(500 - 16);
    expect(flows.filter((flow) => flow.openAtEnd)).toHaveLength(500);
  });
  it('finished flows leave before open ones', () => {
    const open = new Talk({ clientPort: 1 }).handshake();
    const packets = [...open.packets];
    for (let i = 0; i < 100; i++) packets.push(...new Talk({ clientPort: 1000 + i }).handshake().client('R').packets);
    packets.push(...open.client('PA', { length: 5 }).packets.slice(-1));
    const { flows, evicted } = extract(packets, { maxFlows: 16 });
    expect(evicted).toMatchObject({ open: 0 });
    expect(evicted.finished).toBeGreaterThan(80);
    expect(flows.find((flow) => flow.client.port === 1)).toMatchObject({ packets: { client: 3, server: 1 } });
  });
  it('a table of one flow still loses nothing', () => {
    const packets = [0, 1, 0, 1, 2].map((i) => new Talk({ clientPort: 1000 + i }).client('A', { ack: 1 }).packets[0]!);
    const { flows, evicted } = extract(packets, { maxFlows: 1 });
    expect([flows.length, total(flows), evicted.open]).toEqual([5, 5, 4]);
  });
  it('sketches are given back: later flows have theirs', () => {
    const packets = Array.from({ length: 300 }, (_, i) => new Talk({ clientPort: 1000 + i }).client('S').client('S', { seq: 1000 }).packets).flat();
    const { flows } = extract(packets, { maxFlows: 8, sketches: true });
    expect(flows).toHaveLength(300);
    expect(flows.every((flow) => flow.sketch.length === 2 && flow.sketch[1]!.frame.frame === flow.last.frame)).toBe(true);
  });
  it('whatever comes: packets of all flows and duplicates are the packets that were decoded', () => {
    const step = fc.record({
      port: fc.integer({ min: 1, max: 30 }), who: fc.constantFrom('client' as const, 'server' as const), flags: fc.constantFrom('S', 'SA', 'A', 'FA', 'R', 'U'),
      ttl: fc.constantFrom(64, 63), seq: fc.integer({ min: 0, max: 3 }), pause: fc.constantFrom(0, 0, 30, 70), isError: fc.boolean(),
    });
    fc.assert(fc.property(fc.array(step, { minLength: 1, maxLength: 80 }), fc.integer({ min: 1, max: 9 }), (steps, maxFlows) => {
      let elapsed = 0;
      const packets = steps.flatMap(({ port, who, flags, ttl, seq, pause, isError }) => {
        elapsed += pause;
        const talk = new Talk({ clientPort: port }).wait(elapsed);
        if (flags === 'U') talk.datagram(who, seq, { ttl });
        else talk[who](flags, { ttl, seq });
        if (isError) talk.error(0, '10.0.0.254', { type: 3, code: 1 });
        return talk.packets;
      });
      const { flows, decoded, icmp, duplicates, evicted } = extract(packets, { maxFlows, sketches: true });
      expect(total(flows) + duplicates).toBe(decoded);
      expect(decoded).toBe(steps.length);
      expect(icmp).toBe(packets.length - steps.length);
      expect(flows.length).toBeGreaterThanOrEqual(evicted.finished + evicted.open);
    }), { numRuns: 200 });
  });
});
