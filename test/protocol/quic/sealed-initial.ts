/** Initial packets of QUIC as RFC 9001 5 makes them, with Node's cryptography and none of the product's. */
import { createCipheriv, createHmac } from 'node:crypto';

export interface Initial {
  readonly version?: 1 | 2;
  readonly from?: 'client' | 'server';
  /** The connection id that the client chose first: of it the keys are made. */
  readonly first: Uint8Array;
  /** The id in the header; else `first`. */
  readonly destination?: Uint8Array;
  readonly token?: Uint8Array;
  readonly number?: number;
  readonly numberLength?: 1 | 2 | 3 | 4;
  /** Frames; padded to 1162 bytes as RFC 9001 A.2 has them, unless `pad` says otherwise. */
  readonly frames: Uint8Array;
  readonly pad?: number;
}

const SALTS = { 1: '38762cf7f55934b34d179ae6a4c80cadccbb7f0a', 2: '0dede3def700a6db819381be6e269dcbf9bd2ed9' };
const PADDED = 1162;

function hmac(key: Uint8Array, data: Uint8Array): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

function expand(secret: Uint8Array, label: string, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  return hmac(secret, Buffer.concat([Uint8Array.of(0, length, name.length), name, Uint8Array.of(0, 1)])).subarray(0, length);
}

/** A length as two bytes. */
function varint2(value: number): Uint8Array {
  return Uint8Array.of(0x40 | (value >> 8), value & 0xff);
}

export function sealInitial({ version = 1, from = 'client', first, destination = first, token, number = 2, numberLength = 4, frames, pad = PADDED }: Initial): Uint8Array {
  const prefix = version === 1 ? 'quic' : 'quicv2';
  const secret = expand(hmac(Buffer.from(SALTS[version], 'hex'), first), `${from} in`, 32);
  const plain = Buffer.concat([frames, new Uint8Array(Math.max(0, pad - frames.length))]);
  const type = version === 1 ? 0 : 1;
  const length = numberLength + plain.length + 16;
  const header = Buffer.concat([
    Uint8Array.of(0xc0 | (type << 4) | (numberLength - 1)), Buffer.from(version === 1 ? '00000001' : '6b3343cf', 'hex'),
    Uint8Array.of(destination.length), destination, Uint8Array.of(0), token === undefined ? Uint8Array.of(0) : Buffer.concat([varint2(token.length), token]),
    varint2(length), Uint8Array.from({ length: numberLength }, (_, index) => (number >>> (8 * (numberLength - 1 - index))) & 0xff),
  ]);
  const nonce = Buffer.from(expand(secret, `${prefix} iv`, 12));
  for (let index = 0; index < 4; index++) nonce[8 + index]! ^= (number >>> (24 - 8 * index)) & 0xff;
  const cipher = createCipheriv('aes-128-gcm', expand(secret, `${prefix} key`, 16), nonce);
  cipher.setAAD(header);
  const packet = Buffer.concat([header, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  const numberStart = header.length - numberLength;
  const block = createCipheriv('aes-128-ecb', expand(secret, `${prefix} hp`, 16), null);
  const mask = block.update(packet.subarray(numberStart + 4, numberStart + 20));
  packet[0]! ^= mask[0]! & 0x0f;
  for (let index = 0; index < numberLength; index++) packet[numberStart + index]! ^= mask[1 + index]!;
  return Uint8Array.from(packet);
}

/** A CRYPTO frame. */
export function cryptoFrame(message: Uint8Array, start = 0, limit = message.length): Uint8Array {
  return Buffer.concat([Uint8Array.of(6), varint2(start), varint2(limit - start), message.subarray(start, limit)]);
}
