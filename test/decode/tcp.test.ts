import { describe, expect, it } from 'vitest';
import { bucketsOfPrefixes, decodeOne, runsOf } from './decode-one.js';
import { ethernet, ipv4, tcp, type TcpOptions, text } from './headers.js';

const PAYLOAD = text('0123456789');
const packet = (o: TcpOptions = {}): Uint8Array => ethernet(0x0800, ipv4(6, tcp(PAYLOAD, o)));

describe('TCP', () => {
  it('reads every field, the numbers unsigned', () => {
    const { segment, payload } = decodeOne(packet({ sourcePort: 65535, destinationPort: 1, flags: 0xff, window: 65535, sequence: 0xffffffff, acknowledgement: 0x80000000 }), { before: 100 });
    expect(segment).toMatchObject({
      transport: 6, sourcePort: 65535, destinationPort: 1, tcpFlags: 255, window: 65535, sequence: 0xffffffff, acknowledgement: 0x80000000, transportStart: 134,
      payloadStart: 154, payloadLimit: 164, payloadLength: 10,
    });
    expect(payload).toEqual(PAYLOAD);
  });

  it('answers tcp-cut for every prefix without the fixed header; options may be cut', () => {
    const whole = packet({ options: new Uint8Array(40).fill(1) });
    expect(runsOf(bucketsOfPrefixes(whole)).slice(4)).toEqual(['tcp-cut', 54, 'decoded', whole.length]);
    for (let n = 54; n <= whole.length; n++) {
      const { segment, payload } = decodeOne(whole.slice(0, n), { originalLength: whole.length });
      expect(segment.payloadLength).toBe(10);
      expect(payload).toEqual(PAYLOAD.slice(0, Math.max(0, n - 94)));
    }
  });

  it('refuses a header length that is too small or beyond the packet', () => {
    for (const headerWords of [0, 1, 2, 3, 4, 8, 15]) expect(decodeOne(packet({ headerWords })).bucket).toBe('tcp-bad-header');
    expect(decodeOne(packet({ headerWords: 7 })).segment.payloadLength).toBe(2);
  });

  it('takes what the IP header leaves out for no header', () => {
    expect(decodeOne(ethernet(0x0800, ipv4(6, tcp(PAYLOAD), { totalLength: 39 }))).bucket).toBe('tcp-cut');
  });
});
