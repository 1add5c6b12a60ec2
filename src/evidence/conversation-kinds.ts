/**
 * Conversations that are alike in all that is judged: a hundred thousand of them are a few hundred kinds, and what follows from the kind is
 * found out once for all of them. The client is told apart by a number of its own.
 */
import { hashOf } from '../flow/word-hash.js';
import type { Application } from '../flow/inspection.js';
import { ListedAmounts, RowAmounts } from './conversation-amounts.js';
import { BLOCK_BITS, BLOCK_MASK, D, DOUBLES, OUTCOMES, UDP, W, WORDS, type Block, type RowSource } from './conversation-row.js';
import type { Conversation, ConversationKinds, ConversationList } from './evidence.js';

const SLOTS = 4096;
const FIELDS = 4;
const ACCEPTED = OUTCOMES.indexOf('accepted');
/** Bits above a port and above the outcomes. */
const PORT_BITS = 16;
const CLIENT_SPOKE = 1 << 3;
const SERVER_SPOKE = 1 << 4;

/** Of a list that does not tell, each conversation is a kind of its own. */
export function kindsOf(list: ConversationList): ConversationKinds {
  if (list.kinds !== undefined) return list.kinds();
  const all: Conversation[] = [...list];
  const itself = Uint32Array.from(all.keys());
  const sums = OUTCOMES.map((outcome) => all.reduce((sum, { outcomes }) => sum + (outcomes[outcome] ?? 0), 0));
  const at = (index: number): Conversation => all[index]!;
  return { count: all.length, kindOf: itself, clientOf: itself, clients: all.map(({ client }) => client), at, amounts: () => new ListedAmounts(at), outcomes: byName(sums) };
}

/** `order`: the row of each conversation. */
export function kindsOfRows(rows: RowSource, blocks: readonly Block[], order: Uint32Array, at: (index: number) => Conversation): ConversationKinds {
  const { length } = order;
  const kinds = new Numbers();
  const ends = new AddressNumbers();
  const applications = new Map<Application | null, number>();
  const sums = new Float64Array(OUTCOMES.length);
  // In the order of the rows, which lie one behind the other: which number a kind or a client has says nothing.
  const kindOfRow = new Uint32Array(length);
  const clientOfRow = new Uint32Array(length);
  for (let row = 0; row < length; row++) {
    const { words, doubles } = blocks[row >> BLOCK_BITS]!;
    const w = (row & BLOCK_MASK) * WORDS;
    const d = (row & BLOCK_MASK) * DOUBLES;
    const server = words[w + W.server]!;
    const network = words[w + W.network]!;
    const port = words[w + W.port]!;
    const application = rows.applicationOf(row, server, (network & UDP) === 0, port, doubles[d + D.start]!);
    let known = applications.get(application);
    if (known === undefined) applications.set(application, known = applications.size);
    const spoke = (doubles[d + D.clientPackets]! > 0 ? CLIENT_SPOKE : 0) | (doubles[d + D.serverPackets]! > 0 ? SERVER_SPOKE : 0);
    kindOfRow[row] = kinds.of(server, network, port | ((words[w + W.orientation]! | spoke) << PORT_BITS), (known << OUTCOMES.length) | sumUp(words, w, sums));
    clientOfRow[row] = ends.of(words[w]!);
  }
  return { count: kinds.count, kindOf: arranged(kindOfRow, order), clientOf: arranged(clientOfRow, order), clients: ends.ids.map((id) => rows.addressText(id)), at, amounts: () => new RowAmounts(blocks, order), outcomes: byName(sums) };
}

function arranged(ofRows: Uint32Array, order: Uint32Array): Uint32Array {
  const { length } = order;
  const ofIndexes = new Uint32Array(length);
  for (let index = 0; index < length; index++) ofIndexes[index] = ofRows[order[index]!]!;
  return ofIndexes;
}

/** Adds the flows of a row to the sums. Answers which outcomes there are: bit i for `OUTCOMES[i]`. */
function sumUp(words: Int32Array, w: number, sums: Float64Array): number {
  const flows = words[w + W.flows]!;
  if (words[w + W.outcomes + ACCEPTED] === flows) {
    sums[ACCEPTED]! += flows;
    return 1 << ACCEPTED;
  }
  let bits = 0;
  for (let i = 0; i < OUTCOMES.length; i++) {
    const ended = words[w + W.outcomes + i]!;
    if (ended === 0) continue;
    sums[i]! += ended;
    bits |= 1 << i;
  }
  return bits;
}

function byName(sums: ArrayLike<number>): ConversationKinds['outcomes'] {
  return Object.fromEntries(OUTCOMES.map((outcome, i) => [outcome, sums[i]!]));
}

/** Numbers address ids from 0 on, in the order in which they are first met. */
class AddressNumbers {
  /** By their numbers. */
  readonly ids: number[] = [];
  /** Number plus one, by id. */
  private numbers = new Uint32Array(SLOTS);

  of(id: number): number {
    if (id >= this.numbers.length) this.grow(id);
    const known = this.numbers[id]!;
    if (known !== 0) return known - 1;
    this.ids.push(id);
    this.numbers[id] = this.ids.length;
    return this.ids.length - 1;
  }

  private grow(id: number): void {
    const numbers = new Uint32Array(Math.max(id + 1, this.numbers.length * 2));
    numbers.set(this.numbers);
    this.numbers = numbers;
  }
}

/** Numbers four words from 0 on, in the order in which they are first met. */
class Numbers {
  count = 0;
  private words = new Int32Array(SLOTS / 2 * FIELDS);
  private slots = new Int32Array(SLOTS);

  of(a: number, b: number, c: number, d: number): number {
    const { words, slots } = this;
    const mask = slots.length - 1;
    let at = hashOf(a, b, c, d) & mask;
    for (; slots[at] !== 0; at = (at + 1) & mask) {
      const known = (slots[at]! - 1) * FIELDS;
      if (words[known] === a && words[known + 1] === b && words[known + 2] === c && words[known + 3] === d) return slots[at]! - 1;
    }
    const number = this.count++;
    const own = number * FIELDS;
    words[own] = a;
    words[own + 1] = b;
    words[own + 2] = c;
    words[own + 3] = d;
    slots[at] = number + 1;
    if (this.count * 2 >= slots.length) this.grow();
    return number;
  }

  private grow(): void {
    const { count } = this;
    const words = new Int32Array(this.words.length * 2);
    words.set(this.words);
    const slots = new Int32Array(this.slots.length * 2);
    const mask = slots.length - 1;
    for (let number = 0; number < count; number++) {
      const own = number * FIELDS;
      let at = hashOf(words[own]!, words[own + 1]!, words[own + 2]!, words[own + 3]!) & mask;
      while (slots[at] !== 0) at = (at + 1) & mask;
      slots[at] = number + 1;
    }
    this.words = words;
    this.slots = slots;
  }
}
