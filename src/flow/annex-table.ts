import { emptyAnnex } from './flow-annex.js';
import type { FlowAnnex } from './flow-annex.js';
import { RECORD_WORDS, W } from './flow-layout.js';

/** The annexes of live flows, by the number that stands in the record: few flows have one. */
export class AnnexTable {
  private readonly words: Int32Array;
  private readonly annexes: (FlowAnnex | undefined)[] = [];
  private readonly free: number[] = [];

  /** @param words of the records */
  constructor(words: Int32Array) {
    this.words = words;
  }

  at(record: number): FlowAnnex | undefined {
    const slot = this.words[record * RECORD_WORDS + W.annex]!;
    return slot === 0 ? undefined : this.annexes[slot - 1];
  }

  /** That of the record, made where it had none. */
  of(record: number): FlowAnnex {
    const w = record * RECORD_WORDS;
    const known = this.words[w + W.annex]!;
    if (known !== 0) return this.annexes[known - 1]!;
    const slot = this.free.pop() ?? this.annexes.length;
    const annex = emptyAnnex();
    this.annexes[slot] = annex;
    this.words[w + W.annex] = slot + 1;
    return annex;
  }

  /** The flow left. */
  drop(record: number): void {
    const w = record * RECORD_WORDS;
    const slot = this.words[w + W.annex]!;
    if (slot === 0) return;
    this.annexes[slot - 1] = undefined;
    this.free.push(slot - 1);
    this.words[w + W.annex] = 0;
  }
}
