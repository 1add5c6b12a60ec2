/**
 * One side of an HTTP/1 stream, cut into message heads (RFC 9112 2.1). Bodies pass uncollected, by their length or by chunks
 * (7.1); a body that ends with the connection ends the reading of that side. What is a stream of its own (a tunnel behind CONNECT, or
 * one in chunks) is handed on.
 */
import { ByteQueue } from '../byte-queue.js';
import type { Role } from '../recogniser.js';
import { beginsWith, latinText } from '../wire-text.js';

const HEAD_MAXIMUM = 16_384;
/** A head, and room for one segment behind it; with offload segments reach 64 KiB. */
const QUEUE_MAXIMUM = HEAD_MAXIMUM + 66_000;
const CHUNK_LINE_MAXIMUM = 256;
/** The line break behind the content of a chunk. */
const CHUNK_END = 2;
const ANSWER = 'HTTP/';
const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;

/**
 * How long the body behind a head is. `length` counts unless it is chunked or lasts until the connection ends. `stream` lasts, too, and
 * is handed on; so is the content of chunks with `handed`.
 */
export interface BodyLength {
  readonly kind: 'length' | 'chunked' | 'rest' | 'stream';
  readonly length: number;
  readonly handed?: boolean;
}

export interface HeadHandler {
  /** A head between `start` and `limit`, first line included. Undefined: nothing more is wanted from this flow. */
  head(role: Role, bytes: Uint8Array, start: number, limit: number): BodyLength | undefined;
  /** A piece of what is handed on. Answers false when nothing more is wanted from this flow. */
  stream(role: Role, bytes: Uint8Array, start: number, limit: number): boolean;
  /** A head is longer than any that is read. */
  endless(): void;
  /** Whether what a client says that is no request may be a stream: it asked for one. */
  mayStream(): boolean;
}

type Expecting = 'head' | 'body' | 'chunk' | 'chunk-end' | 'trailer' | 'rest' | 'stream';

export class HeadReader {
  /** The side has no more heads, or they are not to be found. */
  ended = false;
  private readonly handler: HeadHandler;
  private readonly role: Role;
  /** What waits for the rest of its head; null: nothing ever had to. */
  private queue: ByteQueue | null = null;
  private expecting: Expecting = 'head';
  private remaining = 0;
  private scanned = 0;
  private handed = false;
  private unwanted = false;

  constructor(handler: HeadHandler, role: Role) {
    this.handler = handler;
    this.role = role;
  }

  /** Answers false when the handler wants nothing more. */
  push(bytes: Uint8Array, start: number, limit: number): boolean {
    if (this.expecting === 'rest') return true;
    if (this.expecting === 'stream') {
      return (this.queue === null || this.queue.length === 0 || this.handOver(this.queue)) && this.handler.stream(this.role, bytes, start, limit);
    }
    if (this.expecting === 'body') {
      const passed = Math.min(this.remaining, limit - start);
      this.remaining -= passed;
      start += passed;
      if (this.remaining === 0) this.expecting = 'head';
      if (start === limit) return true;
    }
    const queue = this.queue ?? passing;
    if (queue === passing) queue.clear();
    if (!queue.append(bytes, start, limit)) return this.giveUp();
    while (queue.length > 0 && !this.ended) {
      if (this.isStream()) return this.handOver(queue);
      if (this.expecting === 'body') {
        const passed = Math.min(this.remaining, queue.length);
        this.remaining -= passed;
        queue.consume(passed);
        if (this.remaining === 0) this.expecting = 'head';
      } else if (this.expecting === 'head') {
        const end = this.endOfHead(queue);
        if (end < 0 && this.isStream()) continue;
        if (end < 0) break;
        const body = this.handler.head(this.role, queue.bytes, queue.start, end);
        if (body === undefined) return false;
        queue.consume(end - queue.start);
        this.expect(body);
      } else if (!this.chunks(queue)) {
        if (this.unwanted) return false;
        break;
      }
    }
    if (queue !== passing && queue.length === 0) queue.release();
    if (this.ended || queue !== passing || queue.length === 0) return this.ended || queue.keep();
    this.queue = new ByteQueue(QUEUE_MAXIMUM);
    this.queue.append(queue.bytes, queue.start, queue.limit);
    return this.queue.keep();
  }

  /** Bytes are missing: what is there of a head is read up to its last whole line, and the rest of this side is given up. */
  gap(): void {
    if (this.queue !== null && this.expecting === 'head') this.cutHead(this.queue);
    this.giveUp();
  }

  /** From here on everything is handed on, with what waits here first. */
  becomeStream(): void {
    this.expecting = 'stream';
    this.ended = false;
  }

  private cutHead({ bytes, start, limit }: ByteQueue): void {
    const end = limit > start ? bytes.lastIndexOf(LF, limit - 1) + 1 : 0;
    if (end > start) this.handler.head(this.role, bytes, start, end);
  }

  private isStream(): boolean {
    return this.expecting === 'stream';
  }

  private handOver(queue: ByteQueue): boolean {
    const { bytes, start, limit } = queue;
    queue.clear();
    return this.handler.stream(this.role, bytes, start, limit);
  }

  private giveUp(): true {
    this.queue = null;
    this.expecting = 'rest';
    this.ended = true;
    return true;
  }

  private expect(body: BodyLength): void {
    this.scanned = 0;
    this.handed = body.handed === true;
    if (body.kind === 'rest') this.giveUp();
    else if (body.kind === 'stream') this.expecting = 'stream';
    else if (body.kind === 'chunked') this.expecting = 'chunk';
    else if (body.length > 0) {
      this.expecting = 'body';
      this.remaining = body.length;
    }
  }

