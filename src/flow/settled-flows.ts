/**
 * Flows of which nothing more is to be learned: who keeps the flows says so, and the table then offers no more of their payload. It is seen some
 * packets later; what is offered meanwhile is not read. A ring, which two threads may share: one writes, the other reads.
 */
const PAIRS = 1 << 16;
const enum At { written = 0, read = 1, pairs = 2 }

export const SETTLED_BYTES = (At.pairs + 2 * PAIRS) * 4;

export class SettledFlows {
  readonly words: Int32Array;

  /** `words`: of `SETTLED_BYTES`. */
  constructor(words: Int32Array = new Int32Array(SETTLED_BYTES / 4)) {
    this.words = words;
  }

  /** The flow that has this record, by its number (see `B` in `event-layout.ts`). Where the ring is full it is not told: its payload is then offered in vain. */
  tell(record: number, number: number): void {
    const { words } = this;
    const written = words[At.written]!;
    if (((written - Atomics.load(words, At.read)) | 0) >= PAIRS) return;
    const at = At.pairs + 2 * (written & (PAIRS - 1));
    words[at] = record;
    words[at + 1] = number;
    Atomics.store(words, At.written, (written + 1) | 0);
  }

  /** All that was told since. */
  hear(settle: (record: number, number: number) => void): void {
    const { words } = this;
    const written = Atomics.load(words, At.written);
    let read = words[At.read]!;
    if (read === written) return;
    for (; read !== written; read = (read + 1) | 0) {
      const at = At.pairs + 2 * (read & (PAIRS - 1));
      settle(words[at]!, words[at + 1]!);
    }
    Atomics.store(words, At.read, read);
  }
}
