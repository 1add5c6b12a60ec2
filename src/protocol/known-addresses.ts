/** Texts of the IPv4 addresses that messages named last, one a slot: the same few servers are named over and over. */
import { ipv4Text } from '../decode/address-text.js';

const SLOT_BITS = 8;
const texts = new Array<string>(1 << SLOT_BITS).fill('0.0.0.0');
const words = new Uint32Array(1 << SLOT_BITS);

/** @param word without sign. */
export function knownIpv4Text(word: number): string {
  const slot = Math.imul(word, 0x9e3779b1) >>> (32 - SLOT_BITS);
  if (words[slot] !== word) {
    words[slot] = word;
    texts[slot] = ipv4Text(word);
  }
  return texts[slot]!;
}
