/** snoop, ERF and Network Monitor files, as small as tests need them. */
import { ByteWriter, concat } from './byte-writer.js';
import type { WrittenPacket } from './pcap-writer.js';

export function writeSnoop(packets: readonly WrittenPacket[], dataLink = 4, drops = 0): Uint8Array {
  const out = new ByteWriter(false).text('snoop\0\0\0').u32(2, dataLink);
  for (const { data, seconds = 0, nanoseconds = 0, originalLength = data.length } of packets) {
    const padding = (4 - (data.length % 4)) % 4;
    out.u32(originalLength, data.length, 24 + data.length + padding, drops, seconds, Math.floor(nanoseconds / 1000)).raw(data).raw(new Uint8Array(padding));
  }
  return out.bytes();
}

export interface ErfRecord extends WrittenPacket {
  /** Default 2, Ethernet. */
  readonly type?: number;
  readonly port?: number;
  readonly lost?: number;
  readonly extensions?: number;
}

/** Ethernet records get their two bytes of padding; wire lengths are the original lengths (a frame check sequence counts). */
export function writeErf(records: readonly ErfRecord[]): Uint8Array {
  return concat(...records.map((record) => {
    const { data, seconds = 0, nanoseconds = 0, originalLength = data.length, type = 2, port = 0, lost = 0, extensions = 0 } = record;
    const body = concat(...Array.from({ length: extensions }, (_, i) => Uint8Array.of(i + 1 < extensions ? 0x85 : 0x05, 0, 0, 0, 0, 0, 0, 0)), new Uint8Array([2, 11, 16, 20].includes(type) ? 2 : 0), data);
    const fraction = (BigInt(nanoseconds) << 32n) / 1_000_000_000n + (nanoseconds === 0 ? 0n : 1n);
    const head = new ByteWriter(true).u32(Number(fraction), seconds);
    return concat(head.bytes(), new ByteWriter(false).u8(type | (extensions > 0 ? 0x80 : 0), 4 | port).u16(16 + body.length, lost, originalLength).raw(body).bytes());
  }));
}

export interface NetmonFrame extends WrittenPacket {
  readonly network?: number;
}

/** Version 2.`minor`. The times of frames are kept to the microsecond; those of 2.3 to 100 ns. */
export function writeNetmon(frames: readonly NetmonFrame[], minor = 3, startSeconds = 0): Uint8Array {
  const start = new Date(startSeconds * 1000);
  const body = new ByteWriter();
  const offsets: number[] = [];
  for (const { data, seconds = 0, nanoseconds = 0, originalLength = data.length, network = 1 } of frames) {
    offsets.push(128 + body.length);
    body.u64(BigInt(seconds - startSeconds) * 1_000_000n + BigInt(Math.floor(nanoseconds / 1000))).u32(originalLength, data.length).raw(data);
    if (minor >= 1) body.u16(network);
    if (minor >= 2) body.u32(0xffffffff);
    if (minor >= 3) body.u64((BigInt(seconds) + 11_644_473_600n) * 10_000_000n + BigInt(Math.floor(nanoseconds / 100))).u8(0);
  }
  const header = new ByteWriter().text('GMBU').u8(minor, 2).u16(1)
    .u16(start.getUTCFullYear(), start.getUTCMonth() + 1, start.getUTCDay(), start.getUTCDate(), start.getUTCHours(), start.getUTCMinutes(), start.getUTCSeconds(), start.getUTCMilliseconds())
    .u32(128 + body.length, offsets.length * 4).raw(new Uint8Array(96));
  return concat(header.bytes(), body.bytes(), new ByteWriter().u32(...offsets).bytes());
}
