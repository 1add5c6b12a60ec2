/**
 * What was negotiated on one connection: presentation contexts (C706 12.6.4.3), offered by bind and alter_context and granted by
 * their answers. One rpcBind event per context, in the order of the offer.
 */
import type { PacketPosition } from '../../flow/inspection.js';
import { copyPosition } from '../byte-queue.js';
import type { InterfaceId } from '../events.js';
import type { AnalysisContext } from '../recogniser.js';
import { ResultCode } from './bind.js';
import type { ContextResult, OfferedContext } from './bind.js';
import { interestOf, interfaceText, NDR64 } from './well-known.js';
import type { Interest } from './well-known.js';

const CONTEXTS_MAXIMUM = 256;
const OFFERS_MAXIMUM = 16;
const NO_ANSWER = -1;

export interface Presentation {
  readonly interface: InterfaceId;
  readonly interest: Interest;
  /** Transfer syntax that the server chose; '' before that is known. */
  readonly syntax: string;
}

export interface Offer {
  readonly contexts: readonly OfferedContext[];
  readonly at: Readonly<PacketPosition>;
  readonly authenticated: boolean;
}

export class PresentationTable {
  /** Interfaces in use, as facts show them. */
  readonly interfaces: string[] = [];
  private readonly context: AnalysisContext;
  private readonly pipe: string | null;
  private readonly contexts = new Map<number, Presentation>();
  private readonly offers = new Map<number, Offer>();

  constructor(context: AnalysisContext, pipe: string | null) {
    this.context = context;
    this.pipe = pipe;
  }

  get(contextId: number): Presentation | undefined {
    return this.contexts.get(contextId);
  }

  isPending(): boolean {
    return this.offers.size > 0;
  }

  offer(call: number, contexts: readonly OfferedContext[], authenticated: boolean, at: PacketPosition): void {
    const previous = this.offers.get(call);
    if (previous !== undefined) this.unanswered(previous);
    this.offers.delete(call);
    if (this.offers.size >= OFFERS_MAXIMUM) for (const [oldest, offer] of this.offers) {
      this.unanswered(offer);
      this.offers.delete(oldest);
      break;
    }
    this.offers.set(call, { contexts, at: copyPosition(at), authenticated });
    for (const { id, interface: abstract } of contexts) {
      if (!this.contexts.has(id)) this.set(id, abstract, '');
    }
  }

  /** Takes the results of a bind_ack; undefined when its bind was not captured. */
  grant(call: number, results: readonly ContextResult[], at: PacketPosition): Offer | undefined {
    const offer = this.withdraw(call);
    if (offer === undefined) return undefined;
    const answered = copyPosition(at);
    offer.contexts.forEach((offered, index) => {
      const result = results[index];
      if (result === undefined) return this.tell(offered, NO_ANSWER, 0, offer.at, null);
      this.tell(offered, result.result, result.reason, offer.at, answered);
      if (result.result === ResultCode.acceptance) {
        this.contexts.delete(offered.id);
        this.set(offered.id, offered.interface, result.syntax);
        this.use(offered.interface);
      } else if (this.contexts.get(offered.id)?.syntax === '') {
        this.contexts.delete(offered.id);
      }
    });
    return offer;
  }

  /** The offer is answered by something else: bind_nak or fault. */
  withdraw(call: number): Offer | undefined {
    const offer = this.offers.get(call);
    this.offers.delete(call);
    return offer;
  }

  /** The flow is over: what was never answered is told as such. */
  end(): void {
    for (const offer of this.offers.values()) this.unanswered(offer);
    this.offers.clear();
  }

  private unanswered(offer: Offer): void {
    for (const offered of offer.contexts) {
      this.tell(offered, NO_ANSWER, 0, offer.at, null);
      this.use(offered.interface);
    }
  }

  private set(id: number, abstract: InterfaceId, syntax: string): void {
    if (this.contexts.size < CONTEXTS_MAXIMUM) this.contexts.set(id, { interface: abstract, interest: interestOf(abstract.uuid), syntax });
  }

  private use(id: InterfaceId): void {
    const text = interfaceText(id);
    if (this.interfaces.includes(text) || this.interfaces.length >= CONTEXTS_MAXIMUM) return;
    this.interfaces.push(text);
    if (this.pipe === null) this.context.fact('interfaces', this.interfaces);
  }

  private tell(
    offered: OfferedContext, result: number, reason: number, at: Readonly<PacketPosition>, answered: Readonly<PacketPosition> | null,
  ): void {
    const { client, server, transport, events } = this.context;
    events.rpcBind({ client, server, transport, interface: offered.interface, result, reason, pipe: this.pipe, at, answered });
  }
}

/** Whether this syntax has wide counts; undefined: not known. */
export function isWide(presentation: Presentation | undefined): boolean | undefined {
  return presentation === undefined || presentation.syntax === '' ? undefined : presentation.syntax === NDR64;
}
