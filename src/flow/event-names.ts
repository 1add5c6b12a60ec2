/** Flow events that few packets cause, written by hand into the room that the engine gives: names of ids that the hearer does not know yet, and what is rare. */
import type { AddressTable } from '../decode/address-table.js';
import type { EncapsulationTable } from '../decode/encapsulation-table.js';
import { A, ADDRESS_WORDS, ENCAPSULATION_WORDS, EventKind, N, ND, T } from './event-layout.js';
import type { EventMemory } from './event-outlet.js';
import type { RareEvent } from './rare-event.js';

export class EventNames {
  private readonly memory: EventMemory;
  private readonly room: (kind: number, words: number) => number;
  private readonly addresses: AddressTable;
  private readonly encapsulations: EncapsulationTable;
  private toldAddresses = 0;
  /** The empty stack needs not be told. */
  private toldEncapsulations = 1;

  /** `room`: of the engine. */
  constructor(memory: EventMemory, room: (kind: number, words: number) => number, addresses: AddressTable, encapsulations: EncapsulationTable) {
    this.memory = memory;
    this.room = room;
    this.addresses = addresses;
    this.encapsulations = encapsulations;
  }

  /** Of all ids given since the last call: to be called before an event has one of them. */
  tell(): void {
    const { addresses, encapsulations, memory: { words, doubles } } = this;
    for (; this.toldAddresses < addresses.count; this.toldAddresses++) {
      const bytes = addresses.bytes(this.toldAddresses);
      const view = new DataView(bytes.buffer);
      const w = this.room(EventKind.address, ADDRESS_WORDS) >> 2;
      words[w + A.words] = bytes.length >> 2;
      for (let i = 0; i < bytes.length >> 2; i++) words[w + A.address + i] = view.getInt32(4 * i);
    }
    for (; this.toldEncapsulations < encapsulations.count; this.toldEncapsulations++) {
      const { parent, type, id } = encapsulations.at(this.toldEncapsulations);
      const w = this.room(EventKind.encapsulation, ENCAPSULATION_WORDS) >> 2;
      words[w + N.parent] = parent;
      words[w + N.type] = type;
      doubles[(w >> 1) + ND.id] = id;
    }
  }

  tellRare(event: RareEvent): void {
    const text = new TextEncoder().encode(JSON.stringify(event));
    const at = this.room(EventKind.text, T.text + ((text.length + 7) >>> 3) * 2);
    this.memory.words[(at >> 2) + T.bytes] = text.length;
    this.memory.bytes.set(text, at + T.text * 4);
  }
}
