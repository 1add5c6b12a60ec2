import type { Application, ProtocolFailure } from './inspection.js';
import type { IcmpError, Socket } from './flow.js';

/** What few flows have: kept as an object beside the record, so that the record stays small. */
export interface FlowAnnex {
  application: Application | null;
  failures: readonly ProtocolFailure[];
  icmp: IcmpError | null;
  translation: { client: Socket; server: Socket } | null;
}

export function emptyAnnex(): FlowAnnex {
  return { application: null, failures: NONE, icmp: null, translation: null };
}

const NONE: readonly ProtocolFailure[] = [];
