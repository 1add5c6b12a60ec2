/**
 * Solaris snoop (RFC 1761), all big endian: a 16-byte file header, then records of 24 bytes plus the packet plus padding.
 */
import { NotACaptureError } from './damage.js';
import { LinkType, MAX_CAPTURED_LENGTH } from './link-type.js';
import { RecordReader } from './record-reader.js';

/** "snoop" and three zero bytes. */
const MAGIC_START = 0x736e6f6f;
const MAGIC_END = 0x70000000;
const DATA_LINK = 12;
const FILE_HEADER_LENGTH = 16;

const ORIGINAL_LENGTH = 0;
const CAPTURED_LENGTH = 4;
const RECORD_LENGTH = 8;
const CUMULATIVE_DROPS = 12;
const SECONDS = 16;
const MICROSECONDS = 20;
const RECORD_HEADER_LENGTH = 24;
/** The RFC pads to 4 bytes; others pad more, but not by that much. */
const MAX_PADDING = 4096;

/** Section 3 of the RFC, as far as there is a number for it: 0 IEEE 802.3, 2 Token Ring, 4 Ethernet, 5 HDLC, 8 FDDI. */
const LINK_TYPES: Readonly<Record<number, number>> = { 0: LinkType.ethernet, 2: LinkType.tokenRing, 4: LinkType.ethernet, 5: LinkType.chdlc, 8: LinkType.fddi };

/** Whether `head`, at least eight bytes, begins like a snoop file. */
export function isSnoop(head: DataView): boolean {
  return head.getUint32(0) === MAGIC_START && head.getUint32(4) === MAGIC_END;
}

export class SnoopReader extends RecordReader {
  readonly format = 'snoop';
  private hasHeader = false;
  private frame = 0;

  protected override parse(bytes: Uint8Array, view: DataView, start: number, limit: number): number {
    let at = start;
    if (!this.hasHeader) {
      this.needed = FILE_HEADER_LENGTH;
      if (limit - at < FILE_HEADER_LENGTH) return at;
      this.readHeader(view, at);
      at += FILE_HEADER_LENGTH;
    }
    const { batch } = this;
    batch.bytes = bytes;
    batch.view = view;
    for (;;) {
      this.needed = RECORD_HEADER_LENGTH;
      if (limit - at < RECORD_HEADER_LENGTH) return at;
      const captured = view.getUint32(at + CAPTURED_LENGTH);
      const length = view.getUint32(at + RECORD_LENGTH);
      if (captured > MAX_CAPTURED_LENGTH || length < RECORD_HEADER_LENGTH + captured || length > RECORD_HEADER_LENGTH + captured + MAX_PADDING) {
        this.stopped = true; // nothing marks the next record
        this.addDamage({
          code: 'record-too-long', byteOffset: this.windowOffset + at, expected: captured, found: Math.min(Math.max(0, length - RECORD_HEADER_LENGTH), MAX_CAPTURED_LENGTH),
          boundedBy: 'record-limit', detail: `a packet record of ${length} bytes claims ${captured} bytes of packet`,
        });
        return at;
      }
      this.needed = length;
      if (limit - at < length) return at;
      const row = batch.count;
      const microseconds = view.getUint32(at + MICROSECONDS);
      const carry = Math.floor(microseconds / 1e6);
      batch.offset[row] = at + RECORD_HEADER_LENGTH;
      batch.capturedLength[row] = captured;
      batch.originalLength[row] = Math.max(captured, view.getUint32(at + ORIGINAL_LENGTH));
      batch.seconds[row] = view.getUint32(at + SECONDS) + carry;
      batch.nanoseconds[row] = (microseconds - carry * 1e6) * 1000;
      batch.frame[row] = ++this.frame;
      this.interfaces[0]!.dropped = view.getUint32(at + CUMULATIVE_DROPS);
      batch.count = row + 1;
      if (batch.count === batch.capacity) this.deliver();
      at += length;
    }
  }

  /** @throws NotACaptureError when the magic is none. */
  private readHeader(view: DataView, at: number): void {
    if (view.getUint32(at) !== MAGIC_START || view.getUint32(at + 4) !== MAGIC_END) throw new NotACaptureError('not a snoop file: no magic at byte 0');
    this.hasHeader = true;
    this.interfaces.push({
      linkType: LINK_TYPES[view.getUint32(at + DATA_LINK)] ?? LinkType.unknown,
      snapLength: 0, fcsLength: 0, name: null, description: null, filter: null, operatingSystem: null, dropped: null,
    });
  }

  protected override cut(_bytes: Uint8Array, _view: DataView, start: number, limit: number): void {
    const found = limit - start;
    if (found === 0 && this.hasHeader) return;
    this.addDamage({
      code: this.hasHeader ? 'cut-record' : 'cut-file-header', byteOffset: this.windowOffset + start, expected: this.needed, found, boundedBy: 'file',
      detail: this.hasHeader ? 'the file ends in a packet record' : 'the file ends in the snoop file header',
    });
  }
}
