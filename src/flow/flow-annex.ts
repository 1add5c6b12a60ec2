import type { Application, ProtocolFailure } from './inspection.js';
import type { IcmpError, Socket } from './flow.js';

/** What few flows have: kept as an object beside the record, so that the record stays small. */
export interface FlowAnnex {
  application: Application | null;
  failures: readonly ProtocolFailure[];
  icmp: IcmpError | null;
  translation: { client: Socket; server: Socket } | null;
  /** What overflowed the counters of the record: packets of side 0 and 1, bytes, payload. */
  carried: Float64Array | undefined;
}

export function emptyAnnex(): FlowAnnex {
  return { application: null, failures: NONE, icmp: null, translation: null, carried: undefined };
}

const NONE: readonly ProtocolFailure[] = [];
