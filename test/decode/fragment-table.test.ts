import { describe, expect, it } from 'vitest';
import { FragmentTable } from '../../src/decode/fragment-table.js';
import { decodeOne, newDecoder } from './decode-one.js';
import { ethernet, ipv4, type Ipv4Options, join, tcp, text, udp, vxlan } from './headers.js';

const MORE = 0x2000;
const REST = new Uint8Array(24).fill(7);

const first = (o: Ipv4Options = {}): Uint8Array => ethernet(0x0800, ipv4(17, udp(text('sixteen bytes...'), { length: 48, destinationPort: 88 }), { fragment: MORE, ...o }));
const later = (o: Ipv4Options = {}): Uint8Array => ethernet(0x0800, ipv4(17, REST, { fragment: 3, ...o }));

describe('fragments', () => {
  it('get the ports of their first, and each is a packet with its own bytes', () => {
    const decoder = newDecoder();
    expect(decodeOne(first(), { decoder }).segment).toMatchObject({ fragment: true, fragmentFirst: true, destinationPort: 88, ipLength: 44, payloadLength: 16 });
    const { bucket, segment, payload } = decodeOne(later(), { decoder });
    expect(bucket).toBe('decoded');
    expect(segment).toMatchObject({ fragment: true, fragmentFirst: false, transport: 17, sourcePort: 50000, destinationPort: 88, ipLength: 44, payloadLength: 24, tcpFlags: 0 });
    expect(payload).toEqual(REST);
    expect(decodeOne(later({ fragment: MORE | 3 }), { decoder }).bucket).toBe('decoded');
  });

  it('of another datagram, pair or protocol are none of it', () => {
    const decoder = newDecoder();
    decodeOne(first(), { decoder });
    expect(decodeOne(later({ id: 9 }), { decoder }).bucket).toBe('fragment-without-first');
    expect(decodeOne(later({ source: [10, 0, 0, 2], destination: [10, 0, 0, 1] }), { decoder }).bucket).toBe('fragment-without-first');
    expect(decodeOne(ethernet(0x0800, ipv4(6, REST, { fragment: 3 })), { decoder }).bucket).toBe('fragment-without-first');
    expect(decodeOne(ethernet(0x0800, ipv4(50, REST, { fragment: 3 })), { decoder }).bucket).toBe('other-ip-protocol');
  });

  it('of equal addresses in two virtual networks stay apart', () => {
    const decoder = newDecoder();
    const inside = (network: number, frame: Uint8Array): Uint8Array => ethernet(0x0800, ipv4(17, udp(vxlan(network, frame), { destinationPort: 4789 })));
    decodeOne(inside(1, first()), { decoder });
    expect(decodeOne(inside(2, later()), { decoder }).bucket).toBe('fragment-without-first');
    expect(decodeOne(inside(1, later()), { decoder }).segment).toMatchObject({ overlay: 2, destinationPort: 88 });
  });

  it('of TCP keep their header apart from their payload', () => {
    const decoder = newDecoder();
    const segment = tcp(text('12345678901234567890'), { flags: 0x10 });
    expect(decodeOne(ethernet(0x0800, ipv4(6, segment, { fragment: MORE })), { decoder }).segment).toMatchObject({ payloadLength: 20, tcpFlags: 0x10 });
    expect(decodeOne(ethernet(0x0800, ipv4(6, REST, { fragment: 5 })), { decoder }).segment).toMatchObject({ payloadLength: 24, tcpFlags: 0, destinationPort: 443 });
    expect(decodeOne(ethernet(0x0800, ipv4(6, segment.slice(0, 8), { fragment: MORE })), { decoder }).bucket).toBe('tcp-cut');
  });

  it('read nothing of the header that a later fragment does not have, however short', () => {
    const decoder = newDecoder();
    decodeOne(first(), { decoder });
    for (let n = 34; n < 58; n++) {
      const { bucket, segment, payload } = decodeOne(later().slice(0, n), { decoder, originalLength: 58 });
      expect([bucket, segment.payloadLength, payload.length]).toEqual(['decoded', 24, n - 34]);
    }
  });

  it('of a tunnelled datagram belong to the datagram outside', () => {
    const decoder = newDecoder();
    const inner = vxlan(5, join(ethernet(0x0800, ipv4(6, tcp(text('x'.repeat(100)))))));
    expect(decodeOne(ethernet(0x0800, ipv4(17, udp(inner.slice(0, 88), { destinationPort: 4789, length: 170 }), { fragment: MORE })), { decoder }).segment).toMatchObject({ overlay: 6, fragment: false, destinationPort: 443 });
    expect(decodeOne(ethernet(0x0800, ipv4(17, inner.slice(88), { fragment: 12 })), { decoder }).segment).toMatchObject({ overlay: 0, fragment: true, destinationPort: 4789 });
  });
});

describe('FragmentTable', () => {
  it('forgets what was used longest ago, and counts that', () => {
    const table = new FragmentTable(1);
    for (let id = 0; id < 4; id++) table.remember(1, 2, 17, id, 0, 100 + id, 65535);
    expect(table.lookup(1, 2, 17, 0, 0)).toBe(100 * 65536 + 65535);
    table.remember(1, 2, 17, 4, 0, 65535, 0);
    expect(table.forgotten).toBe(1);
    expect([0, 1, 2, 3, 4].map((id) => table.lookup(1, 2, 17, id, 0) >= 0)).toEqual([true, false, true, true, true]);
    expect(table.lookup(1, 2, 17, 4, 0)).toBe(65535 * 65536);
    table.remember(1, 2, 17, 4, 0, 1, 2);
    expect(table.lookup(1, 2, 17, 4, 0)).toBe(65538);
  });
});
