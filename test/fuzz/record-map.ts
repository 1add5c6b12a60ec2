/** Where the records of a pcap or pcapng file stand, so that mutations can respect its structure, or break it on purpose. */
export interface RecordPlace {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** Captured bytes of a packet; equal when the record is none. */
  readonly dataStart: number;
  readonly dataEnd: number;
  /** Offsets of 32-bit numbers that say how long something is. */
  readonly lengths: readonly number[];
}

export interface RecordMap {
  readonly container: 'pcap' | 'pcapng';
  readonly littleEndian: boolean;
  readonly records: readonly RecordPlace[];
}

const PCAP_HEADER = 24;
const SECTION_HEADER = 0x0a0d0d0a;
const ENHANCED_PACKET = 6;

/** Undefined: another format. Only the whole records up to the first that makes no sense. */
export function mapRecords(file: Uint8Array): RecordMap | undefined {
  if (file.length < PCAP_HEADER) return undefined;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (view.getUint32(0) === SECTION_HEADER) return mapPcapng(view);
  for (const littleEndian of [true, false]) {
    const magic = view.getUint32(0, littleEndian);
    if (magic === 0xa1b2c3d4 || magic === 0xa1b23c4d) return mapPcap(view, littleEndian);
  }
  return undefined;
}

function mapPcap(view: DataView, littleEndian: boolean): RecordMap {
  const records: RecordPlace[] = [];
  for (let at = PCAP_HEADER; view.byteLength - at >= 16;) {
    const end = at + 16 + view.getUint32(at + 8, littleEndian);
    if (end > view.byteLength) break;
    records.push({ start: at, end, dataStart: at + 16, dataEnd: end, lengths: [at + 8, at + 12] });
    at = end;
  }
  return { container: 'pcap', littleEndian, records };
}

function mapPcapng(view: DataView): RecordMap {
  const records: RecordPlace[] = [];
  const littleEndian = view.getUint32(8, true) === 0x1a2b3c4d;
  for (let at = 0; view.byteLength - at >= 12;) {
    const length = view.getUint32(at + 4, littleEndian);
    const end = at + length;
    if (length < 12 || length % 4 !== 0 || end > view.byteLength) break;
    const isPacket = view.getUint32(at, littleEndian) === ENHANCED_PACKET && length >= 32;
    const dataEnd = isPacket ? Math.min(end - 4, at + 28 + view.getUint32(at + 20, littleEndian)) : at + 8;
    const lengths = isPacket ? [at + 4, at + 20, at + 24, end - 4] : [at + 4, end - 4];
    records.push({ start: at, end, dataStart: isPacket ? at + 28 : at + 8, dataEnd, lengths });
    at = end;
  }
  return { container: 'pcapng', littleEndian, records };
}
