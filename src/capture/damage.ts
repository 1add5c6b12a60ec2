/**
 * Where a capture stops making sense. A value, not an exception: the packets before it are delivered all the same, and where the
 * format allows it reading goes on behind it.
 */
export interface CaptureDamage {
  /** Stable: reports and tests match on it, never on the wording. */
  readonly code: DamageCode;
  /** Of the structure that failed, bytes from the start of the (decompressed) file, whatever chunk it came in. */
  readonly byteOffset: number;
  /** Bytes that the structure claims. */
  readonly expected: number;
  /** Bytes that were there, or would be believed. */
  readonly found: number;
  /** What set `found`. */
  readonly boundedBy: 'file' | 'record-limit' | 'block-limit' | 'block' | 'format';
  /** A few words for people: which structure, what was wrong with it. */
  readonly detail: string;
}

export type DamageCode =
  | 'cut-file-header' | 'cut-record' | 'record-too-long' | 'bad-block-length' | 'bad-block'
  | 'unknown-interface' | 'cut-block' | 'bad-compression' | 'size-limit' | 'lost-events' | 'unsorted';

/** The input is no capture of any kind that we know: nothing can be delivered (exit code 3). */
export class NotACaptureError extends Error {
  override readonly name = 'NotACaptureError';
  /** Offset of the bytes that decided it. */
  readonly byteOffset: number;
  constructor(message: string, byteOffset = 0) {
    super(message);
    this.byteOffset = byteOffset;
  }
}
