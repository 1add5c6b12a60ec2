/**
 * Zeek's history letters in a record: five bits each, six in a word, three words; the letter's number plus one, twice, and the side.
 */
export const enum Letter { syn = 0, synAck = 1, ack = 2, data = 3, fin = 4, rst = 5, gap = 7, retransmission = 8, window = 9, inconsistent = 10, multiFlag = 11 }

export const HISTORY_PER_WORD = 6;
export const HISTORY_WORDS = 3;
export const HISTORY_BITS = 30;

/** Bits of `W.once`, those of side 1 further up: letters that are written once. Between them counters of closed windows. */
export const enum Once { ack = 1, data = 2, inconsistent = 4, multi = 8, shift = 16 }
