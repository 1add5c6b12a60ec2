/**
 * Whether a protocol is known that can begin with these bytes: what can be asked without making anything for the flow. It is asked twice for every
 * flow, and most of what nobody knows begins like something that nobody knew before: that nobody can begin so is said from the first bytes.
 */
import type { Glance } from '../flow/inspection.js';
import { RecogniserIndex } from './recogniser-index.js';
import { Recognition } from './recogniser.js';
import type { Recogniser } from './recogniser.js';
import { allRecognisers } from './registry.js';

/** Bytes that a slot tells apart. Two would leave what begins as a hello of SSL 2 might. */
const BEGINNING = 4;
/** Beginnings that are remembered, one a slot. */
const SLOT_BITS = 10;
const NOBODY = 1;
const SOMEBODY = 2;

export class ProtocolGlance implements Glance {
  /** How often a recogniser or an analyzer failed on what it read. */
  malformed = 0;
  readonly tcp: RecogniserIndex;
  /** By beginning and ports: the beginning, then the ports times 4 with the answer; 0: empty. What stands here follows from the recognisers alone. */
  private readonly slots = new Float64Array(2 << SLOT_BITS);

  constructor(recognisers: readonly Recogniser[] = allRecognisers) {
    this.tcp = new RecogniserIndex(recognisers, 'tcp');
  }

  glance(bytes: Uint8Array, start: number, limit: number, senderPort: number, receiverPort: number): boolean {
    return !(limit - start > BEGINNING && this.canNobodyBegin(bytes, start, senderPort, receiverPort)) && this.isRecognised(bytes, start, limit, senderPort, receiverPort);
  }

  /** A recogniser that answers `no` to these few bytes answers `no` to whatever begins with them. */
  private canNobodyBegin(bytes: Uint8Array, start: number, senderPort: number, receiverPort: number): boolean {
    const word = bytes[start]! | (bytes[start + 1]! << 8) | (bytes[start + 2]! << 16) | (bytes[start + 3]! << 24);
    const ports = this.tcp.portsAsOne(senderPort, receiverPort);
    const slot = (Math.imul(word ^ ports, 0x9e3779b1) >>> (32 - SLOT_BITS)) << 1;
    const { slots } = this;
    const known = slots[slot + 1]! - ports * 4;
    if (slots[slot] === word && (known === NOBODY || known === SOMEBODY)) return known === NOBODY;
    const before = this.malformed;
    const nobody = !this.isRecognised(bytes, start, start + BEGINNING, senderPort, receiverPort);
    // A recogniser that failed on these bytes said nothing about longer ones.
    if (this.malformed !== before) return false;
    slots[slot] = word;
    slots[slot + 1] = ports * 4 + (nobody ? NOBODY : SOMEBODY);
    return nobody;
  }

  private isRecognised(bytes: Uint8Array, start: number, limit: number, senderPort: number, receiverPort: number): boolean {
    try {
      return this.tcp.recognise(bytes, start, limit, senderPort, receiverPort) !== Recognition.no;
    } catch {
      this.malformed++;
      return false;
    }
  }
}
