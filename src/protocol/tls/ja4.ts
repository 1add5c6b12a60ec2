/**
 * JA4, the fingerprint of a TLS client (FoxIO, "JA4: TLS Client Fingerprinting", BSD 3-clause; the other methods of the JA4+ family have
 * another licence and are not here). Three parts: what is offered in figures, a hash of the ciphers, a hash of extensions and signature
 * algorithms. Ciphers and extensions are sorted, so that clients which shuffle them keep their fingerprint.
 */
import { sha256 } from '../crypto/sha256.js';
import { Extension } from './client-hello.js';
import type { ClientHello } from './client-hello.js';

/** What carries the hello: TLS over TCP, QUIC, DTLS. */
export type HelloCarrier = 't' | 'q' | 'd';

const VERSIONS: ReadonlyMap<number, string> = new Map([
  [0x0304, '13'], [0x0303, '12'], [0x0302, '11'], [0x0301, '10'], [0x0300, 's3'], [0x0002, 's2'], [0xfeff, 'd1'], [0xfefd, 'd2'], [0xfefc, 'd3'],
]);
const NO_VALUES = '000000000000';
const HASH_LENGTH = 12;
const COUNT_MAXIMUM = 99;

/** Lists that were hashed before: clients of one kind say the same. Emptied when full. */
const HASHES_MAXIMUM = 512;
const hashes = new Map<string, string>();

/** Undefined for a hello of which something is missing: its fingerprint would be that of no client. */
export function ja4({ isComplete, version, hasServerName, ciphers, extensions, protocols, signatureAlgorithms }: ClientHello, carrier: HelloCarrier): string | undefined {
  if (!isComplete) return undefined;
  const hashed = extensions.filter((type) => type !== Extension.serverName && type !== Extension.applicationProtocols).sort(ascending);
  const algorithms = signatureAlgorithms.length === 0 ? '' : `_${list(signatureAlgorithms)}`;
  return `${carrier}${VERSIONS.get(version) ?? '00'}${hasServerName ? 'd' : 'i'}${count(ciphers)}${count(extensions)}${edges(protocols[0] ?? '')}`
    + `_${ciphers.length === 0 ? NO_VALUES : hash(list([...ciphers].sort(ascending)))}`
    + `_${hashed.length === 0 ? NO_VALUES : hash(list(hashed) + algorithms)}`;
}

function ascending(one: number, other: number): number {
  return one - other;
}

function list(values: readonly number[]): string {
  let text = '';
  for (const value of values) text += `${text === '' ? '' : ','}${hex(value, 4)}`;
  return text;
}

function count({ length }: readonly number[]): string {
  return String(Math.min(length, COUNT_MAXIMUM)).padStart(2, '0');
}

/** First and last character of the first protocol; of its bytes in hexadecimal where one of the two is neither letter nor digit. */
function edges(protocol: string): string {
  if (protocol === '') return '00';
  const first = protocol[0]!;
  const last = protocol[protocol.length - 1]!;
  if (/^[0-9a-z]{2}$/i.test(first + last)) return first + last;
  return hex(first.charCodeAt(0), 2)[0]! + hex(last.charCodeAt(0), 2)[1]!;
}

function hash(text: string): string {
  const known = hashes.get(text);
  if (known !== undefined) return known;
  let digits = '';
  for (const byte of sha256(ascii(text)).subarray(0, HASH_LENGTH / 2)) digits += hex(byte, 2);
  if (hashes.size >= HASHES_MAXIMUM) hashes.clear();
  hashes.set(text, digits);
  return digits;
}

function ascii(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
