/**
 * Protection of Initial packets (RFC 9001 5): the keys follow from the connection id that the client chose first, so whoever sees the
 * first packet can read these. They hide nothing; they keep devices in between from depending on what is inside.
 */
import { Aes128, AesGcm, TAG_LENGTH } from '../crypto/aes-gcm.js';
import { expandLabel, hmacSha256 } from '../crypto/sha256.js';
import type { Role } from '../recogniser.js';
import type { LongHeader, QuicVersion } from './packet.js';

const SECRET_LENGTH = 32;
const NONCE_LENGTH = 12;
/** Where the sample for header protection lies behind the beginning of the packet number (5.4.2). */
const SAMPLE = 4;
const SAMPLE_LENGTH = 16;
const NUMBER_MAXIMUM = 4;
/** A datagram is no longer; one that is was put together by an offload. */
const PACKET_MAXIMUM = 4096;

/** Keys of one side. */
class SideKeys {
  private readonly packets: AesGcm;
  private readonly nonce: Uint8Array;
  private readonly header: Aes128;

  constructor(secret: Uint8Array, label: string) {
    this.packets = new AesGcm(expandLabel(secret, `${label}key`, 16).slice());
    this.nonce = expandLabel(secret, `${label}iv`, NONCE_LENGTH).slice();
    this.header = new Aes128(expandLabel(secret, `${label}hp`, 16).slice());
  }

  open(bytes: Uint8Array, start: number, { numberStart, limit }: LongHeader): Uint8Array | undefined {
    if (limit - numberStart < SAMPLE + SAMPLE_LENGTH || limit - start > PACKET_MAXIMUM) return undefined;
    const mask = new Uint32Array(4);
    for (let index = 0; index < SAMPLE_LENGTH; index++) mask[index >> 2] = mask[index >> 2]! | (bytes[numberStart + SAMPLE + index]! << (24 - 8 * (index & 3)));
    this.header.encrypt(mask);
    const maskAt = (index: number) => (mask[index >> 2]! >>> (24 - 8 * (index & 3))) & 0xff;
    const first = bytes[start]! ^ (maskAt(0) & 0x0f);
    const numberLength = (first & (NUMBER_MAXIMUM - 1)) + 1;
    const plainHeader = bytes.slice(start, numberStart + numberLength);
    plainHeader[0] = first;
    const nonce = this.nonce.slice();
    for (let index = 0; index < numberLength; index++) {
      const at = numberStart - start + index;
      plainHeader[at] = plainHeader[at]! ^ maskAt(1 + index);
      // The first packets have small numbers: what is sent of one is all of it.
      const place = NONCE_LENGTH - numberLength + index;
      nonce[place] = nonce[place]! ^ plainHeader[at];
    }
    const sealed = bytes.subarray(numberStart + numberLength, limit);
    return sealed.length < TAG_LENGTH ? undefined : this.packets.open(nonce, plainHeader, sealed);
  }
}

/** Keys of both sides for one connection id and version; those of a side are made when it is first read. */
export class InitialKeys {
  readonly version: QuicVersion;
  private readonly secret: Uint8Array;
  private readonly sides: Partial<Record<Role, SideKeys>> = {};

  /** @param id the destination's connection id in the client's first packet. */
  constructor(version: QuicVersion, id: Uint8Array) {
    this.version = version;
    this.secret = hmacSha256(bytesOf(version.salt), id);
  }

  /** What the packet of `role` holds; undefined when its tag is wrong, so that it was not made with these keys. */
  open(role: Role, bytes: Uint8Array, start: number, header: LongHeader): Uint8Array | undefined {
    const keys = (this.sides[role] ??= new SideKeys(expandLabel(this.secret, `${role} in`, SECRET_LENGTH).slice(), this.version.label));
    return keys.open(bytes, start, header);
  }
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, index) => parseInt(hex.slice(2 * index, 2 * index + 2), 16));
}
