/**
 * Names in an X.509 certificate (RFC 5280 4.1): common name of the subject, DNS names of the subject alternative name, common
 * name of the issuer. Nothing is verified.
 */
import { BerCursor } from '../ber.js';
import { indexOfByte, utf8Text } from '../wire-text.js';

const SEQUENCE = 0x30;
const SET = 0x31;
const OBJECT_IDENTIFIER = 0x06;
const OCTET_STRING = 0x04;
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
const DNS_NAME = 0x82;
const NAMES_MAXIMUM = 16;
const ELEMENTS_MAXIMUM = 64;

export interface CertificateNames {
  readonly subject: string;
  readonly issuer: string;
  readonly alternative: readonly string[];
}

/** Names in the DER certificate between `start` and `limit`; undefined when it is none. */
export function readCertificate(bytes: Uint8Array, start: number, limit: number): CertificateNames | undefined {
  const cursor = new BerCursor();
  if (!cursor.enter(bytes, start, limit, SEQUENCE)) return undefined;
  if (!cursor.enter(bytes, cursor.start, cursor.limit, SEQUENCE)) return undefined;
  const end = cursor.limit;
  let at = cursor.start;
  if (cursor.enter(bytes, at, end, VERSION)) at = cursor.limit;
  at = skip(cursor, bytes, at, end, 2); // serial number, signature algorithm
  if (at < 0 || !cursor.read(bytes, at, end)) return undefined;
  const issuer = commonName(bytes, cursor.start, cursor.limit);
  at = skip(cursor, bytes, cursor.limit, end, 1); // validity
  if (at < 0 || !cursor.read(bytes, at, end)) return undefined;
  const subject = commonName(bytes, cursor.start, cursor.limit);
  at = skip(cursor, bytes, cursor.limit, end, 1); // public key
  return { subject, issuer, alternative: at < 0 ? [] : alternativeNames(bytes, at, end) };
}

/** The name of the host that the certificate was made for; '' when it names several or none. */
export function certificateHost({ subject, alternative }: CertificateNames): string {
  const name = looksLikeHost(subject) ? subject : alternative.find(looksLikeHost);
  return name ?? '';
}

function looksLikeHost(name: string): boolean {
  return /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(name) && /[a-z]/i.test(name);
}

function skip(cursor: BerCursor, bytes: Uint8Array, at: number, end: number, count: number): number {
  for (; count > 0; count--) {
    if (!cursor.read(bytes, at, end)) return -1;
    at = cursor.limit;
  }
  return at;
}

/** Last common name (2.5.4.3) among the relative distinguished names between `start` and `limit`. */
function commonName(bytes: Uint8Array, start: number, limit: number): string {
  const set = new BerCursor();
  const attribute = new BerCursor();
  let name = '';
  for (let at = start, count = 0; at < limit && count < ELEMENTS_MAXIMUM && set.read(bytes, at, limit) && set.tag === SET; count++) {
    at = set.limit;
    if (!attribute.read(bytes, set.start, set.limit)) continue;
    const end = attribute.limit;
    if (!attribute.read(bytes, attribute.start, end) || !isNameType(bytes, attribute, 4, 3)) continue;
    if (attribute.read(bytes, attribute.limit, end)) name = utf8Text(bytes, attribute.start, attribute.limit);
  }
  return name;
}

/** Whether the cursor is on the object identifier 2.5.`arc`.`last`. */
function isNameType(bytes: Uint8Array, { tag, start, length }: BerCursor, arc: number, last: number): boolean {
  return tag === OBJECT_IDENTIFIER && length === 3 && bytes[start] === 0x55 && bytes[start + 1] === arc && bytes[start + 2] === last;
}

function alternativeNames(bytes: Uint8Array, start: number, limit: number): string[] {
  const names: string[] = [];
  const extension = new BerCursor();
  extension.bytes = bytes;
  extension.start = start;
  extension.limit = limit;
  if (!extension.find(EXTENSIONS) || !extension.read(bytes, extension.start, extension.limit)) return names;
  const end = extension.limit;
  for (let at = extension.start, count = 0; at < end && count < ELEMENTS_MAXIMUM && extension.read(bytes, at, end); count++) {
    at = extension.limit;
    const cursor = new BerCursor();
    if (!cursor.read(bytes, extension.start, at) || !isNameType(bytes, cursor, 29, 17)) continue;
    cursor.start = cursor.limit;
    cursor.limit = at;
    if (!cursor.find(OCTET_STRING) || !cursor.read(bytes, cursor.start, cursor.limit)) break;
    const last = cursor.limit;
    for (let place = cursor.start; place < last && names.length < NAMES_MAXIMUM && cursor.read(bytes, place, last); place = cursor.limit) {
      const isText = indexOfByte(bytes, 0, cursor.start, cursor.limit) < 0;
      if (cursor.tag === DNS_NAME && isText) names.push(utf8Text(bytes, cursor.start, cursor.limit));
    }
    break;
  }
  return names;
}
