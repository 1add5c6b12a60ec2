/**
 * Classic pcap (draft-ietf-opsawg-pcap): a 24-byte file header, then records of 16 bytes (24 in Kuznetzov's modified format)
 * plus the packet. The draft's list of magics has two errors; this follows what libpcap writes.
 */
import type { CaptureInterface } from './capture-reader.js';
import { NotACaptureError } from './damage.js';
import { canonicalLinkType, MAX_CAPTURED_LENGTH } from './link-type.js';
import { RecordReader } from './record-reader.js';

const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;
const MODIFIED = 0xa1b2cd34;

const FILE_HEADER_LENGTH = 24;
const VERSION_MAJOR = 4;
const VERSION_MINOR = 6;
const DGUX_MAJOR = 543;
const SNAP_LENGTH = 16;
const LINK_TYPE = 20;
/** In the link type word: the FCS length in its upper 4 bits (in units of 16 bits) is valid. */
const FCS_LENGTH_VALID = 0x04000000;

const SECONDS = 0;
const FRACTION = 4;
/** Captured, then original; see {@link PcapLayout} for those who swapped them. */
const FIRST_LENGTH = 8;
const SECOND_LENGTH = 12;
const RECORD_HEADER_LENGTH = 16;
const MODIFIED_RECORD_HEADER_LENGTH = 24;

interface PcapLayout {
  readonly littleEndian: boolean;
  readonly nanosecondsPerTick: number;
  readonly recordHeaderLength: number;
  /** Minor versions before 3 store the lengths the other way round (LIBPCAP sf-pcap.c). */
  readonly lengthsSwapped: boolean;
  /** Minor version 3 and DG/UX: some writers swapped them, some did not; the larger one is the original length. */
  readonly lengthsDoubtful: boolean;
}

/** Whether `head`, at least four bytes, begins like a file that {@link PcapReader} reads. */
export function isPcap(head: DataView): boolean {
  return isMagic(head.getUint32(0, true)) || isMagic(head.getUint32(0, false));
}

export class PcapReader extends RecordReader {
  readonly format = 'pcap';
  private layout: PcapLayout | undefined;
  private frame = 0;

  protected override parse(bytes: Uint8Array, view: DataView, start: number, limit: number): number {
    let at = start;
    if (this.layout === undefined) {
      this.needed = FILE_HEADER_LENGTH;
      if (limit - at < FILE_HEADER_LENGTH) return at;
      this.layout = readLayout(view, at);
      this.interfaces.push(readInterface(view, at, this.layout.littleEndian));
      at += FILE_HEADER_LENGTH;
    }
    this.batch.bytes = bytes;
    this.batch.view = view;
    return this.parseRecords(view, at, limit, this.layout);
  }

  /** The hot loop: synchronous, no allocation. `flags` and `interfaceIndex` are never written, they stay 0. */
  private parseRecords(view: DataView, start: number, limit: number, layout: PcapLayout): number {
    const { littleEndian, nanosecondsPerTick, recordHeaderLength, lengthsDoubtful } = layout;
    const capturedAt = layout.lengthsSwapped ? SECOND_LENGTH : FIRST_LENGTH;
    const originalAt = layout.lengthsSwapped ? FIRST_LENGTH : SECOND_LENGTH;
    const ticksPerSecond = 1e9 / nanosecondsPerTick;
    const { batch } = this;
    const { offset, capturedLength, originalLength, seconds, nanoseconds, frame, capacity } = batch;
    let at = start;
    let row = 0;
    this.needed = recordHeaderLength;
    while (limit - at >= recordHeaderLength) {
      let captured = view.getUint32(at + capturedAt, littleEndian);
      let original = view.getUint32(at + originalAt, littleEndian);
      if (original < captured) {
        // Broken writers do that too; what is there counts.
        if (lengthsDoubtful) [captured, original] = [original, captured];
        else original = captured;
      }
      if (captured > MAX_CAPTURED_LENGTH) {
        this.stopAtLongRecord(this.windowOffset + at, captured);
        break;
      }
      const next = at + recordHeaderLength + captured;
      if (next > limit) {
        this.needed = next - at;
        break;
      }
      let second = view.getUint32(at + SECONDS, littleEndian);
      let ticks = view.getUint32(at + FRACTION, littleEndian);
      if (ticks >= ticksPerSecond) {
        // Some writers let the fraction run over; nothing is lost by carrying.
        const carry = Math.floor(ticks / ticksPerSecond);
        second += carry;
        ticks -= carry * ticksPerSecond;
      }
      offset[row] = at + recordHeaderLength;
      capturedLength[row] = captured;
      originalLength[row] = original;
      seconds[row] = second;
      nanoseconds[row] = ticks * nanosecondsPerTick;
      frame[row] = this.frame + row + 1;
      at = next;
      if (++row === capacity) {
        this.deliverRows(row);
        row = 0;
      }
    }
    batch.count = row;
    this.frame += row;
    return at;
  }

