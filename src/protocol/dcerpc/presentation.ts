/**
 * What was negotiated on one connection: presentation contexts (C706 12.6.4.3), offered by bind and alter_context and granted by
 * their answers. One rpcBind event per context, in the order of the offer.
 */
import type { PacketPosition } from '../../flow/inspection.js';
import { copyPosition } from '../byte-queue.js';
import type { AnalysisContext } from '../recogniser.js';
import { grantedPresentation, ResultCode } from './bind.js';
import type { ContextResult, OfferedContext } from './bind.js';
import type { Presentation } from './presentation-context.js';
import type { Interest } from './well-known.js';

const CONTEXTS_MAXIMUM = 256;
const OFFERS_MAXIMUM = 16;
const NO_ANSWER = -1;
const NONE: readonly string[] = [];

/** A bind or alter_context that waits for its answer. */
export interface Offer {
  readonly call: number;
  readonly contexts: readonly OfferedContext[];
  readonly at: Readonly<PacketPosition>;
  readonly authenticated: boolean;
  /** The one made after it. */
  next: Offer | null;
}

/** A context in use. Linked, as most connections have one or two and a Map for each would be most of their memory. */
interface Row {
  readonly id: number;
  readonly presentation: Presentation;
  next: Row | null;
}

export class PresentationTable {
  /** Interfaces in use, as facts show them. */
  private interfaces: readonly string[] = NONE;
  private readonly context: AnalysisContext;
  private readonly pipe: string | null;
  private readonly unbound: Interest;
  private rows: Row | null = null;
  private rowCount = 0;
  private offers: Offer | null = null;
  private offerCount = 0;

  /** @param unbound what calls in a context are worth whose bind was not captured. */
  constructor(context: AnalysisContext, pipe: string | null, unbound: Interest) {
    this.context = context;
    this.pipe = pipe;
    this.unbound = unbound;
  }

  get(contextId: number): Presentation | undefined {
    for (let row = this.rows; row !== null; row = row.next) if (row.id === contextId) return row.presentation;
    return undefined;
  }

  interest(contextId: number): Interest {
    return this.get(contextId)?.interest ?? this.unbound;
  }

  isPending(): boolean {
    return this.offers !== null;
  }

  offer(call: number, contexts: readonly OfferedContext[], authenticated: boolean, at: PacketPosition): void {
    const previous = this.withdraw(call);
    if (previous !== undefined) this.unanswered(previous);
    if (this.offerCount >= OFFERS_MAXIMUM) this.unanswered(this.withdraw(this.offers!.call)!);
    const offer: Offer = { call, contexts, at: copyPosition(at), authenticated, next: null };
    this.offerCount++;
    if (this.offers === null) this.offers = offer;
    else {
      let last = this.offers;
      while (last.next !== null) last = last.next;
      last.next = offer;
    }
    for (const { id, proposed } of contexts) if (this.get(id) === undefined) this.set(id, proposed);
  }

  /** Takes the results of a bind_ack; undefined when its bind was not captured. */
  grant(call: number, results: readonly ContextResult[], at: PacketPosition): Offer | undefined {
    const offer = this.withdraw(call);
    if (offer === undefined) return undefined;
    const answered = copyPosition(at);
    for (let index = 0; index < offer.contexts.length; index++) {
      const offered = offer.contexts[index]!;
      const result = results[index];
      if (result === undefined) {
        this.tell(offered, NO_ANSWER, 0, offer.at, null);
        continue;
      }
      this.tell(offered, result.result, result.reason, offer.at, answered);
      if (result.result === ResultCode.acceptance) {
        this.delete(offered.id);
        this.set(offered.id, grantedPresentation(offered, result.syntax));
        this.use(offered);
      } else if (this.get(offered.id)?.syntax === '') {
        this.delete(offered.id);
      }
    }
    return offer;
  }

  /** The offer is answered by something else: bind_nak or fault. */
  withdraw(call: number): Offer | undefined {
    for (let offer = this.offers, before: Offer | null = null; offer !== null; before = offer, offer = offer.next) {
      if (offer.call !== call) continue;
      if (before === null) this.offers = offer.next;
      else before.next = offer.next;
      this.offerCount--;
      return offer;
    }
    return undefined;
  }

  /** The flow is over: what was never answered is told as such. */
  end(): void {
    for (let offer = this.offers; offer !== null; offer = offer.next) this.unanswered(offer);
    this.offers = null;
    this.offerCount = 0;
  }

  private unanswered(offer: Offer): void {
    for (const offered of offer.contexts) {
      this.tell(offered, NO_ANSWER, 0, offer.at, null);
      this.use(offered);
    }
  }

  private set(id: number, presentation: Presentation): void {
    if (this.rowCount >= CONTEXTS_MAXIMUM) return;
    this.rowCount++;
    this.rows = { id, presentation, next: this.rows };
  }

  private delete(id: number): void {
    for (let row = this.rows, before: Row | null = null; row !== null; before = row, row = row.next) {
      if (row.id !== id) continue;
      if (before === null) this.rows = row.next;
      else before.next = row.next;
      this.rowCount--;
      return;
    }
  }

  private use({ alone }: OfferedContext): void {
    if (this.pipe !== null) return;
    const text = alone[0]!;
    if (this.interfaces.includes(text) || this.interfaces.length >= CONTEXTS_MAXIMUM) return;
    this.interfaces = this.interfaces === NONE ? alone : [...this.interfaces, text];
    this.context.fact('interfaces', this.interfaces);
  }

  private tell(
    offered: OfferedContext, result: number, reason: number, at: Readonly<PacketPosition>, answered: Readonly<PacketPosition> | null,
  ): void {
    const { client, server, transport, events } = this.context;
    events.rpcBind({ client, server, transport, interface: offered.interface, result, reason, pipe: this.pipe, at, answered });
  }
}
