/**
 * The link type field of pcap and pcapng files (draft-ietf-opsawg-pcap, section 4; tcpdump.org/linktypes.html).
 */
export const LinkType = {
  ethernet: 1, ppp: 9, raw: 101, ieee80211: 105, chdlc: 104, pppHdlc: 50, fddi: 10, tokenRing: 6, ipv4: 228, ipv6: 229,
} as const;

/** LINKTYPE_ number of a number on disk: some writers store what their system calls DLT_RAW (12; 14 on OpenBSD). */
export function canonicalLinkType(onDisk: number): number {
  return onDisk === 12 || onDisk === 14 ? LinkType.raw : onDisk;
}

/** More than this in one packet is corruption: libpcap and Wireshark draw the line here too. */
export const MAX_CAPTURED_LENGTH = 262144;
