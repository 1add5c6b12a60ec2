/**
 * Text of the wire. Everything read here is bounded by `limit` and by a maximum length, and nothing is escaped: that is for
 * those who print. Short runs are turned into strings by character code: no `TextDecoder` call for each.
 */

/** Characters that a name or a fact may have; longer text is cut. */
export const TEXT_MAXIMUM = 256;

/**
 * Texts that were read before: captures say the same names over and over, and what is found here is neither built nor kept twice.
 * One text a slot, so that it is bounded; only short texts, so that it is small.
 */
const KNOWN_TEXTS = 1024;
/** The names by which domain controllers are looked for have up to a hundred characters. */
const KNOWN_LENGTH = 128;
const known: string[] = new Array<string>(KNOWN_TEXTS).fill('');
/** Their bytes: to compare these is several times as fast as to ask a string for its characters. */
const knownBytes = new Uint8Array(KNOWN_TEXTS * KNOWN_LENGTH);

/** One character per byte (ASCII, ISO 8859-1), at most `TEXT_MAXIMUM`. */
export function latinText(bytes: Uint8Array, start: number, limit: number): string {
  const length = limit - start;
  if (!(length > 0)) return '';
  if (length > KNOWN_LENGTH) return builtText(bytes, start, Math.min(limit, start + TEXT_MAXIMUM));
  let hash = length & 1 ? bytes[limit - 1]! : length;
  // Two at a time: each step waits for the one before.
  for (let at = start + 1; at < limit; at += 2) hash = (Math.imul(hash, 961) + bytes[at - 1]! * 31 + bytes[at]!) | 0;
  const slot = (hash ^ (hash >>> 10)) & (KNOWN_TEXTS - 1);
  const text = known[slot]!;
  const row = slot * KNOWN_LENGTH;
  if (text.length === length) {
    let index = 0;
    while (index < length && knownBytes[row + index] === bytes[start + index]) index++;
    if (index === length) return text;
  }
  for (let index = 0; index < length; index++) knownBytes[row + index] = bytes[start + index]!;
  return (known[slot] = builtText(bytes, start, limit));
}

function builtText(bytes: Uint8Array, start: number, limit: number): string {
  // Built character by character it would be a tree of as many strings.
  return limit - start === 1 ? String.fromCharCode(bytes[start]!) : String.fromCharCode.apply(null, bytes.subarray(start, limit) as unknown as number[]);
}

/** UTF-8; what is not UTF-8 becomes U+FFFD. Plain ASCII takes the fast way. */
export function utf8Text(bytes: Uint8Array, start: number, limit: number): string {
  const end = Math.min(limit, start + TEXT_MAXIMUM);
  for (let at = start; at < end; at++) if (bytes[at]! >= 0x80) return decoder.decode(bytes.subarray(start, end));
  return latinText(bytes, start, end);
}

/** UTF-16LE between `start` and `limit`, ends at a zero character; a single odd byte at the end is left out. */
export function utf16Text(bytes: Uint8Array, start: number, limit: number): string {
  const end = Math.min(limit, start + 2 * TEXT_MAXIMUM) - 1;
  let length = 0;
  let hash = 0;
  for (let at = start; at < end; at += 2) {
    const code = bytes[at]! | (bytes[at + 1]! << 8);
    if (code === 0) break;
    units[length++] = code;
    hash = (Math.imul(hash, 31) + code) | 0;
  }
  if (length === 0) return '';
  if (length > KNOWN_LENGTH) return unitText(length);
  const slot = (hash ^ (hash >>> 10)) & (KNOWN_TEXTS - 1);
  const text = knownWide[slot]!;
  const row = slot * KNOWN_LENGTH;
  if (text.length === length) {
    let index = 0;
    while (index < length && knownUnits[row + index] === units[index]) index++;
    if (index === length) return text;
  }
  for (let index = 0; index < length; index++) knownUnits[row + index] = units[index]!;
  return (knownWide[slot] = unitText(length));
}

/** Code units of the text that is being read. */
const units = new Uint16Array(TEXT_MAXIMUM);
const knownWide: string[] = new Array<string>(KNOWN_TEXTS).fill('');
const knownUnits = new Uint16Array(KNOWN_TEXTS * KNOWN_LENGTH);

function unitText(length: number): string {
  return String.fromCharCode.apply(null, units.subarray(0, length) as unknown as number[]);
}

/** Lists of one text that were made before: most facts that are lists have one, and equal ones are told apart by nothing but a look. */
const lists = new Map<string, readonly string[]>();

/** The text alone in a list, one for all who ask. */
export function alone(text: string): readonly string[] {
  const known = lists.get(text);
  if (known !== undefined) return known;
  if (lists.size >= KNOWN_TEXTS) lists.clear();
  const list = [text];
  lists.set(text, list);
  return list;
}

/** Without the zeros that some senders count as part of a text (RFC 2132 2 has receivers delete them from host names). */
export function withoutZeros(text: string): string {
  let length = text.length;
  while (length > 0 && text.charCodeAt(length - 1) === 0) length--;
  return length === text.length ? text : text.slice(0, length);
}

/**
 * Whether the bytes begin with this ASCII text, as far as they go: `true` and `false` when that is decided, `undefined` when the
 * bytes end before the text does and agree up to there.
 */
export function beginsWith(bytes: Uint8Array, start: number, limit: number, text: string): boolean | undefined {
  const length = Math.min(text.length, limit - start);
  for (let index = 0; index < length; index++) if (bytes[start + index] !== text.charCodeAt(index)) return false;
  return length === text.length ? true : undefined;
}

/** Where `byte` is between `start` and `limit`, or -1. */
export function indexOfByte(bytes: Uint8Array, byte: number, start: number, limit: number): number {
  for (let at = start; at < limit; at++) if (bytes[at] === byte) return at;
  return -1;
}

/** Where the ASCII text is between `start` and `limit`, or -1. For short texts in bounded runs. */
export function indexOfText(bytes: Uint8Array, text: string, start: number, limit: number): number {
  const first = text.charCodeAt(0);
  const last = limit - text.length;
  for (let at = start; at <= last; at++) {
    if (bytes[at] === first && beginsWith(bytes, at, limit, text) === true) return at;
  }
  return -1;
}

const decoder = new TextDecoder('utf-8');
