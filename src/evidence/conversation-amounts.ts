/** How much and when: the columns of a row, or the fields of an object, read one conversation after another without an object for each. */
import { frameKey } from '../flow/flow-layout.js';
import { BLOCK_BITS, BLOCK_MASK, D, DOUBLES, FRAMES, OUTCOMES, W, WORDS, type Block } from './conversation-row.js';
import type { Conversation, ConversationAmounts } from './evidence.js';

export class RowAmounts implements ConversationAmounts {
  private readonly blocks: readonly Block[];
  private readonly order: Uint32Array;
  private words: Int32Array = new Int32Array(0);
  private doubles: Float64Array = new Float64Array(0);
  private w = 0;
  private d = 0;

  /** `order`: the row of each conversation. */
  constructor(blocks: readonly Block[], order: Uint32Array) {
    this.blocks = blocks;
    this.order = order;
  }

  move(index: number): void {
    const row = this.order[index]!;
    const { words, doubles } = this.blocks[row >> BLOCK_BITS]!;
    this.words = words;
    this.doubles = doubles;
    this.w = (row & BLOCK_MASK) * WORDS;
    this.d = (row & BLOCK_MASK) * DOUBLES;
  }

  get flows(): number { return this.words[this.w + W.flows]!; }
  get clientPackets(): number { return this.doubles[this.d + D.clientPackets]!; }
  get serverPackets(): number { return this.doubles[this.d + D.serverPackets]!; }
  get clientBytes(): number { return this.doubles[this.d + D.clientBytes]!; }
  get serverBytes(): number { return this.doubles[this.d + D.serverBytes]!; }
  get startSeconds(): number { return this.doubles[this.d + D.start]!; }
  get startNanoseconds(): number { return this.words[this.w + W.startNanoseconds]!; }
  get endSeconds(): number { return this.doubles[this.d + D.end]!; }
  get endNanoseconds(): number { return this.words[this.w + W.endNanoseconds]!; }

  ended(outcome: number): number {
    return this.words[this.w + W.outcomes + outcome]!;
  }

  /** They stand in front of the free places. */
  get frames(): number {
    let frames = 0;
    while (frames < FRAMES && this.doubles[this.d + D.frames + frames]! > 0) frames++;
    return frames;
  }

  frameKey(i: number): number {
    return this.doubles[this.d + D.frames + i]!;
  }
}

/** Of conversations that are objects already. */
export class ListedAmounts implements ConversationAmounts {
  private readonly at: (index: number) => Conversation;
  private conversation!: Conversation;

  constructor(at: (index: number) => Conversation) {
    this.at = at;
  }

  move(index: number): void {
    this.conversation = this.at(index);
  }

  get flows(): number { return this.conversation.flows; }
  get clientPackets(): number { return this.conversation.packets.client; }
  get serverPackets(): number { return this.conversation.packets.server; }
  get clientBytes(): number { return this.conversation.bytes.client; }
  get serverBytes(): number { return this.conversation.bytes.server; }
  get startSeconds(): number { return this.conversation.start.seconds; }
  get startNanoseconds(): number { return this.conversation.start.nanoseconds; }
  get endSeconds(): number { return this.conversation.end.seconds; }
  get endNanoseconds(): number { return this.conversation.end.nanoseconds; }

  ended(outcome: number): number {
    return this.conversation.outcomes[OUTCOMES[outcome]!] ?? 0;
  }

  get frames(): number { return this.conversation.frames.length; }

  frameKey(i: number): number {
    const { capture, frame } = this.conversation.frames[i]!;
    return frameKey(capture, frame);
  }
}
