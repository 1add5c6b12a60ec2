/**
 * One buffer of an event trace as it is stored, and a walk over its events. A compressed one is unpacked piece by piece while it is walked, so many of
 * them can be walked side by side, which is what putting their events in order of time asks for.
 */
import { BUFFER_HEADER_LENGTH, eventLength } from './etl-layout.js';
import { XPRESS_HISTORY, XpressStream } from './xpress.js';

export interface EtlBuffer {
  /** With the header; as much as the file holds of it. */
  readonly stored: Uint8Array<ArrayBuffer>;
  readonly fileOffset: number;
  /** Where the events end, from the start of the buffer, once it is unpacked. */
  readonly eventsEnd: number;
  readonly processor: number;
  readonly isCompressed: boolean;
}

/** Why a walk ended. */
export type EtlBufferEnd = 'all' | 'no-event' | 'corrupt' | 'cut';

/** The longest event (its length has 16 bits), what a match may reach back for, and room to go on. */
const WINDOW_LENGTH = 4 * 65_536;
const SHORTEST_EVENT = 8;
const LONGEST_EVENT = 65_535;

/** Bytes of memory that walking this buffer takes besides what is stored. */
export function walkLength({ isCompressed, eventsEnd }: EtlBuffer): number {
  return isCompressed ? Math.min(WINDOW_LENGTH, Math.max(0, eventsEnd)) : 0;
}

export class EtlBufferWalk {
  /** Holds the current event. Borrowed until `next` is called. */
  bytes: Uint8Array<ArrayBuffer>;
  view: DataView;
  /** The current event, from the start of `bytes`. */
  at = 0;
  length = 0;
  ended: EtlBufferEnd = 'all';
  private readonly buffer: EtlBuffer;
  private readonly stream: XpressStream | undefined;
  /** Of byte 0 of `bytes`, from the start of the unpacked buffer. */
  private windowStart: number;
  /** End (exclusive) of what is valid in `bytes`. */
  private end: number;
  private isExhausted = false;

  /** @param window memory to unpack into, of at least {@link walkLength} bytes; only for compressed buffers. */
  constructor(buffer: EtlBuffer, window?: Uint8Array<ArrayBuffer>) {
    this.buffer = buffer;
    const { stored, isCompressed, eventsEnd } = buffer;
    if (isCompressed) {
      this.stream = new XpressStream(stored, BUFFER_HEADER_LENGTH, stored.length);
      this.bytes = window ?? new Uint8Array(walkLength(buffer));
      this.windowStart = BUFFER_HEADER_LENGTH;
      this.end = 0;
    } else {
      this.bytes = stored;
      this.windowStart = 0;
      this.at = BUFFER_HEADER_LENGTH;
      this.end = Math.min(eventsEnd, stored.length);
    }
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
  }

  /** Of the current event, from the start of the unpacked buffer. */
  get offset(): number {
    return this.windowStart + this.at;
  }

  /** Goes to the next event. False: there is none, for the reason in `ended`. */
  next(): boolean {
    this.at += (this.length + 7) & ~7;
    this.length = 0;
    const left = this.buffer.eventsEnd - this.offset;
    if (left < SHORTEST_EVENT) return this.stop('all');
    if (this.end - this.at < Math.min(left, LONGEST_EVENT)) this.unpack();
    const there = this.end - this.at;
    if (there < SHORTEST_EVENT) return this.stop(this.stream?.isBroken === true ? 'corrupt' : 'cut');
    const length = eventLength(this.view, this.at, this.at + left);
    if (length === 0) return this.stop('no-event');
    if (length > there) return this.stop(this.stream?.isBroken === true ? 'corrupt' : 'cut');
    this.length = length;
    return true;
  }

  private stop(ended: EtlBufferEnd): false {
    this.ended = ended;
    return false;
  }

  /** Fills the window, having moved what is still needed to its front. */
  private unpack(): void {
    const { stream, bytes } = this;
    if (stream === undefined || this.isExhausted) return;
    // An event that claims to end where nothing was unpacked: `at` may lie behind the end.
    const kept = Math.max(0, Math.min(this.at, this.end - XPRESS_HISTORY));
    if (kept > 0) {
      bytes.copyWithin(0, kept, this.end);
      this.windowStart += kept;
      this.at -= kept;
      this.end -= kept;
    }
    const limit = Math.min(bytes.length, this.buffer.eventsEnd - this.windowStart);
    this.end = stream.read(bytes, this.end, limit);
    this.isExhausted = this.end < limit;
  }
}
