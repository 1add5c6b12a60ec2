/**
 * Packets read in another thread. There stands all that is done for every packet (reading, decoding, the flow table, counts, vantage); here are the
 * keeper of the flows, which looks at their payload, and everything that follows. What goes over is flow events, in blocks; the results are the same
 * bytes as those of one thread.
 */
import { EncapsulationTable } from '../decode/encapsulation-table.js';
import { EventReader } from '../flow/event-reader.js';
import { FlowKeeper } from '../flow/flow-keeper.js';
import { DEFAULT_MAX_FLOWS } from '../flow/flow-table.js';
import type { SettledFlows } from '../flow/settled-flows.js';
import { CaptureCounts } from './capture-counts.js';
import type { CaptureOutcome } from './capture-outcome.js';
import type { NeighbourSurvey } from './neighbour-survey.js';
import type { PacketSeries, SeriesOptions } from './packet-series.js';
import { VantageSurvey } from './vantage-survey.js';

/** How the other thread is to read. */
export interface ApartOptions {
  readonly sketches: boolean;
  readonly survey: boolean;
}

/** What it says besides flow events. What were objects of a class are their fields only. */
export interface CaptureToldApart {
  readonly outcome: CaptureOutcome;
  readonly counts: object;
  readonly vantage: object;
  readonly neighbours: object;
}

export interface ApartListener {
  /** Flow events; the block is borrowed. */
  block(block: ArrayBuffer, length: number): void;
  /** The capture is read; the flows that are still open leave after this. */
  captured(told: CaptureToldApart): void;
  /** All flows have left. */
  ended(duplicates: number, evictedOpen: number): void;
}

/** One input, about to be read in another thread. */
export interface PacketsApart {
  readonly size: number;
  /** Shared with that thread. */
  readonly settled: SettledFlows;
  /** Read so far. */
  readonly bytes: number;
  readonly packets: number;
  /** Begins to read. False: there is no other thread to be had; nothing was read then. */
  start(options: ApartOptions): boolean;
  /** Answers when all is told. @throws what reading the input throws, and what the listener throws. */
  read(listener: ApartListener, signal: AbortSignal | undefined): Promise<void>;
}

/** Its flows are told from elsewhere. */
export class ApartSeries implements PacketSeries, ApartListener {
  readonly keeper: FlowKeeper;
  readonly encapsulations = new EncapsulationTable();
  counts = new CaptureCounts();
  vantage = new VantageSurvey();
  duplicates = 0;
  evictedOpen = 0;
  private readonly reader: EventReader;
  private readonly neighbours: NeighbourSurvey | undefined;
  private readonly onCaptured: (outcome: CaptureOutcome) => void;

  /** `onCaptured` is called when counts and vantage are those of the whole capture. */
  constructor({ sink, inspector, addresses, neighbours }: SeriesOptions, settled: SettledFlows, onCaptured: (outcome: CaptureOutcome) => void) {
    this.keeper = new FlowKeeper(addresses, sink, DEFAULT_MAX_FLOWS, inspector);
    this.reader = new EventReader(this.keeper, addresses, this.encapsulations, DEFAULT_MAX_FLOWS, settled);
    this.neighbours = neighbours;
    this.onCaptured = onCaptured;
  }

  block(block: ArrayBuffer, length: number): void {
    this.reader.hear({ words: new Int32Array(block), doubles: new Float64Array(block), bytes: new Uint8Array(block) }, 0, length);
  }

  captured({ outcome, counts, vantage, neighbours }: CaptureToldApart): void {
    Object.assign(this.counts, counts);
    Object.assign(this.vantage, vantage);
    if (this.neighbours !== undefined) Object.assign(this.neighbours, neighbours);
    this.onCaptured(outcome);
  }

  ended(duplicates: number, evictedOpen: number): void {
    this.duplicates = duplicates;
    this.evictedOpen = evictedOpen;
  }
}
