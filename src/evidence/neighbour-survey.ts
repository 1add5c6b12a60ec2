/**
 * Who asked for whom on the local link, and whether anybody answered: ARP (RFC 826) and neighbour discovery (RFC 4861 4.3, 4.4). An
 * address that nobody answers for is why a connection to it was never tried. Looked at for packets that are in no flow only.
 */
import { ipv4Text, ipv6Text } from '../decode/address-text.js';
import type { Time } from '../flow/flow.js';
import type { NeighbourEvidence } from './evidence.js';

/** Addresses asked for, per capture; a scan of a network of 16 bits fills it, and what comes later is not kept. */
const MAX_ADDRESSES = 4096;
const MAX_ASKERS = 8;

const ARP = { hardwareLength: 4, protocol: 2, protocolLength: 5, operation: 6, length: 28, sender: 14, target: 24 } as const;
const ARP_REQUEST = 1;
const ARP_REPLY = 2;
const ETHER_TYPE_IPV4 = 0x0800;
const SOLICITATION = 135;
const ADVERTISEMENT = 136;
/** Type, code, checksum, 4 bytes of flags, the target's address. */
const DISCOVERY_LENGTH = 24;
const DISCOVERY_TARGET = 8;

interface Neighbour {
  asked: number;
  answers: number;
  heard: number;
  readonly askedBy: string[];
  firstAsked: number;
  firstAnswered: number;
  lastAsked: Time | null;
}

export class NeighbourSurvey {
  /** By capture, then by address. */
  private readonly captures = new Map<number, Map<string, Neighbour>>();
  private capture = 0;
  private frame = 0;
  private time: Time = { seconds: NaN, nanoseconds: 0 };

  /** The packet that is looked at next. */
  at(capture: number, frame: number, seconds: number, nanoseconds: number): this {
    this.capture = capture;
    this.frame = frame;
    this.time = { seconds, nanoseconds };
    return this;
  }

  /** ARP for IPv4 from `start` on; `limit` is exclusive. Anything else is left alone. */
  arp(view: DataView, start: number, limit: number): void {
    if (start < 0 || limit - start < ARP.length || limit > view.byteLength) return;
    if (view.getUint8(start + ARP.hardwareLength) !== 6 || view.getUint16(start + ARP.protocol) !== ETHER_TYPE_IPV4 || view.getUint8(start + ARP.protocolLength) !== 4) return;
    const operation = view.getUint16(start + ARP.operation);
    const sender = view.getUint32(start + ARP.sender);
    const target = view.getUint32(start + ARP.target);
    // The probe of a host that is about to take an address (RFC 5227): nobody should answer.
    if (sender === 0) return;
    const from = ipv4Text(sender);
    if (operation === ARP_REPLY || (operation === ARP_REQUEST && sender === target)) this.answered(from);
    else if (operation === ARP_REQUEST) this.asks(from, ipv4Text(target));
  }

  /** An ICMPv6 message whose header begins at `start`, sent by `from`. */
  discovery(type: number, view: DataView, start: number, limit: number, from: string): void {
    if ((type !== SOLICITATION && type !== ADVERTISEMENT) || limit - start < DISCOVERY_LENGTH || limit > view.byteLength) return;
    const at = start + DISCOVERY_TARGET;
    const target = ipv6Text(view.getUint32(at), view.getUint32(at + 4), view.getUint32(at + 8), view.getUint32(at + 12));
    if (type === ADVERTISEMENT) this.answered(target);
    // From no address at all: the sender tests whether it may take the target itself.
    else if (from !== '::') this.asks(from, target);
  }

  list(): NeighbourEvidence[] {
    const list: NeighbourEvidence[] = [];
    for (const [capture, addresses] of this.captures) {
      for (const [address, one] of addresses) {
        list.push({
          capture, address, asked: one.asked, askedBy: [...one.askedBy].sort(), answers: one.answers, heard: one.heard, lastAsked: one.lastAsked,
          firstAsked: one.firstAsked === 0 ? null : { capture, frame: one.firstAsked }, firstAnswered: one.firstAnswered === 0 ? null : { capture, frame: one.firstAnswered },
        });
      }
    }
    return list.sort((a, b) => a.capture - b.capture || (a.address < b.address ? -1 : 1));
  }

  private asks(from: string, target: string): void {
    const asker = this.of(from);
    if (asker !== undefined) asker.heard++;
    const one = this.of(target);
    if (one === undefined) return;
    one.asked++;
    one.lastAsked = this.time;
    if (one.firstAsked === 0) one.firstAsked = this.frame;
    if (one.askedBy.length < MAX_ASKERS && !one.askedBy.includes(from)) one.askedBy.push(from);
  }

  private answered(address: string): void {
    const one = this.of(address);
    if (one === undefined) return;
    one.answers++;
    one.heard++;
    if (one.firstAnswered === 0) one.firstAnswered = this.frame;
  }

  /** undefined: there is no room for another address. */
  private of(address: string): Neighbour | undefined {
    let addresses = this.captures.get(this.capture);
    if (addresses === undefined) this.captures.set(this.capture, (addresses = new Map<string, Neighbour>()));
    let one = addresses.get(address);
    if (one === undefined && addresses.size < MAX_ADDRESSES) {
      one = { asked: 0, answers: 0, heard: 0, askedBy: [], firstAsked: 0, firstAnswered: 0, lastAsked: null };
      addresses.set(address, one);
    }
    return one;
  }
}
