/**
 * A decoded segment in the engine's memory: byte offsets of its fields, all words of 32 bits but the ones named otherwise. The fields are those of
 * `Segment`; the second half is what the engine works out once and needs several times.
 */
export const SEGMENT_BYTES = 192;

export const enum G {
  source = 0,
  destination = 4,
  transport = 8,
  /** source port << 16 | destination port */
  ports = 12,
  overlay = 16,
  encapsulation = 20,
  interfaceWithin = 24,
  ttl = 28,
  ipId = 32,
  tcpFlags = 36,
  sequence = 40,
  acknowledgement = 44,
  window = 48,
  payloadStart = 52,
  payloadLimit = 56,
  transportStart = 60,
  /** 0: whole; 1: a fragment; 3: the first fragment. */
  fragment = 64,
  /** UDP: of the header; 0 for a fragment. */
  checksum = 68,
  ipVersion = 72,
  /** Row of the batch. */
  row = 76,
  /** 64 bits: a hostile capture may claim more than 32 bits' worth. */
  ipLength = 80,
  payloadLength = 88,
  // Where and when it was taken.
  /** Doubles. */
  seconds = 96,
  frameKey = 104,
  nanoseconds = 112,
  point = 116,
  // Worked out by `identify`: side 0 is the lower (address id, port).
  side = 120,
  address0 = 124,
  address1 = 128,
  sidePorts = 132,
  network = 136,
  hash = 140,
  /** What the look ahead found; -1: nothing. */
  record = 144,
}
