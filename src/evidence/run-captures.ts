/**
 * Reads inputs in the order of time and drives them through pipelines: inputs that follow one another are one series with one
 * flow table (a ring of files), inputs that overlap in time are capture points with a table each.
 */
import type { Decompressors } from '../capture/compression.js';
import { NotACaptureError } from '../capture/damage.js';
import type { RandomAccess } from '../capture/random-access.js';
import { readCapture } from '../capture/source.js';
import { FEW_INPUTS, openingsOf, showTheSame, type Openings } from './common-packets.js';
import { compareTimes } from './positions.js';
import type { TrafficSelection } from './traffic-filter.js';
import { NoAddressSpaceError } from '../flow/flow-engine.js';
import type { CaptureOutcome } from './capture-outcome.js';
import { LocalSeries } from './packet-series.js';
import { ApartSeries } from './packets-apart.js';
import type { ApartListener, CaptureToldApart, PacketsApart } from './packets-apart.js';
import type { PacketSeries, SeriesOptions } from './packet-series.js';
import type { Time } from '../flow/flow.js';

export interface CaptureInput {
  /** As it is shown. */
  readonly name: string;
  /** It can be opened once only, as a pipe can; so nobody looks into it before. `-` is such an input in any case. */
  readonly isOnce?: boolean;
  /** Its packets can be read in another thread: answers how, or undefined where that is not worth it. */
  apart?(): PacketsApart | undefined;
  /** `buffer`: where chunks are best read to. Throws what the system answers; the message of what it throws is shown beside the name. */
  open(buffer?: Uint8Array): Promise<AsyncIterable<Uint8Array> & { readonly size: number | null; readonly randomAccess?: RandomAccess }>;
}

/** An input of which nothing could be read. */
export interface InputFault {
  readonly name: string;
  readonly message: string;
}

export interface RunOptions {
  readonly decompressors: Decompressors;
  /** Ends the input; what was read is reported. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((name: string, bytes: number, size: number | null, packets: number) => void) | undefined;
  /** Only this traffic; the rest is counted as filtered out. */
  readonly selection?: TrafficSelection | undefined;
  /** Turns an error of `open` into words. */
  readonly explain?: ((error: unknown) => string) | undefined;
}

export interface RunHandlers {
  /** How packets of a series are to be read, and who keeps its flows. */
  seriesOptions(): SeriesOptions;
  /** A new series begins. */
  beginSeries?(series: PacketSeries): void;
  /** One input is read to its end. */
  capture?(input: CaptureInput, index: number, result: CaptureOutcome, series: PacketSeries): void;
  /** All flows of the series have left. */
  endSeries?(series: PacketSeries): void;
}

export async function runCaptures(inputs: readonly CaptureInput[], options: RunOptions, handlers: RunHandlers): Promise<InputFault[]> {
  const faults: InputFault[] = [];
  // Several inputs have to be put in order first, and what is selected is asked of each packet.
  const [only] = inputs;
  if (only !== undefined && inputs.length === 1 && !isOnce(only) && options.selection === undefined && options.signal?.aborted !== true) {
    const apart = only.apart?.();
    if (apart !== undefined) {
      const wanted = handlers.seriesOptions();
      if (apart.start({ sketches: wanted.sketches === true, survey: wanted.survey === true })) return runApart(only, apart, wanted, options, handlers);
    }
  }
  const ordered = inputs.length > 1 ? await inOrderOfTime(inputs, options, faults) : inputs.map((input) => ({ input, start: null, linkTypes: '' }));
  let series: LocalSeries | undefined;
  let seriesEnd: Time | null = null;
  let seriesLinks = '';
  let index = 0;
  let packetsBefore = 0;
  const inSeries: CaptureInput[] = [];
  const views = new Views(inputs.length, options.decompressors);
  for (const { input, start, linkTypes } of ordered) {
    if (options.signal?.aborted === true) break;
    const follows = seriesEnd === null || start === null || (compareTimes(start, seriesEnd) >= 0 && !(await views.showPacketsOf(input, inSeries)));
    if (series !== undefined && (!follows || linkTypes !== seriesLinks)) {
      end(series, handlers);
      series = undefined;
      inSeries.length = 0;
    }
    inSeries.push(input);
    const isNew: boolean = series === undefined;
    series ??= begin(handlers);
    const { pipeline } = series;
    seriesLinks = linkTypes;
    pipeline.beginCapture(index);
    try {
      const source = await input.open(pipeline.table.chunk);
      const result = await readCapture(source, options.decompressors, {
        onBatch: (batch, reader) => {
          pipeline.batch(batch, reader);
        },
        onProgress: (bytes) => options.onProgress?.(input.name, bytes, source.size, packetsBefore + pipeline.counts.packets),
      }, options.signal === undefined ? {} : { signal: options.signal, isLive: source.size === null });
      pipeline.endCapture(result.reader);
      handlers.capture?.(input, index, result, series);
      packetsBefore += pipeline.counts.packets;
      const { end: last } = pipeline.counts;
      if (last !== null && (isNew || seriesEnd === null || compareTimes(last, seriesEnd) > 0)) seriesEnd = last;
      index++;
    } catch (error) {
      faults.push(faultOf(input, error, options));
    }
  }
  if (series !== undefined) end(series, handlers);
  return faults;
}

