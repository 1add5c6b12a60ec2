/**
 * Packets of an event trace as rows of a batch. Packets are copied: the events that carry them live only as long as their buffer is unpacked, and a packet may
 * have come in several events.
 */
import type { CaptureInterface } from './capture-reader.js';
import type { EtlBufferWalk } from './etl-buffer.js';
import type { EtlComponents } from './etl-components.js';
import { EtlFragments } from './etl-fragments.js';
import { EVENT_THREAD, type EtlHeader, userDataStart } from './etl-layout.js';
import { EtlPacket, placeName, readEtlPacket } from './etl-packets.js';
import { LinkType, MAX_CAPTURED_LENGTH } from './link-type.js';
import { PacketBatch } from './packet-batch.js';
import { PacketNotes } from './packet-notes.js';

const MAX_INTERFACES = 65_536;
const PAGE_LENGTH = 1024 * 1024;
const ETHERNET_HEADER_LENGTH = 14;
const IPV6_HEADER_LENGTH = 40;
/** Of the second byte of an 802.11 frame. Windows hands frames over decrypted, but leaves the bit. */
const PROTECTED = 0x40;

type NamedInterface = { -readonly [Key in keyof CaptureInterface]: CaptureInterface[Key] } & { component: number | null };

export class EtlPacketBatch {
  readonly interfaces: NamedInterface[] = [];
  readonly skipped = new Map<string, number>();
  readonly notes;
  onBatch: (batch: PacketBatch) => void = () => {};
  private readonly components: EtlComponents;
  private readonly packetNotes = new PacketNotes();
  private readonly fragments = new EtlFragments();
  private readonly packet = new EtlPacket();
  private readonly batch = new PacketBatch();
  private readonly interfaceOf = new Map<string, number>();
  private readonly page = new Uint8Array(PAGE_LENGTH);
  private pageUsed = 0;
  private frame = 0;

  constructor(components: EtlComponents) {
    this.components = components;
    this.notes = this.packetNotes.list;
    this.batch.bytes = this.page;
    this.batch.view = new DataView(this.page.buffer);
  }

  /** Adds the packet of the event at which `walk` stands, `ticks` after the trace began. */
  add(walk: EtlBufferWalk, ticks: number, processor: number, header: EtlHeader): void {
    const { packet } = this;
    const { view, bytes, at, length } = walk;
    const start = userDataStart(view, at, length);
    if (start === undefined || !readEtlPacket(view, at, start, at + length, packet)) {
      this.skip('unknown-event-layout');
      return;
    }
    const data = bytes.subarray(packet.start, packet.start + packet.length);
    if (packet.isBegin && packet.isEnd) {
      this.addRow(data, ticks, header);
      return;
    }
    const whole = this.fragments.add(view.getUint32(at + EVENT_THREAD, true), processor, packet.isBegin, packet.isEnd, data);
    if (whole !== undefined) this.addRow(whole, ticks, header);
  }

  /** No event is left. */
  finish(): void {
    this.deliver();
    const { unfinished } = this.fragments;
    if (unfinished > 0) this.skipped.set('unfinished-packet', unfinished);
    for (const entry of this.interfaces) if (entry.component !== null) entry.name = this.components.nameOf(entry.component);
  }

  private addRow(data: Uint8Array, ticks: number, header: EtlHeader): void {
    const { packet, batch, page } = this;
    const captured = data.length;
    const entry = this.interfaceFor(packet);
    if (captured > MAX_CAPTURED_LENGTH || entry === undefined) {
      this.skip('bad-block');
      return;
    }
    if (this.pageUsed + captured > PAGE_LENGTH || batch.count === batch.capacity) this.deliver();
    const at = this.pageUsed;
    page.set(data, at);
    this.pageUsed += captured;
    if (packet.linkType === LinkType.ieee80211 && captured >= 2) page[at + 1]! &= ~PROTECTED;
    const row = batch.count;
    const seconds = Math.floor(ticks / header.ticksPerSecond);
    const nanoseconds = header.startNanoseconds + Math.floor(((ticks - seconds * header.ticksPerSecond) * 1e7) / header.ticksPerSecond) * 100;
    batch.offset[row] = at;
    batch.capturedLength[row] = captured;
    batch.originalLength[row] = Math.max(captured, packet.originalLength === 0 ? lengthOnWire(batch.view, at, captured, packet.linkType) : packet.originalLength);
    batch.seconds[row] = header.startSeconds + seconds + (nanoseconds >= 1e9 ? 1 : 0);
    batch.nanoseconds[row] = nanoseconds % 1e9;
    batch.interfaceIndex[row] = entry;
    batch.frame[row] = ++this.frame;
    batch.flags[row] = packet.flags;
    batch.note[row] = packet.process === null && packet.dropReason === null ? 0 : this.packetNotes.index(packet.process, packet.dropReason, placeName(packet, this.components));
    batch.count = row + 1;
  }

  private interfaceFor(packet: EtlPacket): number | undefined {
    const { place, detail, linkType, component } = packet;
    const key = `${linkType} ${place}`;
    const known = this.interfaceOf.get(key);
    if (known !== undefined) return known;
    if (this.interfaces.length >= MAX_INTERFACES) return undefined;
    // What was delivered has been read with the interfaces there were.
    this.deliver();
    this.interfaceOf.set(key, this.interfaces.length);
    return this.interfaces.push({
      linkType, snapLength: 0, fcsLength: 0, name: placeName(packet, this.components), description: detail, filter: null, operatingSystem: 'Windows', dropped: null, component,
    }) - 1;
  }

  private deliver(): void {
    if (this.batch.count > 0) this.onBatch(this.batch);
    this.batch.count = 0;
    this.pageUsed = 0;
  }

  private skip(reason: string): void {
    this.frame++;
    this.skipped.set(reason, (this.skipped.get(reason) ?? 0) + 1);
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
