import { type AddressTable } from './address-table.js';
import { skipAuthentication } from './authentication-header.js';
import { Bucket } from './bucket.js';
import { Cursor, type Progress, Step } from './cursor.js';
import { Encapsulation, type EncapsulationTable, NO_LAYER_ID } from './encapsulation-table.js';
import { DatagramAssembly, NOT_WHOLE } from './datagram-assembly.js';
import { decodeEthernet, decodeLlc } from './ethernet.js';
import { FragmentTable } from './fragment-table.js';
import { decodeIcmp, decodeIcmpRest } from './icmp.js';
import { decodeIpv4 } from './ipv4.js';
import { decodeIpv6 } from './ipv6.js';
import { decodeLinkLayer } from './link-layer.js';
import { decodeMpls } from './mpls.js';
import { decodePpp, decodePppoe } from './ppp.js';
import { IpProtocol, type Segment } from './segment.js';
import { decodeTcp } from './tcp.js';
import { decodeGeneve } from './tunnels/geneve.js';
import { decodeGre } from './tunnels/gre.js';
import { decodeGtp } from './tunnels/gtp.js';
import { decodeTeredo } from './tunnels/teredo.js';
import { decodeVxlan, decodeVxlanGpe } from './tunnels/vxlan.js';
import { decodeUdp, enterDatagram, NO_TUNNEL, tunnelOfPorts } from './udp.js';
import { decodePbb, decodeVlan, decodeVntag } from './vlan.js';

/** IP headers inside each other; real stacks have three. */
export const MAX_NESTING = 8;
/** Headers of any kind. Every step moves forward, this bounds what a frame made of nothing but tags costs. */
const MAX_STEPS = 64;

/** Reads packets, from the link layer to the innermost TCP, UDP or ICMP header. Allocates nothing per packet. */
export class PacketDecoder {
  readonly addresses: AddressTable;
  readonly encapsulations: EncapsulationTable;
  readonly fragments = new FragmentTable();
  readonly datagrams = new DatagramAssembly();
  private readonly cursor: Cursor;

  constructor(addresses: AddressTable, encapsulations: EncapsulationTable) {
    this.addresses = addresses;
    this.encapsulations = encapsulations;
    this.cursor = new Cursor(addresses, encapsulations);
  }

  /** Where decoding of the last packet stopped, for what is in no flow: of ARP, its first byte. */
  get position(): number {
    return this.cursor.at;
  }

  /**
   * Fills `segment` from the packet of `capturedLength` bytes at `offset` and answers its bucket. `view` is of the same bytes.
   * `fcsLength`: bytes of link-layer checksum at the end of each packet of the interface, where the capture says so.
   */
  decode(
    bytes: Uint8Array, view: DataView, offset: number, capturedLength: number, originalLength: number, linkType: number, segment: Segment, fcsLength = 0,
  ): Bucket {
    const end = offset + (originalLength > fcsLength ? originalLength - fcsLength : 0);
    const limit = offset + capturedLength < end ? offset + capturedLength : end;
    const { cursor } = this;
    cursor.bytes = bytes;
    cursor.view = view;
    cursor.segment = segment;
    cursor.at = offset;
    cursor.end = end;
    cursor.limit = limit;
    cursor.linkType = linkType;
    cursor.depth = 0;
    cursor.encapsulation = 0;
    cursor.overlay = 0;
    cursor.tunnelsClosed = false;
    cursor.datagramAt = -1;
    cursor.inIpTunnel = false;
    segment.interfaceWithin = 0;
    return this.run(Step.link);
  }

