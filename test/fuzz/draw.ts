/** The trial that belongs to a seed and a number: what the fuzzer tries, and what can be tried again. */
import { mutate } from './mutate.js';
import type { Original } from './originals.js';
import { Random } from './random.js';
import type { Trial } from './trial.js';

export interface DrawnTrial extends Trial {
  /** Names of the originals. */
  readonly from: readonly string[];
}

export function drawTrial(originals: readonly Original[], seed: number, number: number): DrawnTrial {
  const random = new Random(seed, number);
  const chosen = Array.from({ length: random.oneIn(12) ? 2 : 1 }, () => random.of(originals));
  const donors = [random.of(originals).bytes, random.of(originals).bytes, chosen[0]!.bytes];
  const files = chosen.map(({ bytes }, i) => (i > 0 && random.oneIn(2) ? bytes : mutate(bytes, random, donors)));
  const longest = Math.max(...files.map((file) => file.length));
  return {
    from: chosen.map(({ name }) => name), files,
    chunks: chunkLengths(random, longest),
    otherChunks: random.oneIn(3) ? chunkLengths(random, longest) : undefined,
    withFlows: random.oneIn(4),
  };
}

function chunkLengths(random: Random, longest: number): number[] {
  if (random.oneIn(2)) return [1 << 20];
  // Single bytes only where that does not take long.
  const least = longest > 64 * 1024 ? 64 : 1;
  return Array.from({ length: 1 + random.below(4) }, () => least + random.below(random.of([8, 100, 5000])));
}
