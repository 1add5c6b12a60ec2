/**
 * Open addressing from hash to record, two words a slot: the hash, and the record's number plus one (0: free). The hash is kept,
 * so that a probe touches no record in vain and a removal can move its followers back (no tombstones).
 */
export class FlowIndex {
  private slots: Int32Array;
  private mask: number;
  count = 0;

  constructor(capacity: number) {
    let size = 1024;
    while (size < capacity * 2) size *= 2;
    this.slots = new Int32Array(size * 2);
    this.mask = size - 1;
  }

  get table(): Int32Array {
    return this.slots;
  }
  get slotMask(): number {
    return this.mask;
  }

  /** The caller has probed and found no equal record. */
  insert(hash: number, record: number): void {
    if ((this.count + 1) * 2 > this.mask) this.grow();
    place(this.slots, this.mask, hash, record);
    this.count++;
  }

  remove(hash: number, record: number): void {
    const { slots, mask } = this;
    let at = hash & mask;
    while (slots[at * 2 + 1] !== record + 1) {
      if (slots[at * 2 + 1] === 0) return;
      at = (at + 1) & mask;
    }
    this.count--;
    // Backward shift: a follower moves into the hole unless it already stands at or behind its own place.
    let hole = at;
    for (let next = (hole + 1) & mask; slots[next * 2 + 1] !== 0; next = (next + 1) & mask) {
      const home = slots[next * 2]! & mask;
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        slots[hole * 2] = slots[next * 2]!;
        slots[hole * 2 + 1] = slots[next * 2 + 1]!;
        hole = next;
      }
    }
    slots[hole * 2 + 1] = 0;
  }

  clear(): void {
    this.slots.fill(0);
    this.count = 0;
  }

  private grow(): void {
    const old = this.slots;
    const size = (this.mask + 1) * 2;
    this.slots = new Int32Array(size * 2);
    this.mask = size - 1;
    for (let i = 0; i < old.length; i += 2) {
      const tagged = old[i + 1]!;
      if (tagged !== 0) place(this.slots, this.mask, old[i]!, tagged - 1);
    }
  }
}

function place(slots: Int32Array, mask: number, hash: number, record: number): void {
  let at = hash & mask;
  while (slots[at * 2 + 1] !== 0) at = (at + 1) & mask;
  slots[at * 2] = hash;
  slots[at * 2 + 1] = record + 1;
}

/** Of four words, for tables with open addressing: the lower bits are as good as any. */
export function hashOf(a: number, b: number, c: number, d: number): number {
  let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca77) ^ Math.imul(c, 0xc2b2ae3d) ^ d;
  h ^= h >>> 15;
  h = Math.imul(h, 0x27d4eb2f);
  return h ^ (h >>> 13);
}
