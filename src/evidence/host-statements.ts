/** What machines say of themselves, each statement once with its first frame, bounded. */
import type { HostStatement } from '../protocol/events.js';
import type { StatementEvidence } from './evidence.js';
import { compareFrames, frameOf } from './positions.js';

const MAX_STATEMENTS = 10_000;

export class HostStatements {
  private readonly byKey = new Map<string, StatementEvidence>();

  /** `address`: canonical text of who said it. */
  add(address: string, { from, addresses, name, at }: HostStatement): void {
    const key = `${address} ${from} ${name} ${addresses.join(' ')}`;
    const frame = frameOf(at);
    const known = this.byKey.get(key);
    if (known === undefined ? this.byKey.size < MAX_STATEMENTS : compareFrames(frame, known.frame) < 0) this.byKey.set(key, { address, from, addresses, name, frame });
  }

  /** In the order of frames. */
  list(): StatementEvidence[] {
    return [...this.byKey.values()].sort((a, b) => compareFrames(a.frame, b.frame));
  }
}
