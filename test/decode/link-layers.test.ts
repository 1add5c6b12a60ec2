import { describe, expect, it } from 'vitest';
import { bucketsOfPrefixes, decodeOne, runsOf } from './decode-one.js';
import { ethernet, hex, ipv4, ipv6, join, llcSnap, tcp, text, u16, u32, udp, vlan } from './headers.js';

const PAYLOAD = text('hello');
const V4 = ipv4(6, tcp(PAYLOAD));
const V6 = ipv6(17, udp(PAYLOAD));
const EMPTY = new Uint8Array(0);

/** A packet in each link layer: link type, bytes, layers, and how long the link's own headers are. */
const KNOWN: [string, number, Uint8Array, { type: string; id?: number }[], number][] = [
  ['Ethernet, IPv4', 1, ethernet(0x0800, V4), [], 14],
  ['Ethernet, IPv6', 1, ethernet(0x86dd, V6), [], 14],
  ['Ethernet, SNAP', 1, ethernet(8 + V4.length, llcSnap(0x0800, V4)), [], 22],
  ['Ethernet, bridge tunnel', 1, ethernet(50, join(hex('aa aa 03 00 00 f8 08 00'), V4)), [], 22],
  ['Ethernet, LLC with IP', 1, ethernet(3 + V4.length, join(hex('06 06 03'), V4)), [], 17],
  ['802.1Q', 1, ethernet(0x8100, vlan(0xe00a, 0x0800, V4)), [{ type: 'vlan', id: 10 }], 18],
  ['802.1Q, IPv6', 1, ethernet(0x8100, vlan(4094, 0x86dd, V6)), [{ type: 'vlan', id: 4094 }], 18],
  ['priority tag', 1, ethernet(0x8100, vlan(0xe000, 0x0800, V4)), [], 18],
  ['802.1Q, SNAP', 1, ethernet(0x8100, vlan(7, 8 + V4.length, llcSnap(0x0800, V4))), [{ type: 'vlan', id: 7 }], 26],
  ['802.1ad', 1, ethernet(0x88a8, vlan(100, 0x8100, vlan(10, 0x0800, V4))), [{ type: 'vlan', id: 100 }, { type: 'vlan', id: 10 }], 22],
  ['QinQ 9100', 1, ethernet(0x9100, vlan(100, 0x8100, vlan(10, 0x0800, V4))), [{ type: 'vlan', id: 100 }, { type: 'vlan', id: 10 }], 22],
  ['QinQ 9200', 1, ethernet(0x9200, vlan(5, 0x0800, V4)), [{ type: 'vlan', id: 5 }], 18],
  ['VN-Tag', 1, ethernet(0x8926, join(u32(0x80000001), u16(0x0800), V4)), [{ type: 'vntag' }], 20],
  ['backbone bridge', 1, ethernet(0x88e7, join(u32(0x0a012345), ethernet(0x0800, V4))), [{ type: 'pbb', id: 0x012345 }], 32],
  ['MPLS, two labels', 1, ethernet(0x8847, join(u32((16 << 12) | 64), u32((1000 << 12) | 0x100 | 64), V4)), [{ type: 'mpls', id: 16 }, { type: 'mpls', id: 1000 }], 22],
  ['MPLS, IPv6', 1, ethernet(0x8848, join(u32(0xfffff100), V6)), [{ type: 'mpls', id: 0xfffff }], 18],
  ['MPLS, Ethernet behind a control word', 1, ethernet(0x8847, join(u32(0x11100), u32(0), ethernet(0x0800, V4))), [{ type: 'mpls', id: 0x11 }], 36],
  ['PPPoE', 1, ethernet(0x8864, join(hex('11 00 12 34'), u16(V4.length + 2), hex('00 21'), V4)), [{ type: 'pppoe', id: 0x1234 }], 22],
  ['PPPoE, IPv6', 1, ethernet(0x8864, join(hex('11 00 00 01'), u16(V6.length + 2), hex('00 57'), V6)), [{ type: 'pppoe', id: 1 }], 22],
  ['NULL, little endian', 0, join(hex('02 00 00 00'), V4), [], 4],
  ['NULL, big endian', 0, join(hex('00 00 00 02'), V4), [], 4],
  ['NULL with an ethertype', 0, join(hex('0f 00 08 00'), V4), [], 4],
  ['LOOP', 108, join(u32(2), V4), [], 4],
  ...[10, 23, 24, 28, 30].map((family): [string, number, Uint8Array, [], number] => [`NULL, IPv6 as ${family}`, 0, join([family, 0, 0, 0], V6), [], 4]),
  ['PPP', 9, join(hex('ff 03 00 21'), V4), [], 4],
  ['PPP without address', 9, join(hex('00 57'), V6), [], 2],
  ['PPP, protocol in one byte', 50, join(hex('ff 03 21'), V4), [], 3],
  ['PPP link type with Cisco HDLC', 9, join(hex('0f 00 08 00'), V4), [], 4],
  ['PPPoE link type', 51, join(hex('11 00 00 07'), u16(V4.length + 2), hex('00 21'), V4), [{ type: 'pppoe', id: 7 }], 8],
  ['Cisco HDLC', 104, join(hex('8f 00 86 dd'), V6), [], 4],
  ...[12, 14, 101].map((type): [string, number, Uint8Array, [], number] => [`raw ${type}`, type, V6, [], 0]),
  ['IPv4', 228, V4, [], 0],
  ['IPv6', 229, V6, [], 0],
  ['cooked', 113, join(u16(0), u16(1), u16(6), hex('02 00 00 00 00 01 00 00'), u16(0x0800), V4), [], 16],
  ['cooked, VLAN', 113, join(u16(0), u16(1), u16(6), new Uint8Array(8), u16(0x8100), vlan(9, 0x0800, V4)), [{ type: 'vlan', id: 9 }], 20],
  ['cooked, LLC', 113, join(u16(0), u16(1), u16(6), new Uint8Array(8), u16(4), llcSnap(0x0800, V4)), [], 24],
  ['cooked 2', 276, join(u16(0x0800), u16(0), u32(3), u16(1), [0, 6], new Uint8Array(8), V4), [], 20],
  ['802.11', 105, join(hex('08 01'), new Uint8Array(22), llcSnap(0x0800, V4)), [], 32],
  ['802.11, quality of service', 105, join(hex('88 01'), new Uint8Array(24), llcSnap(0x0800, V4)), [], 34],
  ['802.11, four addresses', 105, join(hex('08 03'), new Uint8Array(28), llcSnap(0x0800, V4)), [], 38],
  ['802.11, high throughput control', 105, join(hex('88 81'), new Uint8Array(28), llcSnap(0x0800, V4)), [], 38],
  ['802.11, aggregate', 105, join(hex('88 01'), new Uint8Array(22), hex('80 00'), new Uint8Array(14), llcSnap(0x0800, V4)), [], 48],
  ['radiotap', 127, join(hex('00 00 08 00 00 00 00 00'), hex('08 01'), new Uint8Array(22), llcSnap(0x0800, V4)), [], 40],
  ['radiotap, padded header', 127, join(hex('00 00 11 00 03 00 00 00'), new Uint8Array(8), [0x20], hex('88 01'), new Uint8Array(26), llcSnap(0x0800, V4)), [], 53],
  ['PPI', 192, join(hex('00 00 08 00 01 00 00 00'), ethernet(0x0800, V4)), [], 22],
];

