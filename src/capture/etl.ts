/**
 * Packets of a Windows event trace. Each processor writes buffers of its own, which reach the file when they are full: the order of time
 * exists only when the whole file is known, so it is kept, up to a bound.
 */
import type { CapturedName, CaptureInterface, CaptureReader } from './capture-reader.js';
import { type CaptureDamage, NotACaptureError } from './damage.js';
import { BUFFER_HEADER_LENGTH, EVENT_TIME, eventLength, eventsEnd, type EtlHeader, MAX_BUFFER_LENGTH, readEtlHeader, userDataStart } from './etl-layout.js';
import { carriesPacket, EtlPacket, readEtlPacket } from './etl-packets.js';
import { LinkType, MAX_CAPTURED_LENGTH } from './link-type.js';
import { PacketBatch } from './packet-batch.js';
import { PacketNotes } from './packet-notes.js';
import { MAX_DAMAGE } from './record-reader.js';
import { WholeFile } from './whole-file.js';

export const MAX_FILE_LENGTH = 1024 ** 3;
const MAX_INTERFACES = 65_536;
const ETHERNET_HEADER_LENGTH = 14;
const IPV6_HEADER_LENGTH = 40;
/** Of the second byte of an 802.11 frame. Windows hands frames over decrypted, but leaves the bit. */
const PROTECTED = 0x40;

export class EtlReader implements CaptureReader {
  readonly format = 'etl';
  readonly interfaces: CaptureInterface[] = [];
  readonly damage: CaptureDamage[] = [];
  readonly names: readonly CapturedName[] = [];
  readonly skipped = new Map<string, number>();
  private readonly packetNotes = new PacketNotes();
  readonly notes = this.packetNotes.list;
  private readonly file: WholeFile;
  private readonly batch = new PacketBatch();
  private readonly packet = new EtlPacket();
  private readonly interfaceOf = new Map<string, number>();
  /** Of packets that come in several events: what is there so far. */
  private parts: Uint8Array[] = [];
  private partsLength = 0;
  private isCompressed = false;
  private frame = 0;

  constructor(maxLength = MAX_FILE_LENGTH) {
    this.file = new WholeFile(maxLength);
  }

  feed(chunk: Uint8Array): void {
    this.file.append(chunk);
  }

  /** @throws NotACaptureError when no event carries a packet: such traces are about something else. */
  finish(onBatch: (batch: PacketBatch) => void): void {
    const { file } = this;
    const view = file.view();
    const header = readEtlHeader(view);
    if (header === undefined) {
      this.addDamage({ code: 'cut-file-header', byteOffset: 0, expected: BUFFER_HEADER_LENGTH, found: file.length, boundedBy: 'file', detail: 'the file ends in the header of the event trace' });
      return;
    }
    if (file.received > file.length) {
      this.addDamage({ code: 'size-limit', byteOffset: file.length, expected: file.received, found: file.length, boundedBy: 'format', detail: 'an event trace must be sorted as a whole, and this one is too large to be kept' });
    }
    const { events, times } = this.findPackets(view, header);
    if (events.length === 0) {
      const reason = this.isCompressed ? 'whose buffers are compressed, which cannot be read; convert it on Windows (`pktmon etl2pcap`)' : 'without packets; take it with `netsh trace start capture=yes` or `pktmon start --capture`';
      throw new NotACaptureError(`not a capture: an event trace (ETL) ${reason}`);
    }
    if (header.eventsLost > 0) {
      this.addDamage({ code: 'lost-events', byteOffset: 0, expected: header.eventsLost, found: 0, boundedBy: 'format', detail: 'events were lost while the trace was taken' });
    }
    const order = Uint32Array.from(events.keys()).sort((a, b) => times[a]! - times[b]! || a - b);
    for (const i of order) this.readPacket(view, events[i]!, times[i]!, header, onBatch);
    this.deliver(onBatch);
  }

  /** Offsets of the events that carry packets, and their stamps counted from the first event of the file. */
  private findPackets(view: DataView, { bufferLength, firstStamp }: EtlHeader): { events: number[]; times: number[] } {
    const events: number[] = [];
    const times: number[] = [];
    if (bufferLength < BUFFER_HEADER_LENGTH || bufferLength > MAX_BUFFER_LENGTH) {
      this.addDamage({ code: 'bad-block-length', byteOffset: 0, expected: bufferLength, found: MAX_BUFFER_LENGTH, boundedBy: 'block-limit', detail: 'the buffers of the event trace have an unlikely length' });
      return { events, times };
    }
    for (let buffer = 0; view.byteLength - buffer >= BUFFER_HEADER_LENGTH; buffer += bufferLength) {
      const limit = eventsEnd(view, buffer, bufferLength);
      if (limit === undefined) {
        this.isCompressed = true;
        this.addDamage({ code: 'bad-block', byteOffset: buffer, expected: bufferLength, found: 0, boundedBy: 'format', detail: 'the buffers of this event trace are compressed, which is not supported' });
        break; // the next one does not stand where its length says
      }
      for (let at = buffer + BUFFER_HEADER_LENGTH; limit - at >= 8;) {
        const length = eventLength(view, at, limit);
        if (length === 0) {
          this.addDamage({ code: 'bad-block', byteOffset: at, expected: 8, found: limit - at, boundedBy: 'block', detail: 'no event stands where one should; the rest of the buffer is left out' });
          break;
        }
        if (userDataStart(view, at, length) !== undefined && carriesPacket(view, at)) {
          events.push(at);
          times.push(Number(view.getBigInt64(at + EVENT_TIME, true) - firstStamp));
        }
        at += (length + 7) & ~7;
      }
    }
    const rest = view.byteLength % bufferLength;
    if (rest > 0 && rest < BUFFER_HEADER_LENGTH) {
      this.addDamage({ code: 'cut-block', byteOffset: view.byteLength - rest, expected: BUFFER_HEADER_LENGTH, found: rest, boundedBy: 'file', detail: 'the file ends in the header of a buffer' });
    }
    return { events, times };
  }

