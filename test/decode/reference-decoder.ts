/**
 * A slow, obvious decoder to hold the real one against: one recursive function per header over slices and plain objects, written
 * from the RFCs and from what the buckets promise, sharing no code with src/decode.
 */
export interface Reference {
  readonly bucket: string;
  readonly fields?: Record<string, unknown>;
  /** True when an IP header could be read on the way. */
  readonly found?: boolean;
}

/** Thrown for what the reference does not read: a test leaves such packets out. */
export class BeyondReference extends Error {}

/** Captured bytes of a layer, and how long it was on the wire. */
interface Piece { readonly bytes: Uint8Array; readonly wire: number }

interface Ip {
  readonly version: number; readonly source: string; readonly destination: string; readonly ipLength: number; readonly ttl: number; readonly ipId: number;
  readonly fragmentOffset: number; readonly more: boolean;
}

interface Around { readonly layers: readonly string[]; readonly overlay: number; readonly depth: number }

const cut = (piece: Piece, from: number, wireEnd = piece.wire): Piece => {
  const wire = Math.max(0, Math.min(wireEnd, piece.wire) - from);
  return { bytes: piece.bytes.slice(from, from + wire), wire };
};
const be16 = (b: Uint8Array, at: number): number => b[at]! * 256 + b[at + 1]!;
const be32 = (b: Uint8Array, at: number): number => be16(b, at) * 65536 + be16(b, at + 2);
const hexText = (b: Uint8Array): string => [...b].map((x) => x.toString(16).padStart(2, '0')).join('');
const within = (around: Around, layer: string, overlay = around.overlay): Around => ({ ...around, layers: [...around.layers, layer], overlay });

const NO_IP = ['arp', 'not-ip', 'link-cut', 'ipv4-cut', 'ipv4-bad-header', 'ipv6-cut', 'ipv6-bad-header', 'tunnel-bad-header'];

/** Remembers the ports of first fragments, as the real decoder does, but without a bound. */
export class ReferenceDecoder {
  private readonly ports = new Map<string, [number, number]>();

  /** Ethernet only. */
  decode(packet: Uint8Array, originalLength: number): Reference {
    return this.ethernet({ bytes: packet, wire: originalLength }, { layers: [], overlay: 0, depth: 0 });
  }

  private ethernet(p: Piece, around: Around): Reference {
    if (p.bytes.length < 14) return { bucket: 'link-cut' };
    return this.typeOrLength(be16(p.bytes, 12), cut(p, 14), around);
  }

  private typeOrLength(type: number, p: Piece, around: Around): Reference {
    if (type >= 0x600) return this.etherType(type, p, around);
    const b = p.bytes;
    if (b.length < 3) return { bucket: 'link-cut' };
    if (b[0] === 6 && b[1] === 6 && b[2] === 3) return this.ipv4(cut(p, 3), around);
    if (b[0] !== 0xaa || b[1] !== 0xaa || b[2] !== 3) return { bucket: 'not-ip' };
    if (b.length < 8) return { bucket: 'link-cut' };
    const organisation = hexText(b.slice(3, 6));
    return organisation === '000000' || organisation === '0000f8' ? this.etherType(be16(b, 6), cut(p, 8), around) : { bucket: 'not-ip' };
  }

  private etherType(type: number, p: Piece, around: Around): Reference {
    if (type === 0x0800) return this.ipv4(p, around);
    if (type === 0x86dd) return this.ipv6(p, around);
    if (type === 0x0806) return { bucket: 'arp' };
    if (type === 0x6558) return this.ethernet(p, around);
    if ([0x8100, 0x88a8, 0x9100, 0x9200].includes(type)) {
      if (p.bytes.length < 4) return { bucket: 'link-cut' };
      const id = be16(p.bytes, 0) % 4096;
      return this.typeOrLength(be16(p.bytes, 2), cut(p, 4), id === 0 ? around : within(around, `vlan ${id}`));
    }
    if (type === 0x8847 || type === 0x8848) return this.mpls(p, around);
    if ([0x8864, 0x8926, 0x88e7].includes(type)) throw new BeyondReference('ethertype');
    return { bucket: 'not-ip' };
  }

