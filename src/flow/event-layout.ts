/**
 * Flow events as bytes, for who keeps the flows in another thread: a row of events, each a multiple of 8 bytes. Words of 32 bits; `D` counts doubles
 * from the beginning of an event. The first word is the event's length in words, times 16, and its kind.
 */
import { RECORD_WORDS } from './flow-layout.js';

export const enum EventKind { begins = 1, payload = 2, datagram = 3, acknowledged = 4, leaves = 5, carried = 6, text = 7, address = 8, encapsulation = 9 }

export const KIND_BITS = 4;
export const KIND_MASK = 15;

/** Words that several kinds have. */
export const enum E { record = 1, side = 2 }

/** The record by then. */
export const BEGINS_RECORD = 2;

/** Payload and datagrams: where the packet stands, then `captured` bytes. */
export const enum P { sequence = 3, length = 4, captured = 5, capture = 6, nanoseconds = 7, bytes = 12 }
export const enum PD { frame = 4, seconds = 5 }

export const ACKNOWLEDGED_WORDS = 4;
export const ACKNOWLEDGEMENT = 3;

/** The record, then chunks of its sketch. */
export const enum L { openAtEnd = 2, chunks = 3, record = 4, sketch = 4 + RECORD_WORDS }

export const CARRIED_WORDS = 10;
export const enum CD { packets = 2, bytes = 3, payload = 4 }

/** Bytes of JSON: what happens rarely. */
export const enum T { bytes = 2, text = 4 }

export type RareEvent =
  | { readonly kind: 'translated'; readonly record: number; readonly twin: unknown }
  | { readonly kind: 'quoted'; readonly record: number; readonly error: unknown; readonly rejects: boolean }
  | { readonly kind: 'remarked'; readonly record: number; readonly process: unknown; readonly dropped: unknown };

/** One word for IPv4, four for IPv6. */
export const enum A { words = 1, address = 2 }
export const ADDRESS_WORDS = 6;

export const enum N { parent = 1, type = 2 }
export const enum ND { id = 2 }
export const ENCAPSULATION_WORDS = 6;
