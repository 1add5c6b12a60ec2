import { emptyAnnex } from './flow-annex.js';
import type { FlowAnnex } from './flow-annex.js';
import { K, KEPT_WORDS } from './kept-flows.js';

/** The annexes of live flows, by the number that the keeper has of them: few flows have one. */
export class AnnexTable {
  private readonly kept: Int32Array;
  private readonly annexes: (FlowAnnex | undefined)[] = [];
  private readonly free: number[] = [];

  constructor(kept: Int32Array) {
    this.kept = kept;
  }

  at(record: number): FlowAnnex | undefined {
    const slot = this.kept[record * KEPT_WORDS + K.annex]!;
    return slot === 0 ? undefined : this.annexes[slot - 1];
  }

  /** That of the record, made where it had none. */
  of(record: number): FlowAnnex {
    const k = record * KEPT_WORDS + K.annex;
    const known = this.kept[k]!;
    if (known !== 0) return this.annexes[known - 1]!;
    const slot = this.free.pop() ?? this.annexes.length;
    const annex = emptyAnnex();
    this.annexes[slot] = annex;
    this.kept[k] = slot + 1;
    return annex;
  }

  /** The flow left. */
  drop(record: number): void {
    const k = record * KEPT_WORDS + K.annex;
    const slot = this.kept[k]!;
    if (slot === 0) return;
    this.annexes[slot - 1] = undefined;
    this.free.push(slot - 1);
    this.kept[k] = 0;
  }
}
