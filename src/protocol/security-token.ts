/**
 * GSS-API tokens as SMB, LDAP and HTTP carry them: SPNEGO ([MS-SPNG], RFC 4178) around NTLMSSP or a Kerberos AP-REQ, or one of
 * these bare. They are found by their signatures within the token, not by unwrapping it.
 */
import type { PacketPosition } from '../flow/inspection.js';
import { tellKerberosService } from './kerberos/principal.js';
import { tellNtlm } from './ntlmssp.js';
import type { NtlmMessage } from './ntlmssp.js';
import type { AnalysisContext } from './recogniser.js';
import { beginsWith } from './wire-text.js';

const TOKEN_MAXIMUM = 4096;
const NTLMSSP = 'NTLMSSP\0';
/** Of 1.2.840.113554.1.2.2, then the token id of an AP-REQ (RFC 4121 4.1). */
const KERBEROS_AP_REQUEST = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02, 0x01, 0x00];
const AP_REQUEST = 0x6e;

/**
 * Tells what the token says of authentication. Answers the NTLM message, if it was one.
 * @param madeFor called with the service that the token is for: that of a Kerberos ticket, or what NTLM names.
 */
export function tellSecurityToken(
  context: AnalysisContext, bytes: Uint8Array, start: number, limit: number, at: PacketPosition, madeFor?: (service: string) => void,
): NtlmMessage | undefined {
  const end = Math.min(limit, start + TOKEN_MAXIMUM);
  for (let place = start; place <= end - STRIDE; place += STEPS[bytes[place + STRIDE - 1]!]!) {
    const byte = bytes[place]!;
    if (byte === 0x4e && beginsWith(bytes, place, end, NTLMSSP) === true) {
      const message = tellNtlm(context, bytes, place, limit, at);
      if (message !== undefined && message.service !== '') madeFor?.(message.service);
      return message;
    }
    if (byte === 0x2a && matches(bytes, place, end)) {
      context.fact('authentication', 'kerberos');
      const request = place + KERBEROS_AP_REQUEST.length;
      const service = bytes[request] === AP_REQUEST && request < limit ? tellKerberosService(context, bytes, request, limit, at) : '';
      if (service !== '') madeFor?.(service);
      return undefined;
    }
  }
  return undefined;
}

/** Length of the shorter signature. */
const STRIDE = NTLMSSP.length;
/** How far the next signature is at least, by the byte at the end of the stride (R. N. Horspool, 1980). */
const STEPS = new Uint8Array(256).fill(STRIDE);
for (let at = 0; at < STRIDE - 1; at++) {
  for (const byte of [NTLMSSP.charCodeAt(at), KERBEROS_AP_REQUEST[at]!]) STEPS[byte] = STRIDE - 1 - at;
}

function matches(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < KERBEROS_AP_REQUEST.length) return false;
  for (let index = 0; index < KERBEROS_AP_REQUEST.length; index++) if (bytes[at + index] !== KERBEROS_AP_REQUEST[index]) return false;
  return true;
}
