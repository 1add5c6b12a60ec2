/**
 * A router that translates addresses leaves sequence numbers as they are: a SYN with the initial sequence number of another SYN of
 * the last moments, between other sockets, is the same connection on the other side of the router. The last few thousand SYNs are
 * remembered.
 */
import { reserve } from '../../decode/engine/memory';
import { G } from '../../decode/segment-layout';
import { W } from '../flow-layout';
import { tellTranslated } from './events';
import { clientOf, isLive, recordAt } from './records';

const SLOT_BITS = 12;
/** Between the SYN before and behind the router. */
const MAX_SECONDS = 2;
const ENTRY_BYTES = 40;
/** Of an entry. Doubles: seconds. */
const SECONDS = 0;
const SEQUENCE = 8;
const CLIENT = 12;
const SERVER = 16;
/** client port << 16 | server port */
const PORTS = 20;
/** Plus one; 0: the entry is free. */
const RECORD = 24;

let base: usize = 0;

export function initTranslations(): void {
  base = reserve(ENTRY_BYTES << SLOT_BITS);
}

/** Remembers a SYN; tells when it is that of a connection already seen on the other side of a router. `start`: when its flow began, seconds. */
export function watchSyn(record: i32, s: usize, start: f64): void {
  const sequence = load<i32>(s, G.sequence);
  const source = load<i32>(s, G.source);
  const destination = load<i32>(s, G.destination);
  const ports = load<i32>(s, G.ports);
  const entry = base + <usize>((<u32>sequence * <u32>0x9e3779b1) >>> (32 - SLOT_BITS)) * ENTRY_BYTES;
  const twinRecord = load<i32>(entry, RECORD) - 1;
  const twinClient = load<i32>(entry, CLIENT);
  const twinServer = load<i32>(entry, SERVER);
  const twinPorts = load<i32>(entry, PORTS);
  const same = twinRecord >= 0 && load<i32>(entry, SEQUENCE) == sequence && abs<f64>(start - load<f64>(entry, SECONDS)) <= MAX_SECONDS;
  const sameSockets = twinClient == source && twinServer == destination && twinPorts == ports;
  store<f64>(entry, start, SECONDS);
  store<i32>(entry, sequence, SEQUENCE);
  store<i32>(entry, source, CLIENT);
  store<i32>(entry, destination, SERVER);
  store<i32>(entry, ports, PORTS);
  store<i32>(entry, record + 1, RECORD);
  if (!same || sameSockets) return;
  tellTranslated(record, twinClient, twinServer, twinPorts);
  if (isStill(twinRecord, sequence, twinClient)) tellTranslated(twinRecord, source, destination, ports);
}

/** The flow on the other side of the router, where it is kept here and is still what it was. */
function isStill(record: i32, sequence: i32, client: i32): bool {
  const r = recordAt(record);
  if (!isLive(r)) return false;
  const own = r + (<usize>clientOf(load<i32>(r, W.state * 4)) << 2);
  return load<i32>(own, W.initial0 * 4) == sequence && load<i32>(own, W.address0 * 4) == client;
}
