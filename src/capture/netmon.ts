/**
 * Microsoft Network Monitor 1.x and 2.x: packet records, and a table of their offsets, which usually stands at the end and decides which records
 * there are, and in which order.
 *
 * Three ways to read it, none of which keeps a large file. Of a file the table is read first, by random access, and the frames that it names while the
 * stream passes them. A pipe (or what is inside a compressed file) is kept up to a bound, and then read the same way. A larger one, or a file that ends
 * before its table does, is walked from record to record as they stand, which is the same in files as Network Monitor writes them; when the table comes, it
 * is held against what was walked.
 */
import type { CaptureDamage } from './damage.js';
import { MAX_CAPTURED_LENGTH } from './link-type.js';
import {
  HEADER_FIELDS_LENGTH, HEADER_LENGTH, linkTypeOfNetwork, NETWORK_EVENT, NETWORK_METADATA, type NetmonLayout, readNetmonLayout, TABLE_ENTRY_LENGTH, TRAILER_TIME,
} from './netmon-layout.js';
import type { PacketBatch } from './packet-batch.js';
import { accessTo, FileWindow, type RandomAccess } from './random-access.js';
import { RecordReader } from './record-reader.js';
import { StraddleBuffer } from './straddle-buffer.js';
import { secondsOfFiletime } from './windows-time.js';

/** Of an input without random access, bytes. */
export const MAX_HELD_LENGTH = 32 * 1024 * 1024;
/** Entries of the frame table that are read at once, bytes. */
const TABLE_PAGE_LENGTH = 64 * 1024;

export class NetmonReader extends RecordReader {
  readonly format = 'netmon';
  private readonly file: RandomAccess | undefined;
  private readonly maxHeldLength: number;
  private readonly interfaceOf = new Map<number, number>();
  private layout: NetmonLayout | undefined;
  private received = 0;
  /** Frames that Wireshark would number. */
  private frames = 0;
  /** What came before it was known how to read it. */
  private held: StraddleBuffer | undefined = new StraddleBuffer();
  /** It came through a pipe, and was more than is kept. */
  private isTooLong = false;
  private indexed: IndexedFrames | undefined;
  /** Offsets of the records that were walked, and of those that the table names. */
  private readonly walked = new OffsetSum();
  private readonly listed = new OffsetSum();

  /** @param file the same bytes as those that are fed, where any part of them can be read. */
  constructor(file?: RandomAccess, maxHeldLength = MAX_HELD_LENGTH) {
    super();
    this.file = file;
    this.maxHeldLength = maxHeldLength;
  }

  override feed(chunk: Uint8Array, onBatch: (batch: PacketBatch) => void): void {
    this.received += chunk.length;
    const { held } = this;
    if (held !== undefined) {
      held.append(chunk, 0, chunk.length);
      if (this.file !== undefined) this.open(this.file, held, onBatch);
      else if (held.length > this.maxHeldLength) {
        this.isTooLong = true;
        this.walkHeld(held, onBatch);
      }
    } else if (this.indexed === undefined) super.feed(chunk, onBatch);
    this.readIndexed(onBatch);
  }

  override finish(onBatch: (batch: PacketBatch) => void): void {
    const { held } = this;
    if (held !== undefined) {
      if (held.length < HEADER_FIELDS_LENGTH) {
        this.addDamage({ code: 'cut-file-header', byteOffset: 0, expected: HEADER_FIELDS_LENGTH, found: held.length, boundedBy: 'file', detail: 'the file ends in the Network Monitor file header' });
        return;
      }
      this.open(accessTo(held.bytes.subarray(held.start, held.end)), held, onBatch);
      this.readIndexed(onBatch);
    }
    if (this.indexed === undefined) super.finish(onBatch);
    else if (!this.indexed.isAtEnd) {
      this.addDamage({ code: 'cut-block', byteOffset: this.received, expected: this.indexed.file.size, found: this.received, boundedBy: 'file', detail: 'the file ends before its frame table says so' });
    }
  }

