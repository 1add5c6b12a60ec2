import type { CaptureReader } from '../capture/capture-reader.js';
import type { CaptureReadResult } from '../capture/source.js';

/** What is left of a reader when it has read. */
export type ReaderFacts = Pick<CaptureReader, 'format' | 'interfaces' | 'names' | 'skipped' | 'dropRecords'>;

/** What is known of a capture when it has been read, in this thread or in another one. */
export interface CaptureOutcome extends Omit<CaptureReadResult, 'reader'> {
  readonly reader: ReaderFacts;
}
