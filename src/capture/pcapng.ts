/**
 * pcapng (draft-ietf-opsawg-pcapng): blocks of type, length, body, and the length once more. Each section has its own byte order,
 * interfaces and clocks. A block whose two lengths differ, or whose length is nonsense, is damage: reading goes on at the next
 * place where a whole block stands.
 */
import { type CaptureDamage, NotACaptureError } from './damage.js';
import { MAX_CAPTURED_LENGTH } from './link-type.js';
import { PacketFlag } from './packet-batch.js';
import { PacketNotes } from './packet-notes.js';
import type { PcapngClock } from './pcapng-clock.js';
import {
  BLOCK_HEADER_LENGTH, BLOCK_SHORTEST, BLOCK_TRAILER_LENGTH, BlockType, CAPTURED_LENGTH, INTERFACE_ID, isSectionLittleEndian, LENGTH, longestBlock,
  MAX_PACKET_BLOCK_LENGTH, NUMBERED_BLOCKS, ORIGINAL_LENGTH, PACKET_DATA, PACKET_SHORTEST, SECTION_SHORTEST, SIMPLE_ORIGINAL_LENGTH, SIMPLE_PACKET_DATA,
  SIMPLE_PACKET_SHORTEST, TIME_HIGH, TIME_LOW,
} from './pcapng-layout.js';
import { packetFlags, packetProcess, roundUpTo4 } from './pcapng-options.js';
import { findBlock } from './pcapng-search.js';
import { PcapngSection } from './pcapng-section.js';
import { RecordReader } from './record-reader.js';

/** Nothing that was on a wire is longer, unless it was captured so: etl2pcapng stores garbage for frames that are not IP. */
const MAX_BELIEVED_ORIGINAL_LENGTH = 65_535 + 64;

/** Options of so many bytes hold flags and the end mark, as most writers have them, and nothing else. */
const FLAGS_ONLY = 12;

/** Answers in place of a block length. */
const INCOMPLETE = -1;
const LOST = -2;

export class PcapngReader extends RecordReader {
  readonly format = 'pcapng';
  private littleEndian = true;
  private isFirstBlock = true;
  private readonly section = new PcapngSection(this.interfaces, this.names);
  private frame = 0;
  /** After damage: looking for the next whole block. */
  private isLost = false;
  private isAtEnd = false;
  private readonly packetNotes = new PacketNotes();
  readonly notes = this.packetNotes.list;

  protected override parse(bytes: Uint8Array, view: DataView, start: number, limit: number): number {
    this.batch.bytes = bytes;
    this.batch.view = view;
    let at = start;
    for (;;) {
      if (this.isLost) {
        at = this.search(view, at, limit);
        if (this.isLost) return at;
      }
      at = this.parseEnhancedPackets(view, at, limit);
      if (this.isLost) continue;
      if (limit - at < BLOCK_HEADER_LENGTH) {
        this.needed = BLOCK_HEADER_LENGTH;
        return at;
      }
      const type = view.getUint32(at, this.littleEndian);
      const length = type === BlockType.sectionHeader ? this.sectionLength(view, at, limit) : this.wholeBlock(view, at, limit);
      if (length === INCOMPLETE) return at;
      if (length === LOST) continue;
      this.readBlock(type, view, at, length);
      at += roundUpTo4(length);
    }
  }

  /** The hot loop: enhanced packet blocks as long as one follows the other. Answers where the first other or incomplete one is. */
  private parseEnhancedPackets(view: DataView, start: number, limit: number): number {
    const { littleEndian, batch } = this;
    const { clocks, start: firstInterface } = this.section;
    const { offset, capturedLength, originalLength, seconds, nanoseconds, interfaceIndex, frame, flags, capacity } = batch;
    let at = start;
    while (limit - at >= BLOCK_HEADER_LENGTH && view.getUint32(at, littleEndian) === BlockType.enhancedPacket) {
      const length = this.wholeBlock(view, at, limit);
      if (length < 0) return at;
      const captured = length < PACKET_SHORTEST ? Infinity : view.getUint32(at + CAPTURED_LENGTH, littleEndian);
      const interfaceId = view.getUint32(at + INTERFACE_ID, littleEndian);
      const clock = clocks[interfaceId];
      if (captured > length - PACKET_SHORTEST || captured > MAX_CAPTURED_LENGTH) {
        this.refusePacket(at, captured, length);
      } else if (clock === undefined) {
        this.refuseInterface(at, interfaceId);
      } else {
        const row = batch.count;
        const original = view.getUint32(at + ORIGINAL_LENGTH, littleEndian);
        clock.read(view.getUint32(at + TIME_HIGH, littleEndian), view.getUint32(at + TIME_LOW, littleEndian));
        offset[row] = at + PACKET_DATA;
        capturedLength[row] = captured;
        originalLength[row] = original > captured ? this.believedLength(original, captured, interfaceId) : captured;
        seconds[row] = clock.seconds;
        nanoseconds[row] = clock.nanoseconds;
        interfaceIndex[row] = firstInterface + interfaceId;
        frame[row] = ++this.frame;
        const optionsStart = PACKET_DATA + ((captured + 3) & ~3);
        const optionsLimit = length - BLOCK_TRAILER_LENGTH;
        flags[row] = optionsStart < optionsLimit ? packetFlags(view, at + optionsStart, at + optionsLimit, littleEndian) : 0;
        if (optionsLimit - optionsStart > FLAGS_ONLY) batch.note[row] = this.noteOf(view, at + optionsStart, at + optionsLimit, flags[row], interfaceIndex[row]);
        else if (this.notes.length > 0) batch.note[row] = 0;
        batch.count = row + 1;
        if (row + 1 === capacity) this.deliver();
      }
      at += (length + 3) & ~3;
    }
    return at;
  }

