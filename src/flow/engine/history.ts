/** Writes history letters into a record, see `history.ts` of the flow stage, which reads them. */
import { HISTORY_BITS, Once } from '../history-layout';
import { W } from '../flow-layout';

function behindLast(word: i32): i32 {
  return ((36 - clz<i32>(word)) / 5) * 5;
}

/**
 * Appends a letter of one side; nothing happens when the record is full. An entry is at least 2, so that the position behind the
 * last one can be told from the highest bit that is set.
 */
export function appendHistory(r: usize, letter: i32, side: i32): void {
  let at = r + W.history * 4;
  let behind = behindLast(load<i32>(at));
  if (behind == HISTORY_BITS) {
    at += 4;
    behind = behindLast(load<i32>(at));
  }
  if (behind == HISTORY_BITS) {
    at += 4;
    behind = behindLast(load<i32>(at));
  }
  if (behind < HISTORY_BITS) store<i32>(at, load<i32>(at) | (((letter + 1) * 2 + side) << behind));
}

/** As {@link appendHistory}, but only the first time. */
export function appendOnce(r: usize, bit: i32, letter: i32, side: i32): void {
  const once = load<i32>(r, W.once * 4);
  const mask = bit << (side * Once.shift);
  if ((once & mask) != 0) return;
  store<i32>(r, once | mask, W.once * 4);
  appendHistory(r, letter, side);
}