  private run(first: Step): Bucket {
    const { cursor } = this;
    let progress: Progress = first;
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      progress = this.take(progress);
      if (progress < 0) continue;
      if (cursor.datagramAt >= 0 && isNoPacket(progress)) {
        cursor.closeDatagram();
        progress = Step.ip;
        continue;
      }
      if (cursor.inIpTunnel && (progress === Bucket['not-ip'] || progress === Bucket.arp)) return Bucket['other-ip-protocol'];
      return progress as Bucket;
    }
    return Bucket['tunnel-too-deep'];
  }

  private take(step: Progress): Progress {
    const { cursor } = this;
    switch (step) {
      case Step.link: return decodeLinkLayer(cursor);
      case Step.ethernet: return decodeEthernet(cursor);
      case Step.vlan: return decodeVlan(cursor);
      case Step.vntag: return decodeVntag(cursor);
      case Step.pbb: return decodePbb(cursor);
      case Step.mpls: return decodeMpls(cursor);
      case Step.pppoe: return decodePppoe(cursor);
      case Step.ppp: return decodePpp(cursor);
      case Step.llc: return decodeLlc(cursor);
      case Step.ip: return versionOf(cursor);
      case Step.ipv4: return decodeIpv4(cursor);
      case Step.ipv6: return decodeIpv6(cursor);
      case Step.transport: return this.decodeTransport();
      case Step.gre: return decodeGre(cursor);
      case Step.vxlan: return decodeVxlan(cursor);
      case Step.vxlanGpe: return decodeVxlanGpe(cursor);
      case Step.geneve: return decodeGeneve(cursor);
      case Step.teredo: return decodeTeredo(cursor);
      case Step.gtp: return decodeGtp(cursor);
      default: return Bucket['not-ip'];
    }
  }

  /** What an IP header announces: the packet's end, or a tunnel. */
  private decodeTransport(): Progress {
    const { cursor } = this;
    const { segment } = cursor;
    cursor.datagramAt = -1;
    cursor.inIpTunnel = false;
    if (++cursor.depth > MAX_NESTING) return Bucket['tunnel-too-deep'];
    segment.encapsulation = cursor.encapsulation;
    segment.overlay = cursor.overlay;
    const isFragment = cursor.moreFragments || cursor.fragmentOffset !== 0;
    segment.fragment = isFragment;
    segment.fragmentFirst = isFragment && cursor.fragmentOffset === 0;
    if (isFragment && cursor.fragmentOffset !== 0) return this.decodeLaterFragment();
    if (cursor.protocol === IpProtocol.ah && segment.ipVersion === 4) {
      const bad = skipAuthentication(cursor);
      if (bad >= 0) return bad;
    }
    switch (cursor.protocol) {
      case IpProtocol.tcp: return this.finish(decodeTcp(cursor));
      case IpProtocol.udp: {
        const bucket = decodeUdp(cursor);
        if (bucket !== Bucket.decoded) return bucket;
        const tunnel = cursor.tunnelsClosed ? NO_TUNNEL : tunnelOfPorts(segment.sourcePort, segment.destinationPort);
        if (tunnel === NO_TUNNEL) return this.finish(bucket);
        if (isFragment) this.finish(bucket); // its later fragments are looked up as what they are, parts of the outer datagram
        return enterDatagram(cursor, tunnel);
      }
      case IpProtocol.icmp: return segment.ipVersion === 4 ? this.finish(decodeIcmp(cursor)) : Bucket['other-ip-protocol'];
      case IpProtocol.icmpv6: return segment.ipVersion === 6 ? this.finish(decodeIcmp(cursor)) : Bucket['other-ip-protocol'];
      case IpProtocol.ipip:
        cursor.enclose(Encapsulation.ipip, NO_LAYER_ID);
        return Step.ipv4;
      case IpProtocol.ipv6:
        cursor.enclose(Encapsulation.ipv6, NO_LAYER_ID);
        return Step.ipv6;
      case IpProtocol.gre:
        cursor.inIpTunnel = true;
        return Step.gre;
      case PROTOCOL_MPLS:
        cursor.inIpTunnel = true;
        return Step.mpls;
      default: return Bucket['other-ip-protocol'];
    }
  }

  private decodeLaterFragment(): Bucket {
    const { cursor } = this;
    const { segment, protocol } = cursor;
    if (protocol === IpProtocol.icmp || protocol === IpProtocol.icmpv6) return this.finish(decodeIcmpRest(cursor));
    if (protocol !== IpProtocol.tcp && protocol !== IpProtocol.udp) return Bucket['other-ip-protocol'];
    if (!cursor.internEndpoints()) return Bucket['address-table-full'];
    segment.reassembled = protocol === IpProtocol.udp ? this.assemble(cursor.at) : NOT_WHOLE;
    const ports = this.fragments.lookup(segment.source, segment.destination, protocol, cursor.fragmentId, cursor.overlay);
    if (ports < 0) return Bucket['fragment-without-first'];
    segment.transport = protocol;
    segment.sourcePort = ports >>> 16;
    segment.destinationPort = ports & 0xffff;
    segment.tcpFlags = 0;
    segment.sequence = 0;
    segment.acknowledgement = 0;
    segment.window = 0;
    segment.transportStart = cursor.at;
    segment.payloadStart = cursor.at < cursor.limit ? cursor.at : cursor.limit;
    segment.payloadLength = cursor.end > cursor.at ? cursor.end - cursor.at : 0;
    segment.payloadLimit = cursor.limit;
    return Bucket.decoded;
  }

  /** Interns the addresses of a packet that was understood. */
  private finish(bucket: Bucket): Bucket {
    if (bucket !== Bucket.decoded && bucket !== Bucket.icmp) return bucket;
    const { cursor } = this;
    const { segment } = cursor;
    if (!cursor.internEndpoints()) return Bucket['address-table-full'];
    if (segment.fragmentFirst && bucket === Bucket.decoded) {
      this.fragments.remember(
        segment.source, segment.destination, segment.transport, cursor.fragmentId, cursor.overlay, segment.sourcePort, segment.destinationPort,
      );
      segment.reassembled = segment.transport === IpProtocol.udp ? this.assemble(segment.transportStart) : NOT_WHOLE;
    }
    return bucket;
  }

  /** Takes a fragment of a UDP datagram that was captured whole; answers the datagram's payload when nothing is missing any more. */
  private assemble(start: number): Uint8Array {
    const { cursor } = this;
    const { segment } = cursor;
    if (cursor.limit < cursor.end || start > cursor.limit) return NOT_WHOLE;
    return this.datagrams.add(
      segment.source, segment.destination, cursor.fragmentId, cursor.overlay, 8 * cursor.fragmentOffset, cursor.moreFragments, cursor.bytes, start, cursor.limit,
    );
  }
}

/** MPLS in IP (RFC 4023). */
const PROTOCOL_MPLS = 137;

function versionOf(cursor: Cursor): Progress {
  if (cursor.available < 1) return Bucket['link-cut'];
  const version = cursor.bytes[cursor.at]! >>> 4;
  return version === 4 ? Step.ipv4 : version === 6 ? Step.ipv6 : Bucket['not-ip'];
}

/** Whether what was tried as the inside of a UDP tunnel turned out to hold no IP packet. */
function isNoPacket(bucket: Progress): boolean {
  switch (bucket) {
    case Bucket.arp:
    case Bucket['not-ip']:
    case Bucket['link-cut']:
    case Bucket['ipv4-cut']:
    case Bucket['ipv4-bad-header']:
    case Bucket['ipv6-cut']:
    case Bucket['ipv6-bad-header']:
    case Bucket['tunnel-bad-header']: return true;
    default: return false;
  }
}
