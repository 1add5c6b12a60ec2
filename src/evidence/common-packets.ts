/**
 * Whether two inputs that follow one another in time are two views of the same packets after all: two ends whose clocks differ. A ring of
 * files never shows a packet twice. Looked at for a few inputs only, and only at their beginnings.
 */
import type { Decompressors } from '../capture/compression.js';
import { readCapture } from '../capture/source.js';
import { AddressTable } from '../decode/address-table.js';
import { Bucket } from '../decode/bucket.js';
import { EncapsulationTable } from '../decode/encapsulation-table.js';
import { PacketDecoder } from '../decode/packet-decoder.js';
import { IpProtocol, Segment, TcpFlag } from '../decode/segment.js';

/** More inputs than this are a ring. */
export const FEW_INPUTS = 8;
const PACKETS_LOOKED_AT = 20_000;
const OPENINGS_KEPT = 2048;

/** Openings of TCP connections by sockets, sequence number and IP identification; what has no identification (IPv6) is kept with 0. */
export interface Openings {
  readonly syns: ReadonlySet<string>;
  /** SYN-ACKs, with both sequence numbers: repeated far more rarely than SYNs. */
  readonly answers: ReadonlySet<string>;
  /** The same without their sockets, each with them: an address translation changes these alone. */
  readonly numbers: ReadonlyMap<string, string>;
  /** True: this input itself shows connections on both sides of an address translation. */
  readonly translates: boolean;
}

export async function openingsOf(source: AsyncIterable<Uint8Array>, decompressors: Decompressors): Promise<Openings> {
  const addresses = new AddressTable();
  const decoder = new PacketDecoder(addresses, new EncapsulationTable());
  const segment = new Segment();
  const stop = new AbortController();
  const syns = new Set<string>();
  const answers = new Set<string>();
  const numbers = new Map<string, string>();
  let translates = false;
  let looked = 0;
  await readCapture(source, decompressors, {
    onBatch: (batch, reader) => {
      const { bytes, view, offset, capturedLength, originalLength, interfaceIndex } = batch;
      for (let row = 0; row < batch.count && looked < PACKETS_LOOKED_AT; row++, looked++) {
        const { linkType, fcsLength } = reader.interfaces[interfaceIndex[row]!]!;
        if (decoder.decode(bytes, view, offset[row]!, capturedLength[row]!, originalLength[row]!, linkType, segment, fcsLength) !== Bucket.decoded) continue;
        if (segment.transport !== IpProtocol.tcp || (segment.tcpFlags & TcpFlag.syn) === 0) continue;
        const isAnswer = (segment.tcpFlags & TcpFlag.ack) !== 0;
        const kept = isAnswer ? answers : syns;
        if (kept.size >= OPENINGS_KEPT) continue;
        const sockets = `${addresses.text(segment.source)} ${segment.sourcePort} ${addresses.text(segment.destination)} ${segment.destinationPort}`;
        const number = `${segment.sequence >>> 0} ${isAnswer ? segment.acknowledgement >>> 0 : segment.ipId}`;
        kept.add(`${sockets} ${number}`);
        if (!isAnswer && segment.ipId === 0) continue;
        const known = numbers.get(number);
        if (known === undefined) numbers.set(number, sockets);
        else if (known !== sockets) translates = true;
      }
      if (looked >= PACKETS_LOOKED_AT || (syns.size >= OPENINGS_KEPT && answers.size >= OPENINGS_KEPT)) stop.abort();
    },
  }, { signal: stop.signal });
  return { syns, answers, numbers, translates };
}

/**
 * A SYN that is repeated at the turn of two files has another identification, but where there is none it looks the same: then two
 * connections must be common, or one with its answer.
 */
export function showTheSame(a: Openings, b: Openings): boolean {
  const common = [...a.syns].filter((one) => b.syns.has(one));
  if (common.some((one) => !one.endsWith(' 0'))) return true;
  if (showTranslated(a, b)) return true;
  const answered = [...a.answers].filter((one) => b.answers.has(one)).length;
  return answered > 0 && common.length + answered > 1;
}

/** Equal numbers between other sockets: the two sides of an address translation. A router that captures on both sides has both in one file, and may turn to the next in between. */
function showTranslated(a: Openings, b: Openings): boolean {
  if (a.translates || b.translates) return false;
  let common = 0;
  for (const [number, sockets] of a.numbers) if ((b.numbers.get(number) ?? sockets) !== sockets && ++common > 1) return true;
  return false;
}
