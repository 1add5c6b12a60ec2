/**
 * Every packet is counted in exactly one of these; they add up to the packets in the file. Reports print the names, so they
 * are only ever added to.
 */
export const Bucket = {
  /** A TCP or UDP segment (or a fragment of one) that belongs to a flow. */
  decoded: 0,
  /** An ICMP or ICMPv6 message: no flow of its own, but an error quotes one. */
  icmp: 1,
  arp: 2,
  'other-ip-protocol': 3,
  'not-ip': 4,
  'link-type-unsupported': 5,
  'link-cut': 6,
  'ipv4-cut': 7,
  'ipv4-bad-header': 8,
  'ipv6-cut': 9,
  'ipv6-bad-header': 10,
  'tcp-cut': 11,
  'tcp-bad-header': 12,
  'udp-cut': 13,
  'udp-bad-length': 14,
  'icmp-cut': 15,
  'fragment-without-first': 16,
  'tunnel-too-deep': 17,
  'tunnel-bad-header': 18,
  /** More different addresses than the address table keeps. */
  'address-table-full': 19,
  /** Outside the time or the hosts that were asked for. */
  'filtered-out': 20,
} as const;
export type Bucket = (typeof Bucket)[keyof typeof Bucket];

export const bucketNames = Object.keys(Bucket) as (keyof typeof Bucket)[];

/** Packets per bucket, and the first frame of each as Wireshark numbers it. Counting allocates nothing. */
export class BucketCounts {
  readonly packets = new Float64Array(bucketNames.length);
  readonly firstFrame = new Float64Array(bucketNames.length);

  add(bucket: Bucket, frame: number): void {
    if (this.packets[bucket] === 0) this.firstFrame[bucket] = frame;
    this.packets[bucket]! += 1;
  }

  /** Several at once; `frame` is the first. */
  addMany(bucket: Bucket, packets: number, frame: number): void {
    if (packets === 0) return;
    if (this.packets[bucket] === 0) this.firstFrame[bucket] = frame;
    this.packets[bucket]! += packets;
  }
}
