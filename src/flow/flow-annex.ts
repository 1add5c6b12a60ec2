import type { Application, ProtocolFailure } from './inspection.js';
import type { FlowDrop, FlowProcess, IcmpError } from './flow.js';

/** Address ids and ports. */
export interface TranslatedSockets {
  readonly clientAddress: number;
  readonly clientPort: number;
  readonly serverAddress: number;
  readonly serverPort: number;
}

/** What few flows have: kept as an object beside the record, so that the record stays small. */
export interface FlowAnnex {
  /** Where the inspector had no number for it. */
  application: Application | null;
  failures: readonly ProtocolFailure[];
  icmp: IcmpError | null;
  /** `icmp` says that the packet that opens the flow (TCP: its SYN) did not get there. */
  rejected: boolean;
  /** The same connection on the other side of a translating router. */
  translation: TranslatedSockets | null;
  dropped: FlowDrop | null;
  process: FlowProcess | null;
  /** What overflowed the counters of the record: packets of side 0 and 1, bytes, payload. */
  carried: Float64Array | undefined;
}

export function emptyAnnex(): FlowAnnex {
  return { application: null, failures: NONE, icmp: null, rejected: false, translation: null, dropped: null, process: null, carried: undefined };
}

const NONE: readonly ProtocolFailure[] = [];
