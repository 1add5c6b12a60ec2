/**
 * What all containers share that are a row of records: chunks of any size in, whole records out.
 *
 * A format implements `parse` over a window of bytes. The window is the chunk itself wherever possible; a record that straddles
 * two chunks is completed in a small buffer, which is then the window for this one record.
 */
import type { CapturedName, CaptureFormat, CaptureInterface, CaptureReader } from './capture-reader.js';
import type { CaptureDamage } from './damage.js';
import { PacketBatch } from './packet-batch.js';
import { StraddleBuffer } from './straddle-buffer.js';

/** Damage beyond this many places is counted by its effect only (`skipped`): a hostile file could claim millions. */
export const MAX_DAMAGE = 100;

export abstract class RecordReader implements CaptureReader {
  abstract readonly format: CaptureFormat;
  readonly interfaces: CaptureInterface[] = [];
  readonly damage: CaptureDamage[] = [];
  readonly names: CapturedName[] = [];
  readonly skipped = new Map<string, number>();

  protected readonly batch = new PacketBatch();
  /** Bytes from the position that `parse` answered which are needed before it is worth calling again. */
  protected needed = 1;
  /** Nothing behind this point can be understood; what still comes is ignored. */
  protected stopped = false;
  /** Of byte 0 of the window that is being parsed, bytes from the start of the file. */
  protected windowOffset = 0;
  /** What `deliver` hands over to. */
  protected onBatch: (batch: PacketBatch) => void = ignore;

  private readonly straddle = new StraddleBuffer();
  private chunkOffset = 0;

  /**
   * Reads whole records from `start` to at most `limit` (exclusive). Answers where the first record begins that is not complete,
   * having set `needed` to more than `limit` minus that; or `limit`. Never the same answer for more bytes without progress.
   */
  protected abstract parse(bytes: Uint8Array, view: DataView, start: number, limit: number): number;

  /** The file is at its end, with the bytes from `start` to `limit` left (perhaps none): to be recorded as damage if that is wrong. */
  protected abstract cut(bytes: Uint8Array, view: DataView, start: number, limit: number): void;

  feed(chunk: Uint8Array, onBatch: (batch: PacketBatch) => void): void {
    if (this.stopped || chunk.length === 0) return;
    this.onBatch = onBatch;
    const { straddle } = this;
    let at = 0;
    while (straddle.length > 0) {
      const take = Math.min(this.needed - straddle.length, chunk.length - at);
      straddle.append(chunk, at, take);
      at += take;
      if (straddle.length < this.needed) {
        this.chunkOffset += chunk.length;
        return;
      }
      this.windowOffset = this.chunkOffset + at - straddle.end;
      straddle.start = this.parse(straddle.bytes, straddle.view, straddle.start, straddle.end);
      this.deliver();
      if (this.stopped) return;
      if (straddle.length > at) continue;
      // What is left began in this very chunk: go on there.
      at -= straddle.length;
      straddle.clear();
    }
    if (at < chunk.length) {
      this.windowOffset = this.chunkOffset;
      const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      at = this.parse(chunk, view, at, chunk.length);
      this.deliver();
      if (!this.stopped && at < chunk.length) straddle.append(chunk, at, chunk.length - at);
    }
    this.chunkOffset += chunk.length;
  }

  finish(onBatch: (batch: PacketBatch) => void): void {
    this.onBatch = onBatch;
    if (this.stopped) return;
    this.stopped = true;
    const { straddle } = this;
    this.windowOffset = this.chunkOffset - straddle.end;
    this.cut(straddle.bytes, straddle.view, straddle.start, straddle.end);
    this.deliver();
  }

  /** Hands over the rows that are filled. To be called in `parse` when the batch is full; the window stays the same. */
  protected deliver(): void {
    if (this.batch.count === 0) return;
    this.onBatch(this.batch);
    this.batch.count = 0;
  }

  protected addDamage(damage: CaptureDamage): void {
    if (this.damage.length < MAX_DAMAGE) this.damage.push(damage);
  }

  protected skip(reason: string): void {
    this.skipped.set(reason, (this.skipped.get(reason) ?? 0) + 1);
  }
}

function ignore(): void {}
