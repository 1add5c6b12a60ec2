import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Bucket } from '../../src/decode/bucket.js';
import { Segment } from '../../src/decode/segment.js';
import { newDecoder } from './decode-one.js';
import { ethernet, fragmentHeader, geneve, icmp, ipv4, ipv6, tcp, text, udp, vlan, vxlan } from './headers.js';

const PAYLOAD = text('payload of some length');
/** One packet of each way through the decoder. */
const FRAMES = [
  ethernet(0x0800, ipv4(6, tcp(PAYLOAD))),
  ethernet(0x0800, ipv4(17, udp(PAYLOAD))),
  ethernet(0x8100, vlan(10, 0x86dd, ipv6(6, tcp(PAYLOAD)))),
  ethernet(0x0800, ipv4(6, tcp(PAYLOAD), { options: new Uint8Array(8) })),
  ethernet(0x0800, ipv4(17, udp(vxlan(5001, ethernet(0x0800, ipv4(6, tcp(PAYLOAD)))), { destinationPort: 4789 }))),
  ethernet(0x0800, ipv4(17, udp(geneve(7, 0x0806, PAYLOAD), { destinationPort: 6081 }))),
  ethernet(0x86dd, ipv6(44, fragmentHeader(17, 0, true, 7, udp(PAYLOAD, { length: 1000 })))),
  ethernet(0x86dd, ipv6(44, fragmentHeader(17, 10, false, 7, PAYLOAD))),
  ethernet(0x0800, ipv4(1, icmp(3, 3, 0, ipv4(17, udp(PAYLOAD))))),
  ethernet(0x0806, new Uint8Array(46)),
];
const FIRST_SEQUENCE = 38;

it('collects no garbage per packet', async () => {
  const decoder = newDecoder();
  const segment = new Segment();
  const packets = FRAMES.map((frame) => ({ frame, view: new DataView(frame.buffer) }));
  const decode = (count: number): number => {
    let decoded = 0;
    for (let i = 0; i < count; i++) {
      const { frame, view } = packets[i % packets.length]!;
      // A new sequence number beyond 31 bits each time: it must not become an object.
      if (frame === FRAMES[0]) frame[FIRST_SEQUENCE + 1] = i;
      if (decoder.decode(frame, view, 0, frame.length, frame.length, 1, segment) === Bucket.decoded) decoded++;
    }
    return decoded;
  };
  decode(200_000);
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length;
  });
  observer.observe({ entryTypes: ['gc'] });
  await setTimeout(50);
  collections = 0;
  const decoded = decode(500_000);
  await setTimeout(50);
  observer.disconnect();
  expect(decoded).toBe(400_000);
  // One object of 16 bytes per packet would be eight or more collections of young objects.
  expect(collections).toBeLessThanOrEqual(2);
});
