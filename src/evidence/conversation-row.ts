/** The columns of a conversation, and one row of them as analysis sees it. */
import { captureOfKey, frameOfKey } from '../flow/flow-layout.js';
import { Orientations } from '../flow/flow-state.js';
import type { FrameReference, Orientation, Outcome, PerSide, Time } from '../flow/flow.js';
import type { Application } from '../flow/inspection.js';
import type { Conversation } from './evidence.js';
import { visibilityOf } from './visibility.js';

export const OUTCOMES: readonly Outcome[] = ['accepted', 'answered', 'no-answer', 'refused', 'rejected', 'one-way', 'midstream', 'reset-early', 'stalled', 'half-open'];
const ACCEPTED = OUTCOMES.indexOf('accepted');

/** A row is one record, words first, in one buffer that is seen as words and as doubles: what is read together lies together. */
export const enum W { client = 0, server = 1, network = 2, port = 3, orientation = 4, flows = 5, startNanoseconds = 6, endNanoseconds = 7, outcomes = 8 }
export const FRAMES = 4;
/** From behind the outcomes on. */
export const enum D { clientPackets = 9, serverPackets = 10, clientBytes = 11, serverBytes = 12, start = 13, end = 14, applicationFrame = 15, frames = 16 }
export const DOUBLES = D.frames + FRAMES;
export const WORDS = 2 * DOUBLES;
/** In the word of the network; what is left of it is the overlay, and 1. */
export const UDP = 1 << 30;
/** Rows are reserved in blocks of so many: nothing is copied to grow, and no big buffer is there that makes V8 collect garbage at the start. */
export const BLOCK_BITS = 13;
export const BLOCK_MASK = (1 << BLOCK_BITS) - 1;

export interface Block {
  readonly words: Int32Array;
  /** Of the same buffer. */
  readonly doubles: Float64Array;
}

export function reserveBlock(): Block {
  const doubles = new Float64Array((BLOCK_MASK + 1) * DOUBLES);
  return { words: new Int32Array(doubles.buffer), doubles };
}

/** What a row does not hold itself. */
export interface RowSource {
  addressText(id: number): string;
  /** What was recognised on a row, or else is expected there. */
  applicationOf(row: number, server: number, tcp: boolean, port: number, seconds: number): Application | null;
}

/** One row, looked at. Most walks over all conversations ask for two or three fields, and there are half a dozen walks: the others are never made. */
export class ConversationRow implements Conversation {
  readonly index: number;
  private readonly source: RowSource;
  private readonly row: number;
  private readonly words: Int32Array;
  private readonly doubles: Float64Array;
  private readonly w: number;
  private readonly d: number;
  private knownApplication: Application | null | undefined = undefined;
  private knownOutcomes: Conversation['outcomes'] | undefined = undefined;

  constructor(source: RowSource, index: number, row: number, { words, doubles }: Block) {
    this.index = index;
    this.source = source;
    this.row = row;
    this.words = words;
    this.doubles = doubles;
    this.w = (row & BLOCK_MASK) * WORDS;
    this.d = (row & BLOCK_MASK) * DOUBLES;
  }

  get client(): string {
    return this.source.addressText(this.words[this.w + W.client]!);
  }

  get server(): string {
    return this.source.addressText(this.words[this.w + W.server]!);
  }

  get transport(): 'tcp' | 'udp' {
    return (this.words[this.w + W.network]! & UDP) !== 0 ? 'udp' : 'tcp';
  }

  get serverPort(): number {
    return this.words[this.w + W.port]!;
  }

  get overlay(): number | null {
    const overlay = this.words[this.w + W.network]! & ~UDP;
    return overlay === 0 ? null : overlay - 1;
  }

  get orientation(): Orientation {
    return Orientations[this.words[this.w + W.orientation]!]!;
  }

  get application(): Application | null {
    if (this.knownApplication === undefined) {
      const { words, w } = this;
      this.knownApplication = this.source.applicationOf(this.row, words[w + W.server]!, (words[w + W.network]! & UDP) === 0, words[w + W.port]!, this.doubles[this.d + D.start]!);
    }
    return this.knownApplication;
  }

  get visibility(): Conversation['visibility'] {
    return visibilityOf(this.application);
  }

  get flows(): number {
    return this.words[this.w + W.flows]!;
  }

  get outcomes(): Conversation['outcomes'] {
    if (this.knownOutcomes === undefined) {
      // Nearly all have one outcome, and it is this one; names that are computed cost ten times as much.
      const accepted = this.words[this.w + W.outcomes + ACCEPTED]!;
      this.knownOutcomes = accepted === this.words[this.w + W.flows] ? { accepted } : this.allOutcomes();
    }
    return this.knownOutcomes;
  }

  get packets(): PerSide {
    return { client: this.doubles[this.d + D.clientPackets]!, server: this.doubles[this.d + D.serverPackets]! };
  }

  get bytes(): PerSide {
    return { client: this.doubles[this.d + D.clientBytes]!, server: this.doubles[this.d + D.serverBytes]! };
  }

  get start(): Time {
    return { seconds: this.doubles[this.d + D.start]!, nanoseconds: this.words[this.w + W.startNanoseconds]! };
  }

  get end(): Time {
    return { seconds: this.doubles[this.d + D.end]!, nanoseconds: this.words[this.w + W.endNanoseconds]! };
  }

  get frames(): FrameReference[] {
    const frames: FrameReference[] = [];
    for (let i = 0; i < FRAMES; i++) {
      const key = this.doubles[this.d + D.frames + i]!;
      if (key > 0) frames.push({ capture: captureOfKey(key), frame: frameOfKey(key) });
    }
    return frames;
  }

  private allOutcomes(): Conversation['outcomes'] {
    const outcomes: Partial<Record<Outcome, number>> = {};
    for (let i = 0; i < OUTCOMES.length; i++) {
      const count = this.words[this.w + W.outcomes + i]!;
      if (count > 0) outcomes[OUTCOMES[i]!] = count;
    }
    return outcomes;
  }

  /** For `JSON.stringify`, and for whoever wants an object that stands for itself. */
  toJSON(): Conversation {
    const { index, client, server, transport, serverPort, overlay, orientation, application, visibility, flows, outcomes, packets, bytes, start, end, frames } = this;
    return { index, client, server, transport, serverPort, overlay, orientation, application, visibility, flows, outcomes, packets, bytes, start, end, frames };
  }
}
