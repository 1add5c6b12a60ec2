/**
 * YAML (or JSON, which is YAML) held against a schema, with every fault at its line. Imports yaml and zod: load it only
 * where a user's text is read.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type { z } from 'zod';
import type { IssueParams } from './document-schema.js';
import type { Fault } from './fault.js';
import { nearest } from './nearest.js';

export type Path = readonly PropertyKey[];

export interface Source<T> {
  /** What the schema made of it; `undefined` when anything is wrong. */
  readonly value: T | undefined;
  /** The data as written, also when the schema refuses it; for checks across the whole. */
  readonly written: unknown;
  readonly faults: Fault[];
  /** A fault at a path of the data: where its value begins, or the nearest enclosing one that exists. */
  readonly fault: (path: Path, code: string, text: string, more?: Partial<Pick<Fault, 'severity' | 'nearest'>>) => Fault;
}

/** Some 10,000 rows. The cost of a tree with places grows with the text, and no person reads more. */
const MAX_TEXT = 1024 * 1024;

/** After these the parser has mended the tree well enough for its content to be checked as well. */
const mendable = new Set(['DUPLICATE_KEY', 'TAB_AS_INDENT']);

/** `keys`: every key of the format, for the nearest right word. A byte-order mark is dropped. */
export function readSource<S extends z.ZodType>(text: string, file: string, schema: S, keys: readonly string[]): Source<z.infer<S>> {
  if (text.length > MAX_TEXT) {
    const fault: Source<unknown>['fault'] = (_, code, message, more = {}) => ({ code, severity: 'error', file, line: 1, column: 1, text: message, ...more });
    return { value: undefined, written: undefined, faults: [fault([], 'too-large', `${Math.ceil(text.length / 1024)} kB of text: files of more than ${MAX_TEXT / 1024} kB are not read (an inventory of this size can be CSV)`)], fault };
  }
  const counter = new LineCounter();
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const document = parseDocument(body, { lineCounter: counter, prettyErrors: false, logLevel: 'error' });
  const at = (offset: number): { line: number; column: number } => {
    const place = counter.linePos(Math.min(offset, body.length));
    return { line: Math.max(1, place.line), column: Math.max(1, place.col) };
  };
  const fault: Source<unknown>['fault'] = (path, code, message, more = {}) =>
    ({ code, severity: 'error', file, ...at(offsetOf(document, path)), text: message, ...more });

  const faults: Fault[] = document.errors.map((error) => ({
    code: error.code === 'DUPLICATE_KEY' ? 'duplicate-key' : 'syntax', severity: 'error', file, ...at(error.pos[0]), text: syntaxText(error.code, error.message),
  }));
  let written: unknown;
  try {
    written = document.toJS();
  } catch (error) {
    faults.push(fault([], 'syntax', error instanceof Error ? error.message : String(error)));
    return { value: undefined, written: undefined, faults, fault };
  }
  if (document.errors.some((error) => !mendable.has(error.code))) return { value: undefined, written: undefined, faults, fault };

  const parsed = schema.safeParse(written);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) faults.push(...faultsOfIssue(issue, written, keys, fault));
  }
  return { value: faults.length === 0 && parsed.success ? parsed.data : undefined, written, faults, fault };
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

function syntaxText(code: string, message: string): string {
  if (code === 'TAB_AS_INDENT') return 'a tab indents this line: YAML wants spaces';
  return message.split('\n')[0]!;
}

function valueAt(written: unknown, path: Path): unknown {
  let value = written;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** Where the value of `path` begins (its key, for a key that the schema does not know); stops at what does not exist. */
function offsetOf(document: Document.Parsed, path: Path): number {
  let node: unknown = document.contents;
  let offset = rangeStart(node) ?? 0;
  for (const [depth, key] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
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
