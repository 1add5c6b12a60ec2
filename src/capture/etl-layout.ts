/**
 * Windows event traces (ETL): buffers, in each a header and events. Little endian throughout. From what etl-parser, etl2pcap
 * and G. Chappell's notes on WMI_BUFFER_HEADER say, checked on real files; offsets in bytes.
 *
 * Buffers as they were traced have one size. Those of a trace that was written anew when it was stopped (`pktmon stop`, `netsh trace stop`) are
 * compressed, each by itself, and are as long as they became; in the trace of a machine with many processors each may hold the whole time.
 */
export const BUFFER_HEADER_LENGTH = 0x48;
const BUFFER_SAVED_OFFSET = 4;
const BUFFER_PROCESSOR = 0x28;
const BUFFER_VALID_LENGTH = 0x30;
const BUFFER_FLAGS = 0x34;
const BUFFER_TYPE = 0x36;
const BUFFER_IS_COMPRESSED = 0x40;
const BUFFER_TYPE_HEADER = 4;
export const MAX_BUFFER_LENGTH = 16 * 1024 * 1024;

/** Every event has this marker at +3, and its type at +2. */
const EVENT_TYPE = 2;
const EVENT_MARKER = 3;
const MARKER = 0xc0;
const EVENT_32 = 0x12;
const EVENT_64 = 0x13;
/** Events of the older kinds have their size at +4; all others at +0. */
const SIZE_AT_4: ReadonlySet<number> = new Set([0x01, 0x02, 0x03, 0x04, 0x10, 0x11]);

/** Of an event with a provider. */
const EVENT_FLAGS = 4;
export const EVENT_THREAD = 0x08;
export const EVENT_PROCESS = 0x0c;
export const EVENT_TIME = 0x10;
export const EVENT_PROVIDER = 0x18;
export const EVENT_ID = 0x28;
export const EVENT_KEYWORD = 0x30;
const EVENT_HEADER_LENGTH = 0x50;
const HAS_EXTENDED_DATA = 1;
const EXTENDED_LINKAGE = 4;
const EXTENDED_SIZE = 6;
const EXTENDED_HEADER_LENGTH = 8;

/** Of TRACE_LOGFILE_HEADER, which follows the 32 bytes of the first event, for pointers of 8 bytes. */
const FIRST_EVENT_HEADER_LENGTH = 0x20;
const FIRST_EVENT_TIME = 0x10;
const POINTER_SIZE = 0x2c;
const EVENTS_LOST = 0x30;
const CPU_MEGAHERTZ = 0x34;
const PERFORMANCE_FREQUENCY = 0x100;
const START_TIME = 0x108;
const CLOCK_TYPE = 0x110;
const LOGFILE_HEADER_LENGTH = 0x118;
const CLOCK_SYSTEM_TIME = 2;
const CLOCK_CPU_CYCLES = 3;

/** FILETIME counts 100 ns from 1601. */
const TICKS_PER_SECOND = 10_000_000n;
const EPOCH_TICKS = 116_444_736_000_000_000n;

/** There is no magic: whether the first buffer, of which `head` holds the beginning, makes sense as one. */
export function isEtl(head: DataView): boolean {
  if (head.byteLength < BUFFER_HEADER_LENGTH + 4) return false;
  const size = head.getUint32(0, true);
  const marker = head.getUint8(BUFFER_HEADER_LENGTH + EVENT_TYPE);
  return size >= 1024 && size % 1024 === 0 && head.getUint32(BUFFER_SAVED_OFFSET, true) <= size && head.getUint16(BUFFER_TYPE, true) === BUFFER_TYPE_HEADER
    && head.getUint8(BUFFER_HEADER_LENGTH + EVENT_MARKER) === MARKER && (marker === 1 || marker === 2);
}

export interface EtlHeader {
  /** Of the first buffer, and of all others that are not compressed. */
  readonly bufferLength: number;
  readonly eventsLost: number;
  /** What the clock showed at the first event; stamps count from it. */
  readonly firstStamp: bigint;
  readonly ticksPerSecond: number;
  /** Of the first event, since 1970. */
  readonly startSeconds: number;
  readonly startNanoseconds: number;
}

