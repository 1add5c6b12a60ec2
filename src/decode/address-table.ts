import { ipv4Text, ipv6Text, parseAddress } from './address-text.js';

/**
 * IP addresses interned to ids, dense from 0 in order of first sight, so that others can keep columns indexed by id and a
 * flow key has one shape for IPv4 and IPv6. An IPv4-mapped IPv6 address stays IPv6: it is what the packet says.
 *
 * Two open-addressing tables over typed arrays. The IPv4 one keeps the address beside the id, so that a hit costs one cache
 * line; a separate cache of the last addresses would cost as much as the table itself.
 */
export class AddressTable {
  /** Addresses known so far; ids are below it. */
  count = 0;
  /** Asked for after the table was full. */
  refused = 0;

  /** IPv4: the address. IPv6: its row in `rows6`. */
  private words = new Int32Array(INITIAL_SLOTS);
  private version6 = new Uint8Array(INITIAL_SLOTS);
  private rows6 = new Int32Array(INITIAL_SLOTS);
  private count6 = 0;
  /** Pairs of address and id + 1; an id of 0 there: free. */
  private slots4 = new Int32Array(2 * INITIAL_SLOTS);
  private mask4 = INITIAL_SLOTS - 1;
  /** id + 1; 0: free. */
  private slots6 = new Int32Array(INITIAL_SLOTS);
  private mask6 = INITIAL_SLOTS - 1;
  private readonly texts: (string | undefined)[] = [];
  private readonly maximum: number;

  /** `maximum`: addresses that are kept; the next ones are answered with {@link NO_ADDRESS}. */
  constructor(maximum = MAX_ADDRESSES) {
    this.maximum = maximum;
  }

  /** The id of an IPv4 address (32 bits, network order, signed or not), or {@link NO_ADDRESS} when the table is full. */
  v4(address: number): number {
    const word = address | 0;
    const { slots4, mask4 } = this;
    let slot = hash1(word) & mask4;
    for (;;) {
      const id = slots4[2 * slot + 1]!;
      if (id === 0) return this.add4(word, slot);
      if (slots4[2 * slot] === word) return id - 1;
      slot = (slot + 1) & mask4;
    }
  }

  /** As {@link v4}, four words in network order. */
  v6(w0: number, w1: number, w2: number, w3: number): number {
    const a = w0 | 0;
    const b = w1 | 0;
    const c = w2 | 0;
    const d = w3 | 0;
    const { slots6, mask6, rows6, words } = this;
    let slot = hash4(a, b, c, d) & mask6;
    for (;;) {
      const id = slots6[slot]!;
      if (id === 0) return this.add6(a, b, c, d, slot);
      const row = 4 * words[id - 1]!;
      if (rows6[row + 3] === d && rows6[row + 2] === c && rows6[row + 1] === b && rows6[row] === a) return id - 1;
      slot = (slot + 1) & mask6;
    }
  }

  /** Canonical text (RFC 5952), made when first asked for and kept. */
  text(id: number): string {
    const known = this.texts[id];
    if (known !== undefined) return known;
    const row = this.row6(id);
    const { rows6 } = this;
    const text = row < 0 ? ipv4Text(this.words[id]!) : ipv6Text(rows6[row]!, rows6[row + 1]!, rows6[row + 2]!, rows6[row + 3]!);
    this.texts[id] = text;
    return text;
  }

  /** The id of an address written in any usual way; undefined when it is unknown or no address. Adds nothing. */
  idOf(text: string): number | undefined {
    const words = parseAddress(text);
    if (words === undefined) return undefined;
    const id = words.length === 1 ? this.find4(words[0]! | 0) : this.find6(words[0]! | 0, words[1]! | 0, words[2]! | 0, words[3]! | 0);
    return id < 0 ? undefined : id;
  }

  isV6(id: number): boolean {
    return this.version6[id] === 1;
  }

  /** A new array of 4 or 16 bytes, network order. */
  bytes(id: number): Uint8Array {
    const row = this.row6(id);
    const answer = new Uint8Array(row < 0 ? 4 : 16);
    const view = new DataView(answer.buffer);
    if (row < 0) view.setInt32(0, this.words[id]!);
    else for (let i = 0; i < 4; i++) view.setInt32(4 * i, this.rows6[row + i]!);
    return answer;
  }

