/** Strings from the wire are hostile: before they reach a terminal, everything that is not plain text is spelled out. */

/** Control characters, line and paragraph separators, and marks that reorder or hide text. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const NOT_ASCII = /[^\u0000-\u007f]/g;

/** `\x1b` for an escape character; the text itself otherwise. */
export function printable(text: string): string {
  return text.replace(UNSAFE, spell);
}

/** The same for an output that may not show anything but ASCII. */
export function printableAscii(text: string): string {
  return printable(text).replace(NOT_ASCII, spell);
}

function spell(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
