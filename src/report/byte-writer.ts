/**
 * Text as UTF-8, collected in one buffer and handed on in pieces of some 64 KiB. For writers of millions of short pieces: joining
 * strings and encoding the result took three times as long as writing digits and letters where they belong.
 */

const SIZE = 65_536;
const BYTES_PER_CHARACTER = 3;
/** Digits of the largest number that `number` writes by itself. */
const MAX_DIGITS = 10;
const INT31 = 0x7fff_ffff;
const ZERO = 48, SPACE = 32, QUOTE = 34, BACKSLASH = 92, DELETE = 127;
/** Characters that `quoted` looks at one by one. */
const MAX_PLAIN = 256;
const WORD = 4;
/** Pieces from here on are copied by the engine; a call of it costs as much as twelve words. */
const LONG = 48;
const THOUSAND = 1000;
const encoder = new TextEncoder();

/** Text that is written again and again, as `piece` prepares it. */
export interface Piece {
  readonly bytes: Uint8Array;
  /** Of a short one: bytes in groups of four, the last filled up; a group is stored at once, which takes a third of the time of single bytes. */
  readonly words: Int32Array;
}

const NO_WORDS = new Int32Array(0);

export function piece(text: string): Piece {
  const bytes = encoder.encode(text);
  if (bytes.length >= LONG) return { bytes, words: NO_WORDS };
  const view = new DataView(new ArrayBuffer(Math.ceil(bytes.length / WORD) * WORD));
  for (let i = 0; i < bytes.length; i++) view.setUint8(i, bytes[i]!);
  return { bytes, words: Int32Array.from({ length: view.byteLength / WORD }, (_, i) => view.getInt32(i * WORD)) };
}

/** The three digits of each number below a thousand, and a byte to be written over. */
let triples: Int32Array | undefined;

function makeTriples(): Int32Array {
  return Int32Array.from({ length: THOUSAND }, (_, i) => ((ZERO + Math.floor(i / 100)) << 24) | ((ZERO + Math.floor(i / 10) % 10) << 16) | ((ZERO + i % 10) << 8));
}

export class ByteWriter {
  /** Room behind the last byte for the filling of a piece. */
  private readonly bytes = new Uint8Array(SIZE + WORD);
  private readonly view = new DataView(this.bytes.buffer);
  private at = 0;
  private readonly triples = (triples ??= makeTriples());
  private readonly out: (bytes: Uint8Array) => void;

  /** What `out` gets is valid until it returns. */
  constructor(out: (bytes: Uint8Array) => void) {
    this.out = out;
  }

  /** Any text. */
  text(text: string): void {
    const most = text.length * BYTES_PER_CHARACTER;
    if (most > SIZE) {
      this.flush();
      this.out(encoder.encode(text));
      return;
    }
    this.reserve(most);
    this.at += encoder.encodeInto(text, this.bytes.subarray(this.at, SIZE)).written;
  }

  piece({ bytes, words }: Piece): void {
    const { length } = bytes;
    if (length > SIZE) {
      this.flush();
      this.out(bytes);
      return;
    }
    this.reserve(length);
    const { view, at } = this;
    if (length >= LONG) this.bytes.set(bytes, at);
    else for (let i = 0; i < words.length; i++) view.setInt32(at + i * WORD, words[i]!);
    this.at = at + length;
  }

  /** A JSON string; meant for short ones of plain ASCII, such as addresses. */
  quoted(text: string): void {
    const { length } = text;
    if (length > MAX_PLAIN) {
      this.text(JSON.stringify(text));
      return;
    }
    this.reserve(length + 2);
    const { bytes, at } = this;
    bytes[at] = QUOTE;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code < SPACE || code >= DELETE || code === QUOTE || code === BACKSLASH) {
        this.text(JSON.stringify(text));
        return;
      }
      bytes[at + 1 + i] = code;
    }
    bytes[at + 1 + length] = QUOTE;
    this.at = at + length + 2;
  }

  byte(byte: number): void {
    this.reserve(1);
    this.bytes[this.at++] = byte;
  }

  /** Some bytes as they are; meant for few. */
  ascii(bytes: Uint8Array): void {
    const { length } = bytes;
    this.reserve(length);
    const { at } = this;
    for (let i = 0; i < length; i++) this.bytes[at + i] = bytes[i]!;
    this.at = at + length;
  }

  /** As JavaScript writes it: `17`, `-1`, `1.5`. */
  number(value: number): void {
    if (!(value >= 0 && value <= INT31) || (value | 0) !== value) {
      this.text(String(value));
      return;
    }
    this.reserve(MAX_DIGITS);
    if (value < THOUSAND) {
      this.first(value);
      return;
    }
    // Three digits at once: one division for each of them is what writing a conversation would spend most of its time on.
    const thousands = (value / THOUSAND) | 0;
    const millions = (thousands / THOUSAND) | 0;
    const billions = (millions / THOUSAND) | 0;
    if (billions > 0) {
      this.first(billions);
      this.three(millions - billions * THOUSAND);
    } else if (millions > 0) this.first(millions);
    if (millions > 0) this.three(thousands - millions * THOUSAND);
    else this.first(thousands);
    this.three(value - thousands * THOUSAND);
  }

  /** Below 1,000,000,000: nine digits, with leading zeros. */
  nanoseconds(value: number): void {
    this.reserve(MAX_DIGITS);
    const micro = (value / THOUSAND) | 0;
    const milli = (micro / THOUSAND) | 0;
    this.three(milli);
    this.three(micro - milli * THOUSAND);
    this.three(value - micro * THOUSAND);
  }

  flush(): void {
    if (this.at > 0) this.out(this.bytes.subarray(0, this.at));
    this.at = 0;
  }

  /** Of a number, without leading zeros. */
  private first(value: number): void {
    const digits = value < 10 ? 1 : value < 100 ? 2 : 3;
    this.view.setInt32(this.at, this.triples[value]! << (8 * (3 - digits)));
    this.at += digits;
  }

  private three(value: number): void {
    this.view.setInt32(this.at, this.triples[value]!);
    this.at += 3;
  }

  private reserve(length: number): void {
    if (this.at + length > SIZE) this.flush();
  }
}
