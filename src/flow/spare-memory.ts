/**
 * Memory for payload that waits for bytes before it. Most of it waits for a packet or two, and to allocate an array takes longer than to
 * copy a packet: what was given back is lent again. Lengths are powers of two; some 4 MiB are kept at most. Short pieces get what they need and
 * no more: lent memory is at most twice as long as what it is for, so that the bounds of who holds it are bounds of memory.
 */
const SMALLEST = 11;
const LARGEST = 16;
const SPARE_MAXIMUM = 32;
const spare: Uint8Array[][] = Array.from({ length: LARGEST + 1 }, () => []);

/** At least `length` bytes, with anything in them. */
export function lendMemory(length: number): Uint8Array {
  if (length <= 1 << (SMALLEST - 1)) return new Uint8Array(length);
  const power = 32 - Math.clz32(length - 1);
  return (power > LARGEST ? undefined : spare[power]!.pop()) ?? new Uint8Array(1 << power);
}

/** Of what `lendMemory` answered; nobody may still look at it. */
export function giveBackMemory(memory: Uint8Array): void {
  if (memory.length < 1 << SMALLEST || memory.length > 1 << LARGEST) return;
  const known = spare[31 - Math.clz32(memory.length)]!;
  if (known.length < SPARE_MAXIMUM) known.push(memory);
}
