import { type AddressTable, NO_ADDRESS } from './address-table.js';
import { type Bucket } from './bucket.js';
import { type Encapsulation, type EncapsulationTable } from './encapsulation-table.js';
import { Segment } from './segment.js';

/**
 * What a header's decoder answers: the packet's bucket (0 and above), or the step that reads what comes next (below 0). The
 * decoders never call each other, one loop takes the steps: headers that contain each other need no circle of imports, and the
 * depth of nesting costs no stack.
 */
export const Step = {
  /** Of a capture's interface; `cursor.linkType` says which. */
  link: -1,
  ethernet: -2,
  vlan: -3,
  vntag: -4,
  pbb: -5,
  mpls: -6,
  pppoe: -7,
  ppp: -8,
  llc: -9,
  /** IPv4 or IPv6, by the first four bits. */
  ip: -10,
  ipv4: -11,
  ipv6: -12,
  /** What follows an IP header, by `cursor.protocol`. */
  transport: -13,
  gre: -14,
  vxlan: -15,
  vxlanGpe: -16,
  geneve: -17,
  teredo: -18,
  gtp: -19,
} as const;
export type Step = (typeof Step)[keyof typeof Step];

/**
 * Where the decoding of one packet stands. Positions are indexes into `bytes`; both ends are exclusive. One object is reused for
 * every packet.
 */
export class Cursor {
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  /** The next header begins here. */
  at = 0;
  /** End of what was captured of the current layer: nothing at or past it is read. Never beyond `end`. */
  limit = 0;
  /** End of the current layer as it was on the wire: of the frame less its FCS, then of what the IP header claims of it. */
  end = 0;
  linkType = 0;
  segment: Segment = new Segment();

  /** The innermost IP header so far: where it begins, and `limit` and `end` of what it stands in. */
  ipAt = 0;
  ipLimit = 0;
  ipEnd = 0;
  /** IP headers so far. */
  depth = 0;
  /** What follows the IP header and its extensions, {@link IpProtocol}. */
  protocol = 0;
  /** In units of 8 bytes; above 0: the transport header is in another fragment. */
  fragmentOffset = 0;
  moreFragments = false;
  /** 16 bits for IPv4, 32 for IPv6. */
  fragmentId = 0;

  encapsulation = 0;
  overlay = 0;
  /** Set when the outer UDP datagram is decoded for itself, because no tunnel was found in it. */
  tunnelsClosed = false;
  /** The UDP datagram that was taken for a tunnel: its IP header, and what the cursor said there. -1: none. */
  datagramAt = -1;
  datagramLimit = 0;
  datagramEnd = 0;
  datagramDepth = 0;
  datagramEncapsulation = 0;
  datagramOverlay = 0;
  /** True while the innermost IP header carries a tunnel without UDP: what is not IP inside makes it another IP protocol. */
  inIpTunnel = false;

  readonly addresses: AddressTable;
  readonly encapsulations: EncapsulationTable;

  constructor(addresses: AddressTable, encapsulations: EncapsulationTable) {
    this.addresses = addresses;
    this.encapsulations = encapsulations;
  }

  /** Captured bytes from the next header on. */
  get available(): number {
    return this.limit - this.at;
  }

  /**
   * The length of an IP packet at `at` that tells none, because segmentation offload had not filled it in: all of the frame from
   * there. Converters of ETL write original lengths up to a gigabyte, so what no card sends is taken as what was captured.
   */
  untoldLength(at: number): number {
    const length = this.end - at;
    return length > MAX_OFFLOAD_LENGTH ? this.limit - at : length;
  }

  /** Notes one layer around what follows. */
  enclose(type: Encapsulation, id: number): void {
    this.encapsulation = this.encapsulations.child(this.encapsulation, type, id);
  }

  /** Remembers the datagram whose payload is tried as a tunnel, to come back to when there is none inside. */
  openDatagram(): void {
    this.datagramAt = this.ipAt;
    this.datagramLimit = this.ipLimit;
    this.datagramEnd = this.ipEnd;
    this.datagramDepth = this.depth;
    this.datagramEncapsulation = this.encapsulation;
    this.datagramOverlay = this.overlay;
  }

  /** Goes back to the IP header of that datagram and lets it be no tunnel. */
  closeDatagram(): void {
    this.at = this.datagramAt;
    this.limit = this.datagramLimit;
    this.end = this.datagramEnd;
    this.depth = this.datagramDepth - 1;
    this.encapsulation = this.datagramEncapsulation;
    this.overlay = this.datagramOverlay;
    this.tunnelsClosed = true;
    this.datagramAt = -1;
    this.inIpTunnel = false;
  }

  /** Interns the innermost IP pair into the segment; false when the table is full. */
  internEndpoints(): boolean {
    const { segment, view, addresses, ipAt } = this;
    let source: number;
    let destination: number;
    if (segment.ipVersion === 4) {
      source = addresses.v4(view.getInt32(ipAt + 12));
      destination = addresses.v4(view.getInt32(ipAt + 16));
    } else {
      source = addresses.v6(view.getInt32(ipAt + 8), view.getInt32(ipAt + 12), view.getInt32(ipAt + 16), view.getInt32(ipAt + 20));
      destination = addresses.v6(view.getInt32(ipAt + 24), view.getInt32(ipAt + 28), view.getInt32(ipAt + 32), view.getInt32(ipAt + 36));
    }
    segment.source = source;
    segment.destination = destination;
    return source !== NO_ADDRESS && destination !== NO_ADDRESS;
  }
}

/** BIG TCP of Linux goes to 512 KiB. */
const MAX_OFFLOAD_LENGTH = 1 << 20;

/** A bucket, or the step to take next. */
export type Progress = Bucket | Step;
