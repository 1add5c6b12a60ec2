/**
 * Flow events as bytes: what the engine tells of flows to who keeps them, in this thread or in another one. A row of events, each a multiple of 8
 * bytes. Words of 32 bits; `D` counts doubles from the beginning of an event. The first word is the event's length in words, times 16, and its kind.
 */

/** Bytes that are told at once, at most. */
export const EVENT_BYTES = 524_288;

export const enum EventKind { begins = 1, payload = 2, datagram = 3, acknowledged = 4, leaves = 5, carried = 6, translated = 7, text = 8, address = 9, encapsulation = 10 }

export const KIND_BITS = 4;
export const KIND_MASK = 15;

/** Words that several kinds have. */
export const enum E { record = 1, side = 2 }

/** The number of those that began so far, by which this one is known again; then the record by then. */
export const enum B { number = 2, record = 4 }

/** Payload and datagrams: where the packet stands, then `captured` bytes. */
export const enum P { sequence = 3, length = 4, captured = 5, nanoseconds = 6, bytes = 12 }
export const enum PD { frameKey = 4, seconds = 5 }

export const ACKNOWLEDGED_WORDS = 4;
export const ACKNOWLEDGEMENT = 3;

/** The record, then chunks of its sketch. */
export const enum L { openAtEnd = 2, chunks = 3, record = 4 }

export const CARRIED_WORDS = 10;
export const enum CD { packets = 2, bytes = 3, payload = 4 }

/** The sockets on the other side of a router; ports: client << 16 | server. */
export const TRANSLATED_WORDS = 6;
export const enum TR { client = 2, server = 3, ports = 4 }

/** Bytes of JSON: a `RareEvent`. */
export const enum T { bytes = 2, text = 4 }

/** One word for IPv4, four for IPv6. */
export const ADDRESS_WORDS = 6;
export const enum A { words = 1, address = 2 }

export const ENCAPSULATION_WORDS = 6;
export const enum N { parent = 1, type = 2 }
export const enum ND { id = 2 }
