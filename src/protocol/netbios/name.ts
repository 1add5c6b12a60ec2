/**
 * NetBIOS names on the wire (RFC 1002 4.1, first-level encoding of RFC 1001 14.1): a length byte 32, then two letters A–P for
 * each of 16 bytes, of which the last is the suffix that says what the name stands for.
 */
import { latinText } from '../wire-text.js';

export const ENCODED_NAME_LENGTH = 33;

export interface NetbiosName {
  /** Without trailing spaces and zeros. */
  readonly name: string;
  readonly suffix: number;
}

/** The name whose length byte is at `start`; undefined when there is none. */
export function decodeNetbiosName(bytes: Uint8Array, start: number, limit: number): NetbiosName | undefined {
  if (limit - start < ENCODED_NAME_LENGTH || bytes[start] !== 0x20) return undefined;
  const plain = new Uint8Array(16);
  for (let index = 0; index < 16; index++) {
    const high = bytes[start + 1 + 2 * index]! - 0x41;
    const low = bytes[start + 2 + 2 * index]! - 0x41;
    if ((high | low) < 0 || (high | low) > 15) return undefined;
    plain[index] = (high << 4) | low;
  }
  let length = 15;
  while (length > 0 && (plain[length - 1] === 0x20 || plain[length - 1] === 0)) length--;
  return { name: latinText(plain, 0, length), suffix: plain[15]! };
}
