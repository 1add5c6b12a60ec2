/** The other thread of `packets-apart.node.ts`, as a program: reads one capture, tells its flows, and ends. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { nodeDecompressors } from '../capture/decompressors.node.js';
import { NotACaptureError } from '../capture/damage.js';
import { openCapture } from '../capture/file-source.node.js';
import { readCapture } from '../capture/source.js';
import { AddressTable } from '../decode/address-table.js';
import { EncapsulationTable } from '../decode/encapsulation-table.js';
import { NoAddressSpaceError } from '../flow/flow-engine.js';
import { EventWriter } from '../flow/event-writer.js';
import { ProtocolGlance } from '../protocol/protocol-glance.js';
import { BLOCK_BYTES, BLOCKS, Signal, Said, type WorkerMessage, type WorkerOrder } from './apart-messages.js';
import { NeighbourSurvey } from './neighbour-survey.js';
import { PacketPipeline } from './packet-pipeline.js';

const port = parentPort!;
const { path, options, signal, progress, done } = workerData as WorkerOrder;

function say(message: WorkerMessage, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

const idle = Array.from({ length: BLOCKS }, () => new ArrayBuffer(BLOCK_BYTES));

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
  let writer!: EventWriter;
  const pipeline = new PacketPipeline({
    ...options, glance: new ProtocolGlance(), addresses, encapsulations, neighbours,
    listen: (records) => (writer = new EventWriter(records, addresses, encapsulations, { take, send: (block, length) => { say({ said: Said.block, block, length }, [block]); } }, done)),
  });
  leaveAll = () => {
    pipeline.table.finish();
    writer.flush();
  };
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
  writer.flush();
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
