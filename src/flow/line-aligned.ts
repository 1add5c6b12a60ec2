/**
 * Where the first byte of a large `ArrayBuffer` stands in its cache line: the C library's allocator gives large blocks whole pages and
 * keeps 16 bytes at their beginning for itself. Where that is not so, nothing is wrong, only slower.
 */
const ALLOCATOR_HEADER = 16;
const CACHE_LINE = 64;

/** Bytes to leave out at the beginning of a large buffer so that what follows begins with a cache line; a multiple of 8. */
export const TO_LINE = CACHE_LINE - ALLOCATOR_HEADER;