  private deliverRows(count: number): void {
    this.frame += count;
    this.batch.count = count;
    this.deliver();
  }

  private stopAtLongRecord(byteOffset: number, captured: number): void {
    this.stopped = true; // pcap has no mark by which the next record could be found
    this.addDamage({
      code: 'record-too-long', byteOffset, expected: captured, found: MAX_CAPTURED_LENGTH, boundedBy: 'record-limit',
      detail: `a packet record claims ${captured} bytes`,
    });
  }

  protected override cut(_bytes: Uint8Array, _view: DataView, start: number, limit: number): void {
    const byteOffset = this.windowOffset + start;
    const found = limit - start;
    if (this.layout === undefined) {
      this.addDamage({ code: 'cut-file-header', byteOffset, expected: FILE_HEADER_LENGTH, found, boundedBy: 'file', detail: 'the file ends in the pcap file header' });
    } else if (found > 0) {
      this.addDamage({ code: 'cut-record', byteOffset, expected: this.needed, found, boundedBy: 'file', detail: 'the file ends in a packet record' });
    }
  }
}

function isMagic(magic: number): boolean {
  return magic === MICROSECONDS || magic === NANOSECONDS || magic === MODIFIED;
}

/** @throws NotACaptureError when the magic is none. */
function readLayout(view: DataView, at: number): PcapLayout {
  const littleEndian = isMagic(view.getUint32(at, true));
  const magic = view.getUint32(at, littleEndian);
  if (!isMagic(magic)) throw new NotACaptureError('not a pcap file: no known magic at byte 0');
  const major = view.getUint16(at + VERSION_MAJOR, littleEndian);
  const minor = view.getUint16(at + VERSION_MINOR, littleEndian);
  return {
    littleEndian,
    nanosecondsPerTick: magic === NANOSECONDS ? 1 : 1000,
    recordHeaderLength: magic === MODIFIED ? MODIFIED_RECORD_HEADER_LENGTH : RECORD_HEADER_LENGTH,
    lengthsSwapped: major === 2 && minor < 3,
    lengthsDoubtful: (major === 2 && minor === 3) || major === DGUX_MAJOR,
  };
}

function readInterface(view: DataView, at: number, littleEndian: boolean): CaptureInterface {
  const word = view.getUint32(at + LINK_TYPE, littleEndian);
  const snapLength = view.getUint32(at + SNAP_LENGTH, littleEndian);
  return {
    linkType: canonicalLinkType(word & 0xffff),
    // Larger values than any packet may have occur, and mean that nothing was cut.
    snapLength: snapLength > MAX_CAPTURED_LENGTH ? 0 : snapLength,
    fcsLength: (word & FCS_LENGTH_VALID) === 0 ? 0 : (word >>> 28) * 2,
    name: null, description: null, filter: null, operatingSystem: null, dropped: null,
  };
}
