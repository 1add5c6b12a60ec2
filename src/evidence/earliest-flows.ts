/**
 * Of each conversation the flow with the smallest first frame, and of those a number with the smallest: what is kept does not depend
 * on the order in which flows ended. Objects are made only for flows that may stay.
 */
import type { Flow } from '../flow/flow.js';

interface Entry {
  readonly key: number;
  readonly flow: Flow;
}

export class EarliestFlows {
  private readonly maximum: number;
  private readonly byConversation = new Map<number, Entry>();
  /** Flows behind it are beyond the maximum already. */
  private latest = Infinity;

  constructor(maximum: number) {
    this.maximum = maximum;
  }

  /** `conversation`: its row; -1: it has none. `make` is called only when the flow is kept. */
  add(conversation: number, firstKey: number, make: () => Flow): void {
    if (conversation < 0 || firstKey >= this.latest) return;
    const known = this.byConversation.get(conversation);
    if (known !== undefined && known.key <= firstKey) return;
    this.byConversation.set(conversation, { key: firstKey, flow: make() });
    if (this.byConversation.size >= 2 * this.maximum) this.prune();
  }

  /** By first frame. */
  list(): Flow[] {
    return this.inOrder().slice(0, this.maximum).map(([, { flow }]) => flow);
  }

  private prune(): void {
    const ordered = this.inOrder();
    for (const [conversation] of ordered.slice(this.maximum)) this.byConversation.delete(conversation);
    this.latest = ordered[this.maximum - 1]![1].key;
  }

  private inOrder(): [number, Entry][] {
    return [...this.byConversation].sort(([, one], [, other]) => one.key - other.key);
  }
}
