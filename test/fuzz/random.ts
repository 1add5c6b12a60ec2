/** Numbers that look random and that the same seed gives again (sfc32, by C. Doty-Humphrey). */
export class Random {
  private a: number;
  private b: number;
  private c = 0x9e3779b9;
  private counter = 1;

  constructor(seed: number, stream = 0) {
    this.a = seed | 0;
    this.b = stream | 0;
    for (let i = 0; i < 15; i++) this.word();
  }

  /** 32 bits, unsigned. */
  word(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** 0 to `limit`, exclusive; 0 when there is nothing to choose from. */
  below(limit: number): number {
    return limit <= 0 ? 0 : Math.floor((this.word() / 2 ** 32) * limit);
  }

  /** True once in `times`. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  /** Mostly small: 1 to `most`, each doubling half as likely. */
  few(most: number): number {
    let count = 1;
    while (count < most && this.oneIn(2)) count *= 2;
    return Math.min(most, count);
  }

  /** @throws RangeError when there is none. */
  of<T>(choices: readonly T[]): T {
    if (choices.length === 0) throw new RangeError('nothing to choose from');
    return choices[this.below(choices.length)]!;
  }
}
