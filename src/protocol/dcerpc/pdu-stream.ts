/**
 * One direction of a connection as a row of PDUs (C706 12.6.2): TCP segments have nothing to do with their borders. Of each PDU
 * only what its reader wants is gathered; the rest is skipped as it streams by. After missing bytes the next header that can
 * only be one is searched for.
 */
import type { PacketPosition } from '../../flow/inspection.js';
import { ByteQueue } from '../byte-queue.js';
import { CALL_HEADER_LENGTH, COMMON_HEADER_LENGTH, headerLength, isPlausiblePrefix, PduHeader, readCallHeader, readCommonHeader, senderOf } from './pdu.js';

export interface PduReader {
  /** How many bytes of the PDU are wanted, counted from its first; asked once its header is read. */
  wanted(header: PduHeader): number;
  /** The wanted bytes, borrowed until the call returns. `at` is the packet that brought the last of them. */
  pdu(sender: Sender, header: PduHeader, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void;
}

/** As {@link senderOf}: the client or the server. */
export type Sender = 1 | 2;

/** Bytes of one direction that are searched for a header at most. */
const SEARCH_MAXIMUM = 1 << 14;
const SEARCH_PIECE = 32_768;
const REPRESENTATION = 4;

export class PduStream {
  private readonly reader: PduReader;
  /** Whose PDUs a search believes. */
  private readonly sender: Sender;
  /** Bytes of a PDU that came in pieces, and its header: most PDUs come whole, most streams need neither. */
  private queue: ByteQueue | null = null;
  private header: PduHeader | null = null;
  /** Bytes that the queue must hold for the next step, and whether its header was read: then it is for the reader. */
  private needed = COMMON_HEADER_LENGTH;
  private measured = false;
  private skipping = 0;
  private searching = false;
  private searched = 0;
  /** First byte of the label of the last PDU; -1: none yet, and one may be searched for; -2: none yet, but the next bytes are one. */
  private representation: number;

  /** @param fromStart true: the stream is known from its first byte on, so that it begins with a PDU or is something else. */
  constructor(reader: PduReader, sender: Sender, fromStart: boolean) {
    this.reader = reader;
    this.sender = sender;
    this.representation = fromStart ? -2 : -1;
  }

  /** Whether every byte was understood until now, from the first PDU on. */
  get inStep(): boolean {
    return this.searched === 0 && !this.searching;
  }

  /** Takes what comes next in the stream, which may begin within a PDU. Answers false when it is no row of PDUs. */
  push(bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    let position = start;
    while (position < limit) {
      if (this.skipping > 0) {
        const skipped = Math.min(this.skipping, limit - position);
        this.skipping -= skipped;
        position += skipped;
      } else if (this.searching) {
        if (this.searched > SEARCH_MAXIMUM) return false;
        position = this.search(bytes, position, limit, at);
      } else if (limit - position >= CALL_HEADER_LENGTH && (this.queue === null || this.queue.length === 0)) {
        const next = this.inPlace(bytes, position, limit, at);
        if (next < 0) return false;
        position = next;
      } else {
        const queue = (this.queue ??= new ByteQueue());
        const taken = Math.min(this.needed - queue.length, limit - position);
        this.take(queue, bytes, position, position + taken);
        position += taken;
        if (!this.step(queue, at)) return false;
      }
    }
    const { queue } = this;
    if (queue === null) return true;
    if (queue.length === 0) queue.release();
    return queue.keep();
  }

  /**
   * Reads the PDU that begins in a segment, where all that is wanted of it lies there. Answers where to go on, or -1 when this is
   * no row of PDUs.
   */
  private inPlace(bytes: Uint8Array, position: number, limit: number, at: PacketPosition): number {
    if (!readCommonHeader(bytes, position, passing)) return this.lost() ? position : -1;
    this.representation = bytes[position + REPRESENTATION]!;
    readCallHeader(bytes, position, passing);
    const needed = Math.max(headerLength(passing.type), Math.min(passing.fragmentLength, this.reader.wanted(passing)));
    if (limit - position < needed) {
      const header = (this.header ??= new PduHeader());
      readCommonHeader(bytes, position, header);
      readCallHeader(bytes, position, header);
      this.needed = needed;
      this.measured = true;
      this.take((this.queue ??= new ByteQueue()), bytes, position, limit);
      return limit;
    }
    this.skipping = passing.fragmentLength - needed;
    this.reader.pdu(this.sender, passing, bytes, position, position + needed, at);
    return position + needed;
  }

  /** Where no PDU begins one is searched for. Answers false between two PDUs: nothing was lost there, so this is something else. */
  private lost(): boolean {
    if (this.representation !== -1) return false;
    return (this.searching = true);
  }

  /** Bytes are missing here. */
  gap(): void {
    this.reset();
    this.skipping = 0;
    this.searching = true;
  }

  /** What follows in the array that is looked at in place needs no copy. */
  private take(queue: ByteQueue, bytes: Uint8Array, start: number, limit: number): void {
    if (queue.length > 0 && queue.bytes === bytes && queue.limit === start) queue.limit = limit;
    else queue.append(bytes, start, limit);
  }

  /** Reads from the queue what it is complete for. Answers false when this is no row of PDUs. */
  private step(queue: ByteQueue, at: PacketPosition): boolean {
    if (queue.length < this.needed) return true;
    const header = (this.header ??= new PduHeader());
    if (!this.measured) {
      if (this.needed === COMMON_HEADER_LENGTH) {
        if (!readCommonHeader(queue.bytes, queue.start, header)) return this.lost();
        this.representation = queue.bytes[queue.start + REPRESENTATION]!;
        this.needed = headerLength(header.type);
        if (queue.length < this.needed) return true;
      }
      readCallHeader(queue.bytes, queue.start, header);
      this.measured = true;
      this.needed = Math.max(this.needed, Math.min(header.fragmentLength, this.reader.wanted(header)));
      if (queue.length < this.needed) return true;
    }
    this.skipping = header.fragmentLength - this.needed;
    this.reader.pdu(this.sender, header, queue.bytes, queue.start, queue.start + this.needed, at);
    this.reset();
    return true;
  }

  private reset(): void {
    this.queue?.clear();
    this.needed = COMMON_HEADER_LENGTH;
    this.measured = false;
  }

  /** Looks for a header in what is held and a piece of what comes; answers where to go on in `bytes`. */
  private search(bytes: Uint8Array, position: number, limit: number, at: PacketPosition): number {
    const queue = (this.queue ??= new ByteQueue());
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
    readCommonHeader(bytes, at, passing);
    const next = at + passing.fragmentLength;
    return next >= limit || isPlausiblePrefix(bytes, next, limit);
  }
}

/** Header of the PDU at hand, for as long as it is: one for all streams. */
const passing = new PduHeader();
