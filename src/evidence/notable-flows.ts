/**
 * Flows that are worth keeping as objects: of each conversation those with the smallest first frames, so that it does not matter
 * in which order flows ended. Bounded per conversation and in total.
 */
import type { Flow } from '../flow/flow.js';
import { frameKey } from '../flow/flow-layout.js';
import { compareFrames } from './positions.js';

const MAX_FLOWS = 20_000;

export class NotableFlows {
  /** Flows for which there was no room. */
  leftOut = 0;
  private count = 0;
  private readonly byConversation = new Map<number, Flow[]>();

  /** `conversation`: its key; -1: it has none. `make` is called only when the flow is kept. */
  add(conversation: number, firstKey: number, limit: number, make: () => Flow): void {
    const kept = this.byConversation.get(conversation);
    if (conversation < 0 || (kept === undefined && this.count >= MAX_FLOWS)) {
      this.leftOut++;
      return;
    }
    if (kept === undefined) {
      this.byConversation.set(conversation, [make()]);
      this.count++;
      return;
    }
    if (kept.length < limit && this.count < MAX_FLOWS) this.count++;
    else {
      this.leftOut++;
      const last = kept[kept.length - 1]!;
      if (keyOf(last) <= firstKey) return;
      kept.pop();
    }
    let at = kept.length;
    while (at > 0 && keyOf(kept[at - 1]!) > firstKey) at--;
    kept.splice(at, 0, make());
  }

  list(): Flow[] {
    return [...this.byConversation.values()].flat().sort((a, b) => compareFrames(a.first, b.first));
  }
}

function keyOf(flow: Flow): number {
  return frameKey(flow.first.capture, flow.first.frame);
}