  /** Negative, zero or positive: IPv4 before IPv6, then by value. Says nothing about the order of ids. */
  compare(a: number, b: number): number {
    const rowA = this.row6(a);
    const rowB = this.row6(b);
    if (rowA < 0 || rowB < 0) return rowA < 0 && rowB < 0 ? (this.words[a]! >>> 0) - (this.words[b]! >>> 0) : rowA < 0 ? -1 : 1;
    for (let i = 0; i < 4; i++) {
      const difference = (this.rows6[rowA + i]! >>> 0) - (this.rows6[rowB + i]! >>> 0);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  /** 224.0.0.0/4, 255.255.255.255, ff00::/8. A subnet's own broadcast cannot be told without its mask. */
  isMulticastOrBroadcast(id: number): boolean {
    const top = this.topWord(id);
    return this.isV6(id) ? top >>> 24 === 0xff : top >>> 28 === 14 || top === -1;
  }

  /** 169.254.0.0/16, fe80::/10. */
  isLinkLocal(id: number): boolean {
    const top = this.topWord(id);
    return this.isV6(id) ? top >>> 22 === 0x3fa : top >>> 16 === 0xa9fe;
  }

  /** RFC 1918, and the unique local addresses fc00::/7 of RFC 4193. */
  isPrivate(id: number): boolean {
    const top = this.topWord(id);
    if (this.isV6(id)) return top >>> 25 === 0x7e;
    return top >>> 24 === 10 || top >>> 20 === 0xac1 || top >>> 16 === 0xc0a8;
  }

  /** 127.0.0.0/8, ::1. */
  isLoopback(id: number): boolean {
    const row = this.row6(id);
    if (row < 0) return this.words[id]! >>> 24 === 127;
    const { rows6 } = this;
    return rows6[row] === 0 && rows6[row + 1] === 0 && rows6[row + 2] === 0 && rows6[row + 3] === 1;
  }

  /** 0.0.0.0, ::. */
  isUnspecified(id: number): boolean {
    const row = this.row6(id);
    if (row < 0) return this.words[id] === 0;
    const { rows6 } = this;
    return (rows6[row]! | rows6[row + 1]! | rows6[row + 2]! | rows6[row + 3]!) === 0;
  }

  /** Index of the first word of an IPv6 address in `rows6`; -1 for IPv4. */
  private row6(id: number): number {
    return this.version6[id] === 1 ? 4 * this.words[id]! : -1;
  }

  private topWord(id: number): number {
    const row = this.row6(id);
    return row < 0 ? this.words[id]! : this.rows6[row]!;
  }

  private find4(word: number): number {
    let slot = hash1(word) & this.mask4;
    while (this.slots4[2 * slot + 1] !== 0 && this.slots4[2 * slot] !== word) slot = (slot + 1) & this.mask4;
    return this.slots4[2 * slot + 1]! - 1;
  }

  private find6(a: number, b: number, c: number, d: number): number {
    const { slots6, mask6, rows6, words } = this;
    for (let slot = hash4(a, b, c, d) & mask6; slots6[slot] !== 0; slot = (slot + 1) & mask6) {
      const row = 4 * words[slots6[slot]! - 1]!;
      if (rows6[row] === a && rows6[row + 1] === b && rows6[row + 2] === c && rows6[row + 3] === d) return slots6[slot]! - 1;
    }
    return -1;
  }

  private add4(word: number, slot: number): number {
    const id = this.nextId();
    if (id < 0) return id;
    this.words[id] = word;
    this.slots4[2 * slot] = word;
    this.slots4[2 * slot + 1] = id + 1;
    if (2 * (this.count - this.count6) > this.mask4) this.grow4();
    return id;
  }

  private add6(a: number, b: number, c: number, d: number, slot: number): number {
    const id = this.nextId();
    if (id < 0) return id;
    const row = 4 * this.count6;
    if (row === this.rows6.length) this.rows6 = grown(this.rows6, new Int32Array(2 * row));
    this.rows6[row] = a;
    this.rows6[row + 1] = b;
    this.rows6[row + 2] = c;
    this.rows6[row + 3] = d;
    this.words[id] = this.count6;
    this.version6[id] = 1;
    this.slots6[slot] = id + 1;
    this.count6++;
    if (2 * this.count6 > this.mask6) this.grow6();
    return id;
  }

  private nextId(): number {
    if (this.count >= this.maximum) {
      this.refused++;
      return NO_ADDRESS;
    }
    if (this.count === this.words.length) {
      this.words = grown(this.words, new Int32Array(2 * this.count));
      this.version6 = grown(this.version6, new Uint8Array(2 * this.count));
    }
    return this.count++;
  }

  private grow4(): void {
    const old = this.slots4;
    const mask = 2 * this.mask4 + 1;
    const slots = new Int32Array(2 * (mask + 1));
    for (let from = 0; from < old.length; from += 2) {
      if (old[from + 1] === 0) continue;
      let slot = hash1(old[from]!) & mask;
      while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask;
      slots[2 * slot] = old[from]!;
      slots[2 * slot + 1] = old[from + 1]!;
    }
    this.slots4 = slots;
    this.mask4 = mask;
  }

  private grow6(): void {
    const { rows6, words } = this;
    const mask = 2 * this.mask6 + 1;
    const slots = new Int32Array(mask + 1);
    for (const entry of this.slots6) {
      if (entry === 0) continue;
      const row = 4 * words[entry - 1]!;
      let slot = hash4(rows6[row]!, rows6[row + 1]!, rows6[row + 2]!, rows6[row + 3]!) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = entry;
    }
    this.slots6 = slots;
    this.mask6 = mask;
  }
}

/** What a full table answers for an address that it does not know. */
export const NO_ADDRESS = -1;
/** Half a gigabyte of table: more addresses than this come from a scan or an attack. */
export const MAX_ADDRESSES = 1 << 24;
const INITIAL_SLOTS = 1024;

/** Murmur3's finish: neighbours in a subnet must not become neighbours in the table. */
function hash1(word: number): number {
  let h = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function hash4(a: number, b: number, c: number, d: number): number {
  return hash1(d ^ Math.imul(c ^ Math.imul(b ^ Math.imul(a, 0x9e3779b1), 0x85ebca77), 0xc2b2ae3d));
}

function grown<T extends Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
