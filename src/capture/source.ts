/**
 * From a stream of bytes to a reader that has read it: finds out what the bytes are, takes off compression, feeds the reader.
 * Knows no file system; chunks and decompressors are handed in.
 */
import type { CaptureReader } from './capture-reader.js';
import { BadCompressionError, type Decompressors } from './compression.js';
import { type CaptureDamage, NotACaptureError } from './damage.js';
import { type Compression, type Detection, detectFormat } from './detect.js';
import type { PacketBatch } from './packet-batch.js';
import type { RandomAccess } from './random-access.js';

export interface CaptureHandlers {
  /** Once, before the first batch: the format is known. */
  onReader?(reader: CaptureReader): void;
  /** The batch is borrowed until the call returns. */
  onBatch(batch: PacketBatch, reader: CaptureReader): void;
  /** After each chunk: bytes read from the source so far (as stored), for a progress bar. */
  onProgress?(bytesRead: number): void;
}

export interface ReadCaptureOptions {
  /** Ends the input as if the file ended here. */
  readonly signal?: AbortSignal;
  /** The source is a pipe: what its writer still flushes after the signal (Ctrl-C stops both) is read as well, for {@link DRAIN_MS} at most. */
  readonly isLive?: boolean;
  /** Inflated bytes that are read at any ratio. Default {@link FREE_INFLATED_BYTES}. */
  readonly freeInflatedBytes?: number;
  /** Beyond those, inflated bytes per stored byte. Default {@link MAX_INFLATION_RATIO}. */
  readonly maxInflationRatio?: number;
}

export interface CaptureReadResult {
  readonly reader: CaptureReader;
  /** Outermost first; empty: not compressed. */
  readonly compression: readonly Compression[];
  /** As stored. */
  readonly bytesRead: number;
  /** Of the capture itself; equal to `bytesRead` when it is not compressed. */
  readonly captureBytes: number;
  /** Why reading ended. */
  readonly ended: 'end-of-file' | 'aborted' | 'bad-compression' | 'size-limit';
  /** The reader's, and that of the layers in front of it. A cut that only follows from ending early is not in it. */
  readonly damage: readonly CaptureDamage[];
}

export const FREE_INFLATED_BYTES = 1024 ** 3;
/** Captures of real traffic inflate by less than 50; a bomb by 1000 and more. */
export const MAX_INFLATION_RATIO = 200;
/** A live source has ended when nothing comes for so long after the signal, or in any case after so long. */
const SILENCE_MS = 400;
export const DRAIN_MS = 2500;
/** A capture that was compressed twice is a mistake, one that was compressed more often an attack. */
const MAX_LAYERS = 3;

/** @throws NotACaptureError when nothing can be delivered; and whatever `source` and the handlers throw. */
export async function readCapture(source: AsyncIterable<Uint8Array> & { readonly randomAccess?: RandomAccess }, decompressors: Decompressors, handlers: CaptureHandlers, options: ReadCaptureOptions = {}): Promise<CaptureReadResult> {
  const stored = new CountedChunks(source[Symbol.asyncIterator](), options.signal, options.isLive);
  const compression: Compression[] = [];
  let chunks = stored;
  try {
    let detection = await detect(chunks, compression);
    while (detection.kind === 'compressed') {
      const decompress = decompressors[detection.compression];
      if (decompress === undefined) throw new NotACaptureError(`not a capture: ${detection.compression} data, which cannot be unpacked here; unpack it first`);
      if (compression.length === MAX_LAYERS) throw new NotACaptureError(`not a capture: compressed more than ${MAX_LAYERS} times`);
      compression.push(detection.compression);
      // Of a live source all that came before its end is inflated, too; nothing else is worth waiting for.
      chunks = new CountedChunks(decompress(chunks)[Symbol.asyncIterator](), options.isLive === true ? undefined : options.signal);
      detection = await detect(chunks, compression);
    }
    return await feed(detection.create(compression.length === 0 ? source.randomAccess : undefined), stored, chunks, compression, handlers, options);
  } finally {
    // Not awaited: it would wait for a read that may never end.
    void chunks.close();
    if (chunks !== stored) void stored.close();
  }
}

type Found = Exclude<Detection, { kind: 'need-more' }>;

async function detect(chunks: CountedChunks, layers: readonly Compression[]): Promise<Found> {
  let head: Uint8Array = new Uint8Array(0);
  try {
    for (;;) {
      const chunk = await chunks.pull();
      const joined = chunk === undefined ? head : join(head, chunk);
      const detection = detectFormat(joined, chunk === undefined);
      if (detection.kind !== 'need-more') {
        chunks.unread(joined);
        return detection;
      }
      head = joined === chunk ? joined.slice() : joined; // the chunk is only lent
    }
  } catch (error) {
    if (error instanceof BadCompressionError) {
      if (head.length === 0) throw new NotACaptureError(`not a capture: damaged ${layers.at(-1) ?? ''} data (${error.message}), nothing of it can be unpacked`);
      chunks.failLater(error);
      const detection = detectFormat(head, true);
      if (detection.kind === 'need-more') throw error;
      chunks.unread(head);
      return detection;
    }
    if (error instanceof NotACaptureError && layers.length > 0) throw new NotACaptureError(`${error.message} (inside ${layers.join(', ')})`, error.byteOffset);
    throw error;
  }
}

