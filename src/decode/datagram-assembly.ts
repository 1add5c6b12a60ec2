/**
 * Fragmented UDP datagrams put together (RFC 791, section 3.2; RFC 8200, section 4.5), in whatever order the fragments come: Kerberos
 * and DNS answers are the ones that matter. Bounded: a fixed number of datagrams under way, the oldest makes room. The first to
 * bring a byte wins; fragments that were cut by the capture or do not fit are left out, so that their datagram is never completed.
 */
export class DatagramAssembly {
  /** Datagrams that were given up for others. */
  abandoned = 0;

  private readonly datagrams: Datagram[] = [];
  private next = 0;
  private readonly maximum: number;

  constructor(maximum = MAX_DATAGRAMS) {
    this.maximum = maximum;
  }

  /**
   * Takes one fragment, `bytes[start…limit)`, that begins `offset` bytes into the IP payload. Answers the payload of the datagram when
   * it is whole, UDP header taken off: a view that is valid until the next call. Else {@link NOT_WHOLE}.
   */
  add(source: number, destination: number, id: number, overlay: number, offset: number, more: boolean, bytes: Uint8Array, start: number, limit: number): Uint8Array {
    const length = limit - start;
    if (offset + length > MAX_LENGTH || (more && (length % UNIT !== 0 || length === 0))) return NOT_WHOLE;
    const datagram = this.find(source, destination, id, overlay) ?? this.open(source, destination, id, overlay);
    datagram.add(offset, more, bytes, start, limit);
    if (!datagram.isWhole()) return NOT_WHOLE;
    datagram.isOpen = false;
    return datagram.payload();
  }

  private find(source: number, destination: number, id: number, overlay: number): Datagram | undefined {
    for (const datagram of this.datagrams) {
      if (datagram.isOpen && datagram.id === id && datagram.source === source && datagram.destination === destination && datagram.overlay === overlay) return datagram;
    }
    return undefined;
  }

  private open(source: number, destination: number, id: number, overlay: number): Datagram {
    let datagram = this.datagrams[this.next];
    if (datagram === undefined) this.datagrams.push((datagram = new Datagram()));
    else if (datagram.isOpen) this.abandoned++;
    this.next = (this.next + 1) % this.maximum;
    datagram.reset(source, destination, id, overlay);
    return datagram;
  }
}

export const NOT_WHOLE: Uint8Array = new Uint8Array(0);
/** 2 MB when every one of them is as large as it can be. */
const MAX_DATAGRAMS = 32;
const MAX_LENGTH = 65535;
/** Fragments begin at multiples of this. */
const UNIT = 8;
const UDP_HEADER_LENGTH = 8;
const UDP_LENGTH_AT = 4;

/** One datagram under way; reused for others. */
class Datagram {
  isOpen = false;
  source = 0;
  destination = 0;
  id = 0;
  overlay = 0;
  /** Of the IP payload; 0 until the last fragment came. */
  private length = 0;
  private readonly bytes = new Uint8Array(MAX_LENGTH + UNIT);
  /** 1 for each unit that came. */
  private readonly units = new Uint8Array(Math.ceil(MAX_LENGTH / UNIT));

  reset(source: number, destination: number, id: number, overlay: number): void {
    this.isOpen = true;
    this.source = source;
    this.destination = destination;
    this.id = id;
    this.overlay = overlay;
    this.length = 0;
    this.units.fill(0);
  }

  add(offset: number, more: boolean, from: Uint8Array, start: number, limit: number): void {
    if (!more && this.length === 0) this.length = offset + limit - start;
    for (let at = start, unit = offset / UNIT; at < limit; at += UNIT, unit++) {
      if (this.units[unit] !== 0) continue;
      this.units[unit] = 1;
      this.bytes.set(from.subarray(at, Math.min(at + UNIT, limit)), unit * UNIT);
    }
  }

  isWhole(): boolean {
    if (this.length === 0) return false;
    const gap = this.units.indexOf(0);
    return gap < 0 || gap * UNIT >= this.length;
  }

  payload(): Uint8Array {
    const claimed = (this.bytes[UDP_LENGTH_AT]! << 8) | this.bytes[UDP_LENGTH_AT + 1]!;
    const end = claimed < UDP_HEADER_LENGTH || claimed > this.length ? this.length : claimed;
    return this.bytes.subarray(UDP_HEADER_LENGTH, Math.max(UDP_HEADER_LENGTH, end));
  }
}
