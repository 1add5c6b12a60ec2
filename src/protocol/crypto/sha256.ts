/**
 * SHA-256 (FIPS 180-4 6.2), HMAC (RFC 2104) and HKDF (RFC 5869) over short inputs. What is computed here is public: fingerprints,
 * and the keys of QUIC's first packets, which anybody can derive. Written out because recognisers are synchronous and run in browsers,
 * whose own SHA-256 is not.
 */
export const DIGEST_LENGTH = 32;
const BLOCK = 64;
const LENGTH_FIELD = 8;

let constants: Uint32Array | undefined;
const schedule = new Uint32Array(64);
const state = new Uint32Array(8);
const INITIAL_STATE = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

export function sha256(message: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil((message.length + 1 + LENGTH_FIELD) / BLOCK) * BLOCK);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(message.length / 0x20000000));
  view.setUint32(padded.length - 4, (message.length << 3) >>> 0);
  state.set(INITIAL_STATE);
  for (let at = 0; at < padded.length; at += BLOCK) compress(view, at);
  const digest = new Uint8Array(DIGEST_LENGTH);
  const out = new DataView(digest.buffer);
  for (let word = 0; word < 8; word++) out.setUint32(4 * word, state[word]!);
  return digest;
}

export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  const inner = new Uint8Array(BLOCK + message.length);
  const outer = new Uint8Array(BLOCK + DIGEST_LENGTH);
  const short = key.length > BLOCK ? sha256(key) : key;
  for (let index = 0; index < BLOCK; index++) {
    inner[index] = (short[index] ?? 0) ^ 0x36;
    outer[index] = (short[index] ?? 0) ^ 0x5c;
  }
  inner.set(message, BLOCK);
  outer.set(sha256(inner), BLOCK);
  return sha256(outer);
}

/**
 * HKDF-Expand-Label of TLS 1.3 (RFC 8446 7.1) with an empty context; `length` at most 32: one block of output.
 * @param label without the prefix `tls13 `.
 */
export function expandLabel(secret: Uint8Array, label: string, length: number): Uint8Array {
  const full = `tls13 ${label}`;
  const info = new Uint8Array(2 + 1 + full.length + 1 + 1);
  info[1] = length;
  info[2] = full.length;
  for (let index = 0; index < full.length; index++) info[3 + index] = full.charCodeAt(index);
  info[info.length - 1] = 1; // number of the block of output
  return hmacSha256(secret, info).subarray(0, length);
}

function compress(view: DataView, at: number): void {
  const k = (constants ??= fractionsOfCubeRoots());
  const w = schedule;
  for (let t = 0; t < 16; t++) w[t] = view.getUint32(at + 4 * t);
  for (let t = 16; t < 64; t++) {
    const early = w[t - 15]!;
    const late = w[t - 2]!;
    const s0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
    const s1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
    w[t] = (w[t - 16]! + s0 + w[t - 7]! + s1) | 0;
  }
  let a = state[0]! | 0;
  let b = state[1]! | 0;
  let c = state[2]! | 0;
  let d = state[3]! | 0;
  let e = state[4]! | 0;
  let f = state[5]! | 0;
  let g = state[6]! | 0;
  let h = state[7]! | 0;
  for (let t = 0; t < 64; t++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const first = (h + s1 + ((e & f) ^ (~e & g)) + k[t]! + w[t]!) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  state[0] = state[0]! + a;
  state[1] = state[1]! + b;
  state[2] = state[2]! + c;
  state[3] = state[3]! + d;
  state[4] = state[4]! + e;
  state[5] = state[5]! + f;
  state[6] = state[6]! + g;
  state[7] = state[7]! + h;
}

function rotate(value: number, count: number): number {
  return (value >>> count) | (value << (32 - count));
}

/** First 32 bits of the fractions of the cube roots of the first 64 primes (4.2.2): made at first use. */
function fractionsOfCubeRoots(): Uint32Array {
  const roots = new Uint32Array(64);
  for (let candidate = 2, count = 0; count < roots.length; candidate++) {
    if (!isPrime(candidate)) continue;
    roots[count++] = ((Math.cbrt(candidate) % 1) * 0x100000000) >>> 0;
  }
  return roots;
}

function isPrime(candidate: number): boolean {
  for (let divisor = 2; divisor * divisor <= candidate; divisor++) if (candidate % divisor === 0) return false;
  return true;
}
