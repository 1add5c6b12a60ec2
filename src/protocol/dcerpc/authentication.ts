/**
 * The security trailer at the end of a PDU (C706 13.2.6.1; [MS-RPCE] 2.2.2.11) and where the stub before it ends. At level 6
 * (privacy) the stub is ciphertext; header and trailer stay readable.
 */
import { SECURITY_TRAILER_LENGTH } from './pdu.js';
import type { PduHeader } from './pdu.js';

export interface SecurityTrailer {
  readonly type: number;
  readonly level: number;
  /** Bytes between the stub and the trailer. */
  readonly padding: number;
}

export const AuthLevel = { none: 1, connect: 2, call: 3, packet: 4, integrity: 5, privacy: 6 } as const;

/** Authentication services ([MS-RPCE] 2.2.1.1.7). */
const TYPE_NAMES = new Map([
  [0, 'none'], [9, 'spnego'], [0x0a, 'ntlm'], [0x0e, 'schannel'], [0x10, 'kerberos'], [0x44, 'netlogon'], [0xff, 'default'],
]);

/** undefined when the whole PDU from `start` to `limit` has none. */
export function readSecurityTrailer(bytes: Uint8Array, start: number, limit: number, header: PduHeader): SecurityTrailer | undefined {
  const at = start + header.fragmentLength - header.authLength - SECURITY_TRAILER_LENGTH;
  if (header.authLength === 0 || at < start || at + SECURITY_TRAILER_LENGTH > limit) return undefined;
  return { type: bytes[at]!, level: bytes[at + 1]!, padding: bytes[at + 2]! };
}

/** Exclusive end of the stub that begins at `stub`. */
export function stubLimit(stub: number, start: number, header: PduHeader, trailer: SecurityTrailer | undefined): number {
  const limit = start + header.fragmentLength;
  if (trailer === undefined) return Math.max(stub, limit);
  return Math.max(stub, limit - header.authLength - SECURITY_TRAILER_LENGTH - trailer.padding);
}

/** `ntlm 6`: the service, by number where it has no name here, and the level. */
export function trailerText(trailer: SecurityTrailer): string {
  return `${TYPE_NAMES.get(trailer.type) ?? trailer.type} ${trailer.level}`;
}
