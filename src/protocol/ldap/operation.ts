/** The head of an LDAP message (RFC 4511 4.1.1): SEQUENCE, message id, operation with a tag of its class. Windows writes all lengths in four bytes. */
const SEQUENCE = 0x30;
const INTEGER = 0x02;
const NUMBER_MAXIMUM = 4;

/** Operations by who sends them (RFC 4511 4.2–4.12): application tags. */
export const REQUESTS: ReadonlySet<number> = new Set([0x60, 0x42, 0x63, 0x66, 0x68, 0x4a, 0x6c, 0x6e, 0x50, 0x77]);
const RESPONSES: ReadonlySet<number> = new Set([0x61, 0x64, 0x65, 0x67, 0x69, 0x6b, 0x6d, 0x6f, 0x73, 0x78, 0x79]);

/** Tag of the operation of the message at `start`; 0: more bytes are needed to know; -1: this is no message. */
export function operationAt(bytes: Uint8Array, start: number, limit: number): number {
  if (bytes[start] !== SEQUENCE) return -1;
  let at = skipLength(bytes, start + 1, limit);
  if (at <= 0) return at;
  if (at >= limit) return 0;
  if (bytes[at] !== INTEGER) return -1;
  if (at + 1 >= limit) return 0;
  const idLength = bytes[at + 1]!;
  if (idLength === 0 || idLength > NUMBER_MAXIMUM) return -1;
  at += 2 + idLength;
  if (at >= limit) return 0;
  const operation = bytes[at]!;
  if (!REQUESTS.has(operation) && !RESPONSES.has(operation)) return -1;
  return skipLength(bytes, at + 1, limit) < 0 ? -1 : operation;
}

/** Where the contents begin; 0: not enough bytes; -1: no length that LDAP uses. */
function skipLength(bytes: Uint8Array, at: number, limit: number): number {
  if (at >= limit) return 0;
  const first = bytes[at]!;
  if (first < 0x80) return at + 1;
  const count = first & 0x7f;
  if (count === 0 || count > 4) return -1;
  // Nothing has 16 MiB.
  if (count === 4 && at + 1 < limit && bytes[at + 1] !== 0) return -1;
  return at + 1 + count;
}
