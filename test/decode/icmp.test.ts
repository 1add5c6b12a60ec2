import { describe, expect, it } from 'vitest';
import { bucketsOfPrefixes, decodeOne, newDecoder, runsOf } from './decode-one.js';
import { ethernet, extension, fragmentHeader, icmp, ipv4, type Ipv4Options, ipv6, join, tcp, text, udp } from './headers.js';

const FROM_ROUTER = { source: [10, 9, 9, 9] };
const quote4 = (payload: Uint8Array, protocol = 6, o: Ipv4Options = {}): Uint8Array => ipv4(protocol, payload, { source: [10, 0, 0, 1], destination: [192, 168, 5, 5], ...o });
const error4 = (type: number, code: number, quoted: Uint8Array, rest = 0): Uint8Array => ethernet(0x0800, ipv4(1, icmp(type, code, rest, quoted), FROM_ROUTER));
const error6 = (type: number, code: number, quoted: Uint8Array, rest = 0): Uint8Array => ethernet(0x86dd, ipv6(58, icmp(type, code, rest, quoted)));

const SYN = tcp(text(''), { sourcePort: 50123, destinationPort: 135, sequence: 0xdeadbeef, flags: 2 });

describe('ICMP', () => {
  it('reads type, code, addresses and the quoted SYN', () => {
    const decoder = newDecoder();
    const { bucket, source, segment } = decodeOne(error4(3, 13, quote4(SYN)), { decoder });
    expect([bucket, source]).toEqual(['icmp', '10.9.9.9']);
    expect(segment).toMatchObject({
      transport: 1, icmpType: 3, icmpCode: 13, icmpMtu: 0, quoted: true, quotedTransport: 6, quotedSourcePort: 50123, quotedDestinationPort: 135,
      quotedHasSequence: true, quotedSequence: 0xdeadbeef, quotedTcpFlags: 2, ipLength: 68,
    });
    expect([decoder.addresses.text(segment.quotedSource), decoder.addresses.text(segment.quotedDestination)]).toEqual(['10.0.0.1', '192.168.5.5']);
  });

  it('reads as much of the quote as there is', () => {
    const whole = error4(3, 3, quote4(SYN, 6, { options: new Uint8Array(8).fill(1) }));
    expect(runsOf(bucketsOfPrefixes(whole))).toEqual(['link-cut', 14, 'ipv4-cut', 34, 'icmp-cut', 38, 'icmp', whole.length]);
    const ports = 34 + 8 + 28;
    for (let n = 38; n <= whole.length; n++) {
      const { segment } = decodeOne(whole.slice(0, n), { originalLength: whole.length });
      expect(segment.quoted).toBe(n >= ports + 4);
      if (!segment.quoted) continue;
      expect(segment.quotedHasSequence).toBe(n >= ports + 8);
      expect(segment.quotedTcpFlags).toBe(n >= ports + 14 ? 2 : -1);
    }
  });

  it('knows errors from other messages, and their next-hop MTU', () => {
    for (const type of [3, 4, 5, 11, 12]) expect(decodeOne(error4(type, 0, quote4(SYN))).segment.quoted).toBe(true);
    for (const type of [0, 8, 9, 13, 255]) expect(decodeOne(error4(type, 0, quote4(SYN))).segment.quoted).toBe(false);
    expect(decodeOne(error4(3, 4, quote4(SYN), 1400)).segment.icmpMtu).toBe(1400);
    expect(decodeOne(error6(2, 0, ipv6(6, SYN), 1280)).segment).toMatchObject({ icmpMtu: 1280, quoted: true, transport: 58 });
    for (const type of [1, 3, 4]) expect(decodeOne(error6(type, 1, ipv6(17, udp(text('x'))), 1280)).segment).toMatchObject({ icmpMtu: 0, quoted: true, quotedTransport: 17 });
    for (const type of [128, 129, 133, 135, 143]) expect(decodeOne(error6(type, 0, ipv6(6, SYN))).segment.quoted).toBe(false);
  });

  it('finds the ports behind IPv6 extension headers and an authentication header', () => {
    expect(decodeOne(error6(1, 4, ipv6(0, extension(44, fragmentHeader(6, 0, true, 5, SYN), 1)))).segment).toMatchObject({ quoted: true, quotedDestinationPort: 135 });
    expect(decodeOne(error4(3, 3, quote4(join([6, 4, 0, 0], new Uint8Array(20), SYN), 51))).segment).toMatchObject({ quoted: true, quotedDestinationPort: 135 });
  });

  it('quotes nothing where there are no ports', () => {
    const cases = [quote4(SYN, 1), quote4(SYN, 50), quote4(SYN, 6, { fragment: 100 }), quote4(SYN, 6, { headerWords: 4 }), quote4(SYN, 6, { version: 7 }), new Uint8Array(0)];
    for (const quoted of cases) expect(decodeOne(error4(3, 1, quoted))).toMatchObject({ bucket: 'icmp', segment: { quoted: false } });
    const six = [ipv6(44, fragmentHeader(6, 9, false, 5, SYN)), ipv6(59, new Uint8Array(0)), ipv6(60, extension(6, SYN, 255).slice(0, 40))];
    for (const quoted of six) expect(decodeOne(error6(1, 0, quoted))).toMatchObject({ bucket: 'icmp', segment: { quoted: false } });
  });

  it('has no type in a fragment that is not the first', () => {
    const { bucket, segment } = decodeOne(ethernet(0x0800, ipv4(1, new Uint8Array(40).fill(3), { fragment: 185 })));
    expect([bucket, segment.icmpType, segment.quoted, segment.fragment]).toEqual(['icmp', -1, false, true]);
  });

  it('is told apart by IP version', () => {
    expect(decodeOne(ethernet(0x0800, ipv4(58, icmp(1, 0, 0, text(''))))).bucket).toBe('other-ip-protocol');
    expect(decodeOne(ethernet(0x86dd, ipv6(1, icmp(3, 0, 0, text(''))))).bucket).toBe('other-ip-protocol');
  });
});
