/** What is counted of one capture while its packets go by; `packets` is always the sum of the buckets and what the reader skipped. */
import type { PacketBatch } from '../capture/packet-batch.js';
import { Bucket, BucketCounts, bucketNames } from '../decode/bucket.js';
import type { Time } from '../flow/flow.js';
import type { CaptureOutcome } from './capture-outcome.js';
import type { CaptureEvidence, CaptureTraits } from './evidence.js';

export class CaptureCounts {
  readonly buckets = new BucketCounts();
  packets = 0;
  cutPackets = 0;
  /** Largest number of bytes kept of a packet that was cut. */
  private keptOfCut = 0;
  private readonly perInterface: number[] = [];
  private startSeconds = NaN;
  private startNanoseconds = 0;
  private endSeconds = NaN;
  private endNanoseconds = 0;
  private previousSeconds = NaN;
  private backTimes = 0;
  private backFrame = 0;
  private backSeconds = 0;

  /** Everything that needs no decoding. One pass over the columns. */
  addBatch(batch: PacketBatch): void {
    const { count, seconds, nanoseconds, capturedLength, originalLength, interfaceIndex, frame } = batch;
    this.packets += count;
    let { startSeconds, endSeconds } = this;
    for (let row = 0; row < count; row++) {
      const s = seconds[row]!;
      if (s >= endSeconds) {
        if (s > endSeconds || nanoseconds[row]! > this.endNanoseconds) {
          endSeconds = s;
          this.endNanoseconds = nanoseconds[row]!;
        }
      } else if (Number.isNaN(endSeconds) && !Number.isNaN(s)) {
        startSeconds = endSeconds = s;
        this.startNanoseconds = this.endNanoseconds = nanoseconds[row]!;
      } else if (endSeconds - s > CLOCK_STEP) {
        const back = (row === 0 ? this.previousSeconds : seconds[row - 1]!) - s;
        if (back > CLOCK_STEP && this.backTimes++ === 0) {
          this.backFrame = frame[row]!;
          this.backSeconds = back;
        }
      }
      if (s < startSeconds || (s === startSeconds && nanoseconds[row]! < this.startNanoseconds)) {
        startSeconds = s;
        this.startNanoseconds = nanoseconds[row]!;
      }
      if (capturedLength[row]! < originalLength[row]!) {
        this.cutPackets++;
        if (capturedLength[row]! > this.keptOfCut) this.keptOfCut = capturedLength[row]!;
      }
      const i = interfaceIndex[row]!;
      if (i < MAX_INTERFACES_COUNTED) this.perInterface[i] = (this.perInterface[i] ?? 0) + 1;
    }
    this.startSeconds = startSeconds;
    this.endSeconds = endSeconds;
    if (count > 0) this.previousSeconds = seconds[count - 1]!;
  }

  /** Steps back of the clock. Files of several interfaces go back on purpose: their packets are not in the order of time. */
  get clockBack(): CaptureTraits['clockBack'] {
    if (this.backTimes === 0 || this.perInterface.filter((packets) => packets > 0).length > 1) return null;
    return { times: this.backTimes, frame: this.backFrame, seconds: this.backSeconds };
  }

  get start(): Time | null {
    return Number.isNaN(this.startSeconds) ? null : { seconds: this.startSeconds, nanoseconds: this.startNanoseconds };
  }
  get end(): Time | null {
    return Number.isNaN(this.endSeconds) ? null : { seconds: this.endSeconds, nanoseconds: this.endNanoseconds };
  }

  evidence(file: string, bytes: number, compression: string | null, { reader, damage, ended }: CaptureOutcome, traits: CaptureTraits): CaptureEvidence {
    const skipped: Record<string, number> = {};
    const skippedFirst: Record<string, number> = {};
    let decoded = 0;
    this.buckets.packets.forEach((count, i) => {
      if (count === 0) return;
      if (i === Bucket.decoded || i === Bucket.icmp) decoded += count;
      else {
        skipped[bucketNames[i]!] = count;
        skippedFirst[bucketNames[i]!] = this.buckets.firstFrame[i]!;
      }
    });
    let unread = 0;
    for (const [reason, count] of reader.skipped) {
      skipped[reason] = (skipped[reason] ?? 0) + count;
      unread += count;
    }
    let dropped: number | null = null;
    for (const entry of reader.interfaces) if (entry.dropped !== null) dropped = (dropped ?? 0) + entry.dropped;
    return {
      file, format: reader.format, compression,
      linkTypes: [...new Set(reader.interfaces.map((entry) => entry.linkType))],
      packets: this.packets + unread, bytes, start: this.start, end: this.end, decoded, skipped, skippedFirst, dropped,
      damage, dropRecords: reader.dropRecords ?? null, isInterrupted: ended === 'aborted' && file !== '-',
      snapLength: this.cutPackets > 0 ? this.keptOfCut : null,
      cutPackets: this.cutPackets,
      interfaces: reader.interfaces.slice(0, MAX_INTERFACES_COUNTED).map((entry, i) => ({ name: entry.name, linkType: entry.linkType, packets: this.perInterface[i] ?? 0 })),
      traits,
    };
  }
}

/** Of one capture, that evidence lists. */
export const MAX_INTERFACES_COUNTED = 1024;
/** Seconds; less is what several queues of one network card do to the order of packets. */
const CLOCK_STEP = 1;
