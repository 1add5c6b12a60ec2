import type { FlowIdentity, Inspection, PacketPosition, Side } from './inspection.js';
import { giveBackMemory, lendMemory } from './spare-memory.js';

/** Out-of-order payload held for one side: more means that something was lost. */
const MAX_HELD_BYTES = 262_144;
const MAX_HELD_PIECES = 128;

/** Out-of-order payload of all flows together. Beyond it what is missing is taken for lost at once: a capture full of holes must not fill the memory. */
const MAX_HELD_IN_ALL = 32 * 1024 * 1024;

/** Shared by the assemblers of one table. */
export class HeldBytes {
  count = 0;
  readonly maximum: number;

  constructor(maximum = MAX_HELD_IN_ALL) {
    this.maximum = maximum;
  }
}

interface Held {
  readonly sequence: number;
  readonly length: number;
  /** Lent: the first `captured` bytes are payload. */
  readonly memory: Uint8Array;
  readonly captured: number;
  readonly at: PacketPosition;
}

/**
 * Brings TCP payload into stream order for one inspection. A segment in order goes through untouched and uncopied; one that is
 * ahead is copied and waits, under a bound, for what is missing; when the other side acknowledges bytes that never came, or
 * the bound is reached, the inspection hears of a gap.
 */
export class StreamAssembler {
  readonly identity: FlowIdentity;
  inspection: Inspection;
  /** Next sequence number of each side, as signed 32 bits; meaningless until its bit in `known` is set. Two fields: an array would be made per flow. */
  private expected0 = 0;
  private expected1 = 0;
  private known = 0;
  private held: [Held[], Held[]] | undefined;

  private readonly heldInAll: HeldBytes;

  constructor(identity: FlowIdentity, inspection: Inspection, heldInAll = new HeldBytes()) {
    this.identity = identity;
    this.inspection = inspection;
    this.heldInAll = heldInAll;
  }

  /** Begins anew for another flow: assemblers and identities are used again, as most flows are inspected for a few packets. */
  restart(inspection: Inspection): void {
    this.inspection = inspection;
    this.known = 0;
    this.forget();
  }

  /** Lets go of what waits: nobody wants it any more. */
  forget(): void {
    if (this.held === undefined) return;
    for (const side of this.held) {
      for (const { memory, captured } of side) {
        this.heldInAll.count -= captured;
        giveBackMemory(memory);
      }
    }
    this.held = undefined;
  }

  /** The stream of `side` begins at `sequence` (behind its SYN). */
  begin(side: Side, sequence: number): void {
    if (this.known & (1 << side)) return;
    this.known |= 1 << side;
    this.expect(side, sequence);
  }

  private expect(side: Side, sequence: number): void {
    if (side === 0) this.expected0 = sequence | 0;
    else this.expected1 = sequence | 0;
  }

  /** Answers false when inspection is over. `captured` bytes of `length` are there. */
  segment(side: Side, sequence: number, length: number, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if ((this.known & (1 << side)) === 0) this.begin(side, sequence);
    const ahead = (sequence - (side === 0 ? this.expected0 : this.expected1)) | 0;
    if (ahead > 0) return this.hold(side, sequence, length, bytes, start, limit, at);
    const old = -ahead;
    if (old >= length) return true; // nothing new
    this.expect(side, sequence + length);
    const captured = limit - start;
    if (captured > old && !this.inspection.payload(side, bytes, start + old, limit, at)) return false;
    // The capture kept less of the packet than there was.
    if (captured < length && !this.inspection.gap(side)) return false;
    return this.held === undefined || this.held[side].length === 0 ? true : this.release(side);
  }

  /** The other side acknowledged up to `acknowledgement`: what is missing before it will not come any more. */
  acknowledged(side: Side, acknowledgement: number): boolean {
    const held = this.held?.[side];
    if (held === undefined) return true;
    while (held.length > 0 && ((acknowledgement - held[0]!.sequence) | 0) > 0) {
      if (!this.skipGap(side)) return false;
    }
    return true;
  }

  /** Nothing more will come: what still waits is handed over. */
  finish(): void {
    if (this.skipGaps(0)) this.skipGaps(1);
  }

  private skipGaps(side: Side): boolean {
    while (this.held !== undefined && this.held[side].length > 0) {
      if (!this.skipGap(side)) return false;
    }
    return true;
  }

  private hold(side: Side, sequence: number, length: number, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    this.held ??= [[], []];
    const held = this.held[side];
    let total = limit - start;
    for (const piece of held) total += piece.captured;
    let i = held.length;
    while (i > 0 && ((sequence - held[i - 1]!.sequence) | 0) < 0) i--;
    const captured = limit - start;
    const memory = lendMemory(captured);
    memory.set(bytes.subarray(start, limit));
    held.splice(i, 0, { sequence, length, memory, captured, at: { ...at } });
    this.heldInAll.count += captured;
    while (this.heldInAll.count > this.heldInAll.maximum && held.length > 0) if (!this.skipGap(side)) return false;
    return held.length > MAX_HELD_PIECES || (total > MAX_HELD_BYTES && held.length > 0) ? this.skipGap(side) : true;
  }

  private skipGap(side: Side): boolean {
    const first = this.held![side][0]!;
    this.expect(side, first.sequence);
    return this.inspection.gap(side) && this.release(side);
  }

  private release(side: Side): boolean {
    const held = this.held![side];
    while (held.length > 0) {
      const piece = held[0]!;
      const ahead = (piece.sequence - (side === 0 ? this.expected0 : this.expected1)) | 0;
      if (ahead > 0) return true;
      held.shift();
      const { memory, captured } = piece;
      this.heldInAll.count -= captured;
      const wanted = this.deliver(side, piece, -ahead);
      giveBackMemory(memory);
      if (!wanted) return false;
    }
    return true;
  }

  /** Hands a piece over of which `old` bytes are known. */
  private deliver(side: Side, { sequence, length, memory, captured, at }: Held, old: number): boolean {
    if (old >= length) return true;
    this.expect(side, sequence + length);
    if (captured > old && !this.inspection.payload(side, memory, old, captured, at)) return false;
    return captured >= length || this.inspection.gap(side);
  }
}
