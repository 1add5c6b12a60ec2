/**
 * Microsoft Network Monitor 1.x and 2.x (Wireshark wiretap/netmon.c), all little endian: a header, packet records anywhere, and a table
 * of their offsets, usually at the end. So the file is kept until its end, up to a bound.
 */
import type { CapturedName, CaptureInterface, CaptureReader } from './capture-reader.js';
import type { CaptureDamage } from './damage.js';
import { canonicalLinkType, LinkType, MAX_CAPTURED_LENGTH } from './link-type.js';
import { PacketBatch } from './packet-batch.js';
import { MAX_DAMAGE } from './record-reader.js';
import { secondsOfCivilTime, secondsOfFiletime } from './windows-time.js';
import { WholeFile } from './whole-file.js';

export const MAX_FILE_LENGTH = 1024 ** 3;

/** "RTSS" and "GMBU", as big-endian numbers. */
const MAGIC_1 = 0x52545353;
const MAGIC_2 = 0x474d4255;

const VERSION_MINOR = 4;
const VERSION_MAJOR = 5;
const NETWORK = 6;
const START_TIME = 8;
const TABLE_OFFSET = 24;
const TABLE_LENGTH = 28;
const HEADER_LENGTH = 32;

/** Behind the packet in 2.1, 2.2 and 2.3: its network, an index of a process, its time (FILETIME, UTC), an index of a zone. */
const TRAILER_TIME = 6;
const TRAILER_LENGTHS: Readonly<Record<number, number>> = { 0: 0, 1: 2, 2: 6, 3: 15 };

const NETWORK_ETHERNET = 1;
const NETWORK_PCAP = 0xe000;
const NETWORK_PCAP_END = 0xf000;
/** Descriptions of the capture (frames without packet), and events of Windows. */
const NETWORK_METADATA = 0xfffb;
const NETWORK_EVENT = 0xffe0;
const LINK_TYPES: Readonly<Record<number, number>> = {
  0: LinkType.ethernet, [NETWORK_ETHERNET]: LinkType.ethernet, 2: LinkType.tokenRing, 3: LinkType.fddi, 7: LinkType.raw, 8: LinkType.raw, 9: LinkType.raw,
};

/** Whether `head`, at least four bytes, begins like a Network Monitor file. */
export function isNetmon(head: DataView): boolean {
  const magic = head.getUint32(0);
  return magic === MAGIC_1 || magic === MAGIC_2;
}

export class NetmonReader implements CaptureReader {
  readonly format = 'netmon';
  readonly interfaces: CaptureInterface[] = [];
  readonly damage: CaptureDamage[] = [];
  readonly names: readonly CapturedName[] = [];
  readonly skipped = new Map<string, number>();
  private readonly file: WholeFile;
  private readonly batch = new PacketBatch();
  private readonly interfaceOf = new Map<number, number>();

  constructor(maxLength = MAX_FILE_LENGTH) {
    this.file = new WholeFile(maxLength);
  }

  feed(chunk: Uint8Array): void {
    this.file.append(chunk);
  }

  finish(onBatch: (batch: PacketBatch) => void): void {
    const { file, batch } = this;
    const view = file.view();
    if (file.length < HEADER_LENGTH) {
      this.addDamage({ code: 'cut-file-header', byteOffset: 0, expected: HEADER_LENGTH, found: file.length, boundedBy: 'file', detail: 'the file ends in the Network Monitor file header' });
      return;
    }
    if (file.received > file.length) {
      this.addDamage({ code: 'size-limit', byteOffset: file.length, expected: file.received, found: file.length, boundedBy: 'format', detail: 'the index stands at the end of a file that is too large to be kept' });
    }
    batch.bytes = file.bytes;
    batch.view = view;
    const table = view.getUint32(TABLE_OFFSET, true);
    const tableLength = view.getUint32(TABLE_LENGTH, true);
    const end = Math.min(file.length, table + tableLength);
    if (end - table < tableLength) {
      this.addDamage({ code: 'cut-block', byteOffset: table, expected: tableLength, found: Math.max(0, end - table), boundedBy: 'file', detail: 'the file ends in its frame table' });
    }
    const layout = readLayout(view);
    let frame = 0;
    for (let at = table; at + 4 <= end; at += 4) {
      if (!this.readFrame(view, view.getUint32(at, true), frame + 1, layout)) continue;
      frame++;
      if (batch.count === batch.capacity) this.deliver(onBatch);
    }
    this.deliver(onBatch);
  }

