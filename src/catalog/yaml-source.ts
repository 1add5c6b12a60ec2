/**
 * YAML (or JSON, which is YAML) held against a schema, with every fault at its line. Imports yaml and zod: load it only
 * where a user's text is read.
 */
import type { z } from 'zod';
import type { IssueParams } from './document-schema.js';
import type { Fault } from './fault.js';
import { nearest } from './nearest.js';
import { indentation, offsetOf, parsePart, pathOfEmptyList, places, setList, valueAt, type Path, type Place } from './yaml-tree.js';
import { cutText, type CutList, type CutText, type Piece } from './yaml-pieces.js';

export interface Source<T> {
  /** What the schema made of it; `undefined` when anything is wrong. */
  readonly value: T | undefined;
  /** The data as written, also when the schema refuses it; for checks across the whole. */
  readonly written: unknown;
  readonly faults: Fault[];
  /** A fault at a path of the data: where its value begins, or the nearest enclosing one that exists. */
  readonly fault: (path: Path, code: string, text: string, more?: Partial<Pick<Fault, 'severity' | 'nearest'>>) => Fault;
}

/** What is parsed at once: some 10,000 rows. The cost of a tree with places grows faster than the text. */
const MAX_TREE = 1024 * 1024;
/** Some 300,000 rows in block style, which are parsed piece by piece. */
const MAX_TEXT = 64 * 1024 * 1024;

/** Lists that a large text may be cut at: the schema of one item, by the key of the list. */
export type ItemSchemas = Readonly<Record<string, z.ZodType>>;

/**
 * `keys`: every key of the format, for the nearest right word. `items`: where a text longer than `treeCharacters` may be cut. A byte-order
 * mark is dropped.
 */
export function readSource<S extends z.ZodType>(text: string, file: string, schema: S, keys: readonly string[], items: ItemSchemas = {}, treeCharacters = MAX_TREE): Source<z.infer<S>> {
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const cut = body.length > treeCharacters && body.length <= MAX_TEXT ? cutText(body, Object.keys(items)) : wholeText(body);
  const largest = cut.lists.reduce((most, list) => list.pieces.reduce((length, piece) => Math.max(length, piece.text.length), most), cut.skeleton.length);
  if (largest > MAX_TREE) return tooLarge(file, body.length);

  const placeOf = places(body);
  const skeleton = parsePart(cut.skeleton, file, (offset) => placeOf(cut.originalOffset(offset)));
  const lists = new Map<string, CutList>();
  const fault: Source<unknown>['fault'] = (path, code, message, more = {}) => ({ code, severity: 'error', file, ...placeIn(path), text: message, ...more });
  const placeIn = (path: Path): Place => {
    // An item that was cut out is placed where it begins: its tree is gone.
    for (let length = path.length - 1; lists.size > 0 && length >= 1; length--) {
      const offset = lists.get(path.slice(0, length).join('/'))?.itemOffsets[Number(path[length])];
      if (offset !== undefined) return placeOf(offset + indentation(body, offset));
    }
    return placeOf(cut.originalOffset(offsetOf(skeleton.document, path)));
  };

  const faults = [...skeleton.faults];
  const read = skeleton.isReadable ? schema.safeParse(skeleton.written) : undefined;
  if (read?.success === false) for (const issue of read.error.issues) faults.push(...faultsOfIssue(issue, skeleton.written, keys, fault));
  const value = read?.success === true ? read.data : undefined;
  for (const list of cut.lists) {
    const path = pathOfEmptyList(skeleton.document, list.skeletonOffset);
    if (path === undefined) {
      if (skeleton.isReadable) faults.push({ code: 'too-large', severity: 'error', file, ...placeOf(list.itemOffsets[0]!), text: 'this list stands inside a text; a file of this size cannot have that' });
      continue;
    }
    lists.set(path.join('/'), list);
    const readItems: unknown[] = [];
    const writtenItems: unknown[] = [];
    for (const piece of list.pieces) faults.push(...readPiece(piece, items[list.key]!, file, keys, placeOf, writtenItems, readItems));
    setList(skeleton.written, path, writtenItems);
    if (value !== undefined) setList(value, path, readItems);
  }
  return { value: faults.length === 0 ? value : undefined, written: skeleton.isReadable ? skeleton.written : undefined, faults, fault };
}

