/**
 * One side of a stream of messages that carry their own length. Only the head of each message is gathered; the rest is skipped
 * as it passes, so that a large answer costs nothing. After missing bytes the next segment that begins like a message is taken
 * up again.
 */
import type { PacketPosition } from '../flow/inspection.js';
import { ByteQueue, movePosition } from './byte-queue.js';
import type { Role } from './recogniser.js';

/** Segments without the beginning of a message that are let pass after missing bytes. */
const RESYNCHRONISING_SEGMENTS = 16;
/** Room for one segment behind an incomplete message; with offload segments reach 64 KiB. */
const SEGMENT_MAXIMUM = 66_000;

export interface MessageReader {
  /** Length of the message at `start`, its header included; 0: more bytes are needed to know; negative: this is no message. */
  measure(bytes: Uint8Array, start: number, limit: number): number;
  /**
   * Whether a message may begin here when bytes are missing before: what comes may be the middle of one, so everything must agree
   * that is there of its beginning. Where it is absent, `measure` decides.
   */
  resumes?(bytes: Uint8Array, start: number, limit: number): boolean;
  /** Behind a whole message, with no bytes missing between, comes something that is none. */
  derailed?(at: PacketPosition): void;
  /** One message, or its head. Answers false when nothing more is wanted. */
  message(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean;
}

export class FramedStream {
  private readonly reader: MessageReader;
  private readonly role: Role;
  private readonly head: number;
  /** What waits for the rest of its message. Most messages come whole: most streams never need one. */
  private queue: ByteQueue | null = null;
  private skipping = 0;
  private resynchronising = 0;
  private messages = 0;
  /** Of the last piece of a message that is not complete. */
  private at: PacketPosition | undefined;

  /** @param head bytes of a message that the reader wants at most. */
  constructor(reader: MessageReader, role: Role, head: number) {
    this.reader = reader;
    this.role = role;
    this.head = head;
  }

  /** Answers false when the reader has enough, or what comes is no message. */
  push(bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (this.skipping > 0) {
      const skipped = Math.min(this.skipping, limit - start);
      this.skipping -= skipped;
      start += skipped;
      if (start === limit) return true;
    }
    const { queue } = this;
    if (queue === null || queue.length === 0) return this.read(bytes, start, limit, at);
    return queue.append(bytes, start, limit) && this.read(queue.bytes, queue.start, queue.limit, at);
  }

  /** Reads the messages that are whole, in place: in the queue, or in the segment when nothing waits. */
  private read(bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    while (start < limit) {
      const isBeginning = this.resynchronising === 0 || this.reader.resumes?.(bytes, start, limit) !== false;
      const total = isBeginning ? this.reader.measure(bytes, start, limit) : -1;
      if (total === 0) break;
      if (total < 0) {
        this.queue?.clear();
        if (this.resynchronising === 0 && this.messages > 0) this.reader.derailed?.(at);
        return --this.resynchronising > 0;
      }
      const wanted = Math.min(total, this.head);
      if (limit - start < wanted) break;
      this.resynchronising = 0;
      this.messages++;
      if (!this.reader.message(this.role, bytes, start, start + wanted, at)) return false;
      this.skipping = Math.max(0, total - (limit - start));
      start = Math.min(limit, start + total);
    }
    return start < limit ? this.hold(bytes, start, limit, at) : this.forget();
  }

  private hold(bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (this.at === undefined) this.at = { capture: at.capture, frame: at.frame, seconds: at.seconds, nanoseconds: at.nanoseconds };
    else movePosition(this.at, at);
    const queue = (this.queue ??= new ByteQueue(this.head + SEGMENT_MAXIMUM));
    if (queue.length > 0) queue.consume(start - queue.start);
    else queue.append(bytes, start, limit);
    return queue.keep();
  }

  private forget(): true {
    this.queue?.release();
    return true;
  }

  /** Bytes are missing here. What is there of a message is read: in a capture of short pieces of packets that is all there will be. */
  gap(): void {
    if (this.queue !== null && this.at !== undefined) {
      const { bytes, start, limit } = this.queue;
      if (limit > start && this.reader.measure(bytes, start, limit) > 0) this.reader.message(this.role, bytes, start, limit, this.at);
      this.queue.clear();
    }
    this.skipping = 0;
    this.resynchronising = RESYNCHRONISING_SEGMENTS;
  }
}