  private mpls(start: Piece, outside: Around): Reference {
    let p = start;
    let around = outside;
    for (let labels = 0; labels < 16; labels++) {
      if (p.bytes.length < 4) return { bucket: 'link-cut' };
      const entry = be32(p.bytes, 0);
      around = within(around, `mpls ${Math.floor(entry / 4096)}`);
      p = cut(p, 4);
      if (Math.floor(entry / 256) % 2 === 0) continue;
      if (p.bytes.length < 1) return { bucket: 'link-cut' };
      const nibble = p.bytes[0]! >> 4;
      if (nibble === 4) return this.ipv4(p, around);
      if (nibble === 6) return this.ipv6(p, around);
      return this.ethernet(nibble === 0 ? cut(p, 4) : p, around);
    }
    return { bucket: 'not-ip' };
  }

  private ipv4(p: Piece, around: Around): Reference {
    const b = p.bytes;
    if (b.length < 20) return { bucket: 'ipv4-cut' };
    const header = (b[0]! % 16) * 4;
    const total = be16(b, 2);
    if (b[0]! >> 4 !== 4 || header < 20 || (total > 0 && total < header)) return { bucket: 'ipv4-bad-header' };
    if (b.length < header) return { bucket: 'ipv4-cut' };
    const length = total > 0 ? total : p.wire > 2 ** 20 ? b.length : p.wire;
    const ip: Ip = {
      version: 4, source: hexText(b.slice(12, 16)), destination: hexText(b.slice(16, 20)), ipLength: length, ttl: b[8]!, ipId: be16(b, 4),
      fragmentOffset: be16(b, 6) % 8192, more: (be16(b, 6) & 0x2000) !== 0,
    };
    return this.transport(b[9]!, ip, cut(p, header, length), around);
  }

  private ipv6(p: Piece, around: Around): Reference {
    const b = p.bytes;
    if (b.length === 0) return { bucket: 'ipv6-cut' };
    if (b[0]! >> 4 !== 6) return { bucket: 'ipv6-bad-header' };
    if (b.length < 40) return { bucket: 'ipv6-cut' };
    const claimed = be16(b, 4);
    let next = b[6]!;
    let body = cut(p, 40, claimed > 0 ? 40 + claimed : p.wire);
    let ipLength = 40 + claimed;
    let jumbo = false;
    let fragmentOffset = 0;
    let more = false;
    let ipId = 0;
    let headers = 0;
    while ([0, 43, 44, 51, 60, 135, 139, 140].includes(next) && fragmentOffset === 0) {
      if (++headers > 16) return { bucket: 'ipv6-bad-header' };
      const e = body.bytes;
      if (next === 44) {
        if (e.length < 8) return { bucket: 'ipv6-cut' };
        fragmentOffset = be16(e, 2) >> 3;
        more = e[3]! % 2 === 1;
        ipId = be32(e, 4);
        next = e[0]!;
        body = cut(body, 8);
        continue;
      }
      if (e.length < (next === 51 ? 12 : 8)) return { bucket: 'ipv6-cut' };
      const length = next === 51 ? (e[1]! + 2) * 4 : (e[1]! + 1) * 8;
      if (length > body.wire || (next === 51 && length < 12)) return { bucket: 'ipv6-bad-header' };
      if (length > e.length) return { bucket: 'ipv6-cut' };
      if (next === 0 && claimed === 0 && !jumbo) {
        for (let at = 2; at + 2 <= length; at += e[at] === 0 ? 1 : 2 + e[at + 1]!) {
          if (e[at] !== 0xc2 || e[at + 1] !== 4 || at + 6 > length) continue;
          const said = be32(e, at + 2);
          if (said > 65535) {
            jumbo = true;
            ipLength = 40 + said;
            body = cut(body, 0, ipLength - (p.wire - body.wire));
          }
          break;
        }
      }
      next = e[0]!;
      body = cut(body, length);
    }
    if (headers === 16 && fragmentOffset === 0) return { bucket: 'ipv6-bad-header' };
    if (claimed === 0 && !jumbo) {
      if (next === 6 || next === 17) {
        ipLength = p.wire > 2 ** 20 ? b.length : p.wire;
        if (p.wire > 2 ** 20) body = { bytes: body.bytes, wire: body.bytes.length };
      } else body = { bytes: new Uint8Array(0), wire: 0 };
    }
    const ip: Ip = { version: 6, source: hexText(b.slice(8, 24)), destination: hexText(b.slice(24, 40)), ipLength, ttl: b[7]!, ipId, fragmentOffset, more };
    return this.transport(next, ip, body, around);
  }

  private transport(protocol: number, ip: Ip, p: Piece, before: Around): Reference {
    return { ...this.carried(protocol, ip, p, before), found: true };
  }

