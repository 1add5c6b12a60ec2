/**
 * ClientHello and ServerHello (RFC 8446 4.1), the same layout in all versions and in DTLS but for its cookie. `start` is behind the
 * handshake header. What is cut or does not fit ends the reading; what was read until then is told.
 */
import type { AnalysisContext } from '../recogniser.js';
import { uint16 } from '../wire-integer.js';
import { latinText } from '../wire-text.js';
import { cipherName, versionName } from './record.js';

const VERSION_AND_RANDOM = 34;
const SERVER_NAME = 0;
const APPLICATION_PROTOCOLS = 16;
const SUPPORTED_VERSIONS = 43;
const EXTENSIONS_MAXIMUM = 64;
const PROTOCOLS_MAXIMUM = 8;
const HOST_NAME_HEADER = 5;

/** Calls `extension` for each extension of the block at `at`, which begins with its length. */
function eachExtension(
  bytes: Uint8Array, at: number, limit: number, extension: (type: number, start: number, limit: number) => void,
): void {
  if (limit - at < 2) return;
  const end = Math.min(limit, at + 2 + uint16(bytes, at));
  at += 2;
  for (let count = 0; count < EXTENSIONS_MAXIMUM && end - at >= 4; count++) {
    const next = at + 4 + uint16(bytes, at + 2);
    if (next > end) return;
    extension(uint16(bytes, at), at + 4, next);
    at = next;
  }
}

/**
 * Tells `serverName`, `alpn` and `offeredVersion`, the highest version. Answers the server's name, or ''.
 * @param cookie true for DTLS, which has a cookie here.
 */
export function tellClientHello(context: AnalysisContext, bytes: Uint8Array, start: number, limit: number, cookie: boolean): string {
  if (limit - start < VERSION_AND_RANDOM + 1) return '';
  let serverName = '';
  let version = uint16(bytes, start);
  let at = start + VERSION_AND_RANDOM;
  at += 1 + bytes[at]!; // session id
  if (cookie && at < limit) at += 1 + bytes[at]!;
  if (limit - at >= 2) at += 2 + uint16(bytes, at); // cipher suites
  if (at < limit) at += 1 + bytes[at]!; // compression methods
  eachExtension(bytes, at, limit, (type, from, to) => {
    if (type === SERVER_NAME && to - from > HOST_NAME_HEADER) {
      const name = from + HOST_NAME_HEADER;
      serverName = latinText(bytes, name, Math.min(to, name + uint16(bytes, from + 3)));
      context.fact('serverName', serverName);
    } else if (type === APPLICATION_PROTOCOLS) {
      const names = protocolNames(bytes, from + 2, to);
      if (names.length > 0) context.fact('alpn', names);
    } else if (type === SUPPORTED_VERSIONS) {
      version = highestVersion(bytes, from + 1, to, version);
    }
  });
  context.fact('offeredVersion', versionName(version));
  return serverName;
}

/** Tells `version` and `cipher`, and the protocol that ALPN chose. Answers the version. */
export function tellServerHello(context: AnalysisContext, bytes: Uint8Array, start: number, limit: number): number {
  if (limit - start < VERSION_AND_RANDOM + 1) return 0;
  let version = uint16(bytes, start);
  let at = start + VERSION_AND_RANDOM;
  at += 1 + bytes[at]!; // session id
  if (limit - at >= 3) {
    context.fact('cipher', cipherName(uint16(bytes, at)));
    eachExtension(bytes, at + 3, limit, (type, from, to) => {
      if (type === SUPPORTED_VERSIONS && to - from === 2) version = uint16(bytes, from);
      if (type === APPLICATION_PROTOCOLS) {
        const names = protocolNames(bytes, from + 2, to);
        if (names.length > 0) context.fact('alpn', names);
      }
    });
  }
  context.fact('version', versionName(version));
  return version;
}

function protocolNames(bytes: Uint8Array, start: number, limit: number): string[] {
  const names: string[] = [];
  for (let at = start; at < limit && names.length < PROTOCOLS_MAXIMUM;) {
    const end = at + 1 + bytes[at]!;
    if (end > limit) break;
    names.push(latinText(bytes, at + 1, end));
    at = end;
  }
  return names;
}

/** Values of GREASE (RFC 8701) have both bytes equal and end in A: they are no versions. */
function highestVersion(bytes: Uint8Array, start: number, limit: number, fallback: number): number {
  let highest = 0;
  for (let at = start; at + 2 <= limit; at += 2) {
    const version = uint16(bytes, at);
    if (bytes[at] === 3 && version > highest) highest = version;
  }
  return highest === 0 ? fallback : highest;
}
