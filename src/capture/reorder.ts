/**
 * Puts packets of several interfaces into the order of time. Capturing tools write them interface by interface or buffer by buffer,
 * so neighbours may be out of order by some milliseconds; what depends on order (who spoke first) needs them sorted.
 *
 * Each packet decides alone, so the result does not depend on how the file was cut into batches: a packet is held until one comes
 * that is more than {@link WINDOW_SECONDS} later, or until the bounds are reached.
 */
import { PacketBatch } from './packet-batch.js';

const WINDOW_SECONDS = 1;
const MAX_PACKETS = 65_536;
const PAGE_LENGTH = 1024 * 1024;
const MAX_PAGES = 64;

/** Copied bytes of packets that came one after the other; free again when the last of them was released. */
interface Page {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  used: number;
  packets: number;
}

export class ReorderBuffer {
  /** Held packets as columns. `order` lists their slots by time, between `first` and `last` (exclusive). */
  private readonly held = new PacketBatch(MAX_PACKETS);
  private readonly pageOfSlot: Page[] = [];
  private readonly freeSlots: number[] = [];
  private readonly order = new Uint32Array(2 * MAX_PACKETS);
  private first = 0;
  private last = 0;
  /** Times to sort by: those of the packet, or of the one before it in the file if it has none. */
  private readonly keySeconds = new Float64Array(MAX_PACKETS);
  private readonly keyNanoseconds = new Uint32Array(MAX_PACKETS);
  private newestSeconds = -Infinity;
  private newestNanoseconds = 0;

  private readonly fullPages = new Set<Page>();
  private readonly freePages: Page[] = [];
  private page: Page = createPage();

  private readonly batch = new PacketBatch();
  private batchPage: Page | undefined;

  /** Takes rows `from` to `to` (exclusive) of `batch`, copying them; hands over, in batches on loan, what is old enough. */
  add(batch: PacketBatch, from: number, to: number, onSorted: (sorted: PacketBatch) => void): void {
    for (let row = from; row < to; row++) {
      const length = batch.capturedLength[row]!;
      while (this.last - this.first >= MAX_PACKETS || !this.hasRoomFor(length, onSorted)) this.releaseFirst(onSorted);
      const seconds = batch.seconds[row]!;
      if (!Number.isNaN(seconds)) {
        this.newestSeconds = seconds;
        this.newestNanoseconds = batch.nanoseconds[row]!;
      }
      this.insert(this.store(batch, row, length));
      while (this.first < this.last && this.isOld(this.order[this.first]!)) this.releaseFirst(onSorted);
    }
    this.deliver(onSorted);
  }

  /** The input is at its end: hands over all that is held. */
  flush(onSorted: (sorted: PacketBatch) => void): void {
    while (this.first < this.last) this.releaseFirst(onSorted);
    this.deliver(onSorted);
  }

  private isOld(slot: number): boolean {
    const seconds = this.newestSeconds - this.keySeconds[slot]!;
    return seconds > WINDOW_SECONDS || (seconds === WINDOW_SECONDS && this.keyNanoseconds[slot]! < this.newestNanoseconds);
  }

  /** Behind all that are not later: equal times stay in file order. Nearly always that is the end. */
  private insert(slot: number): void {
    const { order } = this;
    if (this.last === order.length) {
      order.copyWithin(0, this.first, this.last);
      this.last -= this.first;
      this.first = 0;
    }
    let low = this.first;
    let high = this.last;
    if (low < high && !this.isLater(order[high - 1]!, slot)) low = high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.isLater(order[middle]!, slot)) high = middle;
      else low = middle + 1;
    }
    if (low < this.last) order.copyWithin(low + 1, low, this.last);
    order[low] = slot;
    this.last++;
  }

  private isLater(slot: number, than: number): boolean {
    const difference = this.keySeconds[slot]! - this.keySeconds[than]!;
    return difference > 0 || (difference === 0 && this.keyNanoseconds[slot]! > this.keyNanoseconds[than]!);
  }

  private store(batch: PacketBatch, row: number, length: number): number {
    const { held, page } = this;
    const slot = this.freeSlots.pop() ?? this.pageOfSlot.length;
    const at = page.used;
    const start = batch.offset[row]!;
    page.bytes.set(batch.bytes.subarray(start, start + length), at);
    page.used += length;
    page.packets++;
    this.pageOfSlot[slot] = page;
    this.keySeconds[slot] = this.newestSeconds;
    this.keyNanoseconds[slot] = this.newestNanoseconds;
    copyRow(batch, row, held, slot, at);
    return slot;
  }

  /**
   * Makes `page` one that has the room; false when that would exceed the bound. Counts only what was released, never what was
   * delivered: deliveries depend on how the file was cut, and releases must not.
   */
  private hasRoomFor(length: number, onSorted: (sorted: PacketBatch) => void): boolean {
    if (this.page.used + length <= PAGE_LENGTH) return true;
    if (this.page.packets > 0) {
      const free = this.freePages.pop();
      if (free === undefined && this.fullPages.size + 1 >= MAX_PAGES) return false;
      this.fullPages.add(this.page);
      this.page = free ?? createPage();
    }
    if (this.page === this.batchPage) this.deliver(onSorted); // its bytes are about to be written over
    this.page.used = 0;
    return true;
  }

  private releaseFirst(onSorted: (sorted: PacketBatch) => void): void {
    const { batch } = this;
    const slot = this.order[this.first++]!;
    const page = this.pageOfSlot[slot]!;
    if (page !== this.batchPage || batch.count === batch.capacity) this.deliver(onSorted);
    this.batchPage = page;
    copyRow(this.held, slot, batch, batch.count, this.held.offset[slot]!);
    batch.count++;
    this.freeSlots.push(slot);
    page.packets--;
    if (page.packets === 0 && this.fullPages.delete(page)) this.freePages.push(page);
  }

  private deliver(onSorted: (sorted: PacketBatch) => void): void {
    const { batch, batchPage } = this;
    if (batch.count === 0 || batchPage === undefined) return;
    batch.bytes = batchPage.bytes;
    batch.view = batchPage.view;
    onSorted(batch);
    batch.count = 0;
  }
}

function createPage(): Page {
  const bytes = new Uint8Array(PAGE_LENGTH);
  return { bytes, view: new DataView(bytes.buffer), used: 0, packets: 0 };
}

function copyRow(from: PacketBatch, row: number, to: PacketBatch, toRow: number, offset: number): void {
  to.offset[toRow] = offset;
  to.capturedLength[toRow] = from.capturedLength[row]!;
  to.originalLength[toRow] = from.originalLength[row]!;
  to.seconds[toRow] = from.seconds[row]!;
  to.nanoseconds[toRow] = from.nanoseconds[row]!;
  to.interfaceIndex[toRow] = from.interfaceIndex[row]!;
  to.frame[toRow] = from.frame[row]!;
  to.flags[toRow] = from.flags[row]!;
  to.note[toRow] = from.note[row]!;
}
