/**
 * Stacks of what stands around the innermost IP pair, interned to small ids: a stack is its parent stack and one more layer,
 * so going one layer deeper is one look-up and allocates nothing when the stack is known.
 */

/** One layer as reports print it. `id`: VLAN, label, session, VNI, key …, absent where the layer has none. */
export interface EncapsulationLayer { readonly type: string; readonly id?: number }

/** Names in the order of their numbers; reports print them, so they are only ever added to. */
const typeNames = [
  'vlan', 'mpls', 'pppoe', 'vntag', 'pbb', 'gre', 'nvgre', 'erspan', 'pptp', 'vxlan', 'vxlan-gpe', 'geneve', 'ipip', 'ipv6', 'teredo', 'gtp',
] as const;

/** `ipip`: IPv4 in IP (protocol 4); `ipv6`: IPv6 in IP (protocol 41). */
export const Encapsulation = {
  vlan: 0, mpls: 1, pppoe: 2, vntag: 3, pbb: 4, gre: 5, nvgre: 6, erspan: 7, pptp: 8, vxlan: 9, 'vxlan-gpe': 10, geneve: 11, ipip: 12,
  ipv6: 13, teredo: 14, gtp: 15,
} as const satisfies Record<(typeof typeNames)[number], number>;
export type Encapsulation = (typeof Encapsulation)[keyof typeof Encapsulation];

/** The id of a layer that has none. */
export const NO_LAYER_ID = -1;

export class EncapsulationTable {
  /** Stacks known so far, the empty one (id 0) included. */
  count = 1;
  /** Layers left out of a stack because the table was full. */
  refused = 0;

  private readonly parents: Int32Array;
  private readonly types: Uint8Array;
  private readonly ids: Int32Array;
  /** Stack ids; 0: free, since nothing is the child that 0 names. */
  private readonly slots: Int32Array;
  private readonly mask: number;
  private readonly maximum: number;
  private readonly stacks: (readonly EncapsulationLayer[] | undefined)[] = [[]];

  /** `maximum`: stacks that are kept. With 4096 VLANs in 4 networks it is not reached; a flood of invented labels stops there. */
  constructor(maximum = MAX_STACKS) {
    this.maximum = maximum;
    this.parents = new Int32Array(maximum);
    this.types = new Uint8Array(maximum);
    this.ids = new Int32Array(maximum);
    let slots = 16;
    while (slots < 2 * maximum) slots *= 2;
    this.slots = new Int32Array(slots);
    this.mask = slots - 1;
  }

  /**
   * The stack `parent` with one more layer inside it. A full table answers `parent`: the layer is left out and counted.
   * `id`: up to 32 bits, or {@link NO_LAYER_ID}.
   */
  child(parent: number, type: Encapsulation, id: number): number {
    const word = id | 0;
    const { slots, mask } = this;
    let h = Math.imul(Math.imul(parent, 0x9e3779b1) ^ Math.imul(word, 0x85ebca6b) ^ type, 0xc2b2ae35);
    h ^= h >>> 15;
    for (let slot = h & mask; ; slot = (slot + 1) & mask) {
      const found = slots[slot]!;
      if (found === 0) return this.add(parent, type, word, slot);
      if (this.ids[found] === word && this.parents[found] === parent && this.types[found] === type) return found;
    }
  }

  /** Outermost first; the same frozen array each time. */
  layers(id: number): readonly EncapsulationLayer[] {
    const known = this.stacks[id];
    if (known !== undefined) return known;
    const name = typeNames[this.types[id]!]!;
    const layer = this.ids[id] === NO_LAYER_ID ? { type: name } : { type: name, id: this.ids[id]! >>> 0 };
    const stack = Object.freeze([...this.layers(this.parents[id]!), Object.freeze(layer)]);
    this.stacks[id] = stack;
    return stack;
  }

  private add(parent: number, type: Encapsulation, word: number, slot: number): number {
    if (this.count >= this.maximum) {
      this.refused++;
      return parent;
    }
    const id = this.count++;
    this.parents[id] = parent;
    this.types[id] = type;
    this.ids[id] = word;
    this.slots[slot] = id;
    return id;
  }
}

export const MAX_STACKS = 1 << 16;
