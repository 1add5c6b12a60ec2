/** Windows writes its exports as UTF-16 with a byte-order mark, its logs as ASCII: the bytes say which. */

/** How many bytes are looked at where there is no mark. */
const SAMPLE = 256;

export function decodeText(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return decode(bytes, 2, 'utf-16le');
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return decode(bytes, 2, 'utf-16be');
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return decode(bytes, 3, 'utf-8');
  const end = Math.min(bytes.length, SAMPLE);
  let even = 0;
  let odd = 0;
  for (let i = 0; i < end; i++) {
    if (bytes[i] !== 0) continue;
    if (i % 2 === 0) even++;
    else odd++;
  }
  if (end >= 4 && odd > end / 4 && even === 0) return decode(bytes, 0, 'utf-16le');
  if (end >= 4 && even > end / 4 && odd === 0) return decode(bytes, 0, 'utf-16be');
  return decode(bytes, 0, 'utf-8');
}

function decode(bytes: Uint8Array, start: number, encoding: string): string {
  return new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes.subarray(start));
}
