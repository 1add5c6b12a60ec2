/** Tokens that name the service they are for, as base64. */
const ascii = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** DER: tag, length, contents. */
function der(tag: number, ...contents: readonly (readonly number[] | string)[]): number[] {
  const body = contents.flatMap((one) => (typeof one === 'string' ? [...ascii(one)] : [...one]));
  return body.length < 128 ? [tag, body.length, ...body] : [tag, 0x82, body.length >> 8, body.length & 0xff, ...body];
}

/** The beginning of a GSS-API token with an AP-REQ whose ticket is for this service (RFC 4120 5.3, 5.5.1). */
export function ticketFor(...name: readonly string[]): string {
  const service = der(0x30, der(0xa0, der(2, [2])), der(0xa1, der(0x30, ...name.map((part) => der(0x1b, part)))));
  const ticket = der(0x61, der(0x30, der(0xa0, der(2, [5])), der(0xa1, der(0x1b, 'LAB.TEST')), der(0xa2, service), der(0xa3, der(0x30, der(0xa2, der(4, 'secret'))))));
  const apRequest = der(0x6e, der(0x30, der(0xa0, der(2, [5])), der(0xa1, der(2, [14])), der(0xa2, der(3, [0, 0, 0, 0, 0])), der(0xa3, ticket)));
  return Buffer.from([...der(0x60, der(6, [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2]), [1, 0], apRequest)]).toString('base64');
}
