/**
 * Feeds the payload of a capture to an inspector, flow by flow, as TShark dissects it: an independent way through capture,
 * decode and flow. Slow, only for corpus tests and for looking at what is recognised.
 */
import { spawnSync } from 'node:child_process';
import type { Inspection, PacketPosition, Side } from '../../src/flow/inspection.js';
import type { HostName, MalformedMessage, NameLookup, ProtocolEvents } from '../../src/protocol/events.js';
import { ProtocolInspector } from '../../src/protocol/flow-inspection.js';

const FIELDS = [
  'frame.number', 'ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst', 'tcp.stream', 'tcp.srcport', 'tcp.dstport', 'tcp.seq_raw', 'tcp.flags',
  'tcp.payload', 'udp.stream', 'udp.srcport', 'udp.dstport', 'udp.payload', '_ws.col.Protocol',
] as const;

export interface DrivenFlow {
  readonly key: string;
  readonly ports: string;
  readonly inspection: Inspection;
  /** What TShark called the packets with payload, most frequent first. */
  readonly tshark: Map<string, number>;
}

export interface Recorded {
  readonly names: HostName[];
  readonly lookups: NameLookup[];
  readonly rpc: unknown[];
  readonly wrong: MalformedMessage[];
}

/** Events that are kept in arrays; addresses are numbered as they come. */
export function recordingEvents(): ProtocolEvents & Recorded {
  const texts: string[] = [];
  const names: HostName[] = [];
  const lookups: NameLookup[] = [];
  const rpc: unknown[] = [];
  const wrong: MalformedMessage[] = [];
  const keep = (event: unknown) => { rpc.push(event); };
  return {
    names, lookups, rpc, wrong,
    rpcBind: keep, rpcMapping: keep, rpcNotRegistered: keep, rpcQuestion: keep, rpcRefusal: keep,
    hostName: (event) => { names.push(event); },
    hostStatement: () => undefined,
    malformedMessage: (event) => { wrong.push(event); },
    nameLookup: (event) => { lookups.push(event); },
    addressText: (address) => texts[address] ?? '',
    addressId: (text) => {
      const known = texts.indexOf(text);
      return known >= 0 ? known : texts.push(text) - 1;
    },
  };
}

interface Live extends DrivenFlow {
  wanted: boolean;
  readonly next: [number, number];
}

export function driveCapture(file: string): { flows: readonly DrivenFlow[]; events: Recorded; inspector: ProtocolInspector } {
  const { stdout: output } = spawnSync('tshark', [
    '-r', file, '-n', '-o', 'tcp.desegment_tcp_streams:TRUE', '-T', 'fields', '-E', 'occurrence=l', '-E', 'separator=/t',
    ...FIELDS.flatMap((field) => ['-e', field]), 'tcp or udp',
  ], { encoding: 'utf8', maxBuffer: 1 << 30, stdio: ['ignore', 'pipe', 'ignore'] });
  const events = recordingEvents();
  const inspector = new ProtocolInspector(events);
  const flows = new Map<string, Live>();
  const shaken = new Map<string, { readonly side: string }>();
  for (const line of output.split('\n')) {
    const cell = new Map(line.split('\t').map((value, index) => [FIELDS[index]!, value]));
    const get = (name: (typeof FIELDS)[number]) => cell.get(name) ?? '';
    const tcp = get('tcp.stream') !== '' && get('tcp.srcport') !== '';
    const source = get('ip.src') || get('ipv6.src');
    const destination = get('ip.dst') || get('ipv6.dst');
    if (source === '') continue;
    const sourcePort = Number(get(tcp ? 'tcp.srcport' : 'udp.srcport'));
    const destinationPort = Number(get(tcp ? 'tcp.dstport' : 'udp.dstport'));
    const from = `${source}|${sourcePort}`;
    const key = tcp ? `tcp ${get('tcp.stream')}` : `udp ${get('udp.stream')}`;
    const flags = tcp ? Number(get('tcp.flags')) : 0;
    if ((flags & 2) !== 0) shaken.set(key, { side: (flags & 16) !== 0 ? from : `${destination}|${destinationPort}` });
    const payload = get(tcp ? 'tcp.payload' : 'udp.payload');
    if (payload === '') continue;
    const bytes = Uint8Array.from(Buffer.from(payload.replaceAll(':', ''), 'hex'));
    const address = (text: string) => events.addressId(text)!;
    const fromLower = address(source) < address(destination) || (source === destination && sourcePort <= destinationPort);
    const side: Side = fromLower ? 0 : 1;
    let flow = flows.get(key);
    if (flow === undefined) {
      const handshake = shaken.get(key);
      const likelyServer: Side = handshake !== undefined ? (handshake.side === from ? side : side === 0 ? 1 : 0)
        : sourcePort < destinationPort ? side : side === 0 ? 1 : 0;
      const inspection = inspector.begin({
        transport: tcp ? 6 : 17, overlay: 0, likelyServer, byHandshake: handshake !== undefined,
        address0: address(fromLower ? source : destination), address1: address(fromLower ? destination : source),
        port0: fromLower ? sourcePort : destinationPort, port1: fromLower ? destinationPort : sourcePort,
      });
      flow = { key, ports: `${sourcePort}->${destinationPort}`, inspection, tshark: new Map(), wanted: true, next: [-1, -1] };
      flows.set(key, flow);
    }
    const column = get('_ws.col.Protocol');
    flow.tshark.set(column, (flow.tshark.get(column) ?? 0) + 1);
    const at: PacketPosition = { capture: 0, frame: Number(get('frame.number')), seconds: 0, nanoseconds: 0 };
    let start = 0;
    if (tcp) {
      const sequence = Number(get('tcp.seq_raw'));
      const expected = flow.next[side];
      if (expected >= 0 && sequence !== expected) {
        const behind = (expected - sequence) | 0;
        if (behind >= bytes.length) continue;
        if (behind > 0) start = behind;
        else if (flow.wanted) flow.wanted = flow.inspection.gap(side);
      }
      flow.next[side] = (sequence + bytes.length) >>> 0;
    }
    if (flow.wanted) flow.wanted = flow.inspection.payload(side, bytes, start, bytes.length, at);
  }
  for (const flow of flows.values()) if (flow.wanted) flow.inspection.end();
  return { flows: [...flows.values()], events, inspector };
}
