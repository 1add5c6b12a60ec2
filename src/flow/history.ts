import { RECORD_WORDS, W } from './flow-layout.js';

/**
 * Zeek's history letters (scripts/base/protocols/conn/main.zeek): what happened, in order; upper case from the originator. Kept
 * as five bits a letter, with the side instead of the case, because who is the originator may be known only at the end.
 */
const LETTERS = 'shadfrcgtwiq^';
export const enum Letter { syn = 0, synAck = 1, ack = 2, data = 3, fin = 4, rst = 5, gap = 7, retransmission = 8, window = 9, inconsistent = 10, multiFlag = 11 }

const PER_WORD = 6;
const WORDS = 3;
const BITS = PER_WORD * 5;
/** Entries that fit into the record: letters beyond them are not kept (docs/flows.md). */
const CAPACITY = PER_WORD * WORDS;

/**
 * Appends a letter of one side; nothing happens when the record is full. An entry is at least 2, so that the position behind the
 * last one can be told from the highest bit that is set.
 */
export function appendHistory(words: Int32Array, record: number, letter: number, side: number): void {
  let at = record * RECORD_WORDS + W.history;
  let behind = (((36 - Math.clz32(words[at]!)) / 5) | 0) * 5;
  if (behind === BITS) behind = (((36 - Math.clz32(words[++at]!)) / 5) | 0) * 5;
  if (behind === BITS) behind = (((36 - Math.clz32(words[++at]!)) / 5) | 0) * 5;
  if (behind < BITS) words[at]! |= ((letter + 1) * 2 + side) << behind;
}

/** Bits of `W.once`, those of side 1 further up: letters that are written once. Between them counters: see `TcpFacts`. */
export const enum Once { ack = 1, data = 2, inconsistent = 4, multi = 8, shift = 16 }

/** As {@link appendHistory}, but only the first time. */
export function appendOnce(words: Int32Array, record: number, bit: number, letter: number, side: number): void {
  const w = record * RECORD_WORDS;
  const mask = bit << (side * Once.shift);
  if ((words[w + W.once]! & mask) !== 0) return;
  words[w + W.once]! |= mask;
  appendHistory(words, record, letter, side);
}

export function historyText(words: Int32Array, record: number, client: number): string {
  const base = record * RECORD_WORDS + W.history;
  let text = '';
  for (let i = 0; i < CAPACITY; i++) {
    const entry = (words[base + ((i / PER_WORD) | 0)]! >>> ((i % PER_WORD) * 5)) & 31;
    if (entry === 0) break;
    const letter = LETTERS[(entry >> 1) - 1]!;
    text += (entry & 1) === client ? letter.toUpperCase() : letter;
  }
  return text;
}
