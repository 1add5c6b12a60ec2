/**
 * Which recognisers are worth asking. They are asked in two rounds: those whose usual port is a port of the flow, then those
 * whose protocol can begin with the first byte at hand. The second table is found by asking each recogniser about a
 * beginning of one byte, when a flow first begins so: one that answers `no` never needs to be called for it. Most bytes leave one or two.
 */
import { Recognition } from './recogniser.js';
import type { Recogniser } from './recogniser.js';

export class RecogniserIndex {
  /** The recogniser behind the last answer that was neither `no` nor `more`. */
  matched: Recogniser | undefined;
  /** Place in `lists` of those whose usual port it is; 0: none. A table instead of a map, as it is asked twice for every flow. */
  private readonly byPort = new Uint16Array(65_536);
  private readonly lists: Recogniser[][] = [[]];
  /** Not asked yet: undefined. All 256 at the start would take some 5 ms of every run, for a dozen that occur. */
  private readonly byFirstByte = new Array<readonly Recogniser[] | undefined>(256).fill(undefined);
  private readonly mine: readonly Recogniser[];
  private readonly hint = { senderPort: 0, receiverPort: 0 };

  constructor(recognisers: readonly Recogniser[], transport: 'tcp' | 'udp') {
    this.mine = recognisers.filter((one) => one.transport === transport || one.transport === 'both');
    for (const one of this.mine) {
      for (const port of one.ports) {
        const known = this.byPort[port]!;
        if (known !== 0) this.lists[known]!.push(one);
        else this.byPort[port] = this.lists.push([one]) - 1;
      }
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
    const byte = bytes[start]!;
    return either(answer, this.ask(this.byFirstByte[byte] ?? this.thatBeginWith(byte), bytes, start, limit, only));
  }

  /** Equal for ports that no recogniser can tell apart: those that are nobody's usual port. Below 2^30. */
  portsAsOne(senderPort: number, receiverPort: number): number {
    return (this.byPort[receiverPort]! << 15) | this.byPort[senderPort]!;
  }

  private thatBeginWith(byte: number): readonly Recogniser[] {
    return (this.byFirstByte[byte] = this.mine.filter((one) => canBeginWith(one, byte)));
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

/**
 * Whether this protocol can begin so where no port speaks for it: unless it answers `no`. So to one byte of what it knows a
 * recogniser answers `more`, though it may judge whole datagrams only.
 */
function canBeginWith(recogniser: Recogniser, byte: number): boolean {
  return recogniser.recognise(Uint8Array.of(byte), 0, 1, NO_PORTS) !== Recognition.no;
}

const NO_PORTS = { senderPort: 0, receiverPort: 0 };
