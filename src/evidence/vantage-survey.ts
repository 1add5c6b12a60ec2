/**
 * What only the place of the capture explains, counted per sending address: initial TTLs, frames that no wire carries, checksums
 * that the network card was still to fill in, direction marks of the container. Looked at for SYNs and oversized packets only.
 */
import { PacketFlag } from '../capture/packet-batch.js';
import type { AddressTable } from '../decode/address-table.js';
import { TcpFlag } from '../decode/segment.js';
import type { Segment } from '../decode/segment.js';
import { SenderState, Syn, SYN_WORDS } from '../flow/sender-layout.js';
import type { CaptureTraits } from './evidence.js';

/** IP packets larger than this do not come from an Ethernet wire; jumbo frames are told apart by their number. */
export const LARGE_PACKET = 1600;
const CHECKSUMS_PER_SENDER = 16;
const MAX_SENDERS = 64;

class Sender {
  ttl = 0;
  largePackets = 0;
  looked = 0;
  unfilled = 0;
  outbound = 0;
  inbound = 0;
}

export class VantageSurvey {
  private readonly senders = new Map<number, Sender>();
  private readonly maximum = 4096;
  private readonly syns: Int32Array;

  /** `syns`: see `Syn`; the flow table goes on with them for senders of which nothing else is to be learned. */
  constructor(syns: Int32Array = new Int32Array(SYN_WORDS)) {
    this.syns = syns;
  }

  /** Of a SYN, a SYN-ACK or a large packet; anything else would cost too much. Answers what is left to be learned of its sender. */
  look(segment: Segment, bytes: Uint8Array, limit: number, packetFlags: number): SenderState {
    let sender = this.senders.get(segment.source);
    if (sender === undefined) {
      if (this.senders.size >= this.maximum) return SenderState.refused;
      sender = new Sender();
      sender.ttl = segment.ttl;
      this.senders.set(segment.source, sender);
    }
    if (segment.ipLength > LARGE_PACKET) sender.largePackets++;
    // A SYN that is sent again has another identification; 0 stands for none.
    if ((segment.tcpFlags & (TcpFlag.syn | TcpFlag.ack)) === TcpFlag.syn && segment.ipId !== 0) {
      const { syns } = this;
      const mark = (segment.sequence ^ Math.imul(segment.ipId, 0x9e3779b1) ^ segment.sourcePort) | 0;
      syns[Syn.count]!++;
      if (mark === syns[Syn.mark] && segment.source === syns[Syn.source]) syns[Syn.copied]!++;
      syns[Syn.mark] = mark;
      syns[Syn.source] = segment.source;
    }
    if ((packetFlags & PacketFlag.outbound) !== 0) sender.outbound++;
    else if ((packetFlags & PacketFlag.inbound) !== 0) sender.inbound++;
    if (sender.looked < CHECKSUMS_PER_SENDER && (segment.tcpFlags & TcpFlag.syn) !== 0 && segment.payloadLength === 0) {
      const verdict = (packetFlags & PacketFlag.checksumNotReady) !== 0 ? false : checksumHolds(segment, bytes, limit);
      if (verdict !== undefined) {
        sender.looked++;
        if (!verdict) sender.unfilled++;
      }
    }
    return sender.looked < CHECKSUMS_PER_SENDER ? SenderState.open : SenderState.settled;
  }

  /** As it is now: the flow table counts the next capture in the same place. */
  copy(): VantageSurvey {
    return Object.assign(new VantageSurvey(this.syns.slice()), { senders: this.senders });
  }

  traits(addresses: AddressTable, packetsSent: (address: number) => number, duplicates: number, flows: number, oneSidedFlows: number, holedFlows: number, clockBack: CaptureTraits['clockBack']): CaptureTraits {
    const senders = [...this.senders].map(([address, s]) => ({
      address: addresses.text(address), packets: packetsSent(address), ttl: s.ttl, largePackets: s.largePackets,
      checksumsLookedAt: s.looked, checksumsUnfilled: s.unfilled, outbound: s.outbound, inbound: s.inbound,
    }));
    senders.sort((a, b) => b.packets - a.packets || (a.address < b.address ? -1 : 1));
    return { senders: senders.slice(0, MAX_SENDERS), duplicates, flows, oneSidedFlows, holedFlows, copiedSyns: this.syns[Syn.copied]!, syns: this.syns[Syn.count]!, clockBack: clockBack ?? null };
  }
}

/**
 * TCP checksum of a segment without payload (RFC 9293, 3.1) over header and pseudo header, read from the packet itself: the
 * addresses stand before the transport header in both IP versions. undefined: not all of it was captured.
 */
function checksumHolds(segment: Segment, bytes: Uint8Array, limit: number): boolean | undefined {
  const start = segment.transportStart;
  const end = segment.payloadStart;
  if (end > limit || segment.fragment) return undefined;
  const six = segment.ipVersion === 6;
  const addressBytes = six ? 32 : 8;
  // IPv4 options or IPv6 extension headers move the addresses away from the transport header: not worth it for a sample.
  const addressesAt = six ? start - 32 : start - 8;
  if (addressesAt < 0) return undefined;
  if (six ? (bytes[start - 40]! >> 4) !== 6 : bytes[start - 20] !== 0x45) return undefined;
  let sum = 6 + (end - start);
  for (let i = addressesAt; i < addressesAt + addressBytes; i += 2) sum += (bytes[i]! << 8) | bytes[i + 1]!;
  for (let i = start; i < end; i += 2) sum += (bytes[i]! << 8) | bytes[i + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum === 0xffff;
}
