/**
 * Large YAML cut into pieces that are parsed one after the other: a tree of 100,000 rows at once costs minutes and gigabytes. Only
 * lists in block style are cut, at the lines where their items begin. YAML itself makes that safe: whatever an item holds (block
 * text, quoted lines, brackets) is indented further than the item's own hyphen.
 */

/** Items of one list that are parsed together. `start` counts characters of the whole text. */
export interface Piece {
  readonly start: number;
  readonly text: string;
  /** Index in the list of the first item. */
  readonly firstItem: number;
}

export interface CutList {
  readonly key: string;
  /** Where `[]` stands in the skeleton for the items that were cut out. */
  readonly skeletonOffset: number;
  /** Of each item, in the whole text. */
  readonly itemOffsets: readonly number[];
  readonly pieces: readonly Piece[];
}

export interface CutText {
  /** The text with an empty list in the place of each that was cut out. */
  readonly skeleton: string;
  /** Place of a character of the skeleton in the whole text. */
  readonly originalOffset: (skeletonOffset: number) => number;
  readonly lists: readonly CutList[];
}

/** Few enough to be parsed in a moment, enough that starting the parser costs nothing. */
const PIECE_CHARACTERS = 65_536;

/** `keys`: names of the lists that may be cut. */
export function cutText(text: string, keys: readonly string[], pieceCharacters = PIECE_CHARACTERS): CutText {
  const head = new RegExp(`^( *)(?:- )?(${keys.join('|')}):[ \\t]*(?:#.*)?$`);
  const lists: CutList[] = [];
  const kept: string[] = [];
  const cuts: { readonly skeleton: number; readonly original: number }[] = [{ skeleton: 0, original: 0 }];
  let skeletonLength = 0;
  let copiedTo = 0;
  for (let at = 0; at < text.length;) {
    const end = lineEnd(text, at);
    // Almost all lines are items of a list that is passed over below: this looks at the others.
    const match = head.exec(text.slice(at, end));
    at = end + 1;
    if (match === null) continue;
    // Items stand in the column of their key or further right.
    const items = itemsFrom(text, at, match[0].indexOf(match[2]!));
    if (items === undefined) continue;
    const colon = text.lastIndexOf(`${match[2]!}:`, end) + match[2]!.length + 1;
    kept.push(text.slice(copiedTo, colon), ' []', text.slice(colon, at));
    skeletonLength += at - copiedTo + 3;
    lists.push({ key: match[2]!, skeletonOffset: skeletonLength - (at - colon) - 2, itemOffsets: items.offsets, pieces: piecesOf(text, items, pieceCharacters) });
    cuts.push({ skeleton: skeletonLength, original: items.end });
    copiedTo = at = items.end;
  }
  kept.push(text.slice(copiedTo));
  return {
    skeleton: kept.join(''), lists,
    originalOffset: (offset) => {
      let low = 0;
      for (let high = cuts.length - 1; low < high;) {
        const middle = (low + high + 1) >> 1;
        if (cuts[middle]!.skeleton <= offset) low = middle;
        else high = middle - 1;
      }
      return cuts[low]!.original + offset - cuts[low]!.skeleton;
    },
  };
}

interface Items {
  /** Of the first line, which may be a remark. */
  readonly start: number;
  readonly offsets: readonly number[];
  /** Exclusive. */
  readonly end: number;
}

/** The items of the list that begins at `start`; undefined: none in block style begins there. */
function itemsFrom(text: string, start: number, leastIndent: number): Items | undefined {
  const offsets: number[] = [];
  let indent = -1;
  let at = start;
  while (at < text.length) {
    const end = lineEnd(text, at);
    let first = at;
    while (first < end && text[first] === ' ') first++;
    const character = text[first];
    const isContent = first < end && character !== '#' && character !== '\t' && character !== '\r';
    if (isContent) {
      const column = first - at;
      const isItem = character === '-' && (first + 1 >= end || text[first + 1] === ' ' || text[first + 1] === '\r' || text[first + 1] === '\t');
      if (indent < 0) {
        if (!isItem || column < leastIndent) return undefined;
        indent = column;
      }
      if (column < indent || (column === indent && !isItem)) break;
      if (column === indent) offsets.push(at);
    }
    at = end + 1;
  }
  return offsets.length === 0 ? undefined : { start, offsets, end: Math.min(at, text.length) };
}

function piecesOf(text: string, { start: first, offsets, end }: Items, pieceCharacters: number): Piece[] {
  const pieces: Piece[] = [];
  for (let item = 0; item < offsets.length;) {
    const start = item === 0 ? first : offsets[item]!;
    let next = item + 1;
    while (next < offsets.length && offsets[next]! - start < pieceCharacters) next++;
    pieces.push({ start, text: text.slice(start, offsets[next] ?? end), firstItem: item });
    item = next;
  }
  return pieces;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}
