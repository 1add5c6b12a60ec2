/**
 * Protocols that are spoken inside TLS or QUIC and say so in the clear by the name that the client asks for (ALPN, RFC 7301; names as
 * registered with IANA, those of SQL Server as [MS-TDS] 2.2.6.5 has them). Names of HTTP say no more than the port does, and are left out.
 */
const PROTOCOLS: ReadonlyMap<string, string> = new Map([
  ['smb', 'smb'], ['tds/8.0', 'tds'], ['dot', 'dns'], ['doq', 'dns'], ['ntske/1', 'ntp'],
]);

/** What is spoken inside, when all that the client offers is this one; undefined: it is not said. */
export function protocolOfAlpn(offered: readonly string[]): string | undefined {
  return offered.length === 1 ? PROTOCOLS.get(offered[0]!) : undefined;
}
