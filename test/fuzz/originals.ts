/** What mutations begin with: the captures of the laboratory, as they are and in every container that the tests can write, and a folder of others. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { detectFormat } from '../../src/capture/detect.js';
import type { PacketBatch } from '../../src/capture/packet-batch.js';
import { writeErf, writeNetmon, writeSnoop } from '../support/container-writers.js';
import { EtlKeyword, ndisPacket, pktmonComponent, pktmonPacket, writeEtl } from '../support/etl-writer.js';
import { writePcap } from '../support/pcap-writer.js';

export interface Original {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const LAB = join(import.meta.dirname, '../../fixtures/lab');
/** Of a large capture, the beginning: speed finds more than length. */
const MAX_LENGTH = 128 * 1024;
const CAPTURE_NAME = /\.(pcap|pcapng|cap|snoop|erf|etl|dmp|trc|gz)\d*$/u;

interface Packet { readonly data: Uint8Array; readonly seconds: number; readonly nanoseconds: number; readonly originalLength: number }

/** `folder`: searched for more captures, in depth. */
export function loadOriginals(folder: string | undefined): Original[] {
  const lab = filesOf(LAB).filter(({ name }) => name.endsWith('.pcapng'));
  return [...lab, ...lab.flatMap(inOtherContainers), ...(folder === undefined ? [] : filesOf(folder))];
}

function filesOf(folder: string): Original[] {
  const names = (readdirSync(folder, { recursive: true }) as string[]).filter((name) => CAPTURE_NAME.test(name)).sort();
  return names.filter((name) => statSync(join(folder, name)).isFile()).map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(folder, name))).slice(0, MAX_LENGTH) }));
}

function inOtherContainers({ name, bytes }: Original): Original[] {
  const packets = packetsOf(bytes).slice(0, 300);
  const start = packets[0]?.seconds ?? 0;
  const event = ({ seconds, nanoseconds }: Packet) => ({ ticks: (seconds - start) * 1e7 + Math.floor(nanoseconds / 100) });
  return [
    { name: `${name} as pcap`, bytes: writePcap(packets) },
    { name: `${name} as pcap, big endian, nanoseconds`, bytes: writePcap(packets, { littleEndian: false, nanoseconds: true }) },
    { name: `${name} as snoop`, bytes: writeSnoop(packets) },
    { name: `${name} as ERF`, bytes: writeErf(packets) },
    { name: `${name} as Network Monitor`, bytes: writeNetmon(packets, 3, start) },
    { name: `${name} as netsh ETL`, bytes: writeEtl(packets.filter(fitsBuffer).map((packet) => ({ ...event(packet), provider: 'ndis', id: 1001, keyword: EtlKeyword.start | EtlKeyword.end | EtlKeyword.send, data: ndisPacket(packet.data) }))) },
    { name: `${name} as compressed ETL`, bytes: writeEtl([...packets.map((packet) => ({ ...event(packet), provider: 'pktmon' as const, id: 160, data: pktmonPacket(packet.data) })), { ticks: 0, provider: 'pktmon', id: 20, data: pktmonComponent(5, 'tcpip.sys', 'TCPIP') }], { compressed: true }) },
    { name: `${name} as pktmon ETL`, bytes: writeEtl(packets.filter(fitsBuffer).map((packet, i) => ({ ...event(packet), provider: 'pktmon', id: i % 7 === 0 ? 170 : 160, data: pktmonPacket(packet.data) }))) },
  ];
}

/** The writer of event traces does not spread an event over buffers. */
function fitsBuffer({ data }: Packet): boolean {
  return data.length < 3500;
}

function packetsOf(file: Uint8Array): Packet[] {
  const detection = detectFormat(file, true);
  if (detection.kind !== 'capture') return [];
  const reader = detection.create();
  const packets: Packet[] = [];
  const take = (batch: PacketBatch): void => {
    for (let row = 0; row < batch.count; row++) {
      const start = batch.offset[row]!;
      packets.push({
        data: batch.bytes.slice(start, start + batch.capturedLength[row]!), seconds: batch.seconds[row]!, nanoseconds: batch.nanoseconds[row]!, originalLength: batch.originalLength[row]!,
      });
    }
  };
  reader.feed(file, take);
  reader.finish(take);
  return packets;
}
