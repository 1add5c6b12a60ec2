/** TCP flag bits as in the header (RFC 9293, section 3.1). */
export const TcpFlag = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ece: 64, cwr: 128 } as const;

export const IpProtocol = { icmp: 1, ipip: 4, tcp: 6, udp: 17, ipv6: 41, gre: 47, esp: 50, ah: 51, icmpv6: 58, sctp: 132 } as const;

/**
 * What one packet says, after link layer, tunnels and network layer were peeled off. One object is reused for every packet
 * (monomorphic, numbers only), so nothing is allocated and every access is a fixed offset. Fields are valid only for the
 * bucket that the decoder answered: all for `decoded`, the ICMP ones and addresses for `icmp`.
 */
export class Segment {
  /** Ids of the {@link AddressTable}: the innermost IP pair. */
  source = 0;
  destination = 0;
  /** {@link IpProtocol} number: tcp or udp for `decoded`. */
  transport = 0;
  sourcePort = 0;
  destinationPort = 0;
  /** Id of the {@link EncapsulationTable}: everything around the innermost IP pair; 0: nothing. */
  encapsulation = 0;
  /** Innermost overlay network (VXLAN/Geneve VNI, NVGRE VSID) plus one; 0: none. Part of a flow's identity. */
  overlay = 0;
  /** Where the packet was taken beyond the interface: the ifindex of SLL2; 0 elsewhere. */
  interfaceWithin = 0;
  /** IP length as the header claims, bytes; 0 there (segmentation offload): original frame length less what stands before. */
  ipLength = 0;
  ttl = 0;
  ipId = 0;
  /** 4 or 6. */
  ipVersion = 0;
  /** True for every IP fragment; `fragmentFirst` for the one with the transport header. */
  fragment = false;
  fragmentFirst = false;
  /**
   * All of a fragmented UDP datagram's payload, in the packet that completes it; else empty. Valid when `fragment`, until the next packet
   * is decoded; `payloadStart` and `payloadLimit` still say what this fragment carries.
   */
  reassembled: Uint8Array = new Uint8Array(0);

  /** On the wire, bytes of TCP/UDP payload, never beyond the original frame. For a later fragment: all it carries. */
  payloadLength = 0;
  /** First payload byte in the batch's bytes, and the exclusive end of what was captured of it. */
  payloadStart = 0;
  payloadLimit = 0;

  tcpFlags = 0;
  sequence = 0;
  acknowledgement = 0;
  window = 0;
  /** First byte of the TCP/UDP/ICMP header in the batch's bytes. */
  transportStart = 0;

  icmpType = 0;
  icmpCode = 0;
  /** Next-hop MTU of fragmentation needed / packet too big; else 0. */
  icmpMtu = 0;
  /** True when the ICMP error quotes a TCP or UDP packet whose ports could be read: the quoted packet follows. */
  quoted = false;
  quotedSource = 0;
  quotedDestination = 0;
  quotedTransport = 0;
  quotedSourcePort = 0;
  quotedDestinationPort = 0;
  /** TCP sequence number of the quoted packet; valid when `quotedHasSequence`. */
  quotedSequence = 0;
  quotedHasSequence = false;
  /** TCP flags of the quoted packet, or -1 when the quote is too short. */
  quotedTcpFlags = -1;
}
