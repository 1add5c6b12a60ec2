/** What the two hellos (RFC 8446 4.1) say, told as facts. `start` is behind the handshake header. */
import type { AnalysisContext } from '../recogniser.js';
import { uint16 } from '../wire-integer.js';
import { protocolOfAlpn } from './alpn-protocol.js';
import { eachExtension, Extension, protocolNames, readClientHello } from './client-hello.js';
import { ja4 } from './ja4.js';
import type { HelloCarrier } from './ja4.js';
import { cipherName, versionName } from './record.js';

const VERSION_AND_RANDOM = 34;

/**
 * Tells `serverName`, `alpn`, `ja4` and `offeredVersion`, the highest version. Answers the server's name, or ''.
 * @param end where the message says that it ends: past `limit` when it was cut.
 */
export function tellClientHello(context: AnalysisContext, bytes: Uint8Array, start: number, limit: number, end: number, carrier: HelloCarrier): string {
  const hello = readClientHello(bytes, start, limit, end, carrier === 'd');
  if (hello === undefined) return '';
  const { serverName, protocols, version } = hello;
  if (serverName !== '') context.fact('serverName', serverName);
  if (protocols.length > 0) context.fact('alpn', protocols);
  const inside = protocolOfAlpn(protocols);
  if (inside !== undefined) {
    context.protocol(inside);
    context.fact('tls', true);
  }
  context.fact('offeredVersion', versionName(version));
  const fingerprint = ja4(hello, carrier);
  if (fingerprint !== undefined) context.fact('ja4', fingerprint);
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
    eachExtension(bytes, at + 3, limit, (_, type, from, to) => {
      if (type === Extension.supportedVersions && to - from === 2) version = uint16(bytes, from);
      if (type === Extension.applicationProtocols) {
        const names = protocolNames(bytes, from + 2, to);
        if (names.length > 0) context.fact('alpn', names);
      }
    });
  }
  context.fact('version', versionName(version));
  return version;
}