  /** Decides how to read, as soon as the header is there. */
  private open(file: RandomAccess, held: StraddleBuffer, onBatch: (batch: PacketBatch) => void): void {
    if (held.length < HEADER_FIELDS_LENGTH) return;
    const layout = readNetmonLayout(new DataView(held.bytes.buffer, held.start, held.length));
    if (layout.tableOffset < HEADER_FIELDS_LENGTH || layout.tableOffset + layout.tableLength > file.size) {
      this.walkHeld(held, onBatch);
      return;
    }
    this.layout = layout;
    this.indexed = new IndexedFrames(file, layout);
    this.held = undefined;
  }

  private walkHeld(held: StraddleBuffer, onBatch: (batch: PacketBatch) => void): void {
    this.held = undefined;
    super.feed(held.bytes.subarray(held.start, held.end), onBatch);
  }

  /** Delivers what the table names among the bytes that have come. */
  private readIndexed(onBatch: (batch: PacketBatch) => void): void {
    const { indexed, layout } = this;
    if (indexed === undefined || layout === undefined || indexed.isAtEnd) return;
    this.onBatch = onBatch;
    const isWhole = this.received >= indexed.file.size;
    for (let at = indexed.peek(); at !== undefined; at = indexed.peek()) {
      if (!isWhole && at + layout.recordHeaderLength + MAX_CAPTURED_LENGTH + layout.trailerLength > this.received) break;
      const next = indexed.take();
      // Records do not overlap: a table that claims more of them than fit into the file would be read for ever.
      if (indexed.claimed > indexed.file.size) {
        this.addDamage({ code: 'bad-block', byteOffset: layout.tableOffset, expected: indexed.claimed, found: indexed.file.size, boundedBy: 'file', detail: 'the frame table names more bytes than the file has' });
        indexed.end();
        break;
      }
      this.readFrame(indexed, at, next, layout);
    }
    this.deliver();
  }

  /** The frame at `at`, where `next` is the place of the next one. */
  private readFrame(indexed: IndexedFrames, at: number, next: number, layout: NetmonLayout): void {
    const { batch } = this;
    const { window, file } = indexed;
    let start = this.reach(window, at, layout.recordHeaderLength);
    if (start < 0) {
      this.frames++;
      this.refuse(at, layout.recordHeaderLength, file.size - at, 'file', 'a frame stands outside the file');
      return;
    }
    const captured = capturedLength(window.view, start, layout);
    const dataEnd = at + layout.recordHeaderLength + captured;
    // Files exist whose frames follow one another more closely than their version says: the trailer is as long as there is room.
    const trailer = next >= dataEnd ? Math.min(layout.trailerLength, next - dataEnd) : layout.trailerLength;
    if (captured <= MAX_CAPTURED_LENGTH) start = this.reach(window, at, dataEnd - at + trailer);
    if (captured > MAX_CAPTURED_LENGTH || start < 0) {
      this.frames++;
      this.refuse(at, captured, Math.min(MAX_CAPTURED_LENGTH, file.size - at - layout.recordHeaderLength), captured > MAX_CAPTURED_LENGTH ? 'record-limit' : 'file', 'a frame claims more bytes than there are');
      return;
    }
    indexed.claimed += captured;
    batch.bytes = window.bytes;
    batch.view = window.view;
    this.add(window.view, start, captured, trailer, layout);
  }

  /** Where so many bytes of the file stand in the window, which is moved if need be; -1: the file does not have them. */
  private reach(window: FileWindow, position: number, length: number): number {
    const known = window.find(position, length);
    if (known >= 0) return known;
    this.deliver(); // the window is about to be overwritten
    window.move(position, length);
    return window.find(position, length);
  }

