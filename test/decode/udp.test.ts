import { describe, expect, it } from 'vitest';
import { bucketsOfPrefixes, decodeOne, runsOf } from './decode-one.js';
import { ethernet, ipv4, text, udp, type UdpOptions } from './headers.js';

const PAYLOAD = text('0123456789');
const packet = (o: UdpOptions = {}): Uint8Array => ethernet(0x0800, ipv4(17, udp(PAYLOAD, o)));

describe('UDP', () => {
  it('reads ports and payload, and leaves nothing of a TCP segment before', () => {
    const { segment, payload } = decodeOne(packet({ sourcePort: 1, destinationPort: 65535 }));
    expect(segment).toMatchObject({ transport: 17, sourcePort: 1, destinationPort: 65535, tcpFlags: 0, sequence: 0, acknowledgement: 0, window: 0, payloadLength: 10 });
    expect(payload).toEqual(PAYLOAD);
  });

  it('answers udp-cut for every prefix without the header', () => {
    const whole = packet();
    expect(runsOf(bucketsOfPrefixes(whole))).toEqual(['link-cut', 14, 'ipv4-cut', 34, 'udp-cut', 42, 'decoded', whole.length]);
  });

  it('refuses a length below the header and takes none beyond the packet', () => {
    for (let length = 1; length < 8; length++) expect(decodeOne(packet({ length })).bucket).toBe('udp-bad-length');
    expect(decodeOne(packet({ length: 8 })).segment.payloadLength).toBe(0);
    expect(decodeOne(packet({ length: 12 })).payload).toEqual(PAYLOAD.slice(0, 4));
    expect(decodeOne(packet({ length: 60000 })).segment).toMatchObject({ payloadLength: 10, ipLength: 38 });
    expect(decodeOne(packet({ length: 0 })).segment.payloadLength).toBe(10);
  });
});
