/**
 * Link types as pcap and pcapng files number them (draft-ietf-opsawg-pcap, section 4; tcpdump.org/linktypes.html).
 */
export const LinkType = {
  ethernet: 1, tokenRing: 6, ppp: 9, fddi: 10, pppHdlc: 50, raw: 101, chdlc: 104, ieee80211: 105, ipv4: 228, ipv6: 229,
  /** No registered number: the format has a link type of its own that pcap has none for. */
  unknown: 65_535,
} as const;

/** LINKTYPE_ number of a number on disk: some writers store what their system calls DLT_RAW (12; 14 on OpenBSD). */
export function canonicalLinkType(onDisk: number): number {
  return onDisk === 12 || onDisk === 14 ? LinkType.raw : onDisk;
}

/** More than this in one packet is corruption: libpcap and Wireshark draw the line here too. */
export const MAX_CAPTURED_LENGTH = 262_144;
