/** What a firewall wrote down of its own decisions, read from its log or from an export of its events. */

export interface WitnessSocket {
  readonly address: string;
  readonly port: number;
}

export interface WitnessRecord {
  readonly action: 'drop' | 'allow';
  readonly transport: 'tcp' | 'udp';
  readonly source: WitnessSocket;
  readonly destination: WitnessSocket;
  /** As the machine saw it that wrote the record; null: it does not say. */
  readonly direction: 'inbound' | 'outbound' | 'forward' | null;
  /** Seconds since 1970; where `localTime` is set, as if its wall clock showed UTC. null: none, or not to be understood. */
  readonly time: number | null;
  readonly localTime: boolean;
  /** TCP sequence number of the packet; null: not written. */
  readonly sequence: number | null;
  /** Run-time id of the filter, as `netsh wfp show state` lists it; null: not written. */
  readonly filterId: string | null;
  /** What the record itself calls the filter; null: nothing. */
  readonly filter: string | null;
  readonly layer: string | null;
  readonly program: string | null;
  /** Name of the machine that wrote it. */
  readonly computer: string | null;
  /** Of the file, from 1. */
  readonly line: number;
}

export interface WitnessFault {
  readonly line: number;
  readonly message: string;
}

export type WitnessKind = 'pfirewall' | 'wfp-events' | 'wfp-state' | 'security-events-xml' | 'security-events-csv';

export interface WitnessFile {
  readonly file: string;
  readonly kind: WitnessKind;
  readonly records: readonly WitnessRecord[];
  /** Records for which there was no room. */
  readonly recordsLeftOut: number;
  /** Names of filters by run-time id, from the state of the Windows Filtering Platform. */
  readonly filters: ReadonlyMap<string, string>;
  /** The first of them. */
  readonly faults: readonly WitnessFault[];
  readonly faultCount: number;
}

/** Records of one file; a busy server's log of a day has fewer. */
export const MAX_RECORDS = 500_000;
const MAX_FILTERS = 100_000;
const MAX_FAULTS = 20;
export const MAX_TEXT = 512;

/** Collects what a reader finds, under the bounds. */
export class WitnessDraft {
  readonly records: WitnessRecord[] = [];
  readonly filters = new Map<string, string>();
  readonly faults: WitnessFault[] = [];
  recordsLeftOut = 0;
  faultCount = 0;

  record(record: WitnessRecord): void {
    if (this.records.length < MAX_RECORDS) this.records.push(record);
    else this.recordsLeftOut++;
  }

  filter(id: string, name: string): void {
    if (this.filters.size < MAX_FILTERS && !this.filters.has(id)) this.filters.set(id, name.slice(0, MAX_TEXT));
  }

  fault(line: number, message: string): void {
    this.faultCount++;
    if (this.faults.length < MAX_FAULTS) this.faults.push({ line, message });
  }

  file(file: string, kind: WitnessKind): WitnessFile {
    return { file, kind, records: this.records, recordsLeftOut: this.recordsLeftOut, filters: this.filters, faults: this.faults, faultCount: this.faultCount };
  }
}
