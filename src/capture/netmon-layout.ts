/** Microsoft Network Monitor files: header, frames, frame table (Wireshark wiretap/netmon.c), all little endian. */
import { canonicalLinkType, LinkType } from './link-type.js';
import { secondsOfCivilTime } from './windows-time.js';

/** "RTSS" and "GMBU", as big-endian numbers. */
const MAGIC_1 = 0x52545353;
const MAGIC_2 = 0x474d4255;

const VERSION_MINOR = 4;
const VERSION_MAJOR = 5;
const NETWORK = 6;
const START_TIME = 8;
const TABLE_OFFSET = 24;
const TABLE_LENGTH = 28;
/** What is used of the header. */
export const HEADER_FIELDS_LENGTH = 32;
/** The whole header; the first frame stands behind it, unless the frame table says otherwise. */
export const HEADER_LENGTH = 128;
export const TABLE_ENTRY_LENGTH = 4;

/** Behind the packet in 2.1, 2.2 and 2.3: its network, an index of a process, its time (FILETIME, UTC), an index of a zone. */
export const TRAILER_TIME = 6;
const TRAILER_LENGTHS: Readonly<Record<number, number>> = { 0: 0, 1: 2, 2: 6, 3: 15 };

const NETWORK_ETHERNET = 1;
const NETWORK_PCAP = 0xe000;
const NETWORK_PCAP_END = 0xf000;
/** Descriptions of the capture (frames without packet), and events of Windows. */
export const NETWORK_METADATA = 0xfffb;
export const NETWORK_EVENT = 0xffe0;
const LINK_TYPES: Readonly<Record<number, number>> = {
  0: LinkType.ethernet, [NETWORK_ETHERNET]: LinkType.ethernet, 2: LinkType.tokenRing, 3: LinkType.fddi, 7: LinkType.raw, 8: LinkType.raw, 9: LinkType.raw,
};

export interface NetmonLayout {
  /** 1.x: times in milliseconds, lengths of 16 bits. */
  readonly isOld: boolean;
  /** Of frames that do not name their own. */
  readonly network: number;
  readonly recordHeaderLength: number;
  readonly trailerLength: number;
  /** Local time without zone: taken as UTC, because the file does not say better. */
  readonly startMilliseconds: number;
  /** Bytes from the start of the file; 0: not written yet. */
  readonly tableOffset: number;
  /** Bytes, {@link TABLE_ENTRY_LENGTH} for each frame. */
  readonly tableLength: number;
}

/** Whether `head`, at least four bytes, begins like a Network Monitor file. */
export function isNetmon(head: DataView): boolean {
  const magic = head.getUint32(0);
  return magic === MAGIC_1 || magic === MAGIC_2;
}

/** `header`: at least {@link HEADER_FIELDS_LENGTH} bytes of it. */
export function readNetmonLayout(header: DataView): NetmonLayout {
  const isOld = header.getUint8(VERSION_MAJOR) < 2;
  const field = (i: number) => header.getUint16(START_TIME + 2 * i, true);
  // SYSTEMTIME: year, month, day of the week, day, hour, minute, second, millisecond. Some converters leave the last one unset.
  const milliseconds = field(7) < 1000 ? field(7) : 0;
  return {
    isOld,
    network: header.getUint16(NETWORK, true),
    recordHeaderLength: isOld ? 8 : 16,
    trailerLength: isOld ? 0 : TRAILER_LENGTHS[Math.min(header.getUint8(VERSION_MINOR), 3)]!,
    startMilliseconds: secondsOfCivilTime(field(0), field(1), field(3), field(4), field(5), field(6)) * 1000 + milliseconds,
    tableOffset: header.getUint32(TABLE_OFFSET, true),
    tableLength: header.getUint32(TABLE_LENGTH, true),
  };
}

/** LINKTYPE_ number of a network as Network Monitor numbers them. */
export function linkTypeOfNetwork(network: number): number {
  const isPcap = network >= NETWORK_PCAP && network < NETWORK_PCAP_END;
  return isPcap ? canonicalLinkType(network - NETWORK_PCAP) : LINK_TYPES[network] ?? LinkType.unknown;
}
