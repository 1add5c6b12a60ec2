/**
 * Numbers and UUIDs as a PDU's data representation label orders them (C706 14.1): the first label byte's high nibble is 1 for
 * little-endian. The label counts for its own PDU only. Callers have proved that the bytes are there.
 */
export function isLittleEndian(label: number): boolean {
  return (label & 0x10) !== 0;
}

/** Integer order 0 or 1, characters ASCII or EBCDIC, a known floating-point format, the rest zero (C706 14.1). */
export function isDataRepresentation(integers: number, floats: number, reserved: number): boolean {
  return (integers & 0xee) === 0 && floats <= 3 && reserved === 0;
}

export function readUint16(bytes: Uint8Array, at: number, littleEndian: boolean): number {
  return littleEndian ? bytes[at]! | (bytes[at + 1]! << 8) : (bytes[at]! << 8) | bytes[at + 1]!;
}

export function readUint32(bytes: Uint8Array, at: number, littleEndian: boolean): number {
  const word = littleEndian
    ? bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    : (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  return word >>> 0;
}

export const UUID_LENGTH = 16;

/**
 * UUIDs that were read before, one a slot: a network speaks of a few dozen interfaces in millions of messages. The words are those
 * of the text, so both byte orders share a slot, and equal UUIDs are mostly one string, which compares fast.
 */
const KNOWN_UUIDS = 512;
const knownWords = new Int32Array(4 * KNOWN_UUIDS);
const knownTexts: string[] = new Array<string>(KNOWN_UUIDS).fill('00000000-0000-0000-0000-000000000000');

/** Canonical text, lower case with hyphens. Only the first three groups have a byte order. */
export function readUuid(bytes: Uint8Array, at: number, littleEndian: boolean): string {
  const word0 = readUint32(bytes, at, littleEndian) | 0;
  const word1 = (readUint16(bytes, at + 4, littleEndian) << 16) | readUint16(bytes, at + 6, littleEndian);
  const word2 = readUint32(bytes, at + 8, false) | 0;
  const word3 = readUint32(bytes, at + 12, false) | 0;
  const mixed = Math.imul(word0 ^ Math.imul(word1, 31) ^ Math.imul(word2, 961) ^ Math.imul(word3, 29791), 0x9e3779b1);
  const slot = mixed >>> 23;
  const row = 4 * slot;
  if (knownWords[row] === word0 && knownWords[row + 1] === word1 && knownWords[row + 2] === word2 && knownWords[row + 3] === word3) {
    return knownTexts[slot]!;
  }
  knownWords[row] = word0;
  knownWords[row + 1] = word1;
  knownWords[row + 2] = word2;
  knownWords[row + 3] = word3;
  const middle = hex(word1);
  const end = hex(word2);
  return (knownTexts[slot] = `${hex(word0)}-${middle.slice(0, 4)}-${middle.slice(4)}-${end.slice(0, 4)}-${end.slice(4)}${hex(word3)}`);
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
