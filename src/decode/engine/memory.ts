/**
 * Areas of the engine's memory, taken once and never given back. What nobody wrote to yet is not backed by memory, so areas are reserved for the
 * largest size that their bounds allow.
 */
let end: usize = __heap_base;

const LINE: usize = 64;
const PAGE_BITS: usize = 16;

/** Zeros, from the beginning of a cache line; there once `takeMemory` was called. */
export function reserve(bytes: usize): usize {
  const at = (end + LINE - 1) & ~(LINE - 1);
  end = at + bytes;
  return at;
}

/** All that was reserved, at once: each time that memory grows takes as long as growing by all of it. False: there is not so much. */
export function takeMemory(): bool {
  const pages = <i32>((end + (1 << PAGE_BITS) - 1) >> PAGE_BITS);
  return memory.grow(pages - memory.size()) >= 0;
}
