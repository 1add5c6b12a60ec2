/**
 * Stubs that come in several fragments (C706 12.6.2.1): the stub parts of all fragments of one call, joined. A fragment that is
 * first and last is answered as it lies; others are copied, a bounded number of bytes for a bounded number of calls.
 */
import { WaitingTable } from '../waiting-table.js';

const CALLS_MAXIMUM = 4;
const STUB_MAXIMUM = 1 << 20;

interface PartialStub {
  readonly parts: Uint8Array[];
  length: number;
}

const EMPTY = new Uint8Array(0);

export class StubAssembler {
  /** Stubs that were given up because they are longer than is kept. */
  dropped = 0;
  /** The stub, after `add` answered true. Borrowed like what was added. */
  bytes: Uint8Array = EMPTY;
  start = 0;
  limit = 0;
  private readonly partial = new WaitingTable<PartialStub>();

  /** Adds the stub part of one fragment. Answers true when the stub of the call is whole. */
  add(call: number, isFirst: boolean, isLast: boolean, bytes: Uint8Array, start: number, limit: number): boolean {
    if (isFirst && isLast) {
      this.partial.delete(call);
      return this.answer(bytes, start, limit);
    }
    if (isFirst) this.begin(call);
    const stub = this.partial.get(call);
    if (stub === undefined) return false; // its beginning was not captured
    stub.length += limit - start;
    if (stub.length > STUB_MAXIMUM) {
      this.partial.delete(call);
      this.dropped++;
      return false;
    }
    stub.parts.push(bytes.slice(start, limit));
    if (!isLast) return false;
    this.partial.delete(call);
    return this.answer(join(stub), 0, stub.length);
  }

  /** Fragments are missing: no stub that was begun can be finished. */
  clear(): void {
    this.partial.clear();
  }

  private begin(call: number): void {
    if (this.partial.add(call, { parts: [], length: 0 }, CALLS_MAXIMUM) !== undefined) this.dropped++;
  }

  private answer(bytes: Uint8Array, start: number, limit: number): true {
    this.bytes = bytes;
    this.start = start;
    this.limit = limit;
    return true;
  }
}

function join(stub: PartialStub): Uint8Array {
  const bytes = new Uint8Array(stub.length);
  let at = 0;
  for (const part of stub.parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
