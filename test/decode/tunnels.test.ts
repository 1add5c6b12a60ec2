import { describe, expect, it } from 'vitest';
import { decodeOne, runsOf } from './decode-one.js';
import { ethernet, geneve, gre, hex, icmp, ipv4, ipv6, join, tcp, text, u16, u32, udp, vlan, vxlan } from './headers.js';

const PAYLOAD = text('inside');
const V4 = ipv4(6, tcp(PAYLOAD), { source: [192, 168, 0, 1], destination: [192, 168, 0, 2] });
const V6 = ipv6(6, tcp(PAYLOAD));
const ARP = ethernet(0x0806, new Uint8Array(28));

const inUdp = (destinationPort: number, payload: Uint8Array, sourcePort = 12345): Uint8Array => ethernet(0x0800, ipv4(17, udp(payload, { destinationPort, sourcePort })));
const inIp = (protocol: number, payload: Uint8Array): Uint8Array => ethernet(0x0800, ipv4(protocol, payload));

/** Name, frame, layers, overlay (VNI or VSID plus one). */
const KNOWN: [string, Uint8Array, { type: string; id?: number }[], number][] = [
  ['IP in IP', inIp(4, V4), [{ type: 'ipip' }], 0],
  ['6in4', inIp(41, V6), [{ type: 'ipv6' }], 0],
  ['4in6', ethernet(0x86dd, ipv6(4, V4)), [{ type: 'ipip' }], 0],
  ['6in6in6', ethernet(0x86dd, ipv6(41, ipv6(41, V6))), [{ type: 'ipv6' }, { type: 'ipv6' }], 0],
  ['GRE', inIp(47, gre(0x0800, V4)), [{ type: 'gre' }], 0],
  ['GRE with everything', inIp(47, gre(0x86dd, V6, { key: 0xfffffff0, sequence: 1, checksum: true })), [{ type: 'gre', id: 0xfffffff0 }], 0],
  ['GRE with routes', inIp(47, join(hex('40 00 08 00 00 00 00 00'), hex('08 00 00 04 01 02 03 04'), hex('00 00 00 00'), V4)), [{ type: 'gre' }], 0],
  ['GRE, Ethernet', inIp(47, gre(0x6558, ethernet(0x0800, V4))), [{ type: 'gre' }], 0],
  ['GRE, MPLS', inIp(47, gre(0x8847, join(u32(0x64100), V4))), [{ type: 'gre' }, { type: 'mpls', id: 0x64 }], 0],
  ['GRE, PPP', inIp(47, gre(0x880b, join(hex('ff 03 00 21'), V4))), [{ type: 'gre' }], 0],
  ['WCCP 1', inIp(47, gre(0x883e, V4)), [{ type: 'gre' }], 0],
  ['WCCP 2', inIp(47, gre(0x883e, join(hex('00 00 00 00'), V4))), [{ type: 'gre' }], 0],
  ['NVGRE', inIp(47, gre(0x6558, ethernet(0x0800, V4), { key: 0x00138901 })), [{ type: 'nvgre', id: 5001 }], 5002],
  ['ERSPAN I', inIp(47, gre(0x88be, ethernet(0x0800, V4))), [{ type: 'erspan' }], 0],
  ['ERSPAN II', inIp(47, gre(0x88be, join(hex('10 0a 00 64 00 00 00 00'), ethernet(0x0800, V4)), { sequence: 9 })), [{ type: 'erspan', id: 100 }], 0],
  ['ERSPAN III', inIp(47, gre(0x22eb, join(hex('20 0a 00 64'), new Uint8Array(8), ethernet(0x8100, vlan(10, 0x0800, V4))), { sequence: 9 })), [{ type: 'erspan', id: 100 }, { type: 'vlan', id: 10 }], 0],
  ['ERSPAN III, platform header', inIp(47, gre(0x22eb, join(hex('20 0a 03 ff 00 00 00 00 00 00 00 01'), new Uint8Array(8), ethernet(0x0800, V4)), { sequence: 9 })), [{ type: 'erspan', id: 1023 }], 0],
  ['PPTP', inIp(47, join(hex('30 81 88 0b'), u16(V4.length + 4), hex('00 07'), u32(1), u32(2), hex('ff 03 00 21'), V4)), [{ type: 'pptp' }], 0],
  ['MPLS in IP', inIp(137, join(u32(0x64100), V4)), [{ type: 'mpls', id: 0x64 }], 0],
  ['VXLAN', inUdp(4789, vxlan(0xffffff, ethernet(0x0800, V4))), [{ type: 'vxlan', id: 0xffffff }], 0x1000000],
  ['VXLAN on the old port, VLANs on both sides', ethernet(0x8100, vlan(3, 0x0800, ipv4(17, udp(vxlan(0, ethernet(0x8100, vlan(4, 0x86dd, V6))), { destinationPort: 8472 })))),
    [{ type: 'vlan', id: 3 }, { type: 'vxlan', id: 0 }, { type: 'vlan', id: 4 }], 1],
  ['VXLAN over IPv6', ethernet(0x86dd, ipv6(17, udp(vxlan(7, ethernet(0x0800, V4)), { destinationPort: 4789 }))), [{ type: 'vxlan', id: 7 }], 8],
  ['VXLAN in VXLAN', inUdp(4789, vxlan(1, inUdp(4789, vxlan(2, ethernet(0x0800, V4))))), [{ type: 'vxlan', id: 1 }, { type: 'vxlan', id: 2 }], 3],
  ['VXLAN-GPE, IPv4', inUdp(4790, join(hex('0c 00 00 01 00 00 05 00'), V4)), [{ type: 'vxlan-gpe', id: 5 }], 6],
  ['VXLAN-GPE, IPv6, no network', inUdp(4790, join(hex('04 00 00 02 00 00 00 00'), V6)), [{ type: 'vxlan-gpe' }], 0],
  ['VXLAN-GPE, Ethernet', inUdp(4790, join(hex('0c 00 00 03 00 00 05 00'), ethernet(0x0800, V4))), [{ type: 'vxlan-gpe', id: 5 }], 6],
  ['Geneve', inUdp(6081, geneve(10, 0x6558, ethernet(0x0800, V4), 3)), [{ type: 'geneve', id: 10 }], 11],
  ['Geneve, IPv6', inUdp(6081, geneve(10, 0x86dd, V6)), [{ type: 'geneve', id: 10 }], 11],
  ['Teredo', inUdp(3544, V6), [{ type: 'teredo' }], 0],
  ['Teredo from the server, with authentication and origin', inUdp(40000, join(hex('00 01 02 03 aa bb cc dd ee'), new Uint8Array(9), hex('00 00 ff ff 00 00 00 00'), V6), 3544), [{ type: 'teredo' }], 0],
  ['GTP', inUdp(2152, join(hex('30 ff'), u16(V4.length), u32(77), V4)), [{ type: 'gtp' }], 0],
  ['GTP with extensions', inUdp(2152, join(hex('36 ff'), u16(V4.length + 12), u32(77), hex('00 01 00 85 01 00 00 c0 01 00 00 00'), V4)), [{ type: 'gtp' }], 0],
];

