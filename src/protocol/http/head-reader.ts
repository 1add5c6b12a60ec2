/**
 * One side of an HTTP/1 stream, cut into message heads (RFC 9112 2.1). Bodies pass uncollected, by their length or by chunks
 * (7.1); a body that ends with the connection ends the reading of that side.
 */
import { ByteQueue } from '../byte-queue.js';
import { latinText } from '../wire-text.js';

const HEAD_MAXIMUM = 16_384;
const CHUNK_LINE_MAXIMUM = 256;
const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;

/** How long the body behind a head is. `length` counts unless it is chunked or lasts until the connection ends. */
export interface BodyLength {
  readonly kind: 'length' | 'chunked' | 'rest';
  readonly length: number;
}

export interface HeadHandler {
  /** A head between `start` and `limit`, first line included. Undefined: nothing more is wanted from this flow. */
  head(bytes: Uint8Array, start: number, limit: number): BodyLength | undefined;
}

type Expecting = 'head' | 'body' | 'chunk' | 'chunk-end' | 'trailer' | 'rest';

export class HeadReader {
  /** The side has no more heads, or they are not to be found. */
  ended = false;
  private readonly queue = new ByteQueue(HEAD_MAXIMUM + 66_000);
  private expecting: Expecting = 'head';
  private remaining = 0;
  private scanned = 0;

  /** Answers false when the handler wants nothing more. */
  push(bytes: Uint8Array, start: number, limit: number, handler: HeadHandler): boolean {
    if (this.expecting === 'rest') return true;
    if (this.expecting === 'body') {
      const passed = Math.min(this.remaining, limit - start);
      this.remaining -= passed;
      start += passed;
      if (this.remaining === 0) this.expecting = 'head';
      if (start === limit) return true;
    }
    const queue = this.queue;
    if (!queue.append(bytes, start, limit)) return this.giveUp();
    while (queue.length > 0 && !this.ended) {
      if (this.expecting === 'body') {
        const passed = Math.min(this.remaining, queue.length);
        this.remaining -= passed;
        queue.consume(passed);
        if (this.remaining === 0) this.expecting = 'head';
      } else if (this.expecting === 'head') {
        const end = this.endOfHead();
        if (end < 0) break;
        const body = handler.head(queue.bytes, queue.start, end);
        if (body === undefined) return false;
        queue.consume(end - queue.start);
        this.expect(body);
      } else if (!this.chunks()) break;
    }
    return queue.keep();
  }

  /** Bytes are missing: what is there of a head is read up to its last whole line, and the rest of this side is given up. */
  gap(handler: HeadHandler): void {
    const { bytes, start, limit } = this.queue;
    const end = this.expecting === 'head' && limit > start ? bytes.lastIndexOf(LF, limit - 1) + 1 : 0;
    if (end > start) handler.head(bytes, start, end);
    this.giveUp();
  }

  giveUp(): true {
    this.queue.clear();
    this.expecting = 'rest';
    this.ended = true;
    return true;
  }

  private expect(body: BodyLength): void {
    this.scanned = 0;
    if (body.kind === 'rest') this.giveUp();
    else if (body.kind === 'chunked') this.expecting = 'chunk';
    else if (body.length > 0) {
      this.expecting = 'body';
      this.remaining = body.length;
    }
  }

  /** Where the empty line ends, or -1. Looks at no byte twice, however the head arrives. */
  private endOfHead(): number {
    const { bytes, start, limit } = this.queue;
    let from = start + this.scanned;
    if (this.scanned === 0) {
      while (from < limit && (bytes[from] === CR || bytes[from] === LF)) from++;
      this.queue.consume(from - start);
      if (this.queue.length === 0) return -1;
      // A request begins with a method, an answer with HTTP/: anything else is the end of what can be read.
      if (!isTokenLetter(bytes[from]!)) {
        this.giveUp();
        return -1;
      }
    }
    const first = this.queue.start;
    for (let at = from; at < limit; at++) {
      if (bytes[at] !== LF) continue;
      if (at + 1 < limit && bytes[at + 1] === LF) return at + 2;
      if (at + 2 < limit && bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
    }
    this.scanned = Math.max(0, limit - first - 3);
    if (limit - first > HEAD_MAXIMUM) this.giveUp();
    return -1;
  }

  /** One step through a chunked body. Answers false when a line is not complete. */
  private chunks(): boolean {
    const { bytes, start, limit } = this.queue;
    if (this.expecting === 'chunk-end') {
      const passed = Math.min(this.remaining, limit - start);
      this.remaining -= passed;
      this.queue.consume(passed);
      if (this.remaining === 0) this.expecting = 'chunk';
      return true;
    }
    const end = bytes.indexOf(LF, start);
    if (end < 0 || end >= limit) {
      if (limit - start > CHUNK_LINE_MAXIMUM) this.giveUp();
      return false;
    }
    const line = latinText(bytes, start, end);
    this.queue.consume(end + 1 - start);
    if (this.expecting === 'trailer') {
      if (line === '' || line === '\r') this.expecting = 'head';
      return true;
    }
    const size = /^[0-9a-fA-F]{1,8}(?=[\s;]|$)/.exec(line);
    if (size === null) return this.giveUp();
    this.remaining = parseInt(size[0], 16) + 2;
    this.expecting = this.remaining === 2 ? 'trailer' : 'chunk-end';
    return true;
  }
}

function isTokenLetter(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}

/** Calls `field` for each header field: name between `nameStart` and `nameLimit`, value trimmed. */
export function eachField(
  bytes: Uint8Array, start: number, limit: number,
  field: (nameStart: number, nameLimit: number, valueStart: number, valueLimit: number) => void,
): void {
  for (let at = start; at < limit;) {
    let end = at;
    let colon = -1;
    while (end < limit && bytes[end] !== LF) {
      if (colon < 0 && bytes[end] === COLON) colon = end;
      end++;
    }
    if (colon > at) {
      let valueStart = colon + 1;
      let valueLimit = end;
      while (valueStart < valueLimit && (bytes[valueStart] === 0x20 || bytes[valueStart] === 0x09)) valueStart++;
      while (valueLimit > valueStart && bytes[valueLimit - 1]! <= 0x20) valueLimit--;
      field(at, colon, valueStart, valueLimit);
    }
    at = end + 1;
  }
}

/** Whether a field has this name, given in lower case. */
export function fieldIs(bytes: Uint8Array, start: number, limit: number, name: string): boolean {
  if (limit - start !== name.length) return false;
  for (let index = 0; index < name.length; index++) {
    const byte = bytes[start + index]!;
    if ((byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte) !== name.charCodeAt(index)) return false;
  }
  return true;
}
