/** Bytes of a file that a person wrote, as text. */

/** The marks stay in front of the text as U+FEFF, which the readers drop. `undefined`: these bytes are no text. */
export function decodeText(bytes: Uint8Array): string | undefined {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
  const text = new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes);
  // No text that anybody writes has a zero in it: this is a binary file, or UTF-16 without its mark.
  return text.includes('\0') ? undefined : text;
}
