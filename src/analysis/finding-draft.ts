/** A finding before problems are formed: what the report says of it, and what the problem is made of. */
import type { Flow } from '../flow/flow.js';
import type { SeenMapping } from './case-file.js';
import type { Alternative, FindingReport, PortState, TimelineRow } from './report-model.js';

export interface FindingDraft extends Omit<FindingReport, 'id' | 'problem'> {
  /** Findings with one cause share it and become one problem; null: nothing that anybody has to mend. */
  readonly cause: string | null;
  /** Heading of the problem when it has this finding alone. */
  readonly proof: readonly string[];
  readonly ruledOut: readonly string[];
  /** The likeliest first, the cause itself included. */
  readonly alternatives: readonly Alternative[];
  readonly impact: string;
  readonly state: PortState | null;
  /** What the timeline is drawn from. */
  readonly flows: readonly Flow[];
  readonly mapping: SeenMapping | null;
  /** Rows of a timeline that come from elsewhere than a flow's sketch. */
  readonly moments: readonly TimelineRow[];
  /** What mends it, as a recipe for fix.ts. */
  readonly remedy: Remedy | null;
  /** Lines for the fix: what is there already. */
  readonly fixNotes?: readonly string[];
}

/** Which kind of remedy helps; `fix.ts` words it. */
export type Remedy = 'open-port' | 'open-dynamic-port' | 'open-endpoint-mapper' | 'start-service' | 'credentials' | 'permissions' | 'names' | 'path' | 'capture' | 'encrypt'
  | 'mtu' | 'idle' | 'program' | 'route' | 'tls' | 'dialect' | 'clock' | 'principal' | 'target' | 'backend' | 'rpc-policy' | 'inspection' | 'delegation';

export const draftDefaults = {
  interface: null, rows: [], droppedAt: null, proof: [], ruledOut: [], alternatives: [], impact: 'failed', state: null, flows: [], mapping: null, moments: [], remedy: null,
} as const satisfies Partial<FindingDraft>;
