/** What the user wants to look at: a span of time, some hosts. Everything else is counted as filtered out, and goes no further. */
import type { LeftOutSyn } from './evidence.js';
import { parseAddress } from '../decode/address-text.js';
import { TcpFlag } from '../decode/segment.js';
import type { Segment } from '../decode/segment.js';
import type { AddressTable } from '../decode/address-table.js';

export interface TrafficSelection {
  /** Seconds since 1970; packets before it, or at or after `until`, are left out. Packets without a time are kept. */
  readonly since?: number;
  readonly until?: number;
  /** Addresses or networks in CIDR notation: one side of a packet must lie in one of them. Empty or absent: any. */
  readonly hosts?: readonly string[];
}

/** Different attempts at connections that are remembered. */
const MAX_SYNS = 4096;

interface Network { readonly words: readonly number[]; readonly bits: number }

export class TrafficFilter {
  /** Attempts to connect that were left out, by addresses and port. */
  readonly syns: Map<string, LeftOutSyn>;
  private readonly since: number;
  private readonly until: number;
  private readonly networks: readonly Network[];
  private readonly addresses: AddressTable;
  /** By address id: 0 not known yet, 1 inside, 2 outside. */
  private verdicts = new Uint8Array(1024);

  /** @throws RangeError for a host that is neither an address nor a network. */
  constructor(selection: TrafficSelection, addresses: AddressTable, syns = new Map<string, LeftOutSyn>()) {
    this.syns = syns;
    this.since = selection.since ?? -Infinity;
    this.until = selection.until ?? Infinity;
    this.networks = (selection.hosts ?? []).map(parseNetwork);
    this.addresses = addresses;
  }

  /** A packet at another time than was asked for: of attempts to connect it is remembered that they were there. */
  leaveOut({ tcpFlags, source, destination, destinationPort }: Segment, capture: number, frame: number): void {
    if ((tcpFlags & (TcpFlag.syn | TcpFlag.ack)) !== TcpFlag.syn || this.syns.size >= MAX_SYNS) return;
    const key = `${source} ${destination} ${destinationPort}`;
    if (!this.syns.has(key)) this.syns.set(key, { client: this.addresses.text(source), server: this.addresses.text(destination), port: destinationPort, first: { capture, frame } });
  }

  admitsTime(seconds: number): boolean {
    return !(seconds < this.since) && !(seconds >= this.until);
  }

  admitsHosts(source: number, destination: number): boolean {
    return this.networks.length === 0 || this.isInside(source) || this.isInside(destination);
  }

  private isInside(address: number): boolean {
    if (address >= this.verdicts.length) {
      const grown = new Uint8Array(Math.max(address + 1, this.verdicts.length * 2));
      grown.set(this.verdicts);
      this.verdicts = grown;
    }
    const known = this.verdicts[address]!;
    if (known !== 0) return known === 1;
    const words = parseAddress(this.addresses.text(address)) ?? [];
    const inside = this.networks.some((network) => contains(network, words));
    this.verdicts[address] = inside ? 1 : 2;
    return inside;
  }
}

/** @throws RangeError when `text` is neither an address nor a network. */
export function parseNetwork(text: string): Network {
  const [address = '', prefix] = text.split('/');
  const words = parseAddress(address);
  if (words === undefined) throw new RangeError(`${text} is neither an address nor a network such as 10.0.0.0/8`);
  const all = words.length * 32;
  const bits = prefix === undefined ? all : Number(prefix);
  if (prefix === '' || !Number.isInteger(bits) || bits < 0 || bits > all) throw new RangeError(`${text}: the prefix length must be between 0 and ${all}`);
  return { words: [...words], bits };
}

function contains({ words, bits }: Network, address: readonly number[]): boolean {
  if (address.length !== words.length) return false;
  for (let i = 0; i * 32 < bits; i++) {
    const significant = Math.min(32, bits - i * 32);
    const mask = significant === 32 ? -1 : ~(-1 >>> significant);
    if (((address[i]! ^ words[i]!) & mask) !== 0) return false;
  }
  return true;
}