  private carried(protocol: number, ip: Ip, p: Piece, before: Around): Reference {
    if (before.depth === 8) return { bucket: 'tunnel-too-deep' };
    const around: Around = { ...before, depth: before.depth + 1 };
    const fragment = ip.more || ip.fragmentOffset > 0;
    const common = {
      source: ip.source, destination: ip.destination, ipVersion: ip.version, ipLength: ip.ipLength, ttl: ip.ttl, ipId: ip.ipId, layers: around.layers,
      overlay: around.overlay, fragment, fragmentFirst: fragment && ip.fragmentOffset === 0,
    };
    const key = [ip.source, ip.destination, protocol, ip.ipId, around.overlay].join();
    if (ip.fragmentOffset > 0) {
      if (protocol === 1 || protocol === 58) return { bucket: 'icmp', fields: { ...common, icmpType: -1, quoted: false } };
      if (protocol !== 6 && protocol !== 17) return { bucket: 'other-ip-protocol' };
      const ports = this.ports.get(key);
      if (ports === undefined) return { bucket: 'fragment-without-first' };
      return { bucket: 'decoded', fields: { ...common, ...tcpNothing, transport: protocol, sourcePort: ports[0], destinationPort: ports[1], payloadLength: p.wire, payload: hexText(p.bytes) } };
    }
    const b = p.bytes;
    switch (protocol) {
      case 51: {
        if (ip.version === 6) return { bucket: 'other-ip-protocol' };
        if (b.length < 12) return { bucket: 'ipv4-cut' };
        const length = (b[1]! + 2) * 4;
        if (length < 12 || length > p.wire) return { bucket: 'ipv4-bad-header' };
        if (length > b.length) return { bucket: 'ipv4-cut' };
        return b[0] === 51 ? { bucket: 'other-ip-protocol' } : this.transport(b[0]!, ip, cut(p, length), before);
      }
      case 6: {
        if (b.length < 20) return { bucket: 'tcp-cut' };
        const header = (b[12]! >> 4) * 4;
        if (header < 20 || header > p.wire) return { bucket: 'tcp-bad-header' };
        if (fragment) this.ports.set(key, [be16(b, 0), be16(b, 2)]);
        const body = cut(p, header);
        return {
          bucket: 'decoded',
          fields: {
            ...common, transport: 6, sourcePort: be16(b, 0), destinationPort: be16(b, 2), sequence: be32(b, 4), acknowledgement: be32(b, 8), tcpFlags: b[13],
            window: be16(b, 14), payloadLength: body.wire, payload: hexText(body.bytes),
          },
        };
      }
      case 17: {
        if (b.length < 8) return { bucket: 'udp-cut' };
        const length = be16(b, 4);
        if (length > 0 && length < 8) return { bucket: 'udp-bad-length' };
        const body = cut(p, 8, length === 0 ? p.wire : length);
        if (fragment) this.ports.set(key, [be16(b, 0), be16(b, 2)]);
        const inside = this.udpTunnel(be16(b, 0), be16(b, 2), body, around);
        if (inside !== undefined) return inside;
        return {
          bucket: 'decoded',
          fields: { ...common, ...tcpNothing, transport: 17, sourcePort: be16(b, 0), destinationPort: be16(b, 2), payloadLength: body.wire, payload: hexText(body.bytes) },
        };
      }
      case 1:
      case 58:
        if ((protocol === 1) !== (ip.version === 4)) return { bucket: 'other-ip-protocol' };
        return b.length < 4 ? { bucket: 'icmp-cut' } : { bucket: 'icmp', fields: { ...common, icmpType: b[0], icmpCode: b[1], ...quote(b, ip.version) } };
      case 4: return this.ipv4(p, within(around, 'ipip'));
      case 41: return this.ipv6(p, within(around, 'ipv6'));
      case 47:
      case 137: {
        const inside = protocol === 47 ? this.gre(p, around) : this.mpls(p, around);
        return inside.bucket === 'arp' || inside.bucket === 'not-ip' ? { bucket: 'other-ip-protocol' } : inside;
      }
      default: return { bucket: 'other-ip-protocol' };
    }
  }