  protected parse(bytes: Uint8Array, view: DataView, start: number, limit: number): number {
    const { batch, windowOffset } = this;
    let at = start;
    if (this.layout === undefined) {
      this.needed = HEADER_LENGTH;
      if (limit - at < HEADER_LENGTH) return at;
      this.layout = readNetmonLayout(new DataView(view.buffer, view.byteOffset + at, HEADER_LENGTH));
      at += HEADER_LENGTH;
    }
    const { layout } = this;
    batch.bytes = bytes;
    batch.view = view;
    // Without a table, or with one before the frames, they go on to the end.
    const framesEnd = layout.tableOffset < HEADER_LENGTH ? Infinity : layout.tableOffset;
    while (windowOffset + at < framesEnd) {
      this.needed = layout.recordHeaderLength;
      if (limit - at < this.needed) return at;
      const captured = capturedLength(view, at, layout);
      const length = layout.recordHeaderLength + captured + layout.trailerLength;
      if (captured > MAX_CAPTURED_LENGTH || windowOffset + at + length > framesEnd) {
        const limited = captured > MAX_CAPTURED_LENGTH;
        this.refuse(windowOffset + at, captured, Math.min(MAX_CAPTURED_LENGTH, framesEnd - windowOffset - at), limited ? 'record-limit' : 'block', `no frame follows where one should${this.advice}`);
        this.stopped = true;
        return at;
      }
      this.needed = length;
      if (limit - at < length) return at;
      this.walked.add(windowOffset + at);
      this.add(view, at, captured, layout.trailerLength, layout);
      at += length;
    }
    const tableEnd = layout.tableOffset + layout.tableLength;
    this.needed = TABLE_ENTRY_LENGTH;
    while (windowOffset + at + TABLE_ENTRY_LENGTH <= tableEnd) {
      if (limit - at < TABLE_ENTRY_LENGTH) return at;
      this.listed.add(view.getUint32(at, true));
      at += TABLE_ENTRY_LENGTH;
    }
    if (!this.walked.equals(this.listed)) {
      this.addDamage({
        code: 'unsorted', byteOffset: layout.tableOffset, expected: this.listed.count, found: this.walked.count, boundedBy: 'format',
        detail: `the frame table names other frames, or another order, than those that follow one another in the file; these were read${this.advice}`,
      });
    }
    this.stopped = true;
    return at;
  }

  protected cut(_bytes: Uint8Array, _view: DataView, start: number, limit: number): void {
    const { layout } = this;
    if (layout === undefined) {
      this.addDamage({ code: 'cut-file-header', byteOffset: 0, expected: HEADER_LENGTH, found: limit - start, boundedBy: 'file', detail: 'the file ends in the Network Monitor file header' });
      return;
    }
    const end = this.windowOffset + limit;
    this.addDamage({
      code: 'cut-block', byteOffset: layout.tableOffset, expected: layout.tableLength, found: Math.max(0, Math.min(layout.tableLength, end - layout.tableOffset)), boundedBy: 'file',
      detail: layout.tableOffset < HEADER_LENGTH ? 'the file has no frame table: it was not closed; its frames are read as they stand' : 'the file ends before its frame table does; its frames are read as they stand',
    });
  }

  /** One record, whole in `view` at `at`, becomes a row. `trailer`: bytes of it that there are. */
  private add(view: DataView, at: number, captured: number, trailer: number, layout: NetmonLayout): void {
    const { batch } = this;
    const dataAt = at + layout.recordHeaderLength;
    const trailerAt = dataAt + captured;
    const network = trailer >= 2 ? view.getUint16(trailerAt, true) : trailer === 1 ? view.getUint8(trailerAt) : layout.network;
    if (network >= NETWORK_METADATA) return; // Wireshark gives it no number
    const frame = ++this.frames;
    if (network === NETWORK_EVENT) {
      this.skip('event');
      return;
    }
    const interfaceIndex = this.interfaceFor(network);
    const row = batch.count;
    if (trailer >= TRAILER_TIME + 8) {
      const high = view.getUint32(trailerAt + TRAILER_TIME + 4, true);
      secondsOfFiletime(high, view.getUint32(trailerAt + TRAILER_TIME, true), batch, row);
    } else {
      // Milliseconds in 1.x, microseconds since; below 2^53 in any capture that began after the year 1970 and ends before 2255.
      const ticks = layout.isOld ? view.getUint32(at, true) * 1000 : view.getInt32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
      const microseconds = layout.startMilliseconds * 1000 + ticks;
      batch.seconds[row] = Math.floor(microseconds / 1e6);
      batch.nanoseconds[row] = (microseconds - Math.floor(microseconds / 1e6) * 1e6) * 1000;
    }
    batch.offset[row] = dataAt;
    batch.capturedLength[row] = captured;
    batch.originalLength[row] = Math.max(captured, layout.isOld ? view.getUint16(at + 4, true) : view.getUint32(at + 8, true));
    batch.interfaceIndex[row] = interfaceIndex;
    batch.frame[row] = frame;
    batch.count = row + 1;
    if (batch.count === batch.capacity) this.deliver();
  }

