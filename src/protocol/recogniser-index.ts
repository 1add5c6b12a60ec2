/**
 * Which recognisers are worth asking. They are asked in two rounds: those whose usual port is a port of the flow, then those
 * whose protocol can begin with the first byte at hand. The second table is found by asking each recogniser about all 256
 * one-byte beginnings: one that answers `no` to a first byte never needs to be called for it. Most bytes leave one or two.
 */
import { Recognition } from './recogniser.js';
import type { Recogniser } from './recogniser.js';

export class RecogniserIndex {
  /** The recogniser behind the last answer that was neither `no` nor `more`. */
  matched: Recogniser | undefined;
  /** Place in `lists` of those whose usual port it is; 0: none. A table instead of a map, as it is asked twice for every flow. */
  private readonly byPort = new Uint16Array(65_536);
  private readonly lists: Recogniser[][] = [[]];
  private readonly byFirstByte: Recogniser[][] = [];
  private readonly hint = { senderPort: 0, receiverPort: 0 };

  constructor(recognisers: readonly Recogniser[], transport: 'tcp' | 'udp') {
    const mine = recognisers.filter((one) => one.transport === transport || one.transport === 'both');
    for (const one of mine) {
      for (const port of one.ports) {
        const known = this.byPort[port]!;
        if (known !== 0) this.lists[known]!.push(one);
        else this.byPort[port] = this.lists.push([one]) - 1;
      }
    }
    const beginnings = mine.map((one) => knownBeginnings(one));
    for (let byte = 0; byte < 256; byte++) {
      this.byFirstByte.push(mine.filter((_, index) => beginnings[index]![byte] === true));
    }
  }

  /**
   * What the bytes of one side say. `more` when somebody needs more bytes and nobody is sure.
   * `only` restricts the question to some protocols.
   */
  recognise(
    bytes: Uint8Array, start: number, limit: number, senderPort: number, receiverPort: number, only?: ReadonlySet<string>,
  ): Recognition {
    if (limit <= start) return Recognition.more;
    this.hint.senderPort = senderPort;
    this.hint.receiverPort = receiverPort;
    const near = this.byPort[receiverPort]!;
    const far = receiverPort === senderPort ? 0 : this.byPort[senderPort]!;
    let answer = near === 0 ? Recognition.no : this.ask(this.lists[near]!, bytes, start, limit, only);
    if (answer > Recognition.more) return answer;
    if (far !== 0) answer = either(answer, this.ask(this.lists[far]!, bytes, start, limit, only));
    if (answer > Recognition.more) return answer;
    return either(answer, this.ask(this.byFirstByte[bytes[start]!]!, bytes, start, limit, only));
  }

  private ask(
    recognisers: readonly Recogniser[], bytes: Uint8Array, start: number, limit: number, only: ReadonlySet<string> | undefined,
  ): Recognition {
    let answer: Recognition = Recognition.no;
    for (const one of recognisers) {
      if (only !== undefined && !only.has(one.protocol)) continue;
      const said = one.recognise(bytes, start, limit, this.hint);
      if (said > Recognition.more) {
        this.matched = one;
        return said;
      }
      if (said === Recognition.more) answer = said;
    }
    return answer;
  }
}

/** The stronger of two answers: `no` < `more` < the rest. */
function either(one: Recognition, other: Recognition): Recognition {
  return one > other ? one : other;
}

/** A recogniser's answers never change: they are asked for once, however many inspectors are made. */
const known = new WeakMap<Recogniser, readonly boolean[]>();

function knownBeginnings(recogniser: Recogniser): readonly boolean[] {
  const beginnings = known.get(recogniser) ?? possibleBeginnings(recogniser);
  known.set(recogniser, beginnings);
  return beginnings;
}

/**
 * First bytes that this protocol can begin with where no port speaks for it: those to which it does not answer `no`. So to one
 * byte of what it knows a recogniser answers `more`, though it may judge whole datagrams only.
 */
function possibleBeginnings(recogniser: Recogniser): readonly boolean[] {
  const probe = new Uint8Array(1);
  return Array.from({ length: 256 }, (_, byte) => {
    probe[0] = byte;
    return recogniser.recognise(probe, 0, 1, NO_PORTS) !== Recognition.no;
  });
}

const NO_PORTS = { senderPort: 0, receiverPort: 0 };
