/**
 * Long headers of QUIC (RFC 9000 17.2, RFC 9369 3.2): first byte, version of 32 bits, two connection ids with their lengths; behind
 * them, in an Initial, a token, the length of the rest, and what is encrypted.
 */
import { uint32 } from '../wire-integer.js';
import { latinText } from '../wire-text.js';

export const DESTINATION_LENGTH = 5;
export const ID_MAXIMUM = 20;
const VERSION = 1;

/** A version whose Initials can be read: their salt and labels (RFC 9001 5.2, RFC 9369 3.3; drafts: draft-ietf-quic-tls 5.2). */
export interface QuicVersion {
  readonly name: string;
  readonly salt: string;
  /** Before `key`, `iv` and `hp`. */
  readonly label: string;
  /** Bits 5 and 4 of the first byte: which value is which type. */
  readonly types: { readonly initial: number; readonly retry: number };
}

const FIRST_TYPES = { initial: 0, retry: 3 };
export const QUIC_2 = 0x6b3343cf;
const VERSIONS: ReadonlyMap<number, QuicVersion> = new Map([
  [1, { name: '1', salt: '38762cf7f55934b34d179ae6a4c80cadccbb7f0a', label: 'quic ', types: FIRST_TYPES }],
  [QUIC_2, { name: '2', salt: '0dede3def700a6db819381be6e269dcbf9bd2ed9', label: 'quicv2 ', types: { initial: 1, retry: 0 } }],
  [0xff00001d, { name: 'draft 29', salt: 'afbfec289993d24c9e9786f19c6111e04390a899', label: 'quic ', types: FIRST_TYPES }],
  [0xff00001b, { name: 'draft 27', salt: 'c3eef712c72ebb5a11a7d2432bb46365bef9f502', label: 'quic ', types: FIRST_TYPES }],
]);

export function quicVersion(bytes: Uint8Array, start: number): QuicVersion | undefined {
  return VERSIONS.get(uint32(bytes, start + VERSION));
}

/** Behind flags and a connection id of 8 bytes, in packets of Google's QUIC. */
export const GOOGLE_VERSION_AT = 9;

/** `Q0` and two digits as text; undefined: it is none. */
export function googleVersion(bytes: Uint8Array, start: number): string | undefined {
  const version = latinText(bytes, start + GOOGLE_VERSION_AT, start + GOOGLE_VERSION_AT + 4);
  return /^Q0\d\d$/.test(version) ? version : undefined;
}

export interface LongHeader {
  readonly version: QuicVersion;
  readonly type: 'initial' | 'retry' | 'other';
  /** Of the destination's connection id, whose length is before it. */
  readonly idStart: number;
  readonly idLimit: number;
  readonly hasToken: boolean;
  /** Where the protected packet number begins, and where the packet ends. */
  readonly numberStart: number;
  readonly limit: number;
}

/** The packet at `start`; undefined when it is none of a known version, or not all of it is there. A Retry ends the datagram. */
export function readLongHeader(bytes: Uint8Array, start: number, limit: number): LongHeader | undefined {
  if (limit - start < DESTINATION_LENGTH + 2 || (bytes[start]! & 0x80) === 0) return undefined;
  const version = quicVersion(bytes, start);
  if (version === undefined) return undefined;
  const bits = (bytes[start]! & 0x30) >> 4;
  const type = bits === version.types.initial ? 'initial' : bits === version.types.retry ? 'retry' : 'other';
  const idStart = start + DESTINATION_LENGTH + 1;
  const idLimit = idStart + bytes[idStart - 1]!;
  if (idLimit >= limit || idLimit - idStart > ID_MAXIMUM) return undefined;
  const cursor = new VariableCursor(bytes, idLimit + 1 + bytes[idLimit]!, limit);
  if (type === 'retry') return { version, type, idStart, idLimit, hasToken: true, numberStart: limit, limit };
  const token = type === 'initial' ? cursor.next() : 0;
  cursor.at += token;
  const length = cursor.next();
  if (cursor.failed || length > limit - cursor.at) return undefined;
  return { version, type, idStart, idLimit, hasToken: token > 0, numberStart: cursor.at, limit: cursor.at + length };
}

/** Integers of variable length (RFC 9000 16): the two highest bits say how many bytes. */
export class VariableCursor {
  readonly bytes: Uint8Array;
  readonly limit: number;
  at: number;
  failed = false;

  constructor(bytes: Uint8Array, at: number, limit: number) {
    this.bytes = bytes;
    this.at = at;
    this.limit = limit;
  }

  /** 0 when it is not there. Values above 2^53 lose their last bits: they are lengths that nothing has. */
  next(): number {
    const { bytes, limit } = this;
    if (this.failed || this.at >= limit) return this.fail();
    const first = bytes[this.at]!;
    const length = 1 << (first >> 6);
    if (length > limit - this.at) return this.fail();
    let value = first & 0x3f;
    for (let index = 1; index < length; index++) value = value * 256 + bytes[this.at + index]!;
    this.at += length;
    return value;
  }

  private fail(): 0 {
    this.failed = true;
    return 0;
  }
}
