/** A series of captures as those see it who keep its flows: wherever its packets are read. */
import type { AddressTable } from '../decode/address-table.js';
import { EncapsulationTable } from '../decode/encapsulation-table.js';
import { EventReader } from '../flow/event-reader.js';
import { FlowKeeper } from '../flow/flow-keeper.js';
import type { FlowSink } from '../flow/flow-keeper.js';
import { DEFAULT_MAX_FLOWS } from '../flow/flow-table.js';
import type { Glance, Inspector } from '../flow/inspection.js';
import type { CaptureCounts } from './capture-counts.js';
import { PacketPipeline } from './packet-pipeline.js';
import type { PipelineOptions } from './packet-pipeline.js';
import type { VantageSurvey } from './vantage-survey.js';

export interface PacketSeries {
  readonly keeper: FlowKeeper;
  readonly encapsulations: EncapsulationTable;
  /** Of the capture that is read, or was read last. */
  readonly counts: CaptureCounts;
  readonly vantage: VantageSurvey;
  /** Packets counted as duplicates, and flows still open that had to leave a full table; known at the end. */
  readonly duplicates: number;
  readonly evictedOpen: number;
}

export interface SeriesOptions extends Omit<PipelineOptions, 'outlet' | 'glance' | 'encapsulations'> {
  readonly addresses: AddressTable;
  readonly sink: FlowSink;
  readonly inspector?: (Inspector & Glance) | undefined;
}

/** Packets and flows in the same thread. */
export class LocalSeries implements PacketSeries {
  readonly pipeline: PacketPipeline;
  readonly keeper: FlowKeeper;

  constructor({ sink, inspector, ...options }: SeriesOptions) {
    const { addresses, maxFlows = DEFAULT_MAX_FLOWS } = options;
    const encapsulations = new EncapsulationTable();
    this.keeper = new FlowKeeper(addresses, sink, maxFlows, inspector);
    this.pipeline = new PacketPipeline({ ...options, encapsulations, glance: inspector, outlet: new EventReader(this.keeper, addresses, encapsulations, maxFlows) });
  }

  get encapsulations(): EncapsulationTable { return this.pipeline.encapsulations; }
  get counts(): CaptureCounts { return this.pipeline.counts; }
  get vantage(): VantageSurvey { return this.pipeline.vantage; }
  get duplicates(): number { return this.pipeline.table.duplicates; }
  get evictedOpen(): number { return this.pipeline.table.evictedOpen; }
}