  private noteOf(view: DataView, start: number, limit: number, flags: number, interfaceIndex: number): number {
    const process = packetProcess(view, start, limit, this.littleEndian);
    const isDropped = (flags & PacketFlag.dropped) !== 0;
    if (process === null && !isDropped) return 0;
    return this.packetNotes.index(process, isDropped ? 'reason not kept by the converter' : null, this.interfaces[interfaceIndex]?.name ?? `interface ${interfaceIndex}`);
  }

  /** Length of the block at `at` as it says itself, checked; or INCOMPLETE with `needed` set; or LOST, the damage recorded. Runs per packet. */
  private wholeBlock(view: DataView, at: number, limit: number): number {
    const length = view.getUint32(at + LENGTH, this.littleEndian);
    if (length < BLOCK_SHORTEST) return this.lose(at, length, BLOCK_SHORTEST, 'format', 'a block is shorter than any can be');
    if (length > MAX_PACKET_BLOCK_LENGTH) {
      const longest = longestBlock(view.getUint32(at, this.littleEndian));
      if (length > longest) return this.lose(at, length, longest, 'block-limit', 'a block is longer than one of its type may be');
    }
    const padded = (length + 3) & ~3;
    if (padded > limit - at) {
      this.needed = padded;
      return INCOMPLETE;
    }
    const trailer = view.getUint32(at + padded - BLOCK_TRAILER_LENGTH, this.littleEndian);
    if (trailer !== length) return this.lose(at, length, trailer, 'block', 'a block has two different lengths');
    return length;
  }

  /** As {@link wholeBlock}, for a section header: its magic decides the byte order of its own length already. */
  private sectionLength(view: DataView, at: number, limit: number): number {
    if (limit - at < SECTION_SHORTEST) {
      this.needed = SECTION_SHORTEST;
      return INCOMPLETE;
    }
    const isLittleEndian = isSectionLittleEndian(view, at);
    if (isLittleEndian === undefined) {
      if (this.isFirstBlock) throw new NotACaptureError('not a pcapng file: no byte-order magic at byte 8', 8);
      return this.lose(at, SECTION_SHORTEST, 0, 'format', 'a section header without byte-order magic');
    }
    this.littleEndian = isLittleEndian;
    return this.wholeBlock(view, at, limit);
  }

  private lose(at: number, expected: number, found: number, boundedBy: CaptureDamage['boundedBy'], detail: string): typeof LOST {
    this.addDamage({ code: 'bad-block-length', byteOffset: this.windowOffset + at, expected, found, boundedBy, detail });
    this.isLost = true;
    return LOST;
  }

  /** Where the next whole block stands, having cleared `isLost`; or, still lost, from where to go on searching. */
  private search(view: DataView, start: number, limit: number): number {
    const found = findBlock(view, start, limit, this.littleEndian, this.section.clocks.length, this.isAtEnd);
    if (found.needed === 0) this.isLost = false;
    else this.needed = found.needed;
    return found.at;
  }

  private readBlock(type: number, view: DataView, at: number, length: number): void {
    if (type === BlockType.sectionHeader) {
      this.isFirstBlock = false;
      this.section.begin();
    } else if (type === BlockType.interfaceDescription) {
      this.deliver(); // what is there belongs to the interfaces before it
      const fault = this.section.readInterface(view, at, length, this.littleEndian);
      if (fault !== undefined) this.addDamage({ code: 'bad-block', byteOffset: this.windowOffset + at, ...fault });
    } else if (type === BlockType.simplePacket) this.readSimplePacket(view, at, length);
    else if (type === BlockType.obsoletePacket) this.readObsoletePacket(view, at, length);
    else if (type === BlockType.interfaceStatistics) this.section.readStatistics(view, at, length, this.littleEndian);
    else if (type === BlockType.nameResolution) this.section.readNames(view, at, length, this.littleEndian);
    else if (NUMBERED_BLOCKS.has(type)) this.frame++;
  }

