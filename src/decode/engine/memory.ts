/**
 * Areas of the engine's memory, taken once and never given back. What nobody wrote to yet is not backed by memory, so areas are reserved for the
 * largest size that their bounds allow.
 */
let end: usize = __heap_base;

const LINE: usize = 64;
const PAGE_BITS: usize = 16;

/** Zeros, from the beginning of a cache line. */
export function reserve(bytes: usize): usize {
  const at = (end + LINE - 1) & ~(LINE - 1);
  end = at + bytes;
  const pages = <i32>((end + (1 << PAGE_BITS) - 1) >> PAGE_BITS);
  if (pages > memory.size()) memory.grow(pages - memory.size());
  return at;
}
