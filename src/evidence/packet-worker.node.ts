/** The other thread of `packets-apart.node.ts`, as a program: reads one capture, tells its flows, and ends. */
import { once } from 'node:events';
import { parentPort, receiveMessageOnPort } from 'node:worker_threads';
import { nodeDecompressors } from '../capture/decompressors.node.js';
import { NotACaptureError } from '../capture/damage.js';
import { openCapture } from '../capture/file-source.node.js';
import { readCapture } from '../capture/source.js';
import { AddressTable } from '../decode/address-table.js';
import { EncapsulationTable } from '../decode/encapsulation-table.js';
import { compileEngine, NoAddressSpaceError } from '../flow/flow-engine.js';
import { EVENT_BYTES } from '../flow/event-layout.js';
import type { EventOutlet } from '../flow/event-outlet.js';
import { SettledFlows } from '../flow/settled-flows.js';
import { ProtocolGlance } from '../protocol/protocol-glance.js';
import { BLOCKS, Signal, Said, type WorkerMessage, type WorkerOrder } from './apart-messages.js';
import { NeighbourSurvey } from './neighbour-survey.js';
import { PacketPipeline } from './packet-pipeline.js';

const port = parentPort!;
// Often started before anybody knows what is to be read: what can be done without the order is done by then.
compileEngine();
const glance = new ProtocolGlance();
const [{ path, options, signal, progress, settled }] = (await once(port, 'message')) as [WorkerOrder];

function say(message: WorkerMessage, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

const idle = Array.from({ length: BLOCKS }, () => new ArrayBuffer(EVENT_BYTES));

/** Blocks come back when they were read; where none is left, this thread waits. */
function take(): ArrayBuffer {
  for (;;) {
    const seen = Atomics.load(signal, Signal.returned);
    for (let message = receiveMessageOnPort(port); message !== undefined; message = receiveMessageOnPort(port)) idle.push(message.message as ArrayBuffer);
    const block = idle.pop();
    if (block !== undefined) return block;
    Atomics.wait(signal, Signal.returned, seen);
  }
}

/** Set once there are flows that may be told. */
let leaveAll: (() => void) | undefined;

async function read(): Promise<void> {
  const addresses = new AddressTable();
  const neighbours = new NeighbourSurvey();
  const encapsulations = new EncapsulationTable();
  const outlet: EventOutlet = {
    settled: new SettledFlows(settled),
    hear: ({ bytes }, at, length) => {
      const block = take();
      new Uint8Array(block).set(bytes.subarray(at, at + length));
      say({ said: Said.block, block, length }, [block]);
    },
  };
  const pipeline = new PacketPipeline({ ...options, outlet, glance, addresses, encapsulations, neighbours });
  leaveAll = () => { pipeline.table.finish(); };
  const stop = new AbortController();
  pipeline.beginCapture(0);
  const result = await readCapture(await openCapture(path, pipeline.table.chunk), nodeDecompressors, {
    onBatch: (batch, reader) => { pipeline.batch(batch, reader); },
    onProgress: (bytes) => {
      progress[0] = bytes;
      progress[1] = pipeline.counts.packets;
      if (Atomics.load(signal, Signal.stop) !== 0) stop.abort();
    },
  }, { signal: stop.signal });
  pipeline.endCapture(result.reader);
  pipeline.table.handOver();
  const { format, interfaces, names, skipped, dropRecords } = result.reader;
  const { counts, vantage, table } = pipeline;
  say({
    said: Said.captured,
    told: { outcome: { ...result, reader: { format, interfaces, names, skipped, dropRecords: dropRecords ?? null } }, counts, vantage, neighbours },
  });
  leaveAll();
  say({ said: Said.ended, duplicates: table.duplicates, evictedOpen: table.evictedOpen });
}

try {
  await read();
} catch (error) {
  // What was read before a fault of the medium is told all the same; a fault of our own may be met again here.
  try {
    leaveAll?.();
  } catch {
    // The first one is said.
  }
  const { message, code } = error as NodeJS.ErrnoException;
  say({ said: Said.failed, message, code, isNoCapture: error instanceof NotACaptureError, isNoSpace: error instanceof NoAddressSpaceError, byteOffset: error instanceof NotACaptureError ? error.byteOffset : undefined });
}
// Blocks that still come back would keep the thread.
port.unref();
