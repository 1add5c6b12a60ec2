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

  private parents = new Int32Array(INITIAL_STACKS);
  private types = new Uint8Array(INITIAL_STACKS);
  /** Doubles, so that {@link NO_LAYER_ID} is none of the 32-bit ids. */
  private ids = new Float64Array(INITIAL_STACKS);
  /** Stack ids; 0: free, since the empty stack is nobody's child. Twice as many as there is room for stacks. */
  private slots = new Int32Array(2 * INITIAL_STACKS);
  private readonly maximum: number;
  private readonly stacks: (readonly EncapsulationLayer[] | undefined)[] = [[]];

  /** `maximum`: stacks that are kept. With 4096 VLANs in 4 networks it is not reached; a flood of invented labels stops there. */
  constructor(maximum = MAX_STACKS) {
    this.maximum = maximum;
  }

  /**
   * The stack `parent` with one more layer inside it. A full table answers `parent`: the layer is left out and counted.
   * `id`: unsigned, up to 32 bits, or {@link NO_LAYER_ID}.
   */
  child(parent: number, type: Encapsulation, id: number): number {
    const { slots } = this;
    const mask = slots.length - 1;
    for (let slot = hash(parent, type, id) & mask; ; slot = (slot + 1) & mask) {
      const found = slots[slot]!;
      if (found === 0) return this.add(parent, type, id, slot);
      if (this.ids[found] === id && this.parents[found] === parent && this.types[found] === type) return found;
    }
  }

  /** The innermost layer of a stack, and the stack around it. `id` is not 0. */
  at(id: number): { readonly parent: number; readonly type: number; readonly id: number } {
    return { parent: this.parents[id]!, type: this.types[id]!, id: this.ids[id]! };
  }

  /** Outermost first; the same frozen array each time. */
  layers(id: number): readonly EncapsulationLayer[] {
    const known = this.stacks[id];
    if (known !== undefined) return known;
    const name = typeNames[this.types[id]!]!;
    const layer = this.ids[id] === NO_LAYER_ID ? { type: name } : { type: name, id: this.ids[id]! };
    const stack = Object.freeze([...this.layers(this.parents[id]!), Object.freeze(layer)]);
    this.stacks[id] = stack;
    return stack;
  }

  private add(parent: number, type: Encapsulation, layerId: number, slot: number): number {
    if (this.count >= this.maximum) {
      this.refused++;
      return parent;
    }
    const id = this.count++;
    this.parents[id] = parent;
    this.types[id] = type;
    this.ids[id] = layerId;
    this.slots[slot] = id;
    if (this.count === this.parents.length) this.grow();
    return id;
  }

  private grow(): void {
    const size = 2 * this.count;
    const { parents, types, ids } = this;
    this.parents = new Int32Array(size);
    this.parents.set(parents);
    this.types = new Uint8Array(size);
    this.types.set(types);
    this.ids = new Float64Array(size);
    this.ids.set(ids);
    const mask = 2 * size - 1;
    this.slots = new Int32Array(2 * size);
    for (let id = 1; id < this.count; id++) {
      let slot = hash(parents[id]!, types[id]!, ids[id]!) & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = id;
    }
  }
}

export const MAX_STACKS = 1 << 16;
const INITIAL_STACKS = 64;

function hash(parent: number, type: number, id: number): number {
  const h = Math.imul(Math.imul(parent, 0x9e3779b1) ^ Math.imul(id, 0x85ebca6b) ^ type, 0xc2b2ae35);
  return h ^ (h >>> 15);
}
