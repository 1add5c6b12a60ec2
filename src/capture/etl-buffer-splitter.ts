/** Cuts an event trace into its buffers, whatever the chunks: each has its length in front. */
import type { CaptureDamage } from './damage.js';
import type { EtlBuffer } from './etl-buffer.js';
import { BUFFER_HEADER_LENGTH, type EtlBufferHeader, MAX_BUFFER_LENGTH, readBufferHeader } from './etl-layout.js';

export interface EtlBufferHandlers {
  /** The buffer is the handler's to keep. */
  buffer(buffer: EtlBuffer): void;
  damage(damage: CaptureDamage): void;
}

export class EtlBufferSplitter {
  /** Bytes of the file so far. */
  received = 0;
  /** Of the buffer that is being collected, bytes. */
  needed = BUFFER_HEADER_LENGTH;
  private readonly handlers: EtlBufferHandlers;
  private readonly headerBytes = new Uint8Array(BUFFER_HEADER_LENGTH);
  private readonly headerView = new DataView(this.headerBytes.buffer);
  private header: EtlBufferHeader | undefined;
  private stored = new Uint8Array(0);
  private filled = 0;
  private fileOffset = 0;
  /** Of the buffers that are not compressed. */
  private plainLength = 0;
  /** No length can be believed any more. */
  private isLost = false;

  constructor(handlers: EtlBufferHandlers) {
    this.handlers = handlers;
  }

  feed(chunk: Uint8Array): void {
    this.received += chunk.length;
    for (let at = 0; at < chunk.length && !this.isLost;) {
      const target = this.header === undefined ? this.headerBytes : this.stored;
      const count = Math.min(this.needed - this.filled, chunk.length - at);
      target.set(chunk.subarray(at, at + count), this.filled);
      this.filled += count;
      at += count;
      if (this.filled < this.needed) return;
      if (this.header === undefined) this.begin();
      else this.end();
    }
  }

  /** The file is at its end: a buffer that it cuts is handed over as far as it goes. */
  finish(): void {
    if (this.isLost || this.filled === 0) return;
    if (this.header !== undefined) this.end();
    else if (this.fileOffset > 0) {
      this.handlers.damage({ code: 'cut-block', byteOffset: this.fileOffset, expected: BUFFER_HEADER_LENGTH, found: this.filled, boundedBy: 'file', detail: 'the file ends in the header of a buffer' });
    }
  }

  private begin(): void {
    let header = readBufferHeader(this.headerView, 0);
    if (!isPlausible(header)) {
      this.handlers.damage({
        code: 'bad-block-length', byteOffset: this.fileOffset, expected: header.storedLength, found: MAX_BUFFER_LENGTH, boundedBy: 'block-limit',
        detail: 'a buffer of the event trace has an unlikely length',
      });
      // Buffers that are not compressed are all of one length, so the next one can be found.
      if (this.plainLength === 0) {
        this.isLost = true;
        return;
      }
      header = { ...header, storedLength: this.plainLength, eventsEnd: 0, isCompressed: false };
    }
    if (!header.isCompressed && this.fileOffset > 0) this.plainLength = header.storedLength;
    this.header = header;
    // Bounded by the longest buffer there is; most of it arrives.
    this.stored = new Uint8Array(header.storedLength);
    this.stored.set(this.headerBytes);
    this.needed = header.storedLength;
    if (this.needed === this.filled) this.end();
  }

  private end(): void {
    const { eventsEnd, processor, isCompressed } = this.header!;
    const stored = this.filled === this.stored.length ? this.stored : this.stored.slice(0, this.filled);
    this.handlers.buffer({ stored, fileOffset: this.fileOffset, eventsEnd, processor, isCompressed });
    this.fileOffset += this.filled;
    this.header = undefined;
    this.stored = new Uint8Array(0);
    this.filled = 0;
    this.needed = BUFFER_HEADER_LENGTH;
  }
}

function isPlausible({ storedLength, eventsEnd, isCompressed }: EtlBufferHeader): boolean {
  const longest = isCompressed ? MAX_BUFFER_LENGTH : storedLength;
  return storedLength >= BUFFER_HEADER_LENGTH && storedLength <= MAX_BUFFER_LENGTH && eventsEnd <= longest;
}
