/** Against Node's own implementations, which are OpenSSL's, and the vectors of the standards. */
import { createCipheriv, createHash, createHmac, hkdfSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Aes128, AesGcm, TAG_LENGTH } from '../../../src/protocol/crypto/aes-gcm.js';
import { expandLabel, hmacSha256, sha256 } from '../../../src/protocol/crypto/sha256.js';

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

function seal(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, plain: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  cipher.setAAD(associated);
  return Uint8Array.from(Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]));
}

describe('AES-128', () => {
  it('enciphers the example of FIPS 197, appendix B', () => {
    const block = Uint32Array.from([0x3243f6a8, 0x885a308d, 0x313198a2, 0xe0370734]);
    new Aes128(hex('2b7e151628aed2a6abf7158809cf4f3c')).encrypt(block);
    expect([...block]).toEqual([0x3925841d, 0x02dc09fb, 0xdc118597, 0x196a0b32]);
  });
});

describe('AES-128-GCM', () => {
  it('opens what OpenSSL seals', () => {
    fc.assert(fc.property(bytesOf(16), bytesOf(12), fc.uint8Array({ maxLength: 70 }), fc.uint8Array({ maxLength: 300 }), (key, nonce, associated, plain) => {
      expect(new AesGcm(key).open(nonce, associated, seal(key, nonce, associated, plain))).toEqual(plain);
    }), { numRuns: 200 });
  });

  it('opens nothing in which one bit is other than it was', () => {
    fc.assert(fc.property(bytesOf(16), fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 60 }), fc.nat(), fc.nat(7), (key, associated, plain, place, bit) => {
      const nonce = new Uint8Array(12);
      const sealed = seal(key, nonce, associated, plain);
      const at = place % (associated.length + sealed.length);
      const changed = at < associated.length ? associated : sealed;
      changed[at < associated.length ? at : at - associated.length]! ^= 1 << bit;
      expect(new AesGcm(key).open(nonce, associated, sealed)).toBeUndefined();
    }), { numRuns: 200 });
  });

  it('opens nothing that is shorter than a tag', () => {
    for (let length = 0; length < TAG_LENGTH; length++) expect(new AesGcm(new Uint8Array(16)).open(new Uint8Array(12), new Uint8Array(0), new Uint8Array(length))).toBeUndefined();
  });
});

describe('SHA-256, HMAC and HKDF', () => {
  it('are those of OpenSSL at every length around a block', () => {
    for (let length = 0; length < 200; length++) {
      const message = Uint8Array.from({ length }, (_, index) => (index * 7) & 0xff);
      expect(Buffer.from(sha256(message)).toString('hex')).toBe(createHash('sha256').update(message).digest('hex'));
      expect(Buffer.from(hmacSha256(message, message)).toString('hex')).toBe(createHmac('sha256', message).update(message).digest('hex'));
    }
  });

  it('expand a label as RFC 5869 does', () => {
    const secret = sha256(new Uint8Array(3));
    const info = Uint8Array.from([0, 16, 14, ...Buffer.from('tls13 quic key'), 0]);
    // hkdfSync extracts first; with the secret as salt-less key that is another secret, so expansion is taken from HMAC itself.
    expect(Buffer.from(expandLabel(secret, 'quic key', 16)).toString('hex'))
      .toBe(createHmac('sha256', secret).update(info).update(Uint8Array.of(1)).digest('hex').slice(0, 32));
    const extracted = hmacSha256(new Uint8Array(32), secret);
    expect(Buffer.from(hkdfSync('sha256', secret, new Uint8Array(32), info, 16)).toString('hex')).toBe(Buffer.from(expandLabel(extracted, 'quic key', 16)).toString('hex'));
  });
});