  private interfaceFor(network: number): number {
    const known = this.interfaceOf.get(network);
    if (known !== undefined) return known;
    this.deliver();
    this.interfaceOf.set(network, this.interfaces.length);
    return this.interfaces.push({ linkType: linkTypeOfNetwork(network), snapLength: 0, fcsLength: 0, name: null, description: null, filter: null, operatingSystem: null, dropped: null }) - 1;
  }

  /** What would help. */
  private get advice(): string {
    return this.isTooLong ? '; from a file that is not compressed, what the frame table names is read' : '';
  }

  private refuse(byteOffset: number, expected: number, found: number, boundedBy: CaptureDamage['boundedBy'], detail: string): void {
    this.skip('bad-block');
    this.addDamage({ code: 'bad-block', byteOffset, expected, found: Math.max(0, found), boundedBy, detail });
  }
}

function capturedLength(view: DataView, at: number, { isOld }: NetmonLayout): number {
  return isOld ? view.getUint16(at + 6, true) : view.getUint32(at + 12, true);
}

/** The entries of a frame table, page by page, and a window on the frames. */
class IndexedFrames {
  readonly file: RandomAccess;
  readonly window: FileWindow;
  /** Bytes of the records so far. */
  claimed = 0;
  private readonly layout: NetmonLayout;
  private readonly page = new DataView(new ArrayBuffer(TABLE_PAGE_LENGTH));
  private pageStart = 0;
  private pageEnd = 0;
  private entry = 0;
  private entries: number;

  constructor(file: RandomAccess, layout: NetmonLayout) {
    this.file = file;
    this.window = new FileWindow(file);
    this.layout = layout;
    this.entries = Math.floor(layout.tableLength / TABLE_ENTRY_LENGTH);
  }

  get isAtEnd(): boolean {
    return this.entry >= this.entries;
  }

  end(): void {
    this.entries = this.entry;
  }

  /** Offset of the next record; undefined: there is none. */
  peek(): number | undefined {
    return this.isAtEnd ? undefined : this.offsetOf(this.entry);
  }

  /** Goes behind it; answers where the record after it begins, or the table if it is the last one. */
  take(): number {
    this.claimed += this.layout.recordHeaderLength;
    this.entry++;
    return this.peek() ?? this.layout.tableOffset;
  }

  private offsetOf(entry: number): number {
    if (entry < this.pageStart || entry >= this.pageEnd) {
      const position = this.layout.tableOffset + entry * TABLE_ENTRY_LENGTH;
      const read = this.file.read(position, new Uint8Array(this.page.buffer, 0, Math.min(TABLE_PAGE_LENGTH, (this.entries - entry) * TABLE_ENTRY_LENGTH)));
      this.pageStart = entry;
      this.pageEnd = entry + Math.floor(read / TABLE_ENTRY_LENGTH);
      // The file became shorter while it was read.
      if (this.pageEnd === entry) this.entries = entry;
    }
    return this.page.getUint32((entry - this.pageStart) * TABLE_ENTRY_LENGTH, true);
  }
}

/** Tells two rows of offsets apart without keeping them. A false agreement would take a file that was made for it, and would do it no good. */
class OffsetSum {
  count = 0;
  private sum = 0;

  add(offset: number): void {
    this.count++;
    this.sum = (Math.imul(this.sum, 31) + offset) | 0;
  }

  equals(other: OffsetSum): boolean {
    return this.count === other.count && this.sum === other.sum;
  }
}
