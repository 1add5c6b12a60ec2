/**
 * The ports of IP fragments: only the first fragment of a datagram has them (RFC 791, section 3.2; RFC 8200, section 4.5). They are
 * kept by source, destination, protocol, identification and overlay, in a table of fixed size: sets of four, the one used longest
 * ago makes room. A fragment whose first is unknown, be it lost, late or forgotten, is counted as `fragment-without-first`.
 */
export class FragmentTable {
  /** Datagrams that made room for others: their later fragments would not find them. */
  forgotten = 0;

  private readonly keys: Int32Array;
  private readonly ports: Uint32Array;
  /** When last used, counted in uses; 0: free. */
  private readonly used: Float64Array;
  private readonly mask: number;
  private uses = 0;

  /** `sets`: a power of two. */
  constructor(sets = SETS) {
    this.keys = new Int32Array(sets * WAYS * KEY_LENGTH);
    this.ports = new Uint32Array(sets * WAYS);
    this.used = new Float64Array(sets * WAYS);
    this.mask = sets - 1;
  }

  /** The first fragment of a datagram. A newer one with the same key replaces it: identifications repeat. */
  remember(source: number, destination: number, protocol: number, id: number, overlay: number, sourcePort: number, destinationPort: number): void {
    let row = this.find(source, destination, protocol, id, overlay);
    if (row < 0) {
      const first = WAYS * this.set(source, destination, protocol, id, overlay);
      row = first;
      for (let way = first + 1; way < first + WAYS; way++) if (this.used[way]! < this.used[row]!) row = way;
      if (this.used[row] !== 0) this.forgotten++;
      const key = row * KEY_LENGTH;
      this.keys[key] = source;
      this.keys[key + 1] = destination;
      this.keys[key + 2] = protocol;
      this.keys[key + 3] = id;
      this.keys[key + 4] = overlay;
    }
    this.used[row] = ++this.uses;
    this.ports[row] = (sourcePort << 16) | destinationPort;
  }

  /** Source port in the upper, destination port in the lower 16 bits; -1 when the first fragment is not known. */
  lookup(source: number, destination: number, protocol: number, id: number, overlay: number): number {
    const row = this.find(source, destination, protocol, id, overlay);
    if (row < 0) return -1;
    this.used[row] = ++this.uses;
    return this.ports[row]!;
  }

  private find(source: number, destination: number, protocol: number, id: number, overlay: number): number {
    const { keys } = this;
    const word = id | 0;
    const first = WAYS * this.set(source, destination, protocol, id, overlay);
    for (let row = first; row < first + WAYS; row++) {
      const key = row * KEY_LENGTH;
      if (this.used[row] !== 0 && keys[key + 3] === word && keys[key] === source && keys[key + 1] === destination && keys[key + 2] === protocol && keys[key + 4] === overlay) return row;
    }
    return -1;
  }

  private set(source: number, destination: number, protocol: number, id: number, overlay: number): number {
    let h = Math.imul(source, 0x9e3779b1) ^ Math.imul(destination, 0x85ebca6b) ^ Math.imul(id, 0xc2b2ae35) ^ Math.imul(overlay, 0x27d4eb2f) ^ protocol;
    h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
    return (h ^ (h >>> 13)) & this.mask;
  }
}

const WAYS = 4;
const KEY_LENGTH = 5;
/** 8192 datagrams under way at once: more than a gigabit of fragmented UDP leaves open within a second of reordering. */
const SETS = 2048;
