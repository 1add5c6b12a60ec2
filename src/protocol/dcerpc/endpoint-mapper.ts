/**
 * `ept_lookup` and `ept_map` of the endpoint mapper (C706 appendix O; [MS-RPCE] 2.2.1.2): stubs of questions and answers in NDR
 * and NDR64. Everything is strict, so that a form which does not fit answers undefined and the other one can be tried.
 */
import type { InterfaceId } from '../events.js';
import { NdrReader } from './ndr-reader.js';
import { readTower } from './tower.js';
import type { Tower } from './tower.js';

export const MapperOpnum = { lookup: 2, map: 3 } as const;
export type MapperOperation = 'ept_map' | 'ept_lookup';

export interface MapperQuestion {
  readonly operation: MapperOperation;
  /** null: all interfaces. */
  readonly interface: InterfaceId | null;
  /** True when it goes on with an earlier answer: then no tower is no news. */
  readonly continues: boolean;
}

export interface MapperAnswer {
  readonly operation: MapperOperation;
  readonly entries: readonly { readonly tower: Tower; readonly annotation: string }[];
  /** Towers that could not be read. */
  readonly unread: number;
  /** True when the server holds more for the client to ask for. */
  readonly continues: boolean;
  readonly status: number;
}

/** A stub and how its numbers are ordered. */
export interface Stub {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly limit: number;
  readonly littleEndian: boolean;
}

export function readQuestion(stub: Stub, operation: MapperOperation, wide: boolean): MapperQuestion | undefined {
  const reader = readerOf(stub, wide);
  const question = operation === 'ept_map' ? readMapQuestion(reader) : readLookupQuestion(reader);
  return isAtEnd(reader) ? question : undefined;
}

export function readAnswer(stub: Stub, operation: MapperOperation, wide: boolean): MapperAnswer | undefined {
  const reader = readerOf(stub, wide);
  const continues = reader.handle();
  const count = reader.uint32();
  const maximum = reader.size();
  const offset = reader.size();
  const actual = reader.size();
  const least = operation === 'ept_map' ? POINTER_LENGTH : ENTRY_LEAST_LENGTH;
  if (reader.failed || offset !== 0 || actual !== count || actual > maximum || actual > reader.remaining / least) return undefined;
  const annotations: string[] = [];
  for (let index = 0; index < actual; index++) {
    if (operation === 'ept_lookup') readEntry(reader, annotations);
    else if (reader.size() !== 0) annotations.push('');
    if (reader.failed) return undefined;
  }
  const entries: { tower: Tower; annotation: string }[] = [];
  for (const annotation of annotations) {
    const tower = readTowerBody(reader);
    if (reader.failed) return undefined;
    if (tower !== undefined) entries.push({ tower, annotation });
  }
  const status = reader.uint32();
  return isAtEnd(reader) ? { operation, entries, unread: annotations.length - entries.length, continues, status } : undefined;
}

const POINTER_LENGTH = 4;
/** Object, tower pointer, annotation's offset and length. */
const ENTRY_LEAST_LENGTH = 28;
/** Some senders round their stubs up. */
const TAIL_MAXIMUM = 8;

function readerOf(stub: Stub, wide: boolean): NdrReader {
  return new NdrReader(stub.bytes, stub.start, stub.limit, stub.littleEndian, wide);
}

function isAtEnd(reader: NdrReader): boolean {
  return !reader.failed && reader.remaining < TAIL_MAXIMUM;
}

function readMapQuestion(reader: NdrReader): MapperQuestion | undefined {
  if (reader.size() !== 0) reader.uuid();
  const tower = reader.size() === 0 ? undefined : readTowerBody(reader);
  const continues = reader.handle();
  reader.uint32();
  return { operation: 'ept_map', interface: tower?.interface ?? null, continues };
}

function readLookupQuestion(reader: NdrReader): MapperQuestion {
  const BY_INTERFACE = 1;
  const inquiry = reader.uint32();
  if (reader.size() !== 0) reader.uuid();
  let id: InterfaceId | null = null;
  if (reader.size() !== 0) {
    const uuid = reader.uuid();
    const major = reader.uint16();
    id = { uuid, version: `${major}.${reader.uint16()}` };
  }
  reader.uint32();
  const continues = reader.handle();
  reader.uint32();
  return { operation: 'ept_lookup', interface: (inquiry & BY_INTERFACE) === 0 ? null : id, continues };
}

/** An `ept_entry_t`: the annotation is kept when its tower pointer is not null. */
function readEntry(reader: NdrReader, annotations: string[]): void {
  reader.align(reader.wide ? 8 : 4);
  reader.uuid();
  const pointer = reader.size();
  reader.size();
  const length = reader.size();
  const at = reader.take(length);
  if (at >= 0 && pointer !== 0) annotations.push(annotationText(reader.bytes, at, length));
}

function annotationText(bytes: Uint8Array, start: number, length: number): string {
  let text = '';
  // At most 64 with the zero (C706 appendix O).
  for (let at = start; at < start + Math.min(length, 64) && bytes[at] !== 0; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}

/** A `twr_t`: maximum count, length, octets. */
function readTowerBody(reader: NdrReader): Tower | undefined {
  const maximum = reader.size();
  const length = reader.uint32();
  if (length > maximum) reader.failed = true;
  const at = reader.take(length);
  return at < 0 ? undefined : readTower(reader.bytes, at, at + length);
}