  /** False: a frame that Wireshark does not number. */
  private readFrame(view: DataView, at: number, frame: number, layout: NetmonLayout): boolean {
    const dataAt = at + layout.recordHeaderLength;
    if (dataAt > view.byteLength) {
      this.refuse(at, layout.recordHeaderLength, view.byteLength - at, 'file', 'a frame stands outside the file');
      return true;
    }
    const isOld = layout.major < 2;
    const original = isOld ? view.getUint16(at + 4, true) : view.getUint32(at + 8, true);
    const captured = isOld ? view.getUint16(at + 6, true) : view.getUint32(at + 12, true);
    const trailerAt = dataAt + captured;
    if (captured > MAX_CAPTURED_LENGTH || trailerAt + layout.trailerLength > view.byteLength) {
      this.refuse(at, captured, Math.min(MAX_CAPTURED_LENGTH, view.byteLength - dataAt), captured > MAX_CAPTURED_LENGTH ? 'record-limit' : 'file', 'a frame claims more bytes than there are');
      return true;
    }
    const network = layout.trailerLength > 0 ? view.getUint16(trailerAt, true) : layout.network;
    if (network >= NETWORK_METADATA) return false;
    if (network === NETWORK_EVENT) {
      this.skip('event');
      return true;
    }
    const { batch } = this;
    const row = batch.count;
    if (layout.trailerLength > TRAILER_TIME + 8) {
      const high = view.getUint32(trailerAt + TRAILER_TIME + 4, true);
      secondsOfFiletime(high, view.getUint32(trailerAt + TRAILER_TIME, true), batch, row);
    } else {
      // Milliseconds in 1.x, microseconds since; below 2^53 in any capture that began after the year 1970 and ends before 2255.
      const ticks = isOld ? view.getUint32(at, true) * 1000 : view.getInt32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
      const microseconds = layout.startMilliseconds * 1000 + ticks;
      batch.seconds[row] = Math.floor(microseconds / 1e6);
      batch.nanoseconds[row] = (microseconds - Math.floor(microseconds / 1e6) * 1e6) * 1000;
    }
    batch.offset[row] = dataAt;
    batch.capturedLength[row] = captured;
    batch.originalLength[row] = Math.max(captured, original);
    batch.interfaceIndex[row] = this.interfaceFor(network);
    batch.frame[row] = frame;
    batch.count = row + 1;
    return true;
  }

  private interfaceFor(network: number): number {
    const known = this.interfaceOf.get(network);
    if (known !== undefined) return known;
    this.interfaceOf.set(network, this.interfaces.length);
    const isPcap = network >= NETWORK_PCAP && network < NETWORK_PCAP_END;
    const linkType = isPcap ? canonicalLinkType(network - NETWORK_PCAP) : LINK_TYPES[network] ?? LinkType.unknown;
    return this.interfaces.push({ linkType, snapLength: 0, fcsLength: 0, name: null, description: null, filter: null, operatingSystem: null, dropped: null }) - 1;
  }

  private refuse(byteOffset: number, expected: number, found: number, boundedBy: CaptureDamage['boundedBy'], detail: string): void {
    this.skip('bad-block');
    this.addDamage({ code: 'bad-block', byteOffset, expected, found: Math.max(0, found), boundedBy, detail });
  }

  private skip(reason: string): void {
    this.skipped.set(reason, (this.skipped.get(reason) ?? 0) + 1);
  }

  private addDamage(damage: CaptureDamage): void {
    if (this.damage.length < MAX_DAMAGE) this.damage.push(damage);
  }

  private deliver(onBatch: (batch: PacketBatch) => void): void {
    if (this.batch.count > 0) onBatch(this.batch);
    this.batch.count = 0;
  }
}

interface NetmonLayout {
  readonly major: number;
  readonly network: number;
  readonly recordHeaderLength: number;
  readonly trailerLength: number;
  /** Local time without zone: taken as UTC, because the file does not say better. */
  readonly startMilliseconds: number;
}

function readLayout(view: DataView): NetmonLayout {
  const major = view.getUint8(VERSION_MAJOR);
  const minor = view.getUint8(VERSION_MINOR);
  const field = (i: number) => view.getUint16(START_TIME + 2 * i, true);
  return {
    major,
    network: view.getUint16(NETWORK, true),
    recordHeaderLength: major < 2 ? 8 : 16,
    trailerLength: major < 2 ? 0 : TRAILER_LENGTHS[Math.min(minor, 3)]!,
    // SYSTEMTIME: year, month, day of the week, day, hour, minute, second, millisecond
    startMilliseconds: secondsOfCivilTime(field(0), field(1), field(3), field(4), field(5), field(6)) * 1000 + field(7),
  };
}
