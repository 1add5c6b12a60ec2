/**
 * The record of a live flow: 192 bytes (three cache lines) in one buffer, seen as doubles and as 32-bit words. Records instead
 * of one array per column, because a packet touches most fields of one flow: with 20,000 flows in turn that halved the time
 * per packet. `F` indexes the doubles, `W` the words of a record.
 */
export const RECORD_BYTES = 192;
export const RECORD_DOUBLES = RECORD_BYTES / 8;
export const RECORD_WORDS = RECORD_BYTES / 4;

export const enum W {
  /** Key: side 0 is the lower (address id, port). */
  address0 = 0,
  address1 = 1,
  /** port of side 0 << 16 | port of side 1 */
  ports = 2,
  /** Overlay, with `UDP_BIT` added for UDP: the rest of the key. */
  network = 3,
  /** Slot in `PacketSketches`, plus one. */
  sketch = 4,
  encapsulation = 5,
  // doubles 3 to 10 stand in words 6 to 21
  startNanoseconds = 22,
  endNanoseconds = 23,
  // doubles 12 and 13 stand in words 24 to 27
  state = 28,
  once = 29,
  /** TCP: initial sequence number. UDP: signature of the last datagram. Of side 0, side 1. */
  initial0 = 30,
  initial1 = 31,
  /** TCP: sequence number behind the highest byte sent. UDP: signature of the last datagram but one. */
  next0 = 32,
  next1 = 33,
  /** TCP: highest acknowledgement sent by side 0, side 1. */
  acknowledged0 = 34,
  acknowledged1 = 35,
  /** Capture point (see `capturePoint`) that each direction is bound to. */
  point0 = 36,
  point1 = 37,
  /** History letters, six in a word, five bits each. */
  history = 38,
  retransmissions0 = 41,
  retransmissions1 = 42,
  /** Slot of the assembler while under inspection, plus one. */
  assembler = 43,
  /** Slot of the rarely needed rest (`FlowAnnex`), plus one. */
  annex = 44,
  handshakeMicroseconds = 45,
  duplicates = 46,
  /** TTL of the first packet of side 0 | of side 1 << 8 | SYNs sent by the client << 16 */
  ttlsAndSyns = 47,
}

export const enum F {
  packets0 = 3,
  packets1 = 4,
  bytes0 = 5,
  bytes1 = 6,
  payload0 = 7,
  payload1 = 8,
  startSeconds = 9,
  endSeconds = 10,
  /** Frame keys: see `frameKey`. */
  firstFrame = 12,
  lastFrame = 13,
}

/** Bits of `W.state`. Pairs: the bit for side 0, and one to its left for side 1. */
export const enum S {
  syn = 1 << 0,
  synAck = 1 << 2,
  fin = 1 << 4,
  rst = 1 << 6,
  /** Sent something other than SYN, SYN-ACK or RST: an acknowledgement or data. */
  spoke = 1 << 8,
  /** Sent a RST before any payload of its own. */
  rstBeforePayload = 1 << 10,
  /** Repeated unacknowledged data, and nothing was acknowledged since. */
  repeating = 1 << 12,
  /** Sent a SYN-ACK more than once. */
  synAckAgain = 1 << 14,
  /** Which side is the client: 0 or 1. */
  clientIsSide1 = 1 << 16,
  /** How that is known: three bits, `orientations` in this order. */
  orientationShift = 17,
  orientationMask = 7 << 17,
  /** The first packet of the flow was sent by side 1. */
  firstFromSide1 = 1 << 20,
  /** Nothing more is to be learned from the payload. */
  inspected = 1 << 27,
  /** A RST ended it: the first one was sent by side 1. */
  rstFirstFromSide1 = 1 << 28,
  openAtStart = 1 << 29,
  /** The RST of this flow answered a SYN. */
  rstAnsweredSyn = 1 << 30,
}

export const Orientations = ['first-packet', 'port', 'protocol', 'handshake', 'icmp', 'symmetric'] as const;
export const enum Oriented { firstPacket = 0, port = 1, protocol = 2, handshake = 3, icmp = 4, symmetric = 5 }

/** In `W.network`; overlay ids are at most 2^24. */
export const UDP_BIT = 1 << 30;

const FRAMES_PER_CAPTURE = 2 ** 40;

/** One number for a frame in a series of captures; ordered as the captures and frames are. */
export function frameKey(capture: number, frame: number): number {
  return capture * FRAMES_PER_CAPTURE + frame;
}
export function captureOfKey(key: number): number {
  return Math.floor(key / FRAMES_PER_CAPTURE);
}
export function frameOfKey(key: number): number {
  return key % FRAMES_PER_CAPTURE;
}
