/** Packets of every kind the decoder knows, whole, cut and damaged. */
import fc from 'fast-check';
import { ethernet, extension, fragmentHeader, geneve, gre, icmp, ipv4, ipv6, join, llcSnap, tcp, u32, udp, vlan, vxlan } from './headers.js';

const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
/** Few different values, so that fragments find their first and addresses meet again. */
const host4 = fc.integer({ min: 1, max: 3 }).map((last) => [10, 0, 0, last]);
const host6 = fc.integer({ min: 1, max: 3 }).map((last) => join([0x20, 1, 0x0d, 0xb8], new Uint8Array(11), [last]));
const port = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(53, 443, 50000) }, { weight: 1, arbitrary: fc.constantFrom(4789, 6081, 8472) });
const words = (max: number) => fc.integer({ min: 0, max }).chain((n) => fc.uint8Array({ minLength: 4 * n, maxLength: 4 * n }));
const rarely = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 8, nil: undefined });

interface Carried { readonly protocol: number; readonly payload: Uint8Array }
interface Framed { readonly type: number; readonly payload: Uint8Array }

/** Packets that fit together, layer in layer; a later step damages them. */
const packets = fc.letrec<{ frame: Uint8Array; framed: Framed; carried: Carried }>((tie) => ({
  frame: fc.record({ inside: tie('framed'), llc: fc.boolean() }).map(({ inside, llc }) => (llc && inside.payload.length < 1400
    ? ethernet(8 + inside.payload.length, llcSnap(inside.type, inside.payload))
    : ethernet(inside.type, inside.payload))),
  framed: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 8, arbitrary: fc.record({
      inside: tie('carried'), source: host4, destination: host4, options: fc.oneof({ weight: 4, arbitrary: fc.constant(new Uint8Array(0)) }, { weight: 1, arbitrary: words(10) }),
      totalLength: rarely(fc.constantFrom(0, 20, 30, 1500)), fragment: fc.constantFrom(0x4000, 0, 0, 0x2000, 3), id: fc.constantFrom(1, 2), ttl: fc.integer({ min: 0, max: 255 }),
    }).map(({ inside, totalLength, ...o }) => ({ type: 0x0800, payload: ipv4(inside.protocol, inside.payload, totalLength === undefined ? o : { ...o, totalLength }) })) },
    { weight: 4, arbitrary: fc.record({ inside: tie('carried'), source: host6, destination: host6, payloadLength: rarely(fc.constantFrom(0, 8, 1500)) })
      .map(({ inside, payloadLength, ...o }) => ({ type: 0x86dd, payload: ipv6(inside.protocol, inside.payload, payloadLength === undefined ? o : { ...o, payloadLength }) })) },
    { weight: 2, arbitrary: fc.record({ inside: tie('framed'), id: fc.integer({ min: 0, max: 0xffff }), type: fc.constantFrom(0x8100, 0x88a8, 0x9100) })
      .map(({ inside, id, type }) => ({ type, payload: vlan(id, inside.type, inside.payload) })) },
    { weight: 1, arbitrary: tie('framed').map((inside) => ({ type: 0x8847, payload: join(u32(0x64140), inside.payload) })) },
    { weight: 1, arbitrary: bytes(40).map((payload) => ({ type: 0x0806, payload })) },
  ),
  carried: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 5, arbitrary: fc.record({ sourcePort: port, destinationPort: port, sequence: fc.nat(), flags: fc.integer({ min: 0, max: 255 }), options: words(10), payload: bytes(60), headerWords: rarely(fc.integer({ min: 0, max: 15 })) })
      .map(({ payload, headerWords, ...o }) => ({ protocol: 6, payload: tcp(payload, headerWords === undefined ? o : { ...o, headerWords }) })) },
    { weight: 5, arbitrary: fc.record({ sourcePort: port, destinationPort: port, payload: bytes(60), length: rarely(fc.constantFrom(0, 7, 8, 20, 3000)) })
      .map(({ payload, length, ...o }) => ({ protocol: 17, payload: udp(payload, length === undefined ? o : { ...o, length }) })) },
    { weight: 2, arbitrary: fc.record({ type: fc.constantFrom(0, 1, 2, 3, 5, 11), code: fc.integer({ min: 0, max: 5 }), v6: fc.boolean(), inside: tie('framed') })
      .map(({ type, code, v6, inside }) => ({ protocol: v6 ? 58 : 1, payload: icmp(type, code, 1400, inside.payload) })) },
    { weight: 1, arbitrary: fc.record({ inside: tie('frame'), network: fc.constantFrom(0, 1, 0xffffff), destinationPort: fc.constantFrom(4789, 8472) })
      .map(({ inside, network, destinationPort }) => ({ protocol: 17, payload: udp(vxlan(network, inside), { destinationPort }) })) },
    { weight: 1, arbitrary: fc.record({ inside: tie('framed'), network: fc.constantFrom(0, 1), options: fc.integer({ min: 0, max: 3 }) })
      .map(({ inside, network, options }) => ({ protocol: 17, payload: udp(geneve(network, inside.type, inside.payload, options), { destinationPort: 6081 }) })) },
    { weight: 1, arbitrary: fc.record({ inside: tie('framed'), checksum: fc.boolean(), key: rarely(fc.constantFrom(0, 0xffffffff)) })
      .map(({ inside, checksum, key }) => ({ protocol: 47, payload: gre(inside.type, inside.payload, key === undefined ? { checksum } : { checksum, key }) })) },
    { weight: 1, arbitrary: tie('frame').map((inside) => ({ protocol: 47, payload: gre(0x6558, inside, { key: 0x123456 }) })) },
    { weight: 1, arbitrary: tie('framed').map((inside) => ({ protocol: inside.type === 0x0800 ? 4 : 41, payload: inside.payload })) },
    { weight: 2, arbitrary: fc.record({ inside: tie('carried'), kind: fc.constantFrom(0, 43, 60, 135), more: fc.integer({ min: 0, max: 2 }) })
      .map(({ inside, kind, more }) => ({ protocol: kind, payload: extension(inside.protocol, inside.payload, more) })) },
    { weight: 2, arbitrary: fc.record({ inside: tie('carried'), offset: fc.constantFrom(0, 0, 3), more: fc.boolean() })
      .map(({ inside, offset, more }) => ({ protocol: 44, payload: fragmentHeader(inside.protocol, offset, more, 77, inside.payload) })) },
    { weight: 1, arbitrary: tie('carried').map((inside) => ({ protocol: 51, payload: join([inside.protocol, 1, 0, 0], new Uint8Array(8), inside.payload) })) },
  ),
}));

/** How a packet was captured: cut, bytes changed, lengths on the wire that may be nonsense. */
export const capturedPacket = fc.record({
  frame: packets.frame,
  kept: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) }),
  changes: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.integer({ min: 0, max: 255 })), { maxLength: 3 }) }),
  more: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(1, 18, 1000, 70_000, 1_300_000_000) }),
}).map(({ frame, kept, changes, more }) => {
  const changed = frame.slice();
  for (const [where, value] of changes) changed[Math.floor(where * changed.length)] = value;
  return { packet: changed.slice(0, Math.round(kept * changed.length)), originalLength: frame.length + more };
});
