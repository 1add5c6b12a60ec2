import type { Application, ProtocolFailure } from './inspection.js';
import type { IcmpError, Socket } from './flow.js';

/** What few flows have: kept as an object beside the record, so that the record stays small. */
export interface FlowAnnex {
  application: Application | null;
  failures: readonly ProtocolFailure[];
  icmp: IcmpError | null;
  /** `icmp` says that the packet that opens the flow (TCP: its SYN) did not get there. */
  rejected: boolean;
  translation: { client: Socket; server: Socket } | null;
  /** What overflowed the counters of the record: packets of side 0 and 1, bytes, payload. */
  carried: Float64Array | undefined;
}

export function emptyAnnex(): FlowAnnex {
  return { application: null, failures: NONE, icmp: null, rejected: false, translation: null, carried: undefined };
}

const NONE: readonly ProtocolFailure[] = [];