  private readPacket(view: DataView, event: number, stamp: number, header: EtlHeader, onBatch: (batch: PacketBatch) => void): void {
    const { packet, file } = this;
    const length = eventLength(view, event, view.byteLength);
    const start = userDataStart(view, event, length);
    if (start === undefined || !readEtlPacket(view, event, start, event + length, packet)) {
      this.frame++;
      this.skip('unknown-event-layout');
      return;
    }
    let { bytes } = file;
    let at = packet.start;
    if (!packet.isBegin || !packet.isEnd) {
      if (packet.isBegin) this.dropParts();
      if (packet.length > 0 && this.partsLength + packet.length <= MAX_CAPTURED_LENGTH) {
        this.parts.push(file.bytes.subarray(at, at + packet.length));
        this.partsLength += packet.length;
      }
      if (!packet.isEnd) return;
      bytes = joined(this.parts, this.partsLength);
      at = 0;
      this.dropParts();
    }
    const captured = packet.isBegin && packet.isEnd ? packet.length : bytes.length;
    this.frame++;
    const entry = this.interfaceFor(packet);
    if (captured > MAX_CAPTURED_LENGTH || entry === undefined) {
      this.skip('bad-block');
      return;
    }
    if (packet.linkType === LinkType.ieee80211 && captured >= 2) bytes[at + 1]! &= ~PROTECTED;
    const { batch } = this;
    if (batch.bytes !== bytes) {
      this.deliver(onBatch);
      batch.bytes = bytes;
      batch.view = bytes === file.bytes ? view : new DataView(bytes.buffer);
    }
    const row = batch.count;
    const seconds = Math.floor(stamp / header.ticksPerSecond);
    const nanoseconds = header.startNanoseconds + Math.floor(((stamp - seconds * header.ticksPerSecond) * 1e7) / header.ticksPerSecond) * 100;
    batch.offset[row] = at;
    batch.capturedLength[row] = captured;
    batch.originalLength[row] = Math.max(captured, packet.originalLength === 0 ? lengthOnWire(batch.view, at, captured, packet.linkType) : packet.originalLength);
    batch.seconds[row] = header.startSeconds + seconds + (nanoseconds >= 1e9 ? 1 : 0);
    batch.nanoseconds[row] = nanoseconds % 1e9;
    batch.interfaceIndex[row] = entry;
    batch.frame[row] = this.frame;
    batch.flags[row] = packet.flags;
    batch.note[row] = packet.process === null && packet.dropReason === null ? 0 : this.packetNotes.index(packet.process, packet.dropReason, packet.place);
    batch.count = row + 1;
    if (batch.count === batch.capacity) this.deliver(onBatch);
  }

  private dropParts(): void {
    this.parts = [];
    this.partsLength = 0;
  }

  private interfaceFor({ place, detail, linkType }: EtlPacket): number | undefined {
    const key = `${linkType} ${place}`;
    const known = this.interfaceOf.get(key);
    if (known !== undefined) return known;
    if (this.interfaces.length >= MAX_INTERFACES) return undefined;
    this.interfaceOf.set(key, this.interfaces.length);
    return this.interfaces.push({ linkType, snapLength: 0, fcsLength: 0, name: place, description: detail, filter: null, operatingSystem: 'Windows', dropped: null }) - 1;
  }

  private deliver(onBatch: (batch: PacketBatch) => void): void {
    if (this.batch.count > 0) onBatch(this.batch);
    this.batch.count = 0;
  }

  private skip(reason: string): void {
    this.skipped.set(reason, (this.skipped.get(reason) ?? 0) + 1);
  }

  private addDamage(damage: CaptureDamage): void {
    if (this.damage.length < MAX_DAMAGE) this.damage.push(damage);
  }
}

/** NDIS capture does not say how long a packet was that it cut; the IP header does (so etl2pcapng infers it too). */
function lengthOnWire(view: DataView, at: number, captured: number, linkType: number): number {
  const header = linkType === LinkType.ethernet ? ETHERNET_HEADER_LENGTH : 0;
  if ((linkType !== LinkType.ethernet && linkType !== LinkType.raw) || captured < header + 6) return captured;
  const version = view.getUint8(at + header) >>> 4;
  const type = header === 0 ? undefined : view.getUint16(at + header - 2);
  if (version === 4 && (type ?? 0x0800) === 0x0800) return header + view.getUint16(at + header + 2);
  if (version === 6 && (type ?? 0x86dd) === 0x86dd) return header + IPV6_HEADER_LENGTH + view.getUint16(at + header + 4);
  return captured;
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