  private readSimplePacket(view: DataView, at: number, length: number): void {
    if (length < SIMPLE_PACKET_SHORTEST) {
      this.refusePacket(at, Infinity, length);
    } else if (this.section.clocks.length === 0) {
      this.refuseInterface(at, 0);
    } else {
      const original = view.getUint32(at + SIMPLE_ORIGINAL_LENGTH, this.littleEndian);
      const { snapLength } = this.interfaces[this.section.start]!;
      const captured = Math.min(original, length - SIMPLE_PACKET_SHORTEST, snapLength === 0 ? Infinity : snapLength);
      this.addPacket(at + SIMPLE_PACKET_DATA, captured, original, 0, undefined, 0);
    }
  }

  private readObsoletePacket(view: DataView, at: number, length: number): void {
    const { littleEndian } = this;
    const captured = length < PACKET_SHORTEST ? Infinity : view.getUint32(at + CAPTURED_LENGTH, littleEndian);
    const interfaceId = view.getUint16(at + INTERFACE_ID, littleEndian);
    const clock = this.section.clocks[interfaceId];
    if (captured > length - PACKET_SHORTEST || captured > MAX_CAPTURED_LENGTH) {
      this.refusePacket(at, captured, length);
    } else if (clock === undefined) {
      this.refuseInterface(at, interfaceId);
    } else {
      clock.read(view.getUint32(at + TIME_HIGH, littleEndian), view.getUint32(at + TIME_LOW, littleEndian));
      const flags = packetFlags(view, at + PACKET_DATA + roundUpTo4(captured), at + length - BLOCK_TRAILER_LENGTH, littleEndian);
      this.addPacket(at + PACKET_DATA, captured, view.getUint32(at + ORIGINAL_LENGTH, littleEndian), interfaceId, clock, flags);
    }
  }

  private addPacket(dataAt: number, captured: number, original: number, interfaceId: number, clock: PcapngClock | undefined, flags: number): void {
    const { batch } = this;
    const row = batch.count;
    batch.offset[row] = dataAt;
    batch.capturedLength[row] = captured;
    batch.originalLength[row] = original > captured ? this.believedLength(original, captured, interfaceId) : captured;
    batch.seconds[row] = clock?.seconds ?? NaN;
    batch.nanoseconds[row] = clock?.nanoseconds ?? 0;
    batch.interfaceIndex[row] = this.section.start + interfaceId;
    batch.frame[row] = ++this.frame;
    batch.flags[row] = flags;
    batch.note[row] = 0;
    batch.count = row + 1;
    if (batch.count === batch.capacity) this.deliver();
  }

  /** Original length of a packet of which less was captured. */
  private believedLength(original: number, captured: number, interfaceId: number): number {
    if (original <= MAX_BELIEVED_ORIGINAL_LENGTH) return original;
    const { snapLength } = this.interfaces[this.section.start + interfaceId]!;
    return snapLength !== 0 && captured >= snapLength ? original : captured;
  }

  private refusePacket(at: number, captured: number, length: number): void {
    this.frame++;
    this.skip('bad-block');
    const expected = captured === Infinity ? PACKET_SHORTEST : PACKET_SHORTEST + captured;
    this.addDamage({ code: 'bad-block', byteOffset: this.windowOffset + at, expected, found: length, boundedBy: 'block', detail: 'a packet claims more bytes than its block may hold' });
  }

  private refuseInterface(at: number, id: number): void {
    this.frame++;
    this.skip('unknown-interface');
    this.addDamage({
      code: 'unknown-interface', byteOffset: this.windowOffset + at, expected: id + 1, found: this.section.clocks.length, boundedBy: 'format',
      detail: `a packet belongs to interface ${id}, which nothing describes`,
    });
  }

  protected override cut(bytes: Uint8Array, view: DataView, start: number, limit: number): void {
    let at = start;
    if (this.isLost) {
      this.isAtEnd = true;
      at = this.parse(bytes, view, at, limit);
    }
    const byteOffset = this.windowOffset + at;
    const found = limit - at;
    if (this.isFirstBlock) {
      this.addDamage({ code: 'cut-file-header', byteOffset, expected: this.needed, found, boundedBy: 'file', detail: 'the file ends in its first section header' });
    } else if (found > 0 && !this.isLost) {
      this.addDamage({ code: 'cut-block', byteOffset, expected: this.needed, found, boundedBy: 'file', detail: 'the file ends in a block' });
    }
  }
}
