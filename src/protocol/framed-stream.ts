/**
 * One side of a stream of messages that carry their own length. Only the head of each message is gathered; the rest is skipped
 * as it passes, so that a large answer costs nothing. After missing bytes the next segment that begins like a message is taken
 * up again.
 */
import type { PacketPosition } from '../flow/inspection.js';
import { ByteQueue, copyPosition } from './byte-queue.js';
import type { Role } from './recogniser.js';

/** Segments without the beginning of a message that are let pass after missing bytes. */
const RESYNCHRONISING_SEGMENTS = 16;
/** Room for one segment behind an incomplete message; with offload segments reach 64 KiB. */
const SEGMENT_MAXIMUM = 66_000;

export interface MessageReader {
  /** Length of the message at `start`, its header included; 0: more bytes are needed to know; negative: this is no message. */
  measure(bytes: Uint8Array, start: number, limit: number): number;
  /** One message, or its head. Answers false when nothing more is wanted. */
  message(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean;
}

export class FramedStream {
  private readonly reader: MessageReader;
  private readonly role: Role;
  private readonly head: number;
  private readonly queue: ByteQueue;
  private skipping = 0;
  private resynchronising = 0;
  /** Of the last piece of a message that is not complete. */
  private at: Readonly<PacketPosition> | undefined;

  /** @param head bytes of a message that the reader wants at most. */
  constructor(reader: MessageReader, role: Role, head: number) {
    this.reader = reader;
    this.role = role;
    this.head = head;
    this.queue = new ByteQueue(head + SEGMENT_MAXIMUM);
  }

  /** Answers false when the reader has enough, or what comes is no message. */
  push(bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (this.skipping > 0) {
      const skipped = Math.min(this.skipping, limit - start);
      this.skipping -= skipped;
      start += skipped;
      if (start === limit) return true;
    }
    const queue = this.queue;
    if (!queue.append(bytes, start, limit)) return false;
    while (queue.length > 0) {
      const total = this.reader.measure(queue.bytes, queue.start, queue.limit);
      if (total === 0) break;
      if (total < 0) {
        queue.clear();
        return --this.resynchronising > 0;
      }
      const wanted = Math.min(total, this.head);
      if (queue.length < wanted) break;
      this.resynchronising = 0;
      if (!this.reader.message(this.role, queue.bytes, queue.start, queue.start + wanted, at)) return false;
      this.skipping = Math.max(0, total - queue.length);
      queue.consume(total);
    }
    if (queue.length > 0) this.at = copyPosition(at);
    return queue.keep();
  }

  /** Bytes are missing here. What is there of a message is read: in a capture of short pieces of packets that is all there will be. */
  gap(): void {
    const { bytes, start, limit } = this.queue;
    if (this.at !== undefined && limit > start && this.reader.measure(bytes, start, limit) > 0) {
      this.reader.message(this.role, bytes, start, limit, this.at);
    }
    this.queue.clear();
    this.skipping = 0;
    this.resynchronising = RESYNCHRONISING_SEGMENTS;
  }
}
