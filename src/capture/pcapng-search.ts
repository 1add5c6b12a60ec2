/** Finding the next whole pcapng block after damage: pcapng has no mark, but a block has its length at both ends. */
import {
  BLOCK_TRAILER_LENGTH, BlockType, CAPTURED_LENGTH, INTERFACE_ID, isSectionLittleEndian, LENGTH, MAX_PACKET_BLOCK_LENGTH, PACKET_SHORTEST, SECTION_SHORTEST,
  SIMPLE_PACKET_SHORTEST,
} from './pcapng-layout.js';

export interface BlockSearch {
  /** Where the block stands, or from where to go on searching. */
  readonly at: number;
  /** 0: found; else so many bytes from `at` on are needed to go on. */
  readonly needed: number;
}

/**
 * Searches from `start` to `limit` (exclusive).
 * @param interfaces how many the section has described: a packet must belong to one of them.
 * @param isAtEnd nothing comes behind `limit`: what does not fit is no block.
 */
export function findBlock(view: DataView, start: number, limit: number, littleEndian: boolean, interfaces: number, isAtEnd: boolean): BlockSearch {
  let at = start;
  for (; limit - at >= SECTION_SHORTEST; at++) {
    const length = candidateLength(view, at, littleEndian, interfaces);
    if (length === 0) continue;
    if (length > limit - at) {
      if (isAtEnd) continue;
      return { at, needed: length };
    }
    if (view.getUint32(at + length - BLOCK_TRAILER_LENGTH, isSectionLittleEndian(view, at) ?? littleEndian) === length) return { at, needed: 0 };
  }
  return { at, needed: SECTION_SHORTEST };
}

/** What a block at `at` would measure, if one of a common type can stand there; else 0. At least as strict as the reader's own checks. */
function candidateLength(view: DataView, at: number, littleEndian: boolean, interfaces: number): number {
  const type = view.getUint32(at, littleEndian);
  if (type === 0 || (type > BlockType.enhancedPacket && type !== BlockType.sectionHeader)) return 0;
  const isLittleEndian = type === BlockType.sectionHeader ? isSectionLittleEndian(view, at) : littleEndian;
  if (isLittleEndian === undefined) return 0;
  const length = view.getUint32(at + LENGTH, isLittleEndian);
  if (length % 4 !== 0 || length < SIMPLE_PACKET_SHORTEST || length > MAX_PACKET_BLOCK_LENGTH) return 0;
  if (type !== BlockType.enhancedPacket) return length;
  const isPacket = view.getUint32(at + INTERFACE_ID, isLittleEndian) < interfaces && view.getUint32(at + CAPTURED_LENGTH, isLittleEndian) <= length - PACKET_SHORTEST;
  return isPacket ? length : 0;
}
