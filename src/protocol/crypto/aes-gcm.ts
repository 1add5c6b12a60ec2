/**
 * AES-128 of one block (FIPS 197) and opening of AES-128-GCM (NIST SP 800-38D 7.2): as much as QUIC's first packets need. The keys
 * are public (`quic/initial-keys.ts`), so nothing here guards against an observer of its timing. Tables are made at first use.
 */
export const KEY_LENGTH = 16;
export const TAG_LENGTH = 16;
const BLOCK = 16;
const ROUNDS = 10;
/** Bits that fall out on the right are folded in here: x^128 + x^7 + x^2 + x + 1, reflected (SP 800-38D 6.3). */
const REDUCTION = 0xe1000000;

let substitutions: Uint8Array | undefined;
/** Substitution, shift and mixing of one byte in the first row; the other rows are rotations of it. */
let mixed: Uint32Array | undefined;
/** What four bits that are shifted out leave in the upper word. */
let folded: Uint32Array | undefined;

/** AES-128 with one key. */
export class Aes128 {
  private readonly roundKeys = new Uint32Array(4 * (ROUNDS + 1));

  constructor(key: Uint8Array) {
    const sbox = (substitutions ??= makeSubstitutions());
    const keys = this.roundKeys;
    const view = new DataView(key.buffer, key.byteOffset, KEY_LENGTH);
    for (let word = 0; word < 4; word++) keys[word] = view.getUint32(4 * word);
    let constant = 1;
    for (let word = 4; word < keys.length; word++) {
      let mix = keys[word - 1]!;
      if (word % 4 === 0) {
        mix = substitute(sbox, (mix << 8) | (mix >>> 24)) ^ (constant << 24);
        constant = double(constant);
      }
      keys[word] = keys[word - 4]! ^ mix;
    }
  }

  /** Enciphers the block of four words in place. */
  encrypt(block: Uint32Array): void {
    const table = (mixed ??= makeMixed());
    const sbox = substitutions!;
    const keys = this.roundKeys;
    let a = block[0]! ^ keys[0]!;
    let b = block[1]! ^ keys[1]!;
    let c = block[2]! ^ keys[2]!;
    let d = block[3]! ^ keys[3]!;
    for (let round = 1; round < ROUNDS; round++) {
      const at = 4 * round;
      const nextA = column(table, a, b, c, d) ^ keys[at]!;
      const nextB = column(table, b, c, d, a) ^ keys[at + 1]!;
      const nextC = column(table, c, d, a, b) ^ keys[at + 2]!;
      d = column(table, d, a, b, c) ^ keys[at + 3]!;
      a = nextA;
      b = nextB;
      c = nextC;
    }
    block[0] = lastColumn(sbox, a, b, c, d) ^ keys[4 * ROUNDS]!;
    block[1] = lastColumn(sbox, b, c, d, a) ^ keys[4 * ROUNDS + 1]!;
    block[2] = lastColumn(sbox, c, d, a, b) ^ keys[4 * ROUNDS + 2]!;
    block[3] = lastColumn(sbox, d, a, b, c) ^ keys[4 * ROUNDS + 3]!;
  }
}

/** AES-128-GCM with one key. */
export class AesGcm {
  private readonly cipher: Aes128;
  /** Multiples of the hash key by four bits, most significant first: 16 rows of four words. */
  private readonly multiples = new Uint32Array(16 * 4);
  private readonly hash = new Uint32Array(4);

  constructor(key: Uint8Array) {
    this.cipher = new Aes128(key);
    const h = new Uint32Array(4);
    this.cipher.encrypt(h);
    const table = this.multiples;
    // Row 8 (bits 1000) is the key itself; halving the row's number multiplies by x.
    table.set(h, 4 * 8);
    for (let row = 4; row > 0; row >>= 1) {
      timesX(h);
      table.set(h, 4 * row);
    }
    for (let row = 2; row < 16; row <<= 1) {
      for (let low = 1; low < row; low++) {
        for (let word = 0; word < 4; word++) table[4 * (row + low) + word] = table[4 * row + word]! ^ table[4 * low + word]!;
      }
    }
  }

  /**
   * The plain text of `sealed` (ciphertext, then the tag of 16 bytes); undefined when the tag is wrong.
   * @param nonce 12 bytes.
   * @param associated what is authenticated with it.
   */
  open(nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    const length = sealed.length - TAG_LENGTH;
    if (length < 0) return undefined;
    this.hash.fill(0);
    this.absorb(associated, associated.length);
    this.absorb(sealed, length);
    const { hash } = this;
    hash[1] = hash[1]! ^ (8 * associated.length);
    hash[3] = hash[3]! ^ (8 * length);
    this.multiply();
    const counter = new Uint32Array(4);
    const start = new DataView(nonce.buffer, nonce.byteOffset, 12);
    const key = new Uint32Array(4);
    for (let word = 0; word < 3; word++) counter[word] = start.getUint32(4 * word);
    counter[3] = 1;
    key.set(counter);
    this.cipher.encrypt(key);
    let difference = 0;
    for (let index = 0; index < TAG_LENGTH; index++) {
      difference |= sealed[length + index]! ^ byteOf(hash[index >> 2]! ^ key[index >> 2]!, index);
    }
    if (difference !== 0) return undefined;
    const plain = new Uint8Array(length);
    for (let at = 0; at < length; at += BLOCK) {
      counter[3]++;
      key.set(counter);
      this.cipher.encrypt(key);
      const end = Math.min(BLOCK, length - at);
      for (let index = 0; index < end; index++) plain[at + index] = sealed[at + index]! ^ byteOf(key[index >> 2]!, index);
    }
    return plain;
  }

