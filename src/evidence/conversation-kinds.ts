/**
 * Conversations that are alike in all that is judged: a hundred thousand of them are a few hundred kinds, and what follows from the kind is
 * found out once for all of them. The client is told apart by a number of its own.
 */
import { hashOf } from '../flow/flow-index.js';
import type { Application } from '../flow/inspection.js';
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
  return { count: all.length, kindOf: itself, example: (kind) => all[kind]!, clientOf: itself, clients: all.map(({ client }) => client) };
}

/** `order`: the row of each conversation. */
export function kindsOfRows(rows: RowSource, blocks: readonly Block[], order: Uint32Array, at: (index: number) => Conversation): ConversationKinds {
  const { length } = order;
  const kindOf = new Uint32Array(length);
  const clientOf = new Uint32Array(length);
  const kinds = new Numbers();
  const ends = new Numbers();
  const applications = new Map<Application | null, number>();
  const first: number[] = [];
  const clients: string[] = [];
  for (let index = 0; index < length; index++) {
    const row = order[index]!;
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
    const kind = kinds.of(server, network, port | ((words[w + W.orientation]! | spoke) << PORT_BITS), (known << OUTCOMES.length) | outcomesOf(words, w));
    if (kind === first.length) first.push(index);
    kindOf[index] = kind;
    const client = ends.of(words[w]!, 0, 0, 0);
    if (client === clients.length) clients.push(rows.addressText(words[w]!));
    clientOf[index] = client;
  }
  return { count: first.length, kindOf, example: (kind) => at(first[kind]!), clientOf, clients };
}

/** Bit i: there are flows that ended as `OUTCOMES[i]`. */
function outcomesOf(words: Int32Array, w: number): number {
  if (words[w + W.outcomes + ACCEPTED] === words[w + W.flows]) return 1 << ACCEPTED;
  let bits = 0;
  for (let i = 0; i < OUTCOMES.length; i++) if (words[w + W.outcomes + i]! > 0) bits |= 1 << i;
  return bits;
}

/** Numbers four words from 0 on, in the order in which they are first met. */
class Numbers {
  private count = 0;
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