async function feed(reader: CaptureReader, stored: CountedChunks, chunks: CountedChunks, compression: readonly Compression[], handlers: CaptureHandlers, options: ReadCaptureOptions): Promise<CaptureReadResult> {
  const free = options.freeInflatedBytes ?? FREE_INFLATED_BYTES;
  const ratio = options.maxInflationRatio ?? MAX_INFLATION_RATIO;
  const onBatch = (batch: PacketBatch) => { handlers.onBatch(batch, reader); };
  const damage: CaptureDamage[] = [];
  let ended: CaptureReadResult['ended'] = 'end-of-file';
  handlers.onReader?.(reader);
  try {
    for (let chunk = await chunks.pull(); chunk !== undefined; chunk = await chunks.pull()) {
      reader.feed(chunk, onBatch);
      handlers.onProgress?.(stored.bytes);
      const believed = Math.max(free, stored.bytes * ratio);
      if (chunks !== stored && chunks.bytes > believed) {
        ended = 'size-limit';
        damage.push({
          code: 'size-limit', byteOffset: stored.bytes, expected: chunks.bytes, found: believed, boundedBy: 'format',
          detail: `${stored.bytes} bytes inflate to more than ${believed}: no capture of traffic does that`,
        });
        break;
      }
    }
    if (ended === 'end-of-file' && (chunks.isAborted || stored.isAborted)) ended = 'aborted';
  } catch (error) {
    if (!(error instanceof BadCompressionError)) throw error;
    ended = error.isCut && stored.isAborted ? 'aborted' : 'bad-compression';
    // The file is as long as it is, however much of it the inflater had asked for.
    if (options.isLive !== true) while ((await stored.pull()) !== undefined);
    // A cut is where the file ends; of a fault only that is known which could be inflated before it.
    const at = error.isCut ? stored.bytes : chunks.bytes;
    if (ended === 'bad-compression') damage.push({
      code: 'bad-compression', byteOffset: at, expected: at + 1, found: at, boundedBy: error.isCut ? 'file' : 'format', detail: error.message,
    });
  }
  const before = reader.damage.length;
  reader.finish(onBatch);
  const own = ended === 'end-of-file' ? reader.damage : reader.damage.filter((each, i) => i < before || !each.code.startsWith('cut-'));
  return { reader, compression, bytesRead: stored.bytes, captureBytes: chunks.bytes, ended, damage: [...own, ...damage] };
}

/** Chunks with their bytes counted, the first of which can be put back, and which end when they are aborted. */
class CountedChunks implements AsyncIterable<Uint8Array> {
  bytes = 0;
  isAborted = false;
  private readonly iterator: AsyncIterator<Uint8Array>;
  private readonly signal: AbortSignal | undefined;
  private readonly isLive: boolean;
  /** When reading after the signal must end. */
  private drainedAt = Infinity;
  private putBack: Uint8Array | undefined;
  private failure: Error | undefined;

  constructor(iterator: AsyncIterator<Uint8Array>, signal: AbortSignal | undefined, isLive = false) {
    this.iterator = iterator;
    this.signal = signal;
    this.isLive = isLive;
  }

  /** Undefined at the end. */
  async pull(): Promise<Uint8Array | undefined> {
    if (this.putBack !== undefined) {
      const chunk = this.putBack;
      this.putBack = undefined;
      return chunk;
    }
    if (this.failure !== undefined) throw this.failure;
    const { done, value } = await this.nextUnlessAborted();
    if (done === true) return undefined;
    this.bytes += value.length;
    return value;
  }

  unread(chunk: Uint8Array): void {
    if (chunk.length > 0) this.putBack = chunk;
  }

  /** What was put back is still to be read; then this. */
  failLater(error: Error): void {
    this.failure = error;
  }

  close(): Promise<unknown> | undefined {
    return this.iterator.return?.()?.catch(() => undefined);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (let chunk = await this.pull(); chunk !== undefined; chunk = await this.pull()) yield chunk;
  }

  /** A read from a pipe may take for ever, so being aborted does not wait for it: not at all, or not long. */
  private nextUnlessAborted(): Promise<IteratorResult<Uint8Array, unknown>> {
    const { signal } = this;
    if (signal === undefined) return this.iterator.next();
    return new Promise((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const end = () => {
        this.isAborted = true;
        resolve({ done: true, value: undefined });
      };
      const onAbort = () => {
        if (this.drainedAt === Infinity) this.drainedAt = performance.now() + (this.isLive ? DRAIN_MS : 0);
        const left = this.drainedAt - performance.now();
        if (left <= 0) end();
        else timer = setTimeout(end, Math.min(SILENCE_MS, left));
      };
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
      if (this.isAborted) return;
      this.iterator.next().then(resolve, reject).finally(() => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      });
    });
  }
}

function join(head: Uint8Array, chunk: Uint8Array): Uint8Array {
  if (head.length === 0) return chunk;
  const joined = new Uint8Array(head.length + chunk.length);
  joined.set(head);
  joined.set(chunk, head.length);
  return joined;
}