/** Undefined: the file ends before its header does. */
export function readEtlHeader(view: DataView): EtlHeader | undefined {
  const first = BUFFER_HEADER_LENGTH;
  const at = first + FIRST_EVENT_HEADER_LENGTH;
  if (view.byteLength < at + LOGFILE_HEADER_LENGTH) return undefined;
  const shift = view.getUint32(at + POINTER_SIZE, true) === 4 ? -8 : 0; // two pointers in front of what follows
  const clock = view.getUint32(at + CLOCK_TYPE + shift, true);
  const stamp = view.getBigInt64(first + FIRST_EVENT_TIME, true);
  const start = (clock === CLOCK_SYSTEM_TIME ? stamp : view.getBigInt64(at + START_TIME + shift, true)) - EPOCH_TICKS;
  const frequency = clock === CLOCK_CPU_CYCLES ? view.getUint32(at + CPU_MEGAHERTZ, true) * 1e6 : Number(view.getBigInt64(at + PERFORMANCE_FREQUENCY + shift, true));
  const startTicks = ((start % TICKS_PER_SECOND) + TICKS_PER_SECOND) % TICKS_PER_SECOND;
  return {
    bufferLength: view.getUint32(0, true),
    eventsLost: view.getUint32(at + EVENTS_LOST, true),
    firstStamp: stamp,
    ticksPerSecond: clock === CLOCK_SYSTEM_TIME || frequency <= 0 ? Number(TICKS_PER_SECOND) : frequency,
    startSeconds: Number((start - startTicks) / TICKS_PER_SECOND),
    startNanoseconds: Number(startTicks) * 100,
  };
}

/** What the header of a stored buffer says, of which `view` holds at least the header. */
export interface EtlBufferHeader {
  /** Bytes in the file, with this header. Buffers that are not compressed have the length that the trace gives for all. */
  readonly storedLength: number;
  /** Where the events end, from the start of the buffer, once it is unpacked. */
  readonly eventsEnd: number;
  readonly processor: number;
  readonly isCompressed: boolean;
}

export function readBufferHeader(view: DataView, at: number): EtlBufferHeader {
  return {
    storedLength: view.getUint32(at, true), eventsEnd: view.getUint32(at + BUFFER_VALID_LENGTH, true), processor: view.getUint16(at + BUFFER_PROCESSOR, true),
    isCompressed: (view.getUint16(at + BUFFER_FLAGS, true) & BUFFER_IS_COMPRESSED) !== 0,
  };
}

/** Size of the event at `at`; 0: that is none. At least 8 bytes must be there. */
export function eventLength(view: DataView, at: number, limit: number): number {
  if ((view.getUint8(at + EVENT_MARKER) & MARKER) !== MARKER) return 0;
  const length = view.getUint16(SIZE_AT_4.has(view.getUint8(at + EVENT_TYPE)) ? at + 4 : at, true);
  return length < 8 || length > limit - at ? 0 : length;
}

/** Where the data of an event with a provider begins; undefined: it is of another kind, or broken. */
export function userDataStart(view: DataView, at: number, length: number): number | undefined {
  const type = view.getUint8(at + EVENT_TYPE);
  if ((type !== EVENT_32 && type !== EVENT_64) || length < EVENT_HEADER_LENGTH) return undefined;
  let start = at + EVENT_HEADER_LENGTH;
  let hasMore = (view.getUint16(at + EVENT_FLAGS, true) & HAS_EXTENDED_DATA) !== 0;
  while (hasMore) {
    if (start + EXTENDED_HEADER_LENGTH > at + length) return undefined;
    hasMore = (view.getUint16(start + EXTENDED_LINKAGE, true) & 1) !== 0;
    start += (EXTENDED_HEADER_LENGTH + view.getUint16(start + EXTENDED_SIZE, true) + 7) & ~7;
  }
  return start > at + length ? undefined : start;
}
