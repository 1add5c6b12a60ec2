/**
 * Packets of a Windows event trace, in the order of time. The file is read buffer by buffer; `EtlMerge` holds those that overlap, within a bound, so a trace
 * may have any size.
 */
import type { CapturedName, CaptureInterface, CaptureReader } from './capture-reader.js';
import { type CaptureDamage, NotACaptureError } from './damage.js';
import { type EtlBuffer, EtlBufferWalk, walkLength } from './etl-buffer.js';
import { EtlBufferSplitter } from './etl-buffer-splitter.js';
import { EtlComponents } from './etl-components.js';
import { BUFFER_HEADER_LENGTH, EVENT_TIME, type EtlHeader, readEtlHeader, userDataStart } from './etl-layout.js';
import { EtlMerge, type EtlEventSink, MAX_HELD_BYTES } from './etl-merge.js';
import { EtlPacketBatch } from './etl-packet-batch.js';
import { carriesPacket, isPktmon } from './etl-packets.js';
import type { PacketBatch } from './packet-batch.js';
import { MAX_DAMAGE } from './record-reader.js';

export class EtlReader implements CaptureReader, EtlEventSink {
  readonly format = 'etl';
  readonly damage: CaptureDamage[] = [];
  readonly names: readonly CapturedName[] = [];
  readonly skipped: Map<string, number>;
  readonly interfaces: readonly CaptureInterface[];
  readonly notes;
  private readonly components = new EtlComponents();
  private readonly rows = new EtlPacketBatch(this.components);
  private readonly splitter: EtlBufferSplitter;
  private readonly merge: EtlMerge;
  private header: EtlHeader | undefined;
  /** Of the buffer that is looked through. */
  private scratch: Uint8Array<ArrayBuffer> | undefined;
  private packetEvents = 0;
  private corruptBuffers = 0;

  constructor(maxHeldBytes = MAX_HELD_BYTES) {
    this.skipped = this.rows.skipped;
    this.interfaces = this.rows.interfaces;
    this.notes = this.rows.notes;
    this.merge = new EtlMerge(this, maxHeldBytes);
    this.splitter = new EtlBufferSplitter({ buffer: (buffer) => { this.admit(buffer); }, damage: (damage) => { this.addDamage(damage); } });
  }

  get dropRecords(): 'seen' | 'none' | null {
    if (!this.rows.interfaces.some(({ component }) => component !== null)) return null;
    return this.notes.some(({ drop }) => drop !== null) ? 'seen' : 'none';
  }

  feed(chunk: Uint8Array, onBatch: (batch: PacketBatch) => void): void {
    this.rows.onBatch = onBatch;
    this.splitter.feed(chunk);
  }

  /** @throws NotACaptureError when no event carries a packet: such traces are about something else. */
  finish(onBatch: (batch: PacketBatch) => void): void {
    this.rows.onBatch = onBatch;
    this.splitter.finish();
    if (this.header === undefined) {
      this.addDamage({ code: 'cut-file-header', byteOffset: 0, expected: this.splitter.needed, found: this.splitter.received, boundedBy: 'file', detail: 'the file ends in the header of the event trace' });
      return;
    }
    if (this.packetEvents === 0) throw new NotACaptureError(`not a capture: an event trace (ETL) ${this.whatIsMissing()}`);
    this.merge.finish();
    this.rows.finish();
    const { eventsLost, ticksPerSecond } = this.header;
    if (eventsLost > 0) {
      this.addDamage({ code: 'lost-events', byteOffset: 0, expected: eventsLost, found: 0, boundedBy: 'format', detail: 'events were lost while the trace was taken' });
    }
    const { late, mostTicksLate } = this.merge;
    if (late > 0) {
      this.addDamage({
        code: 'unsorted', byteOffset: 0, expected: 0, found: late, boundedBy: 'format',
        detail: `${late} packets come up to ${(mostTicksLate / ticksPerSecond).toFixed(3)} s too late, because the buffers of the processors overlap more than can be held`,
      });
    }
  }

  wants({ view, at, length }: EtlBufferWalk): boolean {
    return userDataStart(view, at, length) !== undefined && carriesPacket(view, at);
  }

  ticks({ view, at }: EtlBufferWalk): number {
    return Number(view.getBigInt64(at + EVENT_TIME, true) - this.header!.firstStamp);
  }