async function runApart(input: CaptureInput, apart: PacketsApart, wanted: SeriesOptions, options: RunOptions, handlers: RunHandlers): Promise<InputFault[]> {
  const series: ApartSeries = new ApartSeries(wanted, apart.settled, (outcome) => { handlers.capture?.(input, 0, outcome, series); });
  handlers.beginSeries?.(series);
  const faults: InputFault[] = [];
  const listener = new Witnessed(series, () => { options.onProgress?.(input.name, apart.bytes, apart.size, apart.packets); });
  try {
    await apart.read(listener, options.signal);
  } catch (error) {
    // A sink that takes nothing more is no fault of the input.
    if (listener.hasThrown) throw error;
    faults.push(faultOf(input, error, options));
  }
  handlers.endSeries?.(series);
  return faults;
}

/** A listener of whom it is known whether it threw. */
class Witnessed implements ApartListener {
  hasThrown = false;
  private readonly listener: ApartListener;
  private readonly onBlock: () => void;

  constructor(listener: ApartListener, onBlock: () => void) {
    this.listener = listener;
    this.onBlock = onBlock;
  }

  block(block: ArrayBuffer, length: number): void {
    this.tell(() => { this.listener.block(block, length); });
    this.onBlock();
  }
  captured(told: CaptureToldApart): void { this.tell(() => { this.listener.captured(told); }); }
  ended(duplicates: number, evictedOpen: number): void { this.tell(() => { this.listener.ended(duplicates, evictedOpen); }); }

  private tell(what: () => void): void {
    this.hasThrown = true;
    what();
    this.hasThrown = false;
  }
}

function begin(handlers: RunHandlers): LocalSeries {
  const series = new LocalSeries(handlers.seriesOptions());
  handlers.beginSeries?.(series);
  return series;
}

function end(series: LocalSeries, handlers: RunHandlers): void {
  series.pipeline.table.finish();
  handlers.endSeries?.(series);
}

/** Openings of inputs, read once each, and only when somebody asks. */
class Views {
  private readonly known = new Map<CaptureInput, Openings>();
  private readonly wanted: boolean;
  private readonly decompressors: Decompressors;

  constructor(inputs: number, decompressors: Decompressors) {
    this.wanted = inputs > 1 && inputs <= FEW_INPUTS;
    this.decompressors = decompressors;
  }

  /** Whether an input shows packets that one of the others shows as well: then it is another place, whatever its clock says. */
  async showPacketsOf(input: CaptureInput, others: readonly CaptureInput[]): Promise<boolean> {
    if (!this.wanted || isOnce(input) || others.length === 0) return false;
    const own = await this.of(input);
    for (const other of others) if (!isOnce(other) && showTheSame(own, await this.of(other))) return true;
    return false;
  }

  private async of(input: CaptureInput): Promise<Openings> {
    let openings = this.known.get(input);
    if (openings === undefined) this.known.set(input, (openings = await openingsOf(await input.open(), this.decompressors)));
    return openings;
  }
}

function isOnce({ name, isOnce: once }: CaptureInput): boolean {
  return once === true || name === '-';
}

interface Ordered {
  readonly input: CaptureInput;
  readonly start: Time | null;
  readonly linkTypes: string;
}

async function inOrderOfTime(inputs: readonly CaptureInput[], options: RunOptions, faults: InputFault[]): Promise<Ordered[]> {
  const ordered: Ordered[] = [];
  for (const input of inputs) {
    try {
      ordered.push({ input, ...(await peek(input, options)) });
    } catch (error) {
      faults.push(faultOf(input, error, options));
    }
  }
  return ordered.sort((a, b) => {
    if (a.start === null || b.start === null) return a.start === b.start ? byName(a, b) : a.start === null ? 1 : -1;
    return compareTimes(a.start, b.start) || byName(a, b);
  });
}

function byName(a: Ordered, b: Ordered): number {
  return a.input.name < b.input.name ? -1 : a.input.name > b.input.name ? 1 : 0;
}

/** A file without times is not read to its end for one. */
const PACKETS_TO_PEEK = 1000;

/** Time of the first packet that has one, and link types; a pipe is never read twice, so it stands behind the others. */
async function peek(input: CaptureInput, options: RunOptions): Promise<{ start: Time | null; linkTypes: string }> {
  if (isOnce(input)) return { start: null, linkTypes: '' };
  const stop = new AbortController();
  let start: Time | null = null;
  let linkTypes = '';
  let looked = 0;
  await readCapture(await input.open(), options.decompressors, {
    onBatch: (batch, reader) => {
      // More batches may come of the same chunk: they must not decide, since other chunks would end before them.
      for (let row = 0; row < batch.count && start === null && looked < PACKETS_TO_PEEK; row++, looked++) {
        if (!Number.isNaN(batch.seconds[row]!)) start = { seconds: batch.seconds[row]!, nanoseconds: batch.nanoseconds[row]! };
      }
      linkTypes ||= reader.interfaces.map((entry) => entry.linkType).join();
      if (start !== null || looked >= PACKETS_TO_PEEK) stop.abort();
    },
  }, { signal: stop.signal });
  return { start, linkTypes };
}

function faultOf(input: CaptureInput, error: unknown, options: RunOptions): InputFault {
  if (error instanceof NoAddressSpaceError) throw error;
  if (error instanceof NotACaptureError) return { name: input.name, message: error.message };
  if (options.explain === undefined) throw error;
  return { name: input.name, message: options.explain(error) };
}
