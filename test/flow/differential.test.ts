import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ethernet, ipv4, tcp, udp } from '../support/packet-builder.js';
import { flowsOf } from './flows-of.js';
import type { TestPacket } from './flows-of.js';
import { oracleFlows } from './flow-oracle.js';
import type { OraclePacket } from './flow-oracle.js';

const EPOCH_MS = 1_700_000_000_000;
const HOSTS = ['10.0.0.1', '10.0.0.2'];

/** Few sockets, few numbers: everything happens to the same flows, most of it wrong. */
const stepOf = (flags: readonly string[]) => fc.record({
  transport: fc.constantFrom('tcp' as const, 'tcp' as const, 'tcp' as const, 'udp' as const),
  turned: fc.boolean(),
  ports: fc.constantFrom([50_000, 445], [50_000, 41_000], [3343, 3343]),
  flags: fc.constantFrom(...flags),
  seq: fc.constantFrom(0, 0, 1, 10, 11, 12, 20, 100, 101),
  ack: fc.constantFrom(1, 2, 11, 12, 21, 101),
  length: fc.constantFrom(0, 0, 0, 1, 1, 2, 10, 90),
  /** Milliseconds after the step before; also back in time. */
  pause: fc.constantFrom(0, 1, 1, 5, 500, -3, 30_000, 60_000, 60_001, 100_000),
});

const opening = (flags: string, turned: boolean) => ({ transport: 'tcp' as const, turned, ports: [50_000, 445], flags, seq: turned ? 10 : 0, ack: turned ? 1 : 11, length: 0, pause: 1 });
const BEGINNINGS = [
  [], [opening('S', false), opening('SA', true)], [opening('S', false), opening('SA', true), opening('SA', true)],
  [opening('S', false), opening('SA', true), { ...opening('A', false), seq: 1 }],
];
const ALL = ['S', 'SA', 'A', 'PA', 'PA', 'FA', 'F', 'R', 'RA'];

/** Some scripts begin as connections do, or have but a few kinds of packets, so that what takes that happens as well. */
const script = fc.tuple(fc.constantFrom(...BEGINNINGS), fc.constantFrom(ALL, ALL, ALL, ['S', 'SA'], ['S', 'A', 'PA', 'FA'], ['SA', 'PA', 'R']), fc.constantFrom(3, 40))
  .chain(([beginning, flags, maxLength]) => fc.array(stepOf(flags), { minLength: 1, maxLength }).map((steps) => [...beginning, ...steps]));

function write(packets: readonly OraclePacket[]): TestPacket[] {
  return packets.map(({ transport, from, to, fromPort, toPort, flags, seq, ack, length, time }) => {
    const payload = new Uint8Array(length);
    const ports = { from: fromPort, to: toPort };
    const inside = transport === 'udp' ? udp(ports, payload) : tcp({ ...ports, flags, seq, ack: flags.includes('A') ? ack : 0 }, payload);
    return { data: ethernet(ipv4({ from, to }, inside), { padded: true }), seconds: Math.floor(time / 1000), nanoseconds: (time % 1000) * 1_000_000 };
  });
}

it('gives what a slow, obvious flow table gives', () => {
  const seen = new Map<string, number>();
  fc.assert(fc.property(script, (steps) => {
    let time = EPOCH_MS;
    const packets = steps.map(({ turned, ports, pause, ...rest }, i): OraclePacket => {
      time += pause;
      const [a, b] = turned ? [1, 0] : [0, 1];
      return { ...rest, ...(rest.transport === 'udp' ? { flags: '' } : {}), from: HOSTS[a]!, to: HOSTS[b]!, fromPort: ports[a]!, toPort: ports[b]!, time, frame: i + 1 };
    });
    const inMs = ({ seconds, nanoseconds }: { seconds: number; nanoseconds: number }) => seconds * 1000 + nanoseconds / 1_000_000;
    const flows = flowsOf(write(packets)).map((flow) => ({
      client: `${flow.client.address}:${flow.client.port}`, orientation: flow.orientation, packets: flow.packets, bytes: flow.bytes, payload: flow.payload,
      first: flow.first.frame, last: flow.last.frame, start: inMs(flow.start), end: inMs(flow.end), retransmissions: flow.retransmissions, outcome: flow.outcome, state: flow.state,
    }));
    for (const { outcome, state, orientation } of flows) for (const name of [outcome, state, orientation]) seen.set(name, (seen.get(name) ?? 0) + 1);
    expect(flows.sort((a, b) => a.first - b.first)).toEqual(oracleFlows(packets));
  }), { numRuns: 3000 });
  // The property means something only if all of it happened.
  const wanted = [
    'reset-early', 'stalled', 'half-open', 'accepted', 'refused', 'no-answer', 'midstream', 'answered', 'one-way', 'handshake', 'port', 'first-packet', 'symmetric',
    'S0', 'S1', 'SF', 'REJ', 'S2', 'S3', 'RSTO', 'RSTR', 'RSTOS0', 'RSTRH', 'SH', 'SHR', 'OTH',
  ];
  expect(wanted.filter((name) => !seen.has(name))).toEqual([]);
});