  /** What a datagram carries when it is a tunnel with an IP packet inside; only the tunnels that the random packets have. */
  private udpTunnel(sourcePort: number, destinationPort: number, p: Piece, around: Around): Reference | undefined {
    const b = p.bytes;
    let inside: Reference | undefined;
    if (destinationPort === 4789 || destinationPort === 8472) {
      if (b.length < 8 || (b[0]! & 8) === 0) return undefined;
      const network = be32(b, 4) >>> 8;
      inside = this.ethernet(cut(p, 8), within(around, `vxlan ${network}`, network + 1));
    } else if (destinationPort === 6081) {
      const header = 8 + 4 * ((b[0] ?? 0) % 64);
      if (b.length < 8 || b[0]! >= 64 || b.length < header) return undefined;
      const network = be32(b, 4) >>> 8;
      inside = this.etherType(be16(b, 2), cut(p, header), within(around, `geneve ${network}`, network + 1));
    } else if ([4790, 2152, 3544].includes(destinationPort) || sourcePort === 3544) throw new BeyondReference('tunnel');
    return inside !== undefined && (inside.found === true || !NO_IP.includes(inside.bucket)) ? inside : undefined;
  }

  private gre(p: Piece, around: Around): Reference {
    const b = p.bytes;
    if (b.length < 4) return { bucket: 'tunnel-bad-header' };
    if (b[1]! % 8 === 1) throw new BeyondReference('PPTP');
    if (b[1]! % 8 !== 0) return { bucket: 'tunnel-bad-header' };
    if ((b[0]! & 0x40) !== 0) throw new BeyondReference('routes');
    const has = (bit: number): number => ((b[0]! & bit) !== 0 ? 4 : 0);
    const header = 4 + has(0x80) + has(0x20) + has(0x10);
    if (b.length < header) return { bucket: 'tunnel-bad-header' };
    const key = has(0x20) > 0 ? be32(b, 4 + has(0x80)) : undefined;
    const type = be16(b, 2);
    if (type === 0x6558 && key !== undefined) return this.ethernet(cut(p, header), within(around, `nvgre ${key >>> 8}`, (key >>> 8) + 1));
    if ([0x88be, 0x22eb, 0x883e, 0x880b].includes(type)) throw new BeyondReference('payload');
    return this.etherType(type, cut(p, header), within(around, key === undefined ? 'gre' : `gre ${key}`));
  }
}

const tcpNothing = { sequence: 0, acknowledgement: 0, tcpFlags: 0, window: 0 };

function quote(b: Uint8Array, version: number): Record<string, unknown> {
  const error = version === 4 ? [3, 4, 5, 11, 12] : [1, 2, 3, 4];
  if (b.length < 8 || !error.includes(b[0]!)) return { quoted: false, icmpMtu: 0 };
  const icmpMtu = version === 4 ? (b[0] === 3 && b[1] === 4 ? be16(b, 6) : 0) : b[0] === 2 ? be32(b, 4) : 0;
  const none = { quoted: false, icmpMtu };
  const q = b.slice(8);
  const inner = (q[0] ?? 0) >> 4;
  let next: number;
  let rest: Uint8Array;
  if (inner === 4 && q.length >= 20) {
    if (q[0]! % 16 < 5 || be16(q, 6) % 8192 !== 0) return none;
    next = q[9]!;
    rest = q.slice((q[0]! % 16) * 4);
  } else if (inner === 6 && q.length >= 40) {
    next = q[6]!;
    rest = q.slice(40);
    for (let headers = 0; [0, 43, 44, 60, 135, 139, 140].includes(next); headers++) {
      if (rest.length < 8 || headers === 15) return none;
      if (next === 44 && be16(rest, 2) >> 3 !== 0) return none;
      const length = next === 44 ? 8 : (rest[1]! + 1) * 8;
      next = rest[0]!;
      rest = rest.slice(length);
    }
  } else return none;
  if (next === 51 && rest.length >= 2) {
    next = rest[0]!;
    rest = rest.slice((rest[1]! + 2) * 4);
  }
  if ((next !== 6 && next !== 17) || rest.length < 4) return none;
  return {
    quoted: true, icmpMtu, quotedSource: hexText(inner === 4 ? q.slice(12, 16) : q.slice(8, 24)), quotedDestination: hexText(inner === 4 ? q.slice(16, 20) : q.slice(24, 40)),
    quotedTransport: next, quotedSourcePort: be16(rest, 0), quotedDestinationPort: be16(rest, 2), quotedHasSequence: next === 6 && rest.length >= 8,
    quotedSequence: next === 6 && rest.length >= 8 ? be32(rest, 4) : 0, quotedTcpFlags: next === 6 && rest.length >= 14 ? rest[13] : -1,
  };
}
