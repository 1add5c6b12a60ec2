/**
 * Which connections were seen at an earlier capture point already. Inputs that overlap in time are capture points, each with flows of its own; in
 * conversations a connection counts once, as it looks where its outcome says more.
 *
 * A TCP connection is known by its conversation, the client's port and the initial sequence number. A UDP exchange, and a connection whose SYN nobody saw, have
 * sockets only: the n-th one at a later point is the n-th one of the point before, if it is not too far from it in time.
 */
import { hashOf } from '../flow/word-hash.js';
import type { FlowView } from '../flow/flow-view.js';
import type { Outcome } from '../flow/flow.js';

/** Connections that are known; those beyond count once at each point. 56 bytes each, and only where there are several inputs. */
export const MAX_CONNECTIONS = 524_288;
/** Clocks of one domain differ by no more, or its machines cannot log on to each other (Kerberos). */
const CLOCKS_APART_SECONDS = 300;
const INITIAL_CAPACITY = 1024;

/** What says more comes first. */
const TELLING: readonly Outcome[] = ['half-open', 'stalled', 'reset-early', 'rejected', 'refused', 'no-answer', 'one-way', 'accepted', 'answered', 'midstream'];

/** Of two views of one connection, the one that tells its story: negative if it is that with outcome `a`. */
export function compareTelling(a: Outcome, b: Outcome): number {
  return TELLING.indexOf(a) - TELLING.indexOf(b);
}

const enum W { row = 0, port = 1, initial = 2, series = 3, inSeries = 4, counted = 5, outcome = 6, sides = 7 }
const WORDS = 8;
const enum D { start = 0, end = 1 }
const DOUBLES = 2;
/** Beside the port, which has 16 bits: a connection that is known by its initial sequence number. */
const HAS_INITIAL = 1 << 16;
/** Sides whose packets were counted. */
const CLIENT_SIDE = 1, SERVER_SIDE = 2;

export class ConnectionViews {
  /** What the last `isNew` that answered false found: the outcome that was counted, and the sides whose packets are still to be counted. */
  outcome: Outcome = 'midstream';
  clientIsNew = false;
  serverIsNew = false;
  private series = 0;
  private length = 0;
  private words = new Int32Array(INITIAL_CAPACITY * WORDS);
  private doubles = new Float64Array(INITIAL_CAPACITY * DOUBLES);
  private slots = new Int32Array(2 * INITIAL_CAPACITY);
  private readonly maximum: number;
  private entry = 0;

  constructor(maximum = MAX_CONNECTIONS) {
    this.maximum = maximum;
  }

  /** What comes from now on was seen at another point. */
  beginSeries(): void {
    this.series++;
  }

  /** Whether this flow of the conversation in `row` is a connection that was not counted yet. If it was, `outcome` and the others say how. */
  isNew(row: number, flow: FlowView): boolean {
    const hasInitial = flow.tcp && flow.synCount > 0;
    const port = flow.clientPort | (hasInitial ? HAS_INITIAL : 0);
    const at = this.find(row, port, hasInitial ? flow.clientInitial : 0);
    if (at < 0) return true;
    const { words, doubles } = this;
    this.entry = at;
    const w = at * WORDS;
    const d = at * DOUBLES;
    if (words[w + W.series] !== this.series) {
      // Never seen before, or last seen at another point.
      words[w + W.series] = this.series;
      words[w + W.inSeries] = 0;
    }
    const seen = ++words[w + W.inSeries]!;
    const isKnown = seen <= words[w + W.counted]! && (hasInitial || isNear(flow, doubles[d + D.start]!, doubles[d + D.end]!));
    const sides = (flow.clientPackets > 0 ? CLIENT_SIDE : 0) | (flow.serverPackets > 0 ? SERVER_SIDE : 0);
    if (!isKnown) {
      // What is far in time from all that was counted has nothing to do with it: counting begins anew.
      words[w + W.counted] = seen;
      words[w + W.outcome] = TELLING.indexOf(flow.outcome);
      words[w + W.sides] = sides;
      if (seen === 1 || flow.startSeconds < doubles[d + D.start]!) doubles[d + D.start] = flow.startSeconds;
      if (seen === 1 || flow.endSeconds > doubles[d + D.end]!) doubles[d + D.end] = flow.endSeconds;
      return true;
    }
    const counted = words[w + W.sides]!;
    this.outcome = TELLING[words[w + W.outcome]!]!;
    // Of several exchanges between the same sockets it is not known which was seen from one side only.
    const isOnly = words[w + W.counted] === 1;
    this.clientIsNew = isOnly && (sides & ~counted & CLIENT_SIDE) !== 0;
    this.serverIsNew = isOnly && (sides & ~counted & SERVER_SIDE) !== 0;
    words[w + W.sides] = counted | sides;
    return false;
  }

  /** Of the connection that `isNew` was asked about last: it is counted with this outcome now. */
  recount(outcome: Outcome): void {
    this.words[this.entry * WORDS + W.outcome] = TELLING.indexOf(outcome);
  }

  /** Its entry, made if need be; -1: there is no room. */
  private find(row: number, port: number, initial: number): number {
    const { words, slots } = this;
    const mask = slots.length - 1;
    let slot = hashOf(row, port, initial, 0) & mask;
    for (; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const w = (slots[slot]! - 1) * WORDS;
      if (words[w] === row && words[w + W.port] === port && words[w + W.initial] === initial) return slots[slot]! - 1;
    }
    if (this.length >= this.maximum) return -1;
    if (this.length * 2 >= slots.length) {
      this.grow();
      return this.find(row, port, initial);
    }
    const entry = this.length++;
    slots[slot] = entry + 1;
    const w = entry * WORDS;
    words[w] = row;
    words[w + W.port] = port;
    words[w + W.initial] = initial;
    words[w + W.series] = -1;
    return entry;
  }

  private grow(): void {
    const words = new Int32Array(this.words.length * 2);
    words.set(this.words);
    const doubles = new Float64Array(this.doubles.length * 2);
    doubles.set(this.doubles);
    this.words = words;
    this.doubles = doubles;
    const slots = new Int32Array(this.slots.length * 2);
    const mask = slots.length - 1;
    for (let entry = 0; entry < this.length; entry++) {
      const w = entry * WORDS;
      let slot = hashOf(words[w]!, words[w + W.port]!, words[w + W.initial]!, 0) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = entry + 1;
    }
    this.slots = slots;
  }
}

/** Times that are not known are near to all. */
function isNear(flow: FlowView, start: number, end: number): boolean {
  return !(flow.startSeconds > end + CLOCKS_APART_SECONDS) && !(flow.endSeconds < start - CLOCKS_APART_SECONDS);
}
