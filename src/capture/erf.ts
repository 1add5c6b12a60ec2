/**
 * Endace's Extensible Record Format: records of a 16-byte header, perhaps extension headers, and the packet; no file header. Times are
 * 32.32 fixed point, little endian; all else is big endian. (Wireshark wiretap/erf.c; EDM11-01 of Endace.)
 */
import { LinkType } from './link-type.js';
import { RecordReader } from './record-reader.js';

const FRACTION = 0;
const SECONDS = 4;
const TYPE = 8;
const FLAGS = 9;
const RECORD_LENGTH = 10;
const LOSS_COUNTER = 12;
const WIRE_LENGTH = 14;
const HEADER_LENGTH = 16;
const EXTENSION_LENGTH = 8;
/** Of the type of a record, or of the first byte of an extension header: an extension header follows. */
const MORE_EXTENSIONS = 0x80;
const PORT_MASK = 3;
/** Two bytes in front of an Ethernet frame: an offset and padding. */
const ETHERNET_PAD_LENGTH = 2;
const FCS_LENGTH = 4;

const META = 27;
const PAD = 48;
const HIGHEST_TYPE = PAD;

type Payload = 'ethernet' | 'hdlc' | 'ipv4' | 'ipv6';

/** Record types with packets that a link type exists for. In those that are coloured the loss counter holds the colour. */
const PAYLOADS: ReadonlyMap<number, { readonly payload: Payload; readonly countsLoss: boolean }> = new Map([
  [1, { payload: 'hdlc', countsLoss: true }], [2, { payload: 'ethernet', countsLoss: true }],
  [10, { payload: 'hdlc', countsLoss: false }], [11, { payload: 'ethernet', countsLoss: false }],
  [15, { payload: 'hdlc', countsLoss: false }], [16, { payload: 'ethernet', countsLoss: false }],
  [19, { payload: 'hdlc', countsLoss: false }], [20, { payload: 'ethernet', countsLoss: false }],
  [22, { payload: 'ipv4', countsLoss: true }], [23, { payload: 'ipv6', countsLoss: true }],
]);

/** 1990 and 2106: times outside mean that this is no record. */
const EARLIEST_SECOND = 631_152_000;
const MAX_CHECKED_RECORDS = 20;

/** There is no magic: whether all records that `head` holds in full make sense, and there is at least one. */
export function isErf(head: DataView, isWhole: boolean): boolean {
  let at = 0;
  for (let record = 0; record < MAX_CHECKED_RECORDS; record++) {
    if (head.byteLength - at < HEADER_LENGTH) return record > 0 && (isWhole || record > 1);
    const type = head.getUint8(at + TYPE) & ~MORE_EXTENSIONS;
    const length = head.getUint16(at + RECORD_LENGTH);
    if (type === 0 || type > HIGHEST_TYPE || length < HEADER_LENGTH || head.getUint32(at + SECONDS, true) < EARLIEST_SECOND) return false;
    if (type !== PAD && type !== META && head.getUint16(at + WIRE_LENGTH) === 0) return false;
    at += length;
  }
  return true;
}

export class ErfReader extends RecordReader {
  readonly format = 'erf';
  private frame = 0;
  private readonly interfaceOf = new Map<number, number>();

  protected override parse(bytes: Uint8Array, view: DataView, start: number, limit: number): number {
    this.batch.bytes = bytes;
    this.batch.view = view;
    for (let at = start; ;) {
      this.needed = HEADER_LENGTH;
      if (limit - at < HEADER_LENGTH) return at;
      const length = view.getUint16(at + RECORD_LENGTH);
      if (length < HEADER_LENGTH) {
        this.stopped = true; // nothing marks the next record
        this.addDamage({
          code: 'bad-block-length', byteOffset: this.windowOffset + at, expected: HEADER_LENGTH, found: length, boundedBy: 'format', detail: `a record says that it is ${length} bytes long`,
        });
        return at;
      }
      this.needed = length;
      if (limit - at < length) return at;
      this.readRecord(view, at, length);
      at += length;
    }
  }

  private readRecord(view: DataView, at: number, length: number): void {
    const type = view.getUint8(at + TYPE) & ~MORE_EXTENSIONS;
    if (type === PAD) return;
    this.frame++;
    if (type === META) return; // a record that Wireshark numbers, about the others
    const kind = PAYLOADS.get(type);
    if (kind === undefined) {
      this.skip(`erf-type-${type}`);
      return;
    }
    const end = at + length;
    let data = at + HEADER_LENGTH;
    for (let more = view.getUint8(at + TYPE); (more & MORE_EXTENSIONS) !== 0 && data + EXTENSION_LENGTH <= end; data += EXTENSION_LENGTH) more = view.getUint8(data);
    if (kind.payload === 'ethernet') data = Math.min(end, data + ETHERNET_PAD_LENGTH);
    const wireLength = view.getUint16(at + WIRE_LENGTH);
    const { batch } = this;
    const entry = this.interfaceFor(linkTypeOf(kind.payload, view, data, end), view.getUint8(at + FLAGS) & PORT_MASK, kind.payload);
    const row = batch.count;
    if (kind.countsLoss) this.interfaces[entry]!.dropped = (this.interfaces[entry]!.dropped ?? 0) + view.getUint16(at + LOSS_COUNTER);
    batch.offset[row] = data;
    batch.capturedLength[row] = Math.min(end - data, wireLength); // records are padded
    batch.originalLength[row] = wireLength;
    // Rounded as Wireshark does; fraction * 10^9 / 2^32 is fraction * 5^9 / 2^23, exact below 2^53.
    const nanoseconds = Math.floor((view.getUint32(at + FRACTION, true) * 1_953_125 + 4_194_304) / 8_388_608);
    batch.seconds[row] = view.getUint32(at + SECONDS, true) + (nanoseconds === 1e9 ? 1 : 0);
    batch.nanoseconds[row] = nanoseconds === 1e9 ? 0 : nanoseconds;
    batch.interfaceIndex[row] = entry;
    batch.frame[row] = this.frame;
    batch.count = row + 1;
    if (batch.count === batch.capacity) this.deliver();
  }

  /** One entry for each port of the card and each link type that appears on it. */
  private interfaceFor(linkType: number, port: number, payload: Payload): number {
    const key = linkType * (PORT_MASK + 1) + port;
    const known = this.interfaceOf.get(key);
    if (known !== undefined) return known;
    this.deliver();
    this.interfaceOf.set(key, this.interfaces.length);
    const fcsLength = payload === 'ethernet' || payload === 'hdlc' ? FCS_LENGTH : 0;
    return this.interfaces.push({ linkType, snapLength: 0, fcsLength, name: `port ${port}`, description: null, filter: null, operatingSystem: null, dropped: null }) - 1;
  }

  protected override cut(_bytes: Uint8Array, _view: DataView, start: number, limit: number): void {
    if (start === limit) return;
    this.addDamage({ code: 'cut-record', byteOffset: this.windowOffset + start, expected: this.needed, found: limit - start, boundedBy: 'file', detail: 'the file ends in a record' });
  }
}

/** Packet over SONET does not say what it carries: PPP begins with ff 03, Cisco's HDLC with an address of 0f or 8f. */
function linkTypeOf(payload: Payload, view: DataView, data: number, end: number): number {
  if (payload === 'ethernet') return LinkType.ethernet;
  if (payload === 'ipv4') return LinkType.ipv4;
  if (payload === 'ipv6') return LinkType.ipv6;
  return end - data >= 2 && view.getUint16(data) === 0xff03 ? LinkType.pppHdlc : LinkType.chdlc;
}
