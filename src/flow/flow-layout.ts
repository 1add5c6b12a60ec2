/**
 * The record of a live flow: 192 bytes in one buffer, seen as 32-bit words and as doubles. Records instead of one array per
 * column, because a packet touches most fields of one flow; the fields that every packet touches stand in the first two cache
 * lines. `W` indexes the words of a record, `F` its doubles. Constant enumerations, because the bundler then writes the
 * numbers into the hot loop.
 */
export const RECORD_BYTES = 192;
export const RECORD_DOUBLES = RECORD_BYTES / 8;
export const RECORD_WORDS = RECORD_BYTES / 4;

export const enum W {
  // First line. Key: side 0 is the lower (address id, port).
  address0 = 0,
  address1 = 1,
  /** port of side 0 << 16 | port of side 1 */
  ports = 2,
  /** Overlay, with `UDP_BIT` added for UDP: the rest of the key. */
  network = 3,
  state = 4,
  once = 5,
  /** Low 32 bits of the counters; what overflows stands in the annex. Pairs: side 0, side 1. */
  packets0 = 6,
  packets1 = 7,
  bytes0 = 8,
  bytes1 = 9,
  payload0 = 10,
  payload1 = 11,
  /** TCP: sequence number behind the highest byte sent. */
  next0 = 12,
  next1 = 13,
  /** TCP: highest acknowledgement sent by that side. */
  acknowledged0 = 14,
  acknowledged1 = 15,
  // Second line. Words 16 to 19: F.endSeconds, F.lastFrame.
  endNanoseconds = 20,
  /** Capture point that each direction is bound to. */
  point0 = 21,
  point1 = 22,
  /** Slot in `PacketSketches`, plus one. */
  sketch = 23,
  /** While its payload is told: the number of the flow among those of which it was, see `B`; else 0. */
  inspection = 24,
  retransmissions0 = 25,
  retransmissions1 = 26,
  duplicates = 27,
  /** History letters, six in a word, five bits each; three words. */
  history = 28,
  // Third line. Words 32 to 35: F.startSeconds, F.firstFrame.
  startNanoseconds = 36,
  /** Initial sequence numbers. */
  initial0 = 38,
  initial1 = 39,
  handshakeMicroseconds = 40,
  /** TTL of the first packet of side 0 | of side 1 << 8 */
  ttls = 41,
  encapsulation = 42,
  /** SYNs without ACK that each side sent. */
  syns0 = 44,
  syns1 = 45,
}

export const enum F {
  endSeconds = 8,
  /** Frame keys: see `frameKey`. */
  lastFrame = 9,
  startSeconds = 16,
  firstFrame = 17,
}

/** Bits of `W.state`. Pairs: the bit for side 0, and one to its left for side 1. */
export const enum S {
  syn = 1 << 0,
  synAck = 1 << 2,
  fin = 1 << 4,
  rst = 1 << 6,
  /** Sent something other than SYN, SYN-ACK or RST: an acknowledgement or data. */
  spoke = 1 << 8,
  /** Sent a RST before any payload of its own, after the other side had spoken. */
  rstBeforePayload = 1 << 10,
  /** Repeated unacknowledged data, and nothing was acknowledged since. */
  repeating = 1 << 12,
  /** Sent a SYN-ACK more than once. */
  synAckAgain = 1 << 14,
  /** Which side is the client: 0 or 1. */
  clientIsSide1 = 1 << 16,
  /** How that is known: three bits, `Oriented`. */
  orientationShift = 17,
  orientationMask = 7 << 17,
  /** Counters of this flow overflowed: the rest of them stands in the annex. */
  carried = 1 << 20,
  /** Nothing more is to be learned from the payload. */
  inspected = 1 << 21,
  openAtStart = 1 << 22,
  /** The RST of this flow answered a SYN. */
  rstAnsweredSyn = 1 << 23,
  /** SYN, SYN-ACK and the client's answer were seen. */
  established = 1 << 24,
  /** The first bytes of that side are those of no protocol that we know. */
  unknownPayload = 1 << 25,
  /** Its sketch was opened after the handshake, by something repeated or a closed window: what is new closes it. (1 << 26 belongs to the pair above.) */
  late = 1 << 27,
  /** Sent keep-alive probes, and had no packet of the other side since. Pair. */
  probing = 1 << 28,
  /** A RST with another TTL than the first packet of the side in whose name it came. */
  strangeReset = 1 << 30,
}

/** `Orientations` in this order. */
export const enum Oriented { firstPacket = 0, port = 1, protocol = 2, handshake = 3, icmp = 4, symmetric = 5 }

/** In `W.network`; overlay ids are at most 2^24. */
export const UDP_BIT = 1 << 30;

/** A UDP exchange that pauses for so long is over. */
export const UDP_IDLE_SECONDS = 60;
/** A pause from which firewalls forget connections; the shortest idle timers in use are half a minute. */
export const SILENCE_SECONDS = 30;

const FRAMES_PER_CAPTURE = 2 ** 40;

/** One number for a frame in a series of captures; ordered as the captures and frames are. */
export function frameKey(capture: number, frame: number): number {
  return capture * FRAMES_PER_CAPTURE + frame;
}
export function captureOfKey(key: number): number {
  return Math.floor(key / FRAMES_PER_CAPTURE);
}
export function frameOfKey(key: number): number {
  // No remainder: that of doubles is a call of the C library.
  return key - captureOfKey(key) * FRAMES_PER_CAPTURE;
}