  /** GHASH over `length` bytes, the last block padded with zeros. */
  private absorb(bytes: Uint8Array, length: number): void {
    const { hash } = this;
    for (let at = 0; at < length; at += BLOCK) {
      const end = Math.min(BLOCK, length - at);
      for (let index = 0; index < end; index++) hash[index >> 2] = hash[index >> 2]! ^ (bytes[at + index]! << (24 - 8 * (index & 3)));
      this.multiply();
    }
  }

  /** Multiplies the hash by the hash key, four bits a step from the last to the first. */
  private multiply(): void {
    const { hash, multiples } = this;
    const fold = (folded ??= makeFolded());
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let step = 31; step >= 0; step--) {
      if (step !== 31) {
        const out = d & 15;
        d = (d >>> 4) | (c << 28);
        c = (c >>> 4) | (b << 28);
        b = (b >>> 4) | (a << 28);
        a = (a >>> 4) ^ fold[out]!;
      }
      const row = 4 * ((hash[step >> 3]! >>> (28 - 4 * (step & 7))) & 15);
      a ^= multiples[row]!;
      b ^= multiples[row + 1]!;
      c ^= multiples[row + 2]!;
      d ^= multiples[row + 3]!;
    }
    hash[0] = a;
    hash[1] = b;
    hash[2] = c;
    hash[3] = d;
  }
}

/** Byte of a big-endian word; `index` modulo 4. */
function byteOf(word: number, index: number): number {
  return (word >>> (24 - 8 * (index & 3))) & 0xff;
}

function timesX(value: Uint32Array): void {
  const out = value[3]! & 1;
  for (let word = 3; word > 0; word--) value[word] = (value[word]! >>> 1) | (value[word - 1]! << 31);
  value[0] = (value[0]! >>> 1) ^ (out === 0 ? 0 : REDUCTION);
}

function makeFolded(): Uint32Array {
  const table = new Uint32Array(16);
  const value = new Uint32Array(4);
  for (let bits = 0; bits < 16; bits++) {
    value.fill(0);
    value[3] = bits;
    for (let shift = 0; shift < 4; shift++) timesX(value);
    table[bits] = value[0]!;
  }
  return table;
}

function column(table: Uint32Array, a: number, b: number, c: number, d: number): number {
  const second = table[(b >>> 16) & 0xff]!;
  const third = table[(c >>> 8) & 0xff]!;
  const fourth = table[d & 0xff]!;
  return table[a >>> 24]! ^ ((second >>> 8) | (second << 24)) ^ ((third >>> 16) | (third << 16)) ^ ((fourth >>> 24) | (fourth << 8));
}

function lastColumn(sbox: Uint8Array, a: number, b: number, c: number, d: number): number {
  return (sbox[a >>> 24]! << 24) | (sbox[(b >>> 16) & 0xff]! << 16) | (sbox[(c >>> 8) & 0xff]! << 8) | sbox[d & 0xff]!;
}

function substitute(sbox: Uint8Array, word: number): number {
  return lastColumn(sbox, word, word, word, word);
}

/** Times x in the field of AES (FIPS 197 4.2.1). */
function double(value: number): number {
  return ((value << 1) ^ ((value & 0x80) === 0 ? 0 : 0x11b)) & 0xff;
}

/** The S-box (FIPS 197 5.1.1): inverses by walking the powers of 3, then the affine map. */
function makeSubstitutions(): Uint8Array {
  const sbox = new Uint8Array(256);
  let power = 1;
  let inverse = 1;
  do {
    power ^= double(power); // times 3
    inverse ^= inverse << 1; // divided by 3
    inverse ^= inverse << 2;
    inverse ^= inverse << 4;
    inverse &= 0xff;
    if ((inverse & 0x80) !== 0) inverse ^= 0x09;
    const spread = inverse | (inverse << 8);
    sbox[power] = (inverse ^ (spread >>> 7) ^ (spread >>> 6) ^ (spread >>> 5) ^ (spread >>> 4) ^ 0x63) & 0xff;
  } while (power !== 1);
  sbox[0] = 0x63;
  return sbox;
}

function makeMixed(): Uint32Array {
  const sbox = (substitutions ??= makeSubstitutions());
  return Uint32Array.from(sbox, (value) => ((double(value) << 24) | (value << 16) | (value << 8) | (double(value) ^ value)) >>> 0);
}