describe('tunnels', () => {
  for (const [name, frame, layers, overlay] of KNOWN) {
    it(`${name}: the innermost pair`, () => {
      const decoded = decodeOne(frame);
      expect(decoded).toMatchObject({ bucket: 'decoded', layers, payload: PAYLOAD });
      expect(decoded.source).toBe(decoded.segment.ipVersion === 4 ? '192.168.0.1' : '2001:db8::1');
      expect(decoded.segment).toMatchObject({ overlay, ipLength: decoded.segment.ipVersion === 4 ? V4.length : V6.length, destinationPort: 443 });
    });

    it(`${name}: every shorter prefix reads nothing past it`, () => {
      for (let n = 0; n < frame.length; n++) {
        const decoded = decodeOne(frame.slice(0, n), { originalLength: frame.length });
        expect(decodeOne(frame.slice(0, n), { originalLength: frame.length, fill: 0 })).toEqual(decoded);
        expect(decoded.segment.payloadLimit).toBeLessThanOrEqual(16 + n);
        expect(['decoded', 'link-cut', 'ipv4-cut', 'ipv6-cut', 'tcp-cut', 'udp-cut', 'tunnel-bad-header']).toContain(decoded.bucket);
      }
    });
  }

  it('falls back to the UDP datagram when there is no IP packet inside', () => {
    const plain = (frame: Uint8Array): void => {
      const decoded = decodeOne(frame);
      expect(decoded).toMatchObject({ bucket: 'decoded', source: '10.0.0.1', layers: [] });
      expect(decoded.segment).toMatchObject({ transport: 17, overlay: 0, ipLength: frame.length - 14, payloadLength: frame.length - 42 });
    };
    plain(inUdp(4789, vxlan(5, ARP)));
    plain(inUdp(6081, geneve(5, 0x0806, new Uint8Array(28))));
    plain(inUdp(4789, new Uint8Array(0)));
    plain(inUdp(4789, join([0], vxlan(5, ethernet(0x0800, V4)).slice(1)))); // no network flag
    plain(inUdp(4789, vxlan(5, ethernet(0x0800, ipv4(6, tcp(PAYLOAD), { version: 5 })))));
    plain(inUdp(4789, vxlan(5, ethernet(0x88cc, new Uint8Array(60)))));
    plain(inUdp(6081, join([0x40], geneve(5, 0x0800, V4).slice(1)))); // a later version
    plain(inUdp(6081, join([0x3f], geneve(5, 0x0800, V4).slice(1)))); // options beyond the datagram
    plain(inUdp(4790, join(hex('0c 00 00 04 00 00 05 00'), V4)));
    plain(inUdp(3544, V4));
    plain(inUdp(3544, V6.with(5, 200)));
    plain(inUdp(2152, join(hex('32 01'), u16(4), u32(0), u32(0)))); // echo request
    plain(inUdp(2152, join(hex('34 ff'), u16(4), u32(0), hex('00 00 00 85'), hex('00 00 00 00'), V4))); // extension of length 0
    plain(inUdp(2152, join(hex('30 ff'), u16(4), u32(0), hex('50 00 00 00'))));
  });

  it('keeps the layers outside when it falls back', () => {
    const frame = ethernet(0x8100, vlan(9, 0x0800, ipv4(47, gre(0x0800, ipv4(17, udp(vxlan(5, ARP), { destinationPort: 4789 }))))));
    expect(decodeOne(frame)).toMatchObject({ bucket: 'decoded', layers: [{ type: 'vlan', id: 9 }, { type: 'gre' }], segment: { overlay: 0, destinationPort: 4789 } });
    const nested = inUdp(4789, vxlan(1, inUdp(4789, vxlan(2, ARP))));
    expect(decodeOne(nested)).toMatchObject({ bucket: 'decoded', layers: [{ type: 'vxlan', id: 1 }], segment: { overlay: 2, destinationPort: 4789 } });
  });

  it('does not fall back when an IP packet is inside, whatever that is', () => {
    expect(decodeOne(inUdp(4789, vxlan(5, ethernet(0x0800, ipv4(1, icmp(8, 0, 0, PAYLOAD))))))).toMatchObject({ bucket: 'icmp', segment: { overlay: 6 } });
    expect(decodeOne(inUdp(4789, vxlan(5, ethernet(0x0800, ipv4(50, new Uint8Array(40)))))).bucket).toBe('other-ip-protocol');
    expect(decodeOne(inUdp(4789, vxlan(5, ethernet(0x0800, ipv4(6, new Uint8Array(40)))))).bucket).toBe('tcp-bad-header');
    expect(decodeOne(inUdp(3544, ipv6(59, new Uint8Array(0)))).bucket).toBe('other-ip-protocol'); // a Teredo bubble
  });

  it('counts GRE that carries no IP as another protocol, and broken GRE by name', () => {
    expect(decodeOne(inIp(47, gre(0x6558, ARP))).bucket).toBe('other-ip-protocol');
    expect(decodeOne(inIp(47, gre(0x0806, new Uint8Array(28)))).bucket).toBe('other-ip-protocol');
    expect(decodeOne(inIp(47, gre(0, new Uint8Array(0)))).bucket).toBe('other-ip-protocol'); // Cisco keepalive
    expect(decodeOne(inIp(47, hex('20 01 88 0b 00 00 00 07'))).bucket).toBe('other-ip-protocol'); // PPTP, acknowledgement only
    expect(decodeOne(inIp(47, hex('00 02 08 00'))).bucket).toBe('tunnel-bad-header');
    expect(decodeOne(inIp(47, hex('00 01 08 00 00 00 00 00'))).bucket).toBe('tunnel-bad-header');
    expect(decodeOne(inIp(47, hex('b0'))).bucket).toBe('tunnel-bad-header');
    expect(decodeOne(inIp(47, join(hex('40 00 08 00 00 00 00 00'), new Uint8Array(200).fill(4)))).bucket).toBe('tunnel-bad-header');
  });

  it('goes eight IP headers deep', () => {
    const nested = (depth: number): Uint8Array => {
      let packet = V4;
      for (let i = 1; i < depth; i++) packet = ipv4(4, packet);
      return ethernet(0x0800, packet);
    };
    expect(Array.from({ length: 10 }, (_, i) => decodeOne(nested(i + 1)).bucket)).toEqual([...new Array<string>(8).fill('decoded'), 'tunnel-too-deep', 'tunnel-too-deep']);
  });

  it('bounds what is inside by what is outside', () => {
    const { segment } = decodeOne(inIp(4, ipv4(6, tcp(PAYLOAD), { totalLength: 1500 })), { originalLength: 1514 });
    expect(segment).toMatchObject({ ipLength: 1500, payloadLength: PAYLOAD.length });
  });

  it('cuts GRE where its capture is cut', () => {
    const frame = inIp(47, gre(0x0800, V4));
    const buckets = Array.from(frame, (_, n) => decodeOne(frame.slice(0, n), { originalLength: frame.length }).bucket);
    expect(runsOf(buckets)).toEqual(['link-cut', 14, 'ipv4-cut', 34, 'tunnel-bad-header', 38, 'ipv4-cut', 58, 'tcp-cut', 78, 'decoded', frame.length]);
  });
});
