/** Whether a protocol is known that can begin with these bytes: what can be asked without making anything for the flow. */
import type { Glance } from '../flow/inspection.js';
import { RecogniserIndex } from './recogniser-index.js';
import { Recognition } from './recogniser.js';
import type { Recogniser } from './recogniser.js';
import { allRecognisers } from './registry.js';

export class ProtocolGlance implements Glance {
  /** How often a recogniser or an analyzer failed on what it read. */
  malformed = 0;
  readonly tcp: RecogniserIndex;

  constructor(recognisers: readonly Recogniser[] = allRecognisers) {
    this.tcp = new RecogniserIndex(recognisers, 'tcp');
  }

  glance(bytes: Uint8Array, start: number, limit: number, senderPort: number, receiverPort: number): boolean {
    try {
      return this.tcp.recognise(bytes, start, limit, senderPort, receiverPort) !== Recognition.no;
    } catch {
      this.malformed++;
      return false;
    }
  }
}
