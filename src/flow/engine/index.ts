/** The engine's memory and entry points. */
import { initAddresses } from '../../decode/engine/address-cache';
import { takeMemory } from '../../decode/engine/memory';
import { initPorts } from '../../decode/engine/port-traits';
import { initBatch, segmentAt } from './batch';
import { initDatagrams } from './datagram-memory';
import { initEvents } from './events';
import { find, identify } from './flow-identity';
import { initFlows, openQuoted } from './flow-table';
import { initIndex } from './flow-index';
import { initRecordLife } from './record-life';
import { initRecords } from './records';
import { initSenders } from './senders';
import { initSketches } from './sketches';
import { initTcpFacts } from './tcp-facts';
import { initTranslations } from './translation-watch';

export { addOne, capturedAt, chunkAt, framesAt, inputAt, interfaceIndexAt, interfacesAt, nanosecondsAt, offsetsAt, originalAt, run, secondsAt, segmentAt } from './batch';
export { handOver, room } from './events';
export { lastTouched } from './flow-identity';
export { duplicates } from './flow-table';
export { evictedFinished, evictedOpen, finish } from './record-life';
export { beginSurvey, rowsAreMarked, synsAt } from './senders';

let records: usize = 0;
let ports: usize = 0;
let events: usize = 0;

/** To be called once, before anything else. `chunks`: of sketches; 0: none are kept. False: there is not enough memory. */
export function init(maxFlows: i32, chunks: i32, inspects: bool): bool {
  initAddresses();
  ports = initPorts();
  initBatch();
  events = initEvents();
  initSenders();
  initIndex(maxFlows);
  initTranslations();
  initDatagrams();
  initRecordLife(maxFlows);
  initFlows(inspects);
  initTcpFacts(chunks > 0);
  initSketches(chunks);
  records = initRecords(maxFlows);
  return takeMemory();
}

export function recordsAt(): usize { return records; }
export function portsAt(): usize { return ports; }
export function eventsAt(): usize { return events; }

/** The record of the flow of the segment at `segmentAt`, or -1. */
export function findOne(): i32 {
  const s = segmentAt();
  identify(s);
  return find(s);
}

/** A new record for the flow of the segment at `segmentAt`, which `findOne` did not find. */
export function quoteOne(): i32 {
  return openQuoted(segmentAt());
}
