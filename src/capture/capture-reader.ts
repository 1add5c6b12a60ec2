import type { CaptureDamage } from './damage.js';
import type { PacketBatch } from './packet-batch.js';
import type { PacketNote } from './packet-notes.js';

export type CaptureFormat = 'pcap' | 'pcapng' | 'snoop' | 'erf' | 'netmon' | 'etl';

/** Where packets were taken, as the file describes it. A classic pcap has exactly one. */
export interface CaptureInterface {
  /** LINKTYPE_ number of the registry (DLT aliases 12 and 14 already turned into 101). */
  readonly linkType: number;
  /** Bytes kept of each packet; 0: no limit. */
  readonly snapLength: number;
  /** Bytes of frame check sequence at the end of each frame: no payload. */
  readonly fcsLength: number;
  readonly name: string | null;
  readonly description: string | null;
  readonly filter: string | null;
  readonly operatingSystem: string | null;
  /** Lost before they were written, as the last statistics block says; null: the file does not say. */
  dropped: number | null;
}

/** A name that the capture itself carries (pcapng name resolution block). */
export interface CapturedName {
  /** Canonical text. */
  readonly address: string;
  readonly name: string;
}

/**
 * One container format as a state machine: fed with chunks of any size, in order; the same bytes cut elsewhere give the
 * same packets, numbers and damage.
 */
export interface CaptureReader {
  readonly format: CaptureFormat;
  /**
   * Grows while the file is read; an index never changes its meaning (a new pcapng section adds new entries). Formats that are read as a
   * stream deliver the packets before an entry before they add it: what is here with the first batch does not depend on the chunks.
   */
  readonly interfaces: readonly CaptureInterface[];
  readonly damage: readonly CaptureDamage[];
  readonly names: readonly CapturedName[];
  /** What `note` of a batch points to, less one; absent: the format has none. */
  readonly notes?: readonly PacketNote[];
  /** Whether the capturing tool says of packets that the machine dropped them, and has: pktmon does. Absent or null: it is not one that would. */
  readonly dropRecords?: 'seen' | 'none' | null;
  /** Packets that the container holds but that could not be delivered, by reason (`unknown-interface`, …). */
  readonly skipped: ReadonlyMap<string, number>;
  /**
   * Delivers the packets that `chunk` completes, in file order, in one batch object that is refilled. `chunk` and the batch are
   * borrowed: the reader keeps copies of what it needs, and the callback must copy what it wants to keep.
   */
  feed(chunk: Uint8Array, onBatch: (batch: PacketBatch) => void): void;
  /** To be called once, when every chunk was fed: delivers what is left and records a cut at the end as damage. */
  finish(onBatch: (batch: PacketBatch) => void): void;
}
