import type { Flow } from '../flow/flow.js';
import type { RpcBind, RpcMapping, RpcNotRegistered, RpcQuestion, RpcRefusal } from '../protocol/events.js';
import type { ConversationColumns } from './conversation-table.js';
import type { FlowAnchors } from './flow-anchors.js';
import type { LookupEvidence, NameEvidence } from './evidence.js';

/** What one thread learned of its part of the flows: plain data, so that it can be handed from thread to thread. */
export interface EvidenceShard {
  readonly conversations: ConversationColumns;
  readonly rpc: {
    readonly mappings: readonly RpcMapping[];
    readonly binds: readonly RpcBind[];
    readonly notRegistered: readonly RpcNotRegistered[];
    readonly questions: readonly RpcQuestion[];
    readonly refusals: readonly RpcRefusal[];
  };
  readonly notable: readonly Flow[];
  readonly notableLeftOut: number;
  readonly mapperFlows: readonly Flow[];
  readonly names: readonly (readonly [string, NameEvidence])[];
  readonly lookups: readonly (readonly [string, LookupEvidence & { times: number }])[];
  readonly anchors: ReturnType<FlowAnchors['shard']>;
  /** Packets by address id. */
  readonly sent: Float64Array;
  readonly received: Float64Array;
  readonly oneSidedFlows: number;
  readonly evictedOpen: number;
  readonly duplicates: number;
  readonly flows: number;
}
