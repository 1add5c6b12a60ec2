/**
 * Finds what was said before by four words: numbers as they are, texts by {@link TextNumbers}. Captures say the same over and over, and a text made
 * of a statement to look it up in a `Map` costs several times what finding it does. Rows are numbered as they come.
 */
import { hashOf } from '../flow/word-hash.js';

const INITIAL_ROWS = 64;

export class StatementIndex {
  length = 0;
  private words = new Int32Array(4 * INITIAL_ROWS);
  /** Row plus one; 0: free. Twice as many as rows. */
  private slots = new Int32Array(2 * INITIAL_ROWS);

  /** The row; -1: nobody said so yet. */
  find(a: number, b: number, c: number, d: number): number {
    const { slots, words } = this;
    const mask = slots.length - 1;
    for (let at = hashOf(a, b, c, d) & mask; slots[at] !== 0; at = (at + 1) & mask) {
      const row = slots[at]! - 1;
      const w = 4 * row;
      if (words[w] === a && words[w + 1] === b && words[w + 2] === c && words[w + 3] === d) return row;
    }
    return -1;
  }

  /** What was not found: its row. */
  add(a: number, b: number, c: number, d: number): number {
    const row = this.length++;
    if (4 * row === this.words.length) this.grow();
    const w = 4 * row;
    this.words[w] = a;
    this.words[w + 1] = b;
    this.words[w + 2] = c;
    this.words[w + 3] = d;
    this.place(row);
    return row;
  }

  private place(row: number): void {
    const { slots, words } = this;
    const w = 4 * row;
    const mask = slots.length - 1;
    let at = hashOf(words[w]!, words[w + 1]!, words[w + 2]!, words[w + 3]!) & mask;
    while (slots[at] !== 0) at = (at + 1) & mask;
    slots[at] = row + 1;
  }

  private grow(): void {
    const { words } = this;
    this.words = new Int32Array(2 * words.length);
    this.words.set(words);
    this.slots = new Int32Array(2 * this.slots.length);
    for (let row = 0; row < this.length - 1; row++) this.place(row);
  }
}

/** Numbers for the texts of statements that are kept: the bound of those is that of these. */
export class TextNumbers {
  private readonly numbers = new Map<string, number>();

  /** -1: in nothing that is kept. */
  find(text: string): number {
    return this.numbers.get(text) ?? -1;
  }

  of(text: string): number {
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    const number = this.numbers.size;
    this.numbers.set(text, number);
    return number;
  }
}
