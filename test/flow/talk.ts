/**
 * A conversation as a script. Sequence and acknowledgement numbers follow from what was sent before, unless a step says
 * otherwise:
 *
 *   new Talk().client('S').server('SA').client('A').client('PA', { length: 100 }).packets
 */
import { ethernet, icmp, icmp6, ipv4, ipv6, tcp, udp } from '../support/packet-builder.js';
import type { Layer } from '../support/packet-builder.js';
import type { TestPacket } from './flows-of.js';

export const CLIENT = '10.0.0.1';
export const SERVER = '10.0.0.2';

export interface Ends {
  readonly client: string;
  readonly server: string;
  readonly clientPort: number;
  readonly serverPort: number;
}

export interface Step {
  /** Payload bytes. */
  readonly length?: number;
  readonly seq?: number;
  readonly ack?: number;
  readonly ttl?: number;
  readonly id?: number;
  readonly window?: number;
  readonly interfaceId?: number;
  readonly payload?: Uint8Array;
  readonly frame?: (inside: Layer) => Uint8Array;
}

type Who = 'client' | 'server';

export class Talk {
  readonly packets: TestPacket[] = [];
  readonly ends: Ends;
  private readonly next = { client: 1000, server: 500_000 };
  private clock = 1_700_000_000_000;

  constructor(ends: Partial<Ends> = {}) {
    this.ends = { client: CLIENT, server: SERVER, clientPort: 50_000, serverPort: 445, ...ends };
  }

  /** Each step is a millisecond after the one before; this puts `seconds` between them. */
  wait(seconds: number): this {
    this.clock += Math.round(seconds * 1000);
    return this;
  }

  client(flags: string, step: Step = {}): this { return this.segment('client', flags, step); }
  server(flags: string, step: Step = {}): this { return this.segment('server', flags, step); }

  /** SYN, SYN-ACK, ACK. */
  handshake(): this {
    return this.client('S').server('SA').client('A');
  }

  /** One packet again, as it was, or as another capture point sees it. */
  again(index: number, ttl?: number, interfaceId?: number): this {
    const known = this.packets.at(index)!;
    const data = known.data.slice();
    if (ttl !== undefined) data[14 + 8] = ttl;
    return this.push({ data, ...(interfaceId === undefined ? {} : { interfaceId }) });
  }

  datagram(who: Who, length: number, step: Step = {}): this {
    const { source, target, from, to } = this.sockets(who);
    const inside = udp({ from, to }, step.payload ?? new Uint8Array(length));
    return this.push({ data: (step.frame ?? ethernet)(this.network(source, target, step, inside)), ...interfaceOf(step) });
  }

  /** An error from `from` about the first `quoted` bytes of the IP packet at `index`. */
  error(index: number, from: string, fields: { type: number; code: number }, quoted = 28): this {
    const { client, server } = this.ends;
    const six = client.includes(':');
    const original = this.packets.at(index)!.data.subarray(14);
    const quote = original.slice(0, quoted);
    const to = six || original[15] === Number(client.split('.').at(-1)) ? client : server;
    const packet = six ? ipv6({ from, to }, icmp6(fields, quote)) : ipv4({ from, to }, icmp(fields, quote));
    return this.push({ data: ethernet(packet) });
  }

  private segment(who: Who, flags: string, step: Step): this {
    const { source, target, from, to } = this.sockets(who);
    const other = who === 'client' ? 'server' : 'client';
    const seq = step.seq ?? this.next[who];
    const payload = step.payload ?? new Uint8Array(step.length ?? 0);
    const inside = tcp({ from, to, seq: seq >>> 0, ack: (step.ack ?? (flags.includes('A') ? this.next[other] : 0)) >>> 0, flags, window: step.window ?? 8192 }, payload);
    const behind = seq + payload.length + (flags.includes('S') ? 1 : 0) + (flags.includes('F') ? 1 : 0);
    if (step.seq === undefined || flags.includes('S')) this.next[who] = behind;
    return this.push({ data: (step.frame ?? ethernet)(this.network(source, target, step, inside)), ...interfaceOf(step) });
  }

  private network(from: string, to: string, step: Step, inside: Layer): Layer {
    return from.includes(':') ? ipv6({ from, to, hopLimit: step.ttl ?? 64 }, inside) : ipv4({ from, to, ttl: step.ttl ?? 64, id: step.id ?? 0 }, inside);
  }

  private sockets(who: Who): { source: string; target: string; from: number; to: number } {
    const { client, server, clientPort, serverPort } = this.ends;
    return who === 'client' ? { source: client, target: server, from: clientPort, to: serverPort } : { source: server, target: client, from: serverPort, to: clientPort };
  }

  private push(packet: TestPacket): this {
    this.packets.push({ ...packet, seconds: Math.floor(this.clock / 1000), nanoseconds: (this.clock % 1000) * 1_000_000 });
    this.clock += 1;
    return this;
  }
}

function interfaceOf({ interfaceId }: Step): { interfaceId?: number } {
  return interfaceId === undefined ? {} : { interfaceId };
}
