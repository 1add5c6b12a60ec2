/**
 * The packets that captures are mostly made of, in one straight line: Ethernet, at most one VLAN tag, IPv4 without options or IPv6
 * without extensions, unfragmented, then TCP or UDP with nothing tunnelled. It decides nothing that is odd: whatever does not fit
 * is left to the decoders of the single headers, which answer the same for what does (a test compares them).
 */
import { G } from '../segment-layout';
import { idOfV4, idOfV6 } from './address-cache';
import { vlan } from './host';
import { maybeTunnel } from './port-traits';

const ETHERNET = 14;
const IPV4 = 20;
const IPV6 = 40;
const TCP = 20;
const UDP = 8;
const VLAN_TAG = 4;
const FRAGMENT_MASK = 0x3fff;
const TCP_NUMBER = 6;
const UDP_NUMBER = 17;

function u16be(at: usize): i32 {
  return <i32>bswap(load<u16>(at));
}

/**
 * Fills the segment at `s` and answers true, or answers false and may have filled some of it. `limit` and `end`, exclusive: what was captured of the
 * Ethernet frame at `frame`, and what was on the wire. `outside`: what is to be added to a place for callers, whose bytes begin elsewhere.
 */
export function decodePlainPacket(frame: usize, limit: usize, end: usize, outside: i32, s: usize): bool {
  if (limit < frame + ETHERNET + IPV4 + UDP) return false;
  let at = frame + ETHERNET;
  let type = u16be(at - 2);
  let encapsulation = 0;
  if (type == 0x8100) {
    const id = u16be(at) & 0xfff;
    if (id != 0) encapsulation = vlan(id);
    type = u16be(at + 2);
    at += VLAN_TAG;
    if (limit < at + IPV4 + UDP) return false;
  }

  let payloadEnd: usize;
  let transport: usize;
  let protocol: i32;
  let source: i32;
  let destination: i32;
  const first = <i32>load<u8>(at);
  if (type == 0x0800 && first == 0x45) {
    const totalLength = u16be(at + 2);
    protocol = <i32>load<u8>(at, 9);
    if (totalLength < IPV4 || (u16be(at + 6) & FRAGMENT_MASK) != 0 || (protocol != TCP_NUMBER && protocol != UDP_NUMBER)) return false;
    payloadEnd = at + <usize>totalLength;
    transport = at + IPV4;
    store<i32>(s, 4, G.ipVersion);
    store<i64>(s, <i64>totalLength, G.ipLength);
    store<i32>(s, <i32>load<u8>(at, 8), G.ttl);
    store<i32>(s, u16be(at + 4), G.ipId);
  } else if (type == 0x86dd && first >> 4 == 6) {
    if (limit < at + IPV6 + UDP) return false;
    const payloadLength = u16be(at + 4);
    protocol = <i32>load<u8>(at, 6);
    if (payloadLength == 0 || (protocol != TCP_NUMBER && protocol != UDP_NUMBER)) return false;
    transport = at + IPV6;
    payloadEnd = transport + <usize>payloadLength;
    store<i32>(s, 6, G.ipVersion);
    store<i64>(s, <i64>(IPV6 + payloadLength), G.ipLength);
    store<i32>(s, <i32>load<u8>(at, 7), G.ttl);
    store<i32>(s, 0, G.ipId);
  } else return false;

  if (payloadEnd > end) payloadEnd = end;
  const payloadLimit = payloadEnd < limit ? payloadEnd : limit;
  const ports = bswap(load<i32>(transport));
  if (protocol == TCP_NUMBER) {
    if (payloadLimit < transport + TCP) return false;
    const start = transport + ((<usize>load<u8>(transport, 12) >> 4) << 2);
    if (start < transport + TCP || start > payloadEnd) return false;
    store<i32>(s, bswap(load<i32>(transport, 4)), G.sequence);
    store<i32>(s, bswap(load<i32>(transport, 8)), G.acknowledgement);
    store<i32>(s, <i32>load<u8>(transport, 13), G.tcpFlags);
    store<i32>(s, u16be(transport + 14), G.window);
    store<i32>(s, <i32>(start < payloadLimit ? start : payloadLimit) + outside, G.payloadStart);
    store<i32>(s, <i32>payloadLimit + outside, G.payloadLimit);
    store<i64>(s, <i64>(payloadEnd - start), G.payloadLength);
    store<i32>(s, 0, G.checksum);
  } else {
    if (payloadLimit < transport + UDP) return false;
    const length = <usize>u16be(transport + 4);
    if (length < <usize>UDP || maybeTunnel(ports)) return false;
    const datagramEnd = transport + length < payloadEnd ? transport + length : payloadEnd;
    store<i32>(s, 0, G.sequence);
    store<i32>(s, 0, G.acknowledgement);
    store<i32>(s, 0, G.tcpFlags);
    store<i32>(s, 0, G.window);
    store<i32>(s, <i32>transport + UDP + outside, G.payloadStart);
    store<i32>(s, <i32>(datagramEnd < payloadLimit ? datagramEnd : payloadLimit) + outside, G.payloadLimit);
    store<i64>(s, <i64>(datagramEnd - transport - UDP), G.payloadLength);
    store<i32>(s, u16be(transport + 6), G.checksum);
  }
  if (first == 0x45) {
    source = idOfV4(bswap(load<i32>(at, 12)));
    destination = idOfV4(bswap(load<i32>(at, 16)));
  } else {
    source = idOfV6(at + 8);
    destination = idOfV6(at + 24);
  }
  if (source < 0 || destination < 0) return false;
  store<i32>(s, source, G.source);
  store<i32>(s, destination, G.destination);
  store<i32>(s, protocol, G.transport);
  store<i32>(s, ports, G.ports);
  store<i32>(s, <i32>transport + outside, G.transportStart);
  store<i32>(s, encapsulation, G.encapsulation);
  store<i32>(s, 0, G.overlay);
  store<i32>(s, 0, G.interfaceWithin);
  store<i32>(s, 0, G.fragment);
  return true;
}
