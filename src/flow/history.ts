import { W } from './flow-layout.js';
import { HISTORY_PER_WORD, HISTORY_WORDS } from './history-layout.js';

/**
 * Zeek's history letters (scripts/base/protocols/conn/main.zeek): what happened, in order; upper case from the originator. Kept
 * with the side instead of the case, because who is the originator may be known only at the end.
 */
const LETTERS = 'shadfrcgtwiq^';
/** Entries that fit into the record: letters beyond them are not kept (docs/flows.md). */
const CAPACITY = HISTORY_PER_WORD * HISTORY_WORDS;

/** `w`: where the record begins. */
export function historyText(words: Int32Array, w: number, client: number): string {
  const base = w + W.history;
  let text = '';
  for (let i = 0; i < CAPACITY; i++) {
    const entry = (words[base + ((i / HISTORY_PER_WORD) | 0)]! >>> ((i % HISTORY_PER_WORD) * 5)) & 31;
    if (entry === 0) break;
    const letter = LETTERS[(entry >> 1) - 1]!;
    text += (entry & 1) === client ? letter.toUpperCase() : letter;
  }
  return text;
}
