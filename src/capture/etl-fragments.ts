/**
 * Packets that NDIS capture wrote as several events, as systems before Windows 8.1 do: one that begins, any number that go on, one that ends. They are
 * written one after the other by one thread; the idle threads of all processors have the number 0, so there the processor counts as well.
 */
import { MAX_CAPTURED_LENGTH } from './link-type.js';

const MAX_UNFINISHED = 256;
const IDLE_THREAD = 0;

interface Unfinished {
  readonly parts: Uint8Array[];
  length: number;
}

export class EtlFragments {
  /** In the order in which they began. */
  private readonly open = new Map<string, Unfinished>();
  private abandoned = 0;

  /** Packets of which some events are missing. */
  get unfinished(): number {
    return this.abandoned + this.open.size;
  }

  /** Copies `data`. Answers the whole packet where this event ends one. */
  add(thread: number, processor: number, isBegin: boolean, isEnd: boolean, data: Uint8Array): Uint8Array | undefined {
    const key = thread === IDLE_THREAD ? `idle ${processor}` : `${thread}`;
    let packet = this.open.get(key);
    if (isBegin) {
      if (packet !== undefined) this.abandon(key);
      if (this.open.size >= MAX_UNFINISHED) this.abandon([...this.open.keys()][0]!);
      packet = { parts: [], length: 0 };
      this.open.set(key, packet);
    }
    if (packet === undefined) {
      if (isEnd) this.abandoned++; // its beginning was lost
      return undefined;
    }
    if (packet.length + data.length > MAX_CAPTURED_LENGTH) {
      this.abandon(key);
      return undefined;
    }
    packet.parts.push(data.slice());
    packet.length += data.length;
    if (!isEnd) return undefined;
    this.open.delete(key);
    return joined(packet);
  }

  private abandon(key: string): void {
    this.open.delete(key);
    this.abandoned++;
  }
}

function joined({ parts, length }: Unfinished): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
