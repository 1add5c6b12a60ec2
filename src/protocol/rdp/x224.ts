/** X.224 connection requests and confirms as RDP uses them ([MS-RDPBCGR] 2.2.1.1, 2.2.1.2). */
export const CONNECTION_REQUEST = 0xe0;
export const CONNECTION_CONFIRM = 0xd0;
/** TPKT of 4 bytes, then length indicator, code, two references and a class. */
export const X224_END = 11;

export const NegotiationType = { request: 1, response: 2, failure: 3 } as const;
export const NEGOTIATION_LENGTH = 8;

const SECURITY: readonly (readonly [number, string])[] = [
  [1, 'TLS'], [2, 'CredSSP'], [4, 'RDSTLS'], [8, 'CredSSP with early authorization'], [16, 'Entra ID'],
];

/** Names of the security protocols whose bits are set; standard RDP security is the absence of all. */
export function securityNames(protocols: number): string[] {
  const names = SECURITY.filter(([bit]) => (protocols & bit) !== 0).map(([, name]) => name);
  return names.length === 0 ? ['standard RDP'] : names;
}

const FAILURES = [
  '', 'SSL_REQUIRED_BY_SERVER', 'SSL_NOT_ALLOWED_BY_SERVER', 'SSL_CERT_NOT_ON_SERVER', 'INCONSISTENT_FLAGS', 'HYBRID_REQUIRED_BY_SERVER',
  'SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER',
];

export function negotiationFailure(code: number): string {
  return FAILURES[code] || `negotiation failure ${code}`;
}
