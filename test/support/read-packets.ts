/** Everything a reader says about a file, as plain values that tests can compare. */
import type { CapturedName, CaptureInterface, CaptureReader } from '../../src/capture/capture-reader.js';
import type { CaptureDamage } from '../../src/capture/damage.js';
import type { PacketBatch } from '../../src/capture/packet-batch.js';

export interface ReadPacket {
  readonly frame: number;
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly interfaceIndex: number;
  readonly originalLength: number;
  readonly flags: number;
  /** Hexadecimal. */
  readonly data: string;
}

export interface ReadResult {
  readonly packets: ReadPacket[];
  readonly interfaces: readonly CaptureInterface[];
  readonly damage: readonly CaptureDamage[];
  readonly names: readonly CapturedName[];
  readonly skipped: Record<string, number>;
}

export function packetsOf(batch: PacketBatch): ReadPacket[] {
  return Array.from({ length: batch.count }, (_, row) => ({
    frame: batch.frame[row]!, seconds: batch.seconds[row]!, nanoseconds: batch.nanoseconds[row]!, interfaceIndex: batch.interfaceIndex[row]!,
    originalLength: batch.originalLength[row]!, flags: batch.flags[row]!,
    data: Buffer.from(batch.bytes.subarray(batch.offset[row], batch.offset[row]! + batch.capturedLength[row]!)).toString('hex'),
  }));
}

/** Each chunk is overwritten as soon as `feed` returns: what a reader keeps of it must be a copy. */
export function readPackets(reader: CaptureReader, file: Uint8Array, chunkLength = Math.max(1, file.length)): ReadResult {
  const packets: ReadPacket[] = [];
  const onBatch = (batch: PacketBatch) => { packets.push(...packetsOf(batch)); };
  for (let at = 0; at < file.length; at += chunkLength) {
    const chunk = file.slice(at, at + chunkLength);
    reader.feed(chunk, onBatch);
    chunk.fill(0xee);
  }
  reader.finish(onBatch);
  return { packets, interfaces: reader.interfaces, damage: reader.damage, names: reader.names, skipped: Object.fromEntries(reader.skipped) };
}
