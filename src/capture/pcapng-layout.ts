/**
 * Where things stand in pcapng blocks (draft-ietf-opsawg-pcapng, section 4), and how long a block may be before it is disbelieved.
 */
export const BlockType = {
  interfaceDescription: 1, obsoletePacket: 2, simplePacket: 3, nameResolution: 4, interfaceStatistics: 5, enhancedPacket: 6, systemdJournal: 9,
  custom: 0x00000bad, customNotCopied: 0x40000bad, sectionHeader: 0x0a0d0d0a,
} as const;

/** Records that are no packets, but that Wireshark numbers among the frames: custom blocks, journal entries, sysdig's system calls. */
export const NUMBERED_BLOCKS: ReadonlySet<number> = new Set([
  BlockType.custom, BlockType.customNotCopied, BlockType.systemdJournal, 0x204, 0x208, 0x216, 0x217, 0x221, 0x222,
]);

export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** Offsets from the start of a block. */
export const LENGTH = 4;
export const SECTION_MAGIC = 8;
export const INTERFACE_ID = 8;
export const TIME_HIGH = 12;
export const TIME_LOW = 16;
export const CAPTURED_LENGTH = 20;
export const ORIGINAL_LENGTH = 24;
export const PACKET_DATA = 28;
export const SIMPLE_ORIGINAL_LENGTH = 8;
export const SIMPLE_PACKET_DATA = 12;

export const BLOCK_HEADER_LENGTH = 8;
export const BLOCK_TRAILER_LENGTH = 4;

/** The least that a block measures: any, and those of a type. */
export const BLOCK_SHORTEST = 12;
export const SECTION_SHORTEST = 28;
export const INTERFACE_SHORTEST = 20;
export const PACKET_SHORTEST = 32;
export const SIMPLE_PACKET_SHORTEST = 16;
export const STATISTICS_SHORTEST = 24;

/** Longer blocks are corruption (libpcap and Wireshark refuse them too): nothing is kept by a length beyond it. */
export const MAX_BLOCK_LENGTH = 16 * 1024 * 1024;
/** The same for blocks of one packet or one interface: so a nonsense length is noticed before it swallows other blocks. */
export const MAX_PACKET_BLOCK_LENGTH = 512 * 1024;

export function longestBlock(type: number): number {
  const isSmall = type === BlockType.sectionHeader || (type <= BlockType.enhancedPacket && type !== BlockType.nameResolution);
  return isSmall ? MAX_PACKET_BLOCK_LENGTH : MAX_BLOCK_LENGTH;
}

/** Byte order of the section whose header is at `at`; undefined: that is no section header. */
export function isSectionLittleEndian(view: DataView, at: number): boolean | undefined {
  if (view.getUint32(at + SECTION_MAGIC, true) === BYTE_ORDER_MAGIC) return true;
  return view.getUint32(at + SECTION_MAGIC, false) === BYTE_ORDER_MAGIC ? false : undefined;
}