function nflogPayload(packet: Uint8Array): Uint8Array {
  const length = packet.length + 4;
  return join([length & 255, length >>> 8, 9, 0], packet);
}

describe('link layers', () => {
  for (const [name, linkType, packet, layers, linkLength] of KNOWN) {
    it(`${name}: known packet, every shorter prefix`, () => {
      const decoded = decodeOne(packet, { linkType });
      const isV6 = decoded.segment.ipVersion === 6;
      expect(decoded.bucket).toBe('decoded');
      expect([decoded.source, decoded.destination]).toEqual(isV6 ? ['2001:db8::1', '2001:db8::2'] : ['10.0.0.1', '10.0.0.2']);
      expect(decoded.layers).toEqual(layers);
      expect(decoded.payload).toEqual(PAYLOAD);
      expect(decoded.segment.ipLength).toBe(isV6 ? V6.length : V4.length);
      expect(decoded.segment.interfaceWithin).toBe(linkType === 276 ? 3 : 0);
      const transport = linkLength + (isV6 ? 40 : 20);
      const end = packet.length - PAYLOAD.length;
      const expected = ['ipv4-cut', transport, 'tcp-cut', end, 'decoded', packet.length];
      const runs = runsOf(bucketsOfPrefixes(packet, { linkType }));
      if (linkLength > 0 && ![12, 14, 101, 228, 229].includes(linkType)) expect(runs.splice(0, 2)[0]).toBe('link-cut');
      else if (runs[0] === 'link-cut') runs.splice(0, 2); // raw: nothing there to tell the version by
      expect(runs).toEqual(isV6 ? ['ipv6-cut', transport, 'udp-cut', end, 'decoded', packet.length] : expected);
    });
  }

  it('finds the packet among the attributes of NFLOG, in both byte orders', () => {
    const little = join(hex('02 00 00 05 08 00 01 00 08 00 00 02 06 00 0a 00 41 00 00 00'), nflogPayload(V4));
    const length = V4.length + 4;
    const big = join(hex('02 00 00 05 00 08 00 01 08 00 00 02 00 06 00 0a 41 00 00 00'), u16(length), u16(9), V4);
    for (const packet of [little, big]) {
      expect(decodeOne(packet, { linkType: 239 }).payload).toEqual(PAYLOAD);
      expect(runsOf(bucketsOfPrefixes(packet, { linkType: 239 }))).toEqual(['link-cut', 25, 'ipv4-cut', 44, 'tcp-cut', 64, 'decoded', packet.length]);
    }
    expect(decodeOne(hex('02 00 00 05 03 00 01 00 00 00'), { linkType: 239 }).bucket).toBe('not-ip');
  });

  it('names what holds no IP', () => {
    const bucket = (packet: Uint8Array, linkType = 1): string => decodeOne(packet, { linkType }).bucket;
    expect(bucket(ethernet(0x0806, new Uint8Array(28)))).toBe('arp');
    expect(bucket(ethernet(0x8100, vlan(3, 0x0806, new Uint8Array(28))))).toBe('arp');
    expect(bucket(ethernet(0x88cc, new Uint8Array(28)))).toBe('not-ip');
    expect(bucket(ethernet(38, join(hex('42 42 03'), new Uint8Array(35))))).toBe('not-ip'); // spanning tree
    expect(bucket(ethernet(38, hex('aa aa 03 00 00 0c 20 00 01 02')))).toBe('not-ip'); // Cisco discovery
    expect(bucket(ethernet(0x8863, hex('11 09 00 00 00 04 01 01 00 00')))).toBe('not-ip');
    expect(bucket(ethernet(0x8864, hex('11 00 00 01 00 04 c0 21 09 00')))).toBe('not-ip'); // LCP
    expect(bucket(ethernet(0x8864, hex('21 00 00 01 00 04 00 21 45 00')))).toBe('not-ip');
    expect(bucket(hex('ff ff ff ff 00 00'), 0)).toBe('not-ip');
    expect(bucket(hex('50 00'), 101)).toBe('not-ip');
    expect(bucket(join(hex('b4 00'), new Uint8Array(30)), 105)).toBe('not-ip'); // RTS
    expect(bucket(join(hex('08 41'), new Uint8Array(60)), 105)).toBe('not-ip'); // encrypted
    expect(bucket(join(hex('48 01'), new Uint8Array(60)), 105)).toBe('not-ip'); // no data
    expect(bucket(hex('00 00 07 00 00 00 00 00'), 127)).toBe('not-ip');
    expect(bucket(join(u16(0), u16(824), new Uint8Array(12), V4), 113)).toBe('not-ip'); // netlink
    expect(bucket(V4, 147)).toBe('link-type-unsupported');
    expect(bucket(EMPTY)).toBe('link-cut');
    for (const linkType of [0, 9, 51, 101, 104, 105, 113, 127, 192, 239, 276]) expect(bucket(EMPTY, linkType)).toBe('link-cut');
  });

  it('ends with a frame of nothing but tags', () => {
    let frame: Uint8Array = V4;
    for (let i = 0; i < 2000; i++) frame = vlan(i, i === 0 ? 0x0800 : 0x8100, frame);
    expect(decodeOne(ethernet(0x8100, frame)).bucket).toBe('tunnel-too-deep');
    expect(decodeOne(ethernet(0x8847, join(...Array.from({ length: 500 }, () => u32(0x10000))))).bucket).toBe('not-ip');
    let ppi: Uint8Array = new Uint8Array(0);
    for (let i = 0; i < 200; i++) ppi = join(hex('00 00 08 00 c0 00 00 00'), ppi);
    expect(decodeOne(ppi, { linkType: 192 }).bucket).toBe('tunnel-too-deep');
  });

  it('takes padding and checksum for no payload', () => {
    const short = ipv4(17, udp(text('x')));
    const padded = ethernet(0x0800, join(short, new Uint8Array(46 - short.length).fill(0x55), hex('de ad be ef')));
    for (const fcsLength of [0, 4]) {
      const { segment, payload } = decodeOne(padded, { fcsLength });
      expect([payload, segment.payloadLength, segment.ipLength]).toEqual([text('x'), 1, 29]);
    }
  });
});
