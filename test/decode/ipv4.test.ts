import { describe, expect, it } from 'vitest';
import { bucketsOfPrefixes, decodeOne, runsOf } from './decode-one.js';
import { ethernet, ipv4, type Ipv4Options, join, tcp, text, udp } from './headers.js';

const PAYLOAD = text('0123456789');
const packet = (o: Ipv4Options = {}, payload = PAYLOAD): Uint8Array => ethernet(0x0800, ipv4(6, tcp(payload), o));

describe('IPv4', () => {
  it('reads addresses, length, lifetime and identification', () => {
    const { bucket, source, destination, segment } = decodeOne(packet({ source: [192, 168, 1, 2], destination: [255, 255, 255, 255], ttl: 7, id: 0xfedc }));
    expect([bucket, source, destination, segment.ttl, segment.ipId, segment.ipLength, segment.ipVersion]).toEqual(['decoded', '192.168.1.2', '255.255.255.255', 7, 0xfedc, 50, 4]);
    expect([segment.fragment, segment.fragmentFirst, segment.encapsulation, segment.overlay]).toEqual([false, false, 0, 0]);
  });

  it('skips options', () => {
    for (let words = 1; words <= 10; words++) {
      const whole = packet({ options: new Uint8Array(4 * words).fill(1) });
      expect(decodeOne(whole).payload).toEqual(PAYLOAD);
      expect(runsOf(bucketsOfPrefixes(whole))).toEqual(['link-cut', 14, 'ipv4-cut', 34 + 4 * words, 'tcp-cut', 54 + 4 * words, 'decoded', whole.length]);
    }
  });

  it('refuses a version, a header length and a total length that cannot be', () => {
    expect(decodeOne(packet({ version: 5 })).bucket).toBe('ipv4-bad-header');
    expect(decodeOne(packet({ version: 6 })).bucket).toBe('ipv4-bad-header');
    for (const headerWords of [0, 1, 2, 3, 4]) expect(decodeOne(packet({ headerWords })).bucket).toBe('ipv4-bad-header');
    for (const totalLength of [1, 19]) expect(decodeOne(packet({ totalLength })).bucket).toBe('ipv4-bad-header');
    expect(decodeOne(packet({ options: new Uint8Array(4), totalLength: 23 })).bucket).toBe('ipv4-bad-header');
    expect(decodeOne(ethernet(0x0800, ipv4(6, new Uint8Array(0), { headerWords: 15, totalLength: 60 }))).bucket).toBe('ipv4-cut');
  });

  it('takes a total length of 0 for all of the frame, less its checksum', () => {
    const whole = packet({ totalLength: 0 });
    expect(decodeOne(whole).segment).toMatchObject({ ipLength: 50, payloadLength: 10 });
    expect(decodeOne(whole, { originalLength: 3000 }).segment).toMatchObject({ ipLength: 2986, payloadLength: 2946 });
    expect(decodeOne(join(whole, [1, 2, 3, 4]), { fcsLength: 4 }).segment).toMatchObject({ ipLength: 50, payloadLength: 10 });
    // What converters write as original length, on a small frame.
    expect(decodeOne(whole, { originalLength: 1_300_000_000 }).segment).toMatchObject({ ipLength: 50, payloadLength: 10 });
  });

  it('keeps what a too long header says, but has no payload beyond the frame', () => {
    const { segment, payload } = decodeOne(packet({ totalLength: 1500 }));
    expect([segment.ipLength, segment.payloadLength, payload]).toEqual([1500, 10, PAYLOAD]);
    expect(decodeOne(packet({ totalLength: 1500 }), { originalLength: 1514 }).segment).toMatchObject({ ipLength: 1500, payloadLength: 1460 });
    expect(decodeOne(packet({}), { originalLength: 1_300_000_000 }).segment).toMatchObject({ ipLength: 50, payloadLength: 10 });
  });

  it('counts protocols without ports', () => {
    for (const protocol of [0, 2, 50, 58, 59, 89, 132, 255]) expect(decodeOne(ethernet(0x0800, ipv4(protocol, new Uint8Array(40)))).bucket).toBe('other-ip-protocol');
  });

  it('walks through an authentication header', () => {
    const authentication = (words: number, payload: Uint8Array): Uint8Array => join([17, words - 2, 0, 0], new Uint8Array(4 * words - 4), payload);
    const whole = ethernet(0x0800, ipv4(51, authentication(6, udp(PAYLOAD))));
    expect(decodeOne(whole).payload).toEqual(PAYLOAD);
    expect(runsOf(bucketsOfPrefixes(whole))).toEqual(['link-cut', 14, 'ipv4-cut', 58, 'udp-cut', 66, 'decoded', whole.length]);
    expect(decodeOne(ethernet(0x0800, ipv4(51, authentication(200, new Uint8Array(0)).slice(0, 40)))).bucket).toBe('ipv4-bad-header');
  });
});