  event(walk: EtlBufferWalk, ticks: number, processor: number): void {
    this.rows.add(walk, ticks, processor, this.header!);
  }

  /** Looks a buffer through: names are wanted before the first packet is handed over, and damage in the order of the file. */
  private admit(buffer: EtlBuffer): void {
    if (this.header === undefined) {
      this.header = readEtlHeader(new DataView(buffer.stored.buffer, 0, buffer.stored.length));
      if (this.header === undefined) return;
    }
    const needed = walkLength(buffer);
    if (this.scratch === undefined || this.scratch.length < needed) this.scratch = new Uint8Array(needed);
    const walk = new EtlBufferWalk(buffer, this.scratch);
    let first: number | undefined;
    let newest = -Infinity;
    let isSorted = true;
    while (walk.next()) {
      const { view, at, length } = walk;
      const start = userDataStart(view, at, length);
      if (start === undefined) continue;
      if (carriesPacket(view, at)) {
        const ticks = this.ticks(walk);
        if (ticks < newest) isSorted = false;
        else newest = ticks;
        first = Math.min(first ?? ticks, ticks);
        this.packetEvents++;
      } else if (isPktmon(view, at)) this.components.read(view, at, start, at + length);
    }
    this.noteEnd(buffer, walk);
    if (first !== undefined) this.merge.add(isSorted ? buffer : this.sorted(buffer), first);
  }

  /**
   * A buffer with the same packets in the order of time. A processor writes them so, but for what an interrupt puts in between; sorted wholly, because
   * nobody promises it.
   */
  private sorted(buffer: EtlBuffer): EtlBuffer {
    const events: { ticks: number; bytes: Uint8Array }[] = [];
    let length = BUFFER_HEADER_LENGTH;
    const walk = new EtlBufferWalk(buffer, this.scratch);
    while (walk.next()) {
      if (!this.wants(walk)) continue;
      events.push({ ticks: this.ticks(walk), bytes: walk.bytes.slice(walk.at, walk.at + walk.length) });
      length += (walk.length + 7) & ~7;
    }
    events.sort((a, b) => a.ticks - b.ticks); // stable: equal times stay in file order
    const stored = new Uint8Array(length);
    let at = BUFFER_HEADER_LENGTH;
    for (const { bytes } of events) {
      stored.set(bytes, at);
      at += (bytes.length + 7) & ~7;
    }
    return { ...buffer, stored, eventsEnd: length, isCompressed: false };
  }

  private noteEnd({ fileOffset, isCompressed, eventsEnd, stored }: EtlBuffer, { ended, offset }: EtlBufferWalk): void {
    if (ended === 'all') return;
    const byteOffset = isCompressed ? fileOffset : fileOffset + offset;
    const found = Math.max(0, Math.min(eventsEnd, isCompressed ? offset : stored.length) - (isCompressed ? 0 : offset));
    if (ended === 'cut') this.addDamage({ code: 'cut-block', byteOffset, expected: isCompressed ? eventsEnd : eventsEnd - offset, found, boundedBy: 'file', detail: 'the file ends in a buffer of the event trace' });
    else if (ended === 'corrupt') {
      this.corruptBuffers++;
      this.addDamage({ code: 'bad-block', byteOffset, expected: eventsEnd, found: offset, boundedBy: 'format', detail: 'a compressed buffer of the event trace cannot be unpacked beyond this' });
    } else {
      this.addDamage({ code: 'bad-block', byteOffset, expected: isCompressed ? eventsEnd : 8, found, boundedBy: 'block', detail: 'no event stands where one should; the rest of the buffer is left out' });
    }
  }

  private whatIsMissing(): string {
    if (this.corruptBuffers > 0) return 'of which no packet can be unpacked; convert it on Windows (`pktmon etl2pcap`)';
    if (this.components.size > 0) return 'of pktmon with counters only, no packets; take it with `pktmon start --capture --pkt-size 0`';
    return 'without packets; take it with `netsh trace start capture=yes` or `pktmon start --capture --pkt-size 0`';
  }

  private addDamage(damage: CaptureDamage): void {
    if (this.damage.length < MAX_DAMAGE) this.damage.push(damage);
  }
}
