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

/** Fingerprints that were made before, one a slot: a client says the same in each of its hellos. */
const KNOWN_FINGERPRINTS = 256;
const known: (KnownFingerprint | undefined)[] = new Array<KnownFingerprint | undefined>(KNOWN_FINGERPRINTS).fill(undefined);

/** All that a fingerprint depends on. */
interface KnownFingerprint {
  readonly carrier: HelloCarrier;
  readonly version: number;
  readonly hasServerName: boolean;
  readonly protocol: string;
  readonly ciphers: readonly number[];
  readonly extensions: readonly number[];
  readonly signatureAlgorithms: readonly number[];
  readonly text: string;
}

/** Undefined for a hello of which something is missing: its fingerprint would be that of no client. */
export function ja4(hello: ClientHello, carrier: HelloCarrier): string | undefined {
  if (!hello.isComplete) return undefined;
  const { version, hasServerName, ciphers, extensions, signatureAlgorithms } = hello;
  const protocol = hello.protocols[0] ?? '';
  const slot = mixed(mixed(mixed(version, ciphers), extensions), signatureAlgorithms) >>> 24;
  const before = known[slot];
  if (before !== undefined && before.carrier === carrier && before.version === version && before.hasServerName === hasServerName && before.protocol === protocol
    && isSame(before.ciphers, ciphers) && isSame(before.extensions, extensions) && isSame(before.signatureAlgorithms, signatureAlgorithms)) return before.text;
  const text = fingerprint(hello, carrier, protocol);
  known[slot] = {
    carrier, version, hasServerName, protocol, ciphers: [...ciphers], extensions: [...extensions], signatureAlgorithms: [...signatureAlgorithms], text,
  };
  return text;
}

function mixed(seed: number, values: readonly number[]): number {
  let mix = seed;
  for (let index = 0; index < values.length; index++) mix = Math.imul(mix ^ values[index]!, 0x9e3779b1);
  return mix;
}

function isSame(one: readonly number[], other: readonly number[]): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
}

function fingerprint({ version, hasServerName, ciphers, extensions, signatureAlgorithms }: ClientHello, carrier: HelloCarrier, protocol: string): string {
  const hashed = extensions.filter((type) => type !== Extension.serverName && type !== Extension.applicationProtocols).sort(ascending);
  const algorithms = signatureAlgorithms.length === 0 ? '' : `_${list(signatureAlgorithms)}`;
  return `${carrier}${VERSIONS.get(version) ?? '00'}${hasServerName ? 'd' : 'i'}${count(ciphers)}${count(extensions)}${edges(protocol)}`
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
