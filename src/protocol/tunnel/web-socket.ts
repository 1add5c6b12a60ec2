/**
 * Payload of WebSocket frames (RFC 6455 5.2): flags and opcode, length of 7, 16 or 64 bits, a mask from the client, contents. Messages
 * are passed on as one stream, without regard to their ends; what pings and closes carry is left out.
 */
import type { PacketPosition } from '../../flow/inspection.js';
import type { ProtocolAnalyzer, Role } from '../recogniser.js';
import { uint16, uint32 } from '../wire-integer.js';

const OPCODE = 0x0f;
const RESERVED = 0x70;
/** Continuation, text and binary; from 8 on frames are for control. */
const CONTENTS_MAXIMUM = 2;
const MASKED = 0x80;
const LENGTH = 0x7f;
const HEADER_MAXIMUM = 14;

class Frames {
  readonly header = new Uint8Array(HEADER_MAXIMUM);
  /** Bytes of the header that are there. */
  count = 0;
  remaining = 0;
  isContents = false;
  /** Where the mask is in the header; 0: there is none. */
  mask = 0;
  passed = 0;
}

export class WebSocketStream implements ProtocolAnalyzer {
  private readonly inner: ProtocolAnalyzer;
  private readonly frames: Readonly<Record<Role, Frames>> = { client: new Frames(), server: new Frames() };

  constructor(inner: ProtocolAnalyzer) {
    this.inner = inner;
  }

  data(role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    const frames = this.frames[role];
    while (start < limit) {
      if (frames.remaining === 0) {
        frames.header[frames.count++] = bytes[start++]!;
        if (!begin(frames)) return false;
        continue;
      }
      const end = Math.min(limit, start + frames.remaining);
      if (frames.isContents && !this.pass(role, frames, bytes, start, end, at)) return false;
      frames.remaining -= end - start;
      start = end;
    }
    return true;
  }

  end(): void {
    this.inner.end?.();
  }

  private pass(role: Role, frames: Frames, bytes: Uint8Array, start: number, end: number, at: PacketPosition): boolean {
    if (frames.mask === 0) return this.inner.data(role, bytes, start, end, at);
    const plain = new Uint8Array(end - start);
    for (let index = 0; index < plain.length; index++) plain[index] = bytes[start + index]! ^ frames.header[frames.mask + (frames.passed++ & 3)]!;
    return this.inner.data(role, plain, 0, plain.length, at);
  }
}

/** Looks at the header as far as it is there. Answers false when it is none. */
function begin(frames: Frames): boolean {
  const { header, count } = frames;
  if ((header[0]! & RESERVED) !== 0) return false;
  if (count < 2) return true;
  const short = header[1]! & LENGTH;
  const size = 2 + (short === 127 ? 8 : short === 126 ? 2 : 0);
  const mask = (header[1]! & MASKED) === 0 ? 0 : size;
  if (count < size + (mask === 0 ? 0 : 4)) return true;
  frames.remaining = short === 127 ? uint32(header, 2) * 2 ** 32 + uint32(header, 6) : short === 126 ? uint16(header, 2) : short;
  frames.isContents = (header[0]! & OPCODE) <= CONTENTS_MAXIMUM;
  frames.mask = mask;
  frames.passed = 0;
  frames.count = 0;
  return true;
}