  /** Where the empty line ends, or -1. Looks at no byte twice, however the head arrives. */
  private endOfHead(queue: ByteQueue): number {
    const { bytes, start, limit } = queue;
    let from = start + this.scanned;
    if (this.scanned === 0) {
      while (from < limit && (bytes[from] === CR || bytes[from] === LF)) from++;
      queue.consume(from - start);
      if (queue.length === 0) return -1;
      // A request begins with a method, an answer with HTTP/: anything else is the end of what can be read.
      if (this.role === 'client' ? !isTokenLetter(bytes[from]!) : beginsWith(bytes, from, limit, ANSWER) === false) {
        if (this.handler.mayStream()) this.expecting = 'stream';
        else this.giveUp();
        return -1;
      }
    }
    const first = queue.start;
    const seen = bytes.subarray(0, limit);
    for (let at = seen.indexOf(LF, from); at >= 0; at = seen.indexOf(LF, at + 1)) {
      if (at + 1 < limit && bytes[at + 1] === LF) return at + 2;
      if (at + 2 < limit && bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
    }
    this.scanned = Math.max(0, limit - first - 3);
    if (limit - first > HEAD_MAXIMUM) {
      this.handler.endless();
      this.cutHead(queue);
      this.giveUp();
    }
    return -1;
  }

  /** One step through a chunked body. Answers false when a line is not complete. */
  private chunks(queue: ByteQueue): boolean {
    const { bytes, start, limit } = queue;
    if (this.expecting === 'chunk-end') {
      const passed = Math.min(this.remaining, limit - start);
      const contents = Math.min(passed, this.remaining - CHUNK_END);
      this.remaining -= passed;
      if (this.handed && contents > 0 && !this.handler.stream(this.role, bytes, start, start + contents)) {
        this.unwanted = true;
        return false;
      }
      queue.consume(passed);
      if (this.remaining === 0) this.expecting = 'chunk';
      return true;
    }
    const end = bytes.indexOf(LF, start);
    if (end < 0 || end >= limit) {
      if (limit - start > CHUNK_LINE_MAXIMUM) this.giveUp();
      return false;
    }
    const line = latinText(bytes, start, end);
    queue.consume(end + 1 - start);
    if (this.expecting === 'trailer') {
      if (line === '' || line === '\r') this.expecting = 'head';
      return true;
    }
    const size = /^[0-9a-fA-F]{1,8}(?=[\s;]|$)/.exec(line);
    if (size === null) return this.giveUp();
    this.remaining = parseInt(size[0], 16) + CHUNK_END;
    this.expecting = this.remaining === CHUNK_END ? 'trailer' : 'chunk-end';
    return true;
  }
}

function isTokenLetter(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}

/** Steps through the header fields of a head. */
export class FieldCursor {
  nameStart = 0;
  nameLimit = 0;
  /** The value, trimmed. */
  valueStart = 0;
  valueLimit = 0;
  private at = 0;

  /** @param start behind the first line. */
  begin(start: number): void {
    this.at = start;
  }

  /** Answers false when there is no other. */
  next(bytes: Uint8Array, limit: number): boolean {
    for (let at = this.at; at < limit;) {
      let colon = at;
      for (let byte = bytes[at]!; colon < limit && byte !== LF && byte !== COLON;) byte = bytes[++colon]!;
      if (colon >= limit) return false;
      let end = colon;
      if (bytes[colon] === COLON) {
        end = endOfLine(bytes, colon + 1, limit);
        if (colon > at) {
          this.nameStart = at;
          this.nameLimit = colon;
          this.at = end + 1;
          this.trim(bytes, colon + 1, end);
          return true;
        }
      }
      at = end + 1;
    }
    return false;
  }

  /** Whether the field has this name, given in lower case. */
  is(bytes: Uint8Array, name: string): boolean {
    return this.nameLimit - this.nameStart === name.length && fieldIs(bytes, this.nameStart, this.nameLimit, name);
  }

  text(bytes: Uint8Array): string {
    return latinText(bytes, this.valueStart, this.valueLimit);
  }

  private trim(bytes: Uint8Array, start: number, limit: number): void {
    while (start < limit && (bytes[start] === 0x20 || bytes[start] === 0x09)) start++;
    while (limit > start && bytes[limit - 1]! <= 0x20) limit--;
    this.valueStart = start;
    this.valueLimit = limit;
  }
}

/**
 * Where the line feed is, or `limit`. Most lines are short; those with a ticket in them have kilobytes, through which the search of the
 * engine goes three times as fast as a loop.
 */
function endOfLine(bytes: Uint8Array, at: number, limit: number): number {
  const near = Math.min(limit, at + SHORT_LINE);
  while (at < near && bytes[at] !== LF) at++;
  if (at < near || at >= limit) return at;
  const found = bytes.subarray(at, limit).indexOf(LF);
  return found < 0 ? limit : at + found;
}

const SHORT_LINE = 64;

/** What passes in place, for as long as it is looked at: one for all streams. */
const passing = new ByteQueue(QUEUE_MAXIMUM);

function fieldIs(bytes: Uint8Array, start: number, limit: number, name: string): boolean {
  if (limit - start !== name.length) return false;
  for (let index = 0; index < name.length; index++) {
    const byte = bytes[start + index]!;
    if ((byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte) !== name.charCodeAt(index)) return false;
  }
  return true;
}
