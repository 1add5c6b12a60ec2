import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressTable } from '../../src/decode/address-table.js';
import { bucketNames } from '../../src/decode/bucket.js';
import { EncapsulationTable } from '../../src/decode/encapsulation-table.js';
import { PacketDecoder } from '../../src/decode/packet-decoder.js';
import { Segment } from '../../src/decode/segment.js';
import { decodeOne, newDecoder } from './decode-one.js';
import { ethernet, ipv4, ipv6, tcp, udp, vlan, vxlan } from './headers.js';
import { capturedPacket } from './random-packets.js';
import { BeyondReference, type Reference, ReferenceDecoder } from './reference-decoder.js';

const COMPARED_ALWAYS = ['ipVersion', 'ipLength', 'ttl', 'ipId', 'overlay', 'fragment', 'fragmentFirst', 'transport'] as const;
const COMPARED = {
  decoded: ['sourcePort', 'destinationPort', 'payloadLength', 'sequence', 'acknowledgement', 'tcpFlags', 'window'],
  icmp: ['icmpType', 'icmpCode', 'icmpMtu', 'quoted'],
} as const;
const QUOTED = ['quotedTransport', 'quotedSourcePort', 'quotedDestinationPort', 'quotedHasSequence', 'quotedSequence', 'quotedTcpFlags'] as const;

/** The real decoder's answer in the reference's words, for the fields that the reference speaks of. */
function inWordsOfReference(decoder: PacketDecoder, packet: Uint8Array, originalLength: number): Reference {
  const { bucket, segment, layers, payload } = decodeOne(packet, { decoder, originalLength });
  if (bucket !== 'decoded' && bucket !== 'icmp') return { bucket };
  const addressText = (id: number): string => Array.from(decoder.addresses.bytes(id), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const fields: Record<string, unknown> = { source: addressText(segment.source), destination: addressText(segment.destination) };
  for (const name of [...COMPARED_ALWAYS, ...COMPARED[bucket]]) fields[name] = segment[name];
  fields['layers'] = layers.map((layer) => (layer.id === undefined ? layer.type : `${layer.type} ${layer.id}`));
  if (bucket === 'decoded') fields['payload'] = Array.from(payload, (byte) => byte.toString(16).padStart(2, '0')).join('');
  else if (segment.quoted) {
    for (const name of QUOTED) fields[name] = segment[name];
    fields['quotedSource'] = addressText(segment.quotedSource);
    fields['quotedDestination'] = addressText(segment.quotedDestination);
  }
  return { bucket, fields };
}

describe('PacketDecoder', () => {
  it('says what the reference says', () => {
    const runs = Number(process.env['PORTWITNESS_RUNS'] ?? 3000);
    const seen = new Map<string, number>();
    let beyond = 0;
    fc.assert(
      fc.property(fc.array(capturedPacket, { minLength: 1, maxLength: 4 }), (sequence) => {
        const reference = new ReferenceDecoder();
        const decoder = newDecoder();
        for (const { packet, originalLength } of sequence) {
          let expected: Reference;
          try {
            expected = reference.decode(packet, originalLength);
          } catch (error) {
            if (!(error instanceof BeyondReference)) throw error;
            beyond++;
            return;
          }
          const actual = inWordsOfReference(decoder, packet, originalLength);
          expect(actual.bucket).toBe(expected.bucket);
          if (actual.fields !== undefined) expect(actual.fields).toEqual({ ...actual.fields, ...expected.fields });
          seen.set(actual.bucket, (seen.get(actual.bucket) ?? 0) + 1);
        }
      }),
      { numRuns: runs, seed: 20 },
    );
    // The random packets must reach everything that the reference can tell; filters work behind the decoder.
    const reachable = bucketNames.filter((name) => !['link-type-unsupported', 'address-table-full', 'tunnel-too-deep', 'filtered-out'].includes(name));
    expect([...seen.keys()].sort()).toEqual([...reachable].sort());
    expect(beyond).toBeLessThan(runs / 5);
  });

  it('never throws, whatever the bytes and the link type are, and never reads past what was captured', () => {
    const linkTypes = fc.constantFrom(0, 1, 9, 12, 50, 51, 101, 104, 105, 108, 113, 127, 192, 228, 229, 239, 276);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), linkTypes, fc.nat(2000), (packet, linkType, more) => {
        const answer = decodeOne(packet, { linkType, originalLength: packet.length + more });
        expect(decodeOne(packet, { linkType, originalLength: packet.length + more, fill: 0, before: 16 })).toEqual(answer);
      }),
      { numRuns: 5000, seed: 21 },
    );
  });

  it('answers the same in the middle of any buffer', () => {
    const frame = ethernet(0x8100, vlan(3, 0x0800, ipv4(6, tcp(new Uint8Array(20)))));
    const at = (before: number) => {
      const { segment, ...rest } = decodeOne(frame, { before });
      return { ...rest, segment: { ...segment, payloadStart: segment.payloadStart - before, payloadLimit: segment.payloadLimit - before, transportStart: segment.transportStart - before } };
    };
    for (const before of [0, 1, 2, 3, 5, 1_000_000]) expect(at(before)).toEqual(at(16));
  });

  it('counts packets whose addresses it cannot keep', () => {
    const decoder = new PacketDecoder(new AddressTable(2), new EncapsulationTable());
    const packet = (last: number): Uint8Array => ethernet(0x0800, ipv4(6, tcp(new Uint8Array(0)), { source: [10, 0, 0, last] }));
    expect([1, 2, 3, 1].map((last) => decodeOne(packet(last), { decoder }).bucket)).toEqual(['decoded', 'decoded', 'address-table-full', 'decoded']);
  });

  it('leaves nothing of the packet before in what it says', () => {
    const decoder = newDecoder();
    const segment = new Segment();
    const decode = (packet: Uint8Array): Segment => {
      decoder.decode(packet, new DataView(packet.buffer), 0, packet.length, packet.length, 1, segment);
      return segment;
    };
    decode(ethernet(0x0800, ipv4(17, udp(vxlan(9, ethernet(0x0800, ipv4(6, tcp(new Uint8Array(4)), { fragment: 0x2000 }))), { destinationPort: 4789 }))));
    expect(segment).toMatchObject({ overlay: 10, fragment: true });
    decode(ethernet(0x86dd, ipv6(17, udp(new Uint8Array(4)))));
    expect(segment).toMatchObject({ overlay: 0, encapsulation: 0, fragment: false, fragmentFirst: false, tcpFlags: 0, sequence: 0, window: 0, ipId: 0 });
  });
});
