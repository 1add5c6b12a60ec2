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

/** Canonical text, lower case with hyphens. Only the first three groups have a byte order. */
export function readUuid(bytes: Uint8Array, at: number, littleEndian: boolean): string {
  const low = readUint32(bytes, at, littleEndian).toString(16).padStart(8, '0');
  const mid = readUint16(bytes, at + 4, littleEndian).toString(16).padStart(4, '0');
  const high = readUint16(bytes, at + 6, littleEndian).toString(16).padStart(4, '0');
  return `${low}-${mid}-${high}-${hex(bytes, at + 8, at + 10)}-${hex(bytes, at + 10, at + 16)}`;
}

function hex(bytes: Uint8Array, start: number, limit: number): string {
  let text = '';
  for (let at = start; at < limit; at++) text += bytes[at]!.toString(16).padStart(2, '0');
  return text;
}