function wholeText(body: string): CutText {
  return { skeleton: body, originalOffset: (offset) => offset, lists: [] };
}

function tooLarge(file: string, length: number): Source<never> {
  const fault: Source<never>['fault'] = (_, code, message, more = {}) => ({ code, severity: 'error', file, line: 1, column: 1, text: message, ...more });
  const text = length > MAX_TEXT ? `${Math.ceil(length / MAX_TREE)} MB of text: files of more than ${MAX_TEXT / MAX_TREE} MB are not read`
    : `${Math.ceil(length / 1024)} kB of text: more than ${MAX_TREE / 1024} kB are read only where the long lists are in block style, an item on lines of its own (an inventory can be CSV)`;
  return { value: undefined, written: undefined, faults: [fault([], 'too-large', text)], fault };
}

/** Items of one piece, checked at their places; `read` gets what the schema makes of them. */
function readPiece(piece: Piece, schema: z.ZodType, file: string, keys: readonly string[], placeOf: (offset: number) => Place, written: unknown[], read: unknown[]): Fault[] {
  const part = parsePart(piece.text, file, (offset) => placeOf(piece.start + offset));
  const faults = [...part.faults];
  if (!part.isReadable || !Array.isArray(part.written)) return faults;
  const items = part.written as unknown[];
  const at: Source<unknown>['fault'] = (inside, code, message, more = {}) =>
    ({ code, severity: 'error', file, ...placeOf(piece.start + offsetOf(part.document, inside)), text: message, ...more });
  for (const [index, item] of items.entries()) {
    const parsed = schema.safeParse(item);
    if (parsed.success) read.push(parsed.data);
    else for (const issue of parsed.error.issues) faults.push(...faultsOfIssue({ ...issue, path: [index, ...issue.path] }, items, keys, at));
  }
  // Items of a piece that cannot be read are holes, so that those behind it keep their number.
  written.length = piece.firstItem;
  for (const item of items) written.push(item);
  return faults;
}

function faultsOfIssue(issue: z.core.$ZodIssue, written: unknown, keys: readonly string[], fault: Source<unknown>['fault']): Fault[] {
  const path = issue.path;
  const last = path.length === 0 ? 'the document' : `"${String(path.at(-1))}"`;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => fault([...path, key], 'unknown-key', `unknown key "${key}"`, hint(nearest(key, keys))));
    case 'custom': {
      const params = issue.params as IssueParams | undefined;
      return [fault(path, params?.fault ?? 'wrong-value', issue.message, hint(params?.nearest))];
    }
    case 'invalid_value': {
      const allowed = issue.values.map(String);
      const value = valueAt(written, path);
      if (value === undefined) return [fault(path, 'missing-key', `${last} is missing: one of ${allowed.join(', ')}`)];
      return [fault(path, 'wrong-value', `${last} must be one of ${allowed.join(', ')}`, hint(typeof value === 'string' ? nearest(value, allowed) : undefined))];
    }
    case 'invalid_type':
      if (valueAt(written, path) === undefined && path.length > 0) return [fault(path, 'missing-key', `${last} is missing`)];
      return [fault(path, 'wrong-type', `${last} must be ${kindNames[issue.expected] ?? `a ${issue.expected}`}`)];
    case 'invalid_union':
      if (valueAt(written, path) === undefined) return [fault(path, 'missing-key', `${last} is missing`)];
      if ('options' in issue && Array.isArray(issue.options)) {
        // The discriminator of a union: zod's own text repeats every option in its own way.
        const value = valueAt(written, path);
        const options = issue.options.map(String);
        return [fault(path, 'wrong-value', `${last} must be one of ${options.join(', ')}`, hint(typeof value === 'string' ? nearest(value, options) : undefined))];
      }
      return [fault(path, 'wrong-value', `${last} ${issue.message === 'Invalid input' ? 'has no known form' : issue.message}`)];
    default:
      return [fault(path, 'wrong-value', `${last}: ${issue.message}`)];
  }
}

const kindNames: Readonly<Record<string, string>> = { array: 'a list', object: 'a mapping', string: 'text', number: 'a number', int: 'a whole number', boolean: 'true or false', tuple: 'a list' };

function hint(word: string | undefined): { nearest?: string } {
  return word === undefined ? {} : { nearest: word };
}
