/** What the two threads of `packets-apart` say to each other. */
import type { ApartOptions, CaptureToldApart } from './packets-apart.js';

/** Blocks of `EVENT_BYTES` under way: so many that neither thread waits for the other where one is slower for a while. */
export const BLOCKS = 16;

/** Shared words. */
export const enum Signal {
  /** Blocks that came back so far. */
  returned = 0,
  /** Not 0: the input ends here. */
  stop = 1,
  /** How many have to be back before the thread that waits for one is woken: waking costs as much as a block. */
  wake = 2,
}
export const SIGNALS = 3;

export interface WorkerOrder {
  readonly path: string;
  readonly options: ApartOptions;
  readonly signal: Int32Array;
  /** Bytes and packets read so far. */
  readonly progress: Float64Array;
  /** Of `SettledFlows`. */
  readonly settled: Int32Array;
}

export const enum Said { block = 0, captured = 1, ended = 2, failed = 3 }

export type WorkerMessage =
  | { readonly said: Said.block; readonly block: ArrayBuffer; readonly length: number }
  | { readonly said: Said.captured; readonly told: CaptureToldApart }
  | { readonly said: Said.ended; readonly duplicates: number; readonly evictedOpen: number }
  | { readonly said: Said.failed; readonly message: string; readonly code: string | undefined; readonly isNoCapture: boolean; readonly isNoSpace: boolean; readonly byteOffset: number | undefined };
