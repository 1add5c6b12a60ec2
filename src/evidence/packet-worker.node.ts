/** What the other thread of `packets-apart.node.ts` does: reads one capture, tells its flows, and ends. A program of its own, see `packet-thread.node.ts`. */
import { once } from 'node:events';
import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { nodeDecompressors } from '../capture/decompressors.node.js';
import { NotACaptureError } from '../capture/damage.js';
import { openCapture } from '../capture/file-source.node.js';
import { readCapture } from '../capture/source.js';
import { AddressTable } from '../decode/address-table.js';
import { EncapsulationTable } from '../decode/encapsulation-table.js';
import { compileEngine, NoAddressSpaceError } from '../flow/flow-engine.js';
import { EVENT_BYTES } from '../flow/event-layout.js';
import type { EventOutlet } from '../flow/event-outlet.js';
import type { FlowTable } from '../flow/flow-table.js';
import { SettledFlows } from '../flow/settled-flows.js';
import { ProtocolGlance } from '../protocol/protocol-glance.js';
import { BLOCKS, Signal, Said, type WorkerMessage, type WorkerOrder } from './apart-messages.js';
import { NeighbourSurvey } from './neighbour-survey.js';
import { PacketPipeline } from './packet-pipeline.js';

/** The other thread has nothing to do until the first block comes: these are told at once, however little it is. */
const EARLY_BATCHES = 16;

/** Until everything is told to the other end of `port`, which gives the order first. */
export async function readPackets(port: MessagePort): Promise<void> {
  // Often started before anybody knows what is to be read: what can be done without the order is done by then.
  compileEngine();
  const glance = new ProtocolGlance();
  const [order] = (await once(port, 'message')) as [WorkerOrder];
  const thread = new PacketThread(port, order, glance);
  try {
    await thread.read();
  } catch (error) {
    thread.fail(error);
  }
  // Blocks that still come back would keep the thread.
  port.unref();
}

class PacketThread {
  private readonly port: MessagePort;
  private readonly order: WorkerOrder;
  private readonly glance: ProtocolGlance;
  private readonly idle = Array.from({ length: BLOCKS }, () => new ArrayBuffer(EVENT_BYTES));
  /** Set once there are flows that may be told. */
  private table: FlowTable | undefined;

  constructor(port: MessagePort, order: WorkerOrder, glance: ProtocolGlance) {
    this.port = port;
    this.order = order;
    this.glance = glance;
  }

  async read(): Promise<void> {
    const { path, options, signal, progress, settled } = this.order;
    const addresses = new AddressTable();
    const neighbours = new NeighbourSurvey();
    const outlet: EventOutlet = {
      settled: new SettledFlows(settled),
      hear: ({ bytes }, at, length) => {
        const block = this.take();
        new Uint8Array(block).set(bytes.subarray(at, at + length));
        this.say({ said: Said.block, block, length }, [block]);
      },
    };
    const pipeline = new PacketPipeline({ ...options, outlet, glance: this.glance, addresses, encapsulations: new EncapsulationTable(), neighbours });
    const { table } = pipeline;
    this.table = table;
    const stop = new AbortController();
    let batches = 0;
    pipeline.beginCapture(0);
    const result = await readCapture(await openCapture(path, table.chunk), nodeDecompressors, {
      onBatch: (batch, reader) => {
        pipeline.batch(batch, reader);
        if (batches < EARLY_BATCHES) {
          batches++;
          table.handOver();
        }
      },
      onProgress: (bytes) => {
        progress[0] = bytes;
        progress[1] = pipeline.counts.packets;
        if (Atomics.load(signal, Signal.stop) !== 0) stop.abort();
      },
    }, { signal: stop.signal });
    pipeline.endCapture(result.reader);
    table.handOver();
    const { format, interfaces, names, skipped, dropRecords } = result.reader;
    const { counts, vantage } = pipeline;
    this.say({
      said: Said.captured,
      told: { outcome: { ...result, reader: { format, interfaces, names, skipped, dropRecords: dropRecords ?? null } }, counts, vantage, neighbours },
    });
    table.finish();
    this.say({ said: Said.ended, duplicates: table.duplicates, evictedOpen: table.evictedOpen });
  }

  fail(error: unknown): void {
    // What was read before a fault of the medium is told all the same; a fault of our own may be met again here.
    try {
      this.table?.finish();
    } catch {
      // The first one is said.
    }
    const { message, code } = error as NodeJS.ErrnoException;
    this.say({ said: Said.failed, message, code, isNoCapture: error instanceof NotACaptureError, isNoSpace: error instanceof NoAddressSpaceError, byteOffset: error instanceof NotACaptureError ? error.byteOffset : undefined });
  }

  /** Blocks come back when they were read; where none is left, this thread waits until half of them are back. */
  private take(): ArrayBuffer {
    const { idle, port, order: { signal } } = this;
    for (;;) {
      const seen = Atomics.load(signal, Signal.returned);
      for (let message = receiveMessageOnPort(port); message !== undefined; message = receiveMessageOnPort(port)) idle.push(message.message as ArrayBuffer);
      const block = idle.pop();
      if (block !== undefined) return block;
      Atomics.store(signal, Signal.wake, (seen + BLOCKS / 2) | 0);
      Atomics.wait(signal, Signal.returned, seen);
    }
  }

  private say(message: WorkerMessage, transfer: ArrayBuffer[] = []): void {
    this.port.postMessage(message, transfer);
  }
}
