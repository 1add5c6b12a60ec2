/** A YAML text as a tree that knows where each value stands. Imports yaml. */
import { isAlias, isMap, isScalar, isSeq, parseDocument, type Document, type Node } from 'yaml';
import type { Fault } from './fault.js';

export type Path = readonly PropertyKey[];

/** Both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** After these the parser has mended the tree well enough for its content to be checked as well. */
const mendable = new Set(['DUPLICATE_KEY', 'TAB_AS_INDENT']);

export interface Parsed {
  /** null: nested deeper than the parser can follow. */
  readonly document: Document.Parsed | null;
  /** What stands in it; undefined where that cannot be told. */
  readonly written: unknown;
  /** False: the text is broken beyond what the parser mends. */
  readonly isReadable: boolean;
  readonly faults: Fault[];
}

export function parsePart(text: string, file: string, placeOf: (offset: number) => Place): Parsed {
  const broken = (error: unknown): Fault => ({ code: 'syntax', severity: 'error', file, ...placeOf(0), text: error instanceof RangeError ? 'nested too deeply' : error instanceof Error ? error.message : String(error) });
  let document: Document.Parsed;
  try {
    document = parseDocument(text, { prettyErrors: false, logLevel: 'error' });
  } catch (error) {
    return { document: null, written: undefined, isReadable: false, faults: [broken(error)] };
  }
  const faults: Fault[] = document.errors.map((error) => ({
    code: error.code === 'DUPLICATE_KEY' ? 'duplicate-key' : 'syntax', severity: 'error', file, ...placeOf(error.pos[0]), text: syntaxText(error.code, error.message),
  }));
  try {
    const written: unknown = document.toJS();
    return { document, written, isReadable: document.errors.every((error) => mendable.has(error.code)), faults };
  } catch (error) {
    faults.push(broken(error));
    return { document, written: undefined, isReadable: false, faults };
  }
}

/** Lines and columns of a text, both from 1. */
export function places(text: string): (offset: number) => Place {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    const within = Math.min(Math.max(0, offset), text.length);
    let low = 0;
    for (let high = starts.length - 1; low < high;) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= within) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: within - starts[low]! + 1 };
  };
}

export function indentation(text: string, offset: number): number {
  let at = offset;
  while (text[at] === ' ') at++;
  return at - offset;
}

/** Path of the empty list that stands at `offset`; undefined: no list of the data stands there. */
export function pathOfEmptyList(document: Document.Parsed | null, offset: number): PropertyKey[] | undefined {
  const visit = (node: unknown, path: PropertyKey[]): PropertyKey[] | undefined => {
    if (isSeq(node)) {
      if (rangeStart(node) === offset) return path;
      for (const [index, item] of node.items.entries()) {
        const found = visit(item, [...path, index]);
        if (found !== undefined) return found;
      }
    } else if (isMap(node)) {
      for (const { key, value } of node.items) {
        const found = visit(value, [...path, isScalar(key) ? String(key.value) : '']);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  };
  return visit(document?.contents, []);
}

export function setList(data: unknown, path: Path, list: unknown[]): void {
  const parent = valueAt(data, path.slice(0, -1));
  if (typeof parent === 'object' && parent !== null) (parent as Record<PropertyKey, unknown>)[path.at(-1)!] = list;
}

export function valueAt(written: unknown, path: Path): unknown {
  let value = written;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

function syntaxText(code: string, message: string): string {
  if (code === 'TAB_AS_INDENT') return 'a tab indents this line: YAML wants spaces';
  return message.split('\n')[0]!;
}

/** Where the value of `path` begins (its key, for a key that the schema does not know); stops at what does not exist. */
export function offsetOf(document: Document.Parsed | null, path: Path): number {
  let node: unknown = document?.contents;
  let offset = rangeStart(node) ?? 0;
  for (const [depth, key] of path.entries()) {
    if (isAlias(node) && document !== null) node = node.resolve(document);
    let next: unknown;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      if (pair === undefined) return offset;
      next = depth === path.length - 1 ? pair.key : pair.value;
    } else if (isSeq(node)) {
      next = node.items[Number(key)];
    }
    const start = rangeStart(next);
    if (start === undefined) return offset;
    offset = start;
    node = next;
  }
  return offset;
}

function rangeStart(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
