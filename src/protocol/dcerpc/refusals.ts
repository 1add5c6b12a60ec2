/** What an RPC server refused on one flow, as events and failures: each status of an interface once. */
import type { PacketPosition } from '../../flow/inspection.js';
import { copyPosition } from '../byte-queue.js';
import type { InterfaceId } from '../events.js';
import type { AnalysisContext } from '../recogniser.js';
import type { Refusal } from './status.js';
import { interfaceText } from './well-known.js';

const REFUSALS_MAXIMUM = 32;

export class Refusals {
  private readonly context: AnalysisContext;
  private readonly pipe: string | null;
  /** Made with the first: most flows refuse nothing. */
  private told: Set<string> | null = null;

  constructor(context: AnalysisContext, pipe: string | null) {
    this.context = context;
    this.pipe = pipe;
  }

  /** A bind_nak or fault PDU; `refusal` undefined: the flow has not failed by it. */
  tell(
    kind: 'bind_nak' | 'fault', status: number, refusal: Refusal | undefined, id: InterfaceId | null, operation: number | null, at: PacketPosition,
  ): void {
    const { client, server, transport, events } = this.context;
    if (!this.isNew(`${kind} ${status} ${id?.uuid ?? ''} ${operation ?? ''}`)) return;
    events.rpcRefusal({ client, server, transport, kind, status, interface: id, operation, pipe: this.pipe, at: copyPosition(at) });
    if (refusal !== undefined) this.fail(refusal, id, at);
  }

  /** A failure that no PDU of its own tells. */
  fail({ kind, code }: Refusal, id: InterfaceId | null, at: PacketPosition): void {
    const target = id === null ? '' : interfaceText(id);
    if (this.isNew(`failure ${code} ${target}`)) this.context.failure({ protocol: 'dce-rpc', kind, code, target }, at);
  }

  private isNew(key: string): boolean {
    this.told ??= new Set<string>();
    if (this.told.has(key) || this.told.size >= REFUSALS_MAXIMUM) return false;
    this.told.add(key);
    return true;
  }
}
