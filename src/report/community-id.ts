/**
 * Community ID v1 (github.com/corelight/community-id-spec), seed 0: the same text for a flow in every tool. The smaller endpoint
 * stands first, so both directions have one id.
 */
import { parseAddress } from '../decode/address-text.js';
import { sha1Short } from './sha1.js';

const SEED_LENGTH = 2;
const encoder = new TextEncoder();
const PREFIX_LENGTH = 2;
const BASE64 = encoder.encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const MAX_CACHED = 65_536;

export class CommunityIds {
  private readonly message = new Uint8Array(40);
  private readonly digest = new Uint8Array(20);
  private readonly text = encoder.encode('1:                           =');
  private readonly addresses = new Map<string, Uint8Array>();

  /** Addresses in canonical text. */
  of(transport: 'tcp' | 'udp', oneAddress: string, onePort: number, otherAddress: string, otherPort: number): string {
    return String.fromCharCode(...this.ascii(transport, oneAddress, onePort, otherAddress, otherPort));
  }

  /** The same as bytes; valid until the next call. */
  ascii(transport: 'tcp' | 'udp', oneAddress: string, onePort: number, otherAddress: string, otherPort: number): Uint8Array {
    const one = this.bytesOf(oneAddress);
    const other = this.bytesOf(otherAddress);
    const inOrder = compare(one, onePort, other, otherPort) <= 0;
    const { message } = this;
    let at = SEED_LENGTH;
    message.set(inOrder ? one : other, at);
    at += inOrder ? one.length : other.length;
    message.set(inOrder ? other : one, at);
    at += inOrder ? other.length : one.length;
    const first = inOrder ? onePort : otherPort;
    const second = inOrder ? otherPort : onePort;
    message[at++] = transport === 'tcp' ? 6 : 17;
    message[at++] = 0;
    message[at++] = first >> 8;
    message[at++] = first;
    message[at++] = second >> 8;
    message[at++] = second;
    sha1Short(message, at, this.digest);
    base64(this.digest, this.text);
    return this.text;
  }

  private bytesOf(address: string): Uint8Array {
    let bytes = this.addresses.get(address);
    if (bytes === undefined) {
      bytes = bytesOfText(address);
      if (this.addresses.size < MAX_CACHED) this.addresses.set(address, bytes);
    }
    return bytes;
  }
}

function compare(one: Uint8Array, onePort: number, other: Uint8Array, otherPort: number): number {
  for (let i = 0; i < one.length && i < other.length; i++) if (one[i] !== other[i]) return one[i]! - other[i]!;
  return one.length - other.length || onePort - otherPort;
}

/** A zone (`%2`) is no part of the address. */
function bytesOfText(text: string): Uint8Array {
  const words = parseAddress(text.split('%')[0]!) ?? [];
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => { view.setUint32(i * 4, word); });
  return bytes;
}

/** Behind `1:`; the `=` stands there. */
function base64(digest: Uint8Array, text: Uint8Array): void {
  let at = PREFIX_LENGTH;
  for (let i = 0; i + 2 < digest.length; i += 3, at += 4) {
    const word = (digest[i]! << 16) | (digest[i + 1]! << 8) | digest[i + 2]!;
    text[at] = BASE64[word >> 18]!;
    text[at + 1] = BASE64[(word >> 12) & 63]!;
    text[at + 2] = BASE64[(word >> 6) & 63]!;
    text[at + 3] = BASE64[word & 63]!;
  }
  // 20 bytes: the last group has two.
  const word = (digest[18]! << 8) | digest[19]!;
  text[at] = BASE64[word >> 10]!;
  text[at + 1] = BASE64[(word >> 4) & 63]!;
  text[at + 2] = BASE64[(word << 2) & 63]!;
}
