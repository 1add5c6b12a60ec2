/** Classic pcap files of every variant. */
import { ByteWriter } from './byte-writer.js';

export interface WrittenPacket {
  readonly data: Uint8Array;
  readonly seconds?: number;
  /** What the variant cannot hold is cut off. */
  readonly nanoseconds?: number;
  /** Default: the length of the data. */
  readonly originalLength?: number;
}

export interface PcapOptions {
  readonly littleEndian?: boolean;
  readonly nanoseconds?: boolean;
  /** Kuznetzov's: 24-byte record headers. */
  readonly modified?: boolean;
  readonly linkType?: number;
  readonly snapLength?: number;
  /** In bytes, even. Default: the field is not set. */
  readonly fcsLength?: number;
  readonly minorVersion?: number;
  /** Original length in front of the captured one, as versions before 2.3 have it. */
  readonly lengthsSwapped?: boolean;
}

export function writePcap(packets: readonly WrittenPacket[], options: PcapOptions = {}): Uint8Array {
  const out = new ByteWriter(options.littleEndian ?? true);
  const fcs = options.fcsLength === undefined ? 0 : (0x04000000 | ((options.fcsLength / 2) << 28)) >>> 0;
  out.u32(options.modified === true ? 0xa1b2cd34 : options.nanoseconds === true ? 0xa1b23c4d : 0xa1b2c3d4)
    .u16(2, options.minorVersion ?? 4).u32(0, 0, options.snapLength ?? 262144, ((options.linkType ?? 1) | fcs) >>> 0);
  for (const { data, seconds = 0, nanoseconds = 0, originalLength = data.length } of packets) {
    const lengths = options.lengthsSwapped === true ? [originalLength, data.length] : [data.length, originalLength];
    out.u32(seconds, options.nanoseconds === true ? nanoseconds : Math.floor(nanoseconds / 1000), ...lengths);
    if (options.modified === true) out.u32(2).u16(0).u8(0, 0);
    out.raw(data);
  }
  return out.bytes();
}
