import { describe, expect, it } from 'vitest';
import { bucketsOfPrefixes, decodeOne, runsOf } from './decode-one.js';
import { ethernet, extension, fragmentHeader, hex, ipv6, join, tcp, text, u32, udp } from './headers.js';

const PAYLOAD = text('0123456789');
const frame = (packet: Uint8Array): Uint8Array => ethernet(0x86dd, packet);

describe('IPv6', () => {
  it('reads addresses, length and hop limit', () => {
    const { source, destination, segment, payload } = decodeOne(frame(ipv6(6, tcp(PAYLOAD), { hopLimit: 3, source: hex('fe800000000000000000000000000001') })));
    expect([source, destination, segment.ttl, segment.ipLength, segment.ipVersion, payload]).toEqual(['fe80::1', '2001:db8::2', 3, 70, 6, PAYLOAD]);
  });

  it('skips extension headers of every kind, and answers ipv6-cut within them', () => {
    const authentication = join([60, 4, 0, 0], new Uint8Array(20));
    const chain = extension(43, extension(51, join(authentication, extension(135, extension(6, tcp(PAYLOAD)), 1))), 2);
    const whole = frame(ipv6(0, chain));
    const start = whole.length - PAYLOAD.length - 20;
    expect(decodeOne(whole)).toMatchObject({ bucket: 'decoded', payload: PAYLOAD });
    expect(decodeOne(whole).segment.ipLength).toBe(40 + chain.length);
    expect(runsOf(bucketsOfPrefixes(whole))).toEqual(['link-cut', 14, 'ipv6-cut', start, 'tcp-cut', start + 20, 'decoded', whole.length]);
  });

  it('refuses a wrong version, an extension beyond the packet, and a chain without end', () => {
    expect(decodeOne(frame(ipv6(6, tcp(PAYLOAD), { version: 4 }))).bucket).toBe('ipv6-bad-header');
    expect(decodeOne(frame(ipv6(60, extension(6, tcp(PAYLOAD)).with(1, 200)))).bucket).toBe('ipv6-bad-header');
    let chain: Uint8Array = tcp(PAYLOAD);
    for (let i = 0; i < 17; i++) chain = extension(i === 0 ? 6 : 60, chain);
    expect(decodeOne(frame(ipv6(60, chain))).bucket).toBe('ipv6-bad-header');
  });

  it('takes a payload length of 0 before TCP and UDP for all of the frame, and before others for nothing', () => {
    expect(decodeOne(frame(ipv6(6, tcp(PAYLOAD), { payloadLength: 0 })))).toMatchObject({ bucket: 'decoded', payload: PAYLOAD });
    expect(decodeOne(frame(ipv6(6, tcp(PAYLOAD), { payloadLength: 0 })), { originalLength: 65000 }).segment).toMatchObject({ ipLength: 64986, payloadLength: 64926 });
    expect(decodeOne(frame(ipv6(60, extension(17, udp(PAYLOAD)), { payloadLength: 0 }))).segment).toMatchObject({ ipLength: 66, payloadLength: 10 });
    expect(decodeOne(frame(ipv6(58, new Uint8Array(20), { payloadLength: 0 }))).bucket).toBe('icmp-cut');
    expect(decodeOne(frame(ipv6(59, new Uint8Array(0)))).bucket).toBe('other-ip-protocol');
  });

  it('reads the length of a jumbogram', () => {
    const jumbo = join([6, 0, 0xc2, 4], u32(100_000), tcp(PAYLOAD));
    const { segment } = decodeOne(frame(ipv6(0, jumbo, { payloadLength: 0 })), { originalLength: 100_054 });
    expect([segment.ipLength, segment.payloadLength]).toEqual([100_040, 100_000 - 28]);
  });

  it('remembers the ports of fragments', () => {
    const { segment } = decodeOne(frame(ipv6(44, fragmentHeader(17, 0, true, 0xfffffffe, udp(PAYLOAD, { length: 3000 })))));
    expect(segment).toMatchObject({ fragment: true, fragmentFirst: true, ipId: 0xfffffffe, payloadLength: 10 });
    // Section 5 of RFC 6946: a fragment header on a whole packet is no fragment.
    expect(decodeOne(frame(ipv6(44, fragmentHeader(17, 0, false, 1, udp(PAYLOAD))))).segment.fragment).toBe(false);
    expect(decodeOne(frame(ipv6(44, fragmentHeader(17, 100, true, 1, new Uint8Array(16))))).bucket).toBe('fragment-without-first');
  });
});
