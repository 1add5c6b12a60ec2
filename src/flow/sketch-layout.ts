/**
 * The first packets of flows that may turn out to have failed: chunks of rows, chained, given back when a flow proves healthy. The engine
 * writes them, `PacketSketches` reads them. A chunk is four cache lines: its head, then rows of 40 bytes.
 */

/** Rows of one flow at most: retransmission schedules and handshakes need no more. */
export const MAX_ROWS = 64;
export const MAX_CHUNKS = 131_072;
export const CHUNK_WORDS = 64;
export const ROWS_PER_CHUNK = 6;
export const HEAD_WORDS = 4;
export const ROW_WORDS = 10;
/** Words of a chunk: the next one of its chain, or of those that are free. At the first chunk of a chain: its last one, and the rows in all. */
export const enum Head { next = 0, last = 1, rows = 2 }
/** Words of a row. Words 0 to 3 are two doubles: `RowDouble`. */
export const enum RowWord { nanoseconds = 4, /** flags | side << 8 | TTL << 16 */ traits = 5, sequence = 6, acknowledgement = 7, length = 8, /** window | IP id << 16 */ tail = 9 }
export const enum RowDouble { seconds = 0, frameKey = 1 }
