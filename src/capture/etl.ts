/** Windows event traces (ETL) */
import type { CapturedName, CaptureInterface, CaptureReader } from './capture-reader.js';
import { type CaptureDamage, NotACaptureError } from './damage.js';

/** There is no magic. */
export function isEtl(head: DataView): boolean {
  if (head.byteLength < 0x4c) return false;
  const bufferSize = head.getUint32(0, true);
  return bufferSize >= 1024 && bufferSize % 1024 === 0 && head.getUint32(4, true) <= bufferSize && head.getUint16(0x36, true) === 4
    && head.getUint8(0x4b) === 0xc0 && (head.getUint8(0x4a) === 1 || head.getUint8(0x4a) === 2);
}

export class EtlReader implements CaptureReader {
  readonly format = 'etl';
  readonly interfaces: CaptureInterface[] = [];
  readonly damage: CaptureDamage[] = [];
  readonly names: readonly CapturedName[] = [];
  readonly skipped = new Map<string, number>();
  feed(): void {}
  finish(): void {
    throw new NotACaptureError('not a capture: an event trace (ETL) without packets');
  }
}
