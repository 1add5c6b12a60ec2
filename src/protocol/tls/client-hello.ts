/**
 * ClientHello (RFC 8446 4.1.2), the same layout in all versions; in DTLS with a cookie (RFC 6347 4.2.1). Read into one record that is
 * used again: what is to be kept is copied by whoever asks.
 */
import { uint16 } from '../wire-integer.js';
import { latinText } from '../wire-text.js';

export const Extension = { serverName: 0, signatureAlgorithms: 13, applicationProtocols: 16, supportedVersions: 43 } as const;

const VERSION_AND_RANDOM = 34;
const HOST_NAME_HEADER = 5;
const PROTOCOLS_MAXIMUM = 8;
/** Clients offer some 20 to 60 ciphers and up to 20 extensions; more is read over. */
const CIPHERS_MAXIMUM = 256;
const EXTENSIONS_MAXIMUM = 64;
const ALGORITHMS_MAXIMUM = 64;

/** Numbers without those of GREASE (RFC 8701). */
export interface ClientHello {
  serverName: string;
  hasServerName: boolean;
  /** Names as text, one character per byte. */
  protocols: string[];
  /** The highest that is offered. */
  version: number;
  readonly ciphers: number[];
  /** In the order in which they stand. */
  readonly extensions: number[];
  readonly signatureAlgorithms: number[];
  /** False when some of it was cut or left out: then it is no ground for a fingerprint. */
  isComplete: boolean;
}

/** GREASE (RFC 8701): both bytes equal, the lower half of each A. */
export function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);
}

/** Of both hellos: calls `extension` for each of the block at `at`, which begins with its length. Answers whether the block is whole. */
export function eachExtension(
  bytes: Uint8Array, at: number, limit: number, extension: (bytes: Uint8Array, type: number, start: number, limit: number) => void,
): boolean {
  if (limit - at < 2) return at === limit;
  const claimed = at + 2 + uint16(bytes, at);
  const end = Math.min(limit, claimed);
  at += 2;
  for (let count = 0; count < EXTENSIONS_MAXIMUM && end - at >= 4; count++) {
    const next = at + 4 + uint16(bytes, at + 2);
    if (next > end) return false;
    extension(bytes, uint16(bytes, at), at + 4, next);
    at = next;
  }
  return at === claimed;
}

const hello: ClientHello = {
  serverName: '', hasServerName: false, protocols: [], version: 0, ciphers: [], extensions: [], signatureAlgorithms: [], isComplete: false,
};

/**
 * Reads the message whose contents begin at `start`, behind the handshake header. What is cut or does not fit ends the reading, and
 * what was read until then is answered; undefined when not even the version is there.
 * @param end where the message says that it ends: past `limit` when it was cut.
 * @param cookie true for DTLS.
 */
export function readClientHello(bytes: Uint8Array, start: number, limit: number, end: number, cookie: boolean): ClientHello | undefined {
  if (limit - start < VERSION_AND_RANDOM + 1) return undefined;
  hello.serverName = '';
  hello.hasServerName = false;
  hello.protocols = [];
  hello.version = uint16(bytes, start);
  hello.ciphers.length = 0;
  hello.extensions.length = 0;
  hello.signatureAlgorithms.length = 0;
  hello.isComplete = false;
  let at = start + VERSION_AND_RANDOM;
  at += 1 + bytes[at]!; // session id
  if (cookie && at < limit) at += 1 + bytes[at]!;
  if (limit - at < 2) return hello;
  const ciphers = at + 2;
  at = ciphers + uint16(bytes, at);
  numbers(bytes, ciphers, Math.min(at, limit), CIPHERS_MAXIMUM, hello.ciphers);
  if (at >= limit) return hello;
  at += 1 + bytes[at]!; // compression methods
  if (at > limit) return hello;
  hello.isComplete = eachExtension(bytes, at, limit, readExtension) && end === limit;
  return hello;
}

function readExtension(bytes: Uint8Array, type: number, start: number, limit: number): void {
  if (!isGrease(type)) hello.extensions.push(type);
  if (type === Extension.serverName) {
    hello.hasServerName = true;
    const name = start + HOST_NAME_HEADER;
    if (limit > name) hello.serverName = latinText(bytes, name, Math.min(limit, name + uint16(bytes, start + 3)));
  } else if (type === Extension.applicationProtocols) {
    hello.protocols = protocolNames(bytes, start + 2, limit);
  } else if (type === Extension.supportedVersions) {
    hello.version = highestVersion(bytes, start + 1, limit, hello.version);
  } else if (type === Extension.signatureAlgorithms && limit - start >= 2) {
    numbers(bytes, start + 2, limit, ALGORITHMS_MAXIMUM, hello.signatureAlgorithms);
  }
}

export function protocolNames(bytes: Uint8Array, start: number, limit: number): string[] {
  const names: string[] = [];
  for (let at = start; at < limit && names.length < PROTOCOLS_MAXIMUM;) {
    const end = at + 1 + bytes[at]!;
    if (end > limit) break;
    names.push(latinText(bytes, at + 1, end));
    at = end;
  }
  return names;
}

function numbers(bytes: Uint8Array, start: number, limit: number, maximum: number, into: number[]): void {
  for (let at = start; at + 2 <= limit && into.length < maximum; at += 2) {
    const value = uint16(bytes, at);
    if (!isGrease(value)) into.push(value);
  }
}

/** Versions of TLS count up, those of DTLS (FE in front) down. */
function highestVersion(bytes: Uint8Array, start: number, limit: number, fallback: number): number {
  const DATAGRAM = 0xfe;
  const isDatagram = fallback >> 8 === DATAGRAM;
  let highest = 0;
  for (let at = start; at + 2 <= limit; at += 2) {
    const version = uint16(bytes, at);
    if (isDatagram ? bytes[at] === DATAGRAM && (highest === 0 || version < highest) : bytes[at] === 3 && version > highest) highest = version;
  }
  return highest === 0 ? fallback : highest;
}
