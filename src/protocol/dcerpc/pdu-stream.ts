/**
 * One direction of a connection as a row of PDUs (C706 12.6.2): TCP segments have nothing to do with their borders. Of each PDU
 * only what its reader wants is gathered; the rest is skipped as it streams by. After missing bytes the next header that can
 * only be one is searched for.
 */
import type { PacketPosition } from '../../flow/inspection.js';
import { ByteQueue } from '../byte-queue.js';
import { COMMON_HEADER_LENGTH, headerLength, isPlausiblePrefix, PduHeader, readCallHeader, readCommonHeader, senderOf } from './pdu.js';

export interface PduReader {
  /** How many bytes of the PDU are wanted, counted from its first; asked once its header is read. */
  wanted(header: PduHeader): number;
  /** The wanted bytes, borrowed until the call returns. `at` is the packet that brought the last of them. */
  pdu(header: PduHeader, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void;
}

/** Bytes of one direction that are searched for a header at most. */
const SEARCH_MAXIMUM = 1 << 14;
const SEARCH_PIECE = 32_768;
const REPRESENTATION = 4;

export class PduStream {
  private readonly reader: PduReader;
  /** As {@link senderOf}: whose PDUs a search believes. */
  private readonly sender: 1 | 2;
  private readonly header = new PduHeader();
  private readonly queue = new ByteQueue();
  /** Bytes that the queue must hold for the next step, and whether its header was read: then it is for the reader. */
  private needed = COMMON_HEADER_LENGTH;
  private measured = false;
  private skipping = 0;
  private searching = false;
  private searched = 0;
  /** What came is no PDU although none of its bytes was lost. */
  private broken = false;
  /** First byte of the label of the last PDU; -1: none yet. */
  private representation = -1;

  constructor(reader: PduReader, sender: 1 | 2) {
    this.reader = reader;
    this.sender = sender;
  }

  /** Takes what comes next in the stream, which may begin within a PDU. Answers false when it is no row of PDUs. */
  push(bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    let position = start;
    while (position < limit) {
      if (this.searching) {
        if (this.broken || this.searched > SEARCH_MAXIMUM) return false;
        position = this.search(bytes, position, limit, at);
      } else if (this.skipping > 0) {
        const skipped = Math.min(this.skipping, limit - position);
        this.skipping -= skipped;
        position += skipped;
      } else {
        const taken = Math.min(this.needed - this.queue.length, limit - position);
        this.take(bytes, position, position + taken);
        position += taken;
        this.step(at);
      }
    }
    return this.queue.keep();
  }

  /** Bytes are missing here. */
  gap(): void {
    this.reset();
    this.skipping = 0;
    this.searching = true;
  }

  /** What follows in the array that is looked at in place needs no copy. */
  private take(bytes: Uint8Array, start: number, limit: number): void {
    const { queue } = this;
    if (queue.length > 0 && queue.bytes === bytes && queue.limit === start) queue.limit = limit;
    else queue.append(bytes, start, limit);
  }

  /** Reads from the queue what it is complete for; where no PDU begins, one is searched for. */
  private step(at: PacketPosition): void {
    const { queue, header } = this;
    if (queue.length < this.needed) return;
    if (!this.measured) {
      if (this.needed === COMMON_HEADER_LENGTH) {
        if (!readCommonHeader(queue.bytes, queue.start, header)) {
          // Between two PDUs nothing was lost: this is something else. At the very beginning it may be the middle of a PDU.
          if (this.representation >= 0) this.broken = true;
          this.searching = true;
          return;
        }
        this.representation = queue.bytes[queue.start + REPRESENTATION]!;
        this.needed = headerLength(header.type);
        if (queue.length < this.needed) return;
      }
      readCallHeader(queue.bytes, queue.start, header);
      this.measured = true;
      this.needed = Math.max(this.needed, Math.min(header.fragmentLength, this.reader.wanted(header)));
      if (queue.length < this.needed) return;
    }
    this.skipping = header.fragmentLength - this.needed;
    this.reader.pdu(header, queue.bytes, queue.start, queue.start + this.needed, at);
    this.reset();
  }

  private reset(): void {
    this.queue.clear();
    this.needed = COMMON_HEADER_LENGTH;
    this.measured = false;
  }

  /** Looks for a header in what is held and a piece of what comes; answers where to go on in `bytes`. */
  private search(bytes: Uint8Array, position: number, limit: number, at: PacketPosition): number {
    const { queue } = this;
    const piece = Math.min(SEARCH_PIECE, limit - position);
    const held = queue.length;
    queue.append(bytes, position, position + piece);
    const last = queue.limit - COMMON_HEADER_LENGTH;
    let found = queue.start;
    while (found <= last && !this.isUnmistakable(queue.bytes, found, queue.limit)) found++;
    const passed = found - queue.start;
    this.searched += piece;
    if (found > last) {
      queue.consume(Math.max(0, queue.length - COMMON_HEADER_LENGTH + 1));
      queue.keep();
      return position + piece;
    }
    this.searching = false;
    if (passed >= held) {
      queue.clear();
      return position + passed - held;
    }
    // The header began in what was held: it is put together as usual, the rest of the piece is taken again.
    queue.consume(passed);
    const kept = held - passed;
    const head = queue.bytes.slice(queue.start, queue.start + kept);
    queue.clear();
    this.push(head, 0, kept, at);
    return position;
  }

  private isUnmistakable(bytes: Uint8Array, at: number, limit: number): boolean {
    if (bytes[at] !== 5 || bytes[at + 1] !== 0) return false;
    if (bytes[at + REPRESENTATION] !== (this.representation < 0 ? 0x10 : this.representation)) return false;
    if (bytes[at + REPRESENTATION + 1] !== 0 || !isPlausiblePrefix(bytes, at, limit)) return false;
    const sender = senderOf(bytes[at + 2]!);
    if (sender !== this.sender || (bytes[at + 3]! & 0x48) !== 0) return false;
    readCommonHeader(bytes, at, this.header);
    const next = at + this.header.fragmentLength;
    return next >= limit || isPlausiblePrefix(bytes, next, limit);
  }
}
