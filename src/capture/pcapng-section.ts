/** What a pcapng section says about its packets: interfaces with their clocks and drop counts, names of addresses. */
import type { CapturedName, CaptureInterface } from './capture-reader.js';
import type { CaptureDamage } from './damage.js';
import type { PcapngClock } from './pcapng-clock.js';
import { BLOCK_HEADER_LENGTH, BLOCK_TRAILER_LENGTH, INTERFACE_ID, INTERFACE_SHORTEST, STATISTICS_SHORTEST } from './pcapng-layout.js';
import { readDropped, readInterfaceBlock, readNames } from './pcapng-options.js';

export const MAX_INTERFACES = 65_536;
export const MAX_NAMES = 65_536;

export class PcapngSection {
  /** Entry of its first interface in the list of all. */
  start = 0;
  /** Of its interfaces, in order. */
  clocks: PcapngClock[] = [];
  private readonly interfaces: CaptureInterface[];
  private readonly names: CapturedName[];
  private readonly knownNames = new Set<string>();

  /** Adds to the lists of the whole file. */
  constructor(interfaces: CaptureInterface[], names: CapturedName[]) {
    this.interfaces = interfaces;
    this.names = names;
  }

  begin(): void {
    this.start = this.interfaces.length;
    this.clocks = [];
  }

  /** Takes the interface description block at `at`; answers what is wrong with it. */
  readInterface(view: DataView, at: number, length: number, littleEndian: boolean): Pick<CaptureDamage, 'expected' | 'found' | 'boundedBy' | 'detail'> | undefined {
    if (length < INTERFACE_SHORTEST) return { expected: INTERFACE_SHORTEST, found: length, boundedBy: 'block', detail: 'an interface description is too short' };
    if (this.interfaces.length >= MAX_INTERFACES) return { expected: MAX_INTERFACES + 1, found: MAX_INTERFACES, boundedBy: 'format', detail: 'too many interfaces are described' };
    const { described, clock } = readInterfaceBlock(view, at + BLOCK_HEADER_LENGTH, at + length - BLOCK_TRAILER_LENGTH, littleEndian);
    this.interfaces.push(described);
    this.clocks.push(clock);
    return undefined;
  }

  /** The last interface statistics block of an interface counts. */
  readStatistics(view: DataView, at: number, length: number, littleEndian: boolean): void {
    const id = length < STATISTICS_SHORTEST ? Infinity : view.getUint32(at + INTERFACE_ID, littleEndian);
    if (id >= this.clocks.length) return; // says nothing about any packet
    const dropped = readDropped(view, at + BLOCK_HEADER_LENGTH, at + length - BLOCK_TRAILER_LENGTH, littleEndian);
    if (dropped !== null) this.interfaces[this.start + id]!.dropped = dropped;
  }

  readNames(view: DataView, at: number, length: number, littleEndian: boolean): void {
    readNames(view, at + BLOCK_HEADER_LENGTH, at + length - BLOCK_TRAILER_LENGTH, littleEndian, (name) => {
      const key = `${name.address} ${name.name}`;
      if (this.names.length >= MAX_NAMES || this.knownNames.has(key)) return;
      this.knownNames.add(key);
      this.names.push(name);
    });
  }
}
