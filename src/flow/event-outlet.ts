/** Who takes flow events from the table: the one who keeps the flows in this thread, or a way to another thread. */
import type { RareEvent } from './rare-event.js';
import type { SettledFlows } from './settled-flows.js';

/** One memory, seen three ways. */
export interface EventMemory {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly bytes: Uint8Array;
}

export interface EventOutlet {
  /** What comes back. */
  readonly settled: SettledFlows;
  /** Events of `length` bytes that begin at byte `at`; borrowed until the call returns. */
  hear(memory: EventMemory, at: number, length: number): void;
  /** Takes a rare event as it is, and has the tables of addresses and encapsulations that the flow table has. Missing: all that is told as bytes, too. */
  readonly hearRare?: ((event: RareEvent) => void) | undefined;
}
