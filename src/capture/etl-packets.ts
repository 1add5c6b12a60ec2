/**
 * The events of a Windows trace that carry packets: those of NDIS packet capture (`netsh trace start capture=yes`), of remote access (RAS) and of pktmon. A
 * layout is believed only if the lengths in it fill the event exactly.
 */
import { type EtlComponents, readText } from './etl-components.js';
import { EVENT_ID, EVENT_KEYWORD, EVENT_PROCESS, EVENT_PROVIDER } from './etl-layout.js';
import { LinkType } from './link-type.js';
import { PacketFlag } from './packet-batch.js';
import { pktmonDropReason } from './pktmon-drop-reasons.js';

/** Where a packet was seen, and where in the file it stands. One object is reused. */
export class EtlPacket {
  start = 0;
  length = 0;
  /** 0: not said. */
  originalLength = 0;
  linkType = 0;
  flags = 0;
  /** A packet may come in several events, the first of which begins and the last of which ends it. */
  isBegin = true;
  isEnd = true;
  /** Tells interfaces apart, and names one. */
  place = '';
  detail: string | null = null;
  /** Of pktmon: the component that saw the packet; null: another source. */
  component: number | null = null;
  /** Id of the process that ran when the event was written; null: none. */
  process: number | null = null;
  /** Why it was dropped; null: it was not. */
  dropReason: string | null = null;
}

/** Providers as four little-endian words of their GUID. */
const NDIS_CAPTURE = [0x2ed6006e, 0x46094729, 0xe73e23b4, 0xef78d6bc] as const;
const RAS_CAPTURE = [0xd84521f7, 0x42372235, 0xe314c0a7, 0x866267a9] as const;
const PKTMON = [0x4d4f80d9, 0x4d73c8bd, 0xc9195bbb, 0xacc50204] as const;

const NDIS_PACKET = 1001;
const NDIS_SWITCH_PACKET = 1003;
const RAS_SENT = 5001;
const RAS_RECEIVED = 5002;
const PKTMON_PACKET = 160;
const PKTMON_DROP = 170;

/** Bits of the two halves of the keyword. */
const LOW_NATIVE_802_11 = 0x10000;
const LOW_WIRELESS_WAN = 0x200;
const LOW_PACKET_START = 0x40000000;
const LOW_PACKET_END = 0x80000000;
const HIGH_SEND = 1;
const HIGH_RECEIVE = 2;

/** Of pktmon's events. */
const PKTMON_DIRECTION = 12;
const PKTMON_TYPE = 14;
const PKTMON_COMPONENT = 16;
const PKTMON_EDGE = 18;
const PKTMON_DROP_REASON = 22;
const PKTMON_DROP_FIELDS_END = 30;
/** Where the two sizes stand, and whether they have 2 or 4 bytes: versions differ in whether the reason of a drop is always there. */
const PKTMON_LAYOUTS = [{ sizes: PKTMON_DROP_FIELDS_END, width: 2 }, { sizes: 22, width: 2 }, { sizes: PKTMON_DROP_FIELDS_END, width: 4 }, { sizes: 22, width: 4 }] as const;
/** PKTMON_DIRECTION_TAG: in, out, rx, tx. Ingress and egress of a virtual switch say nothing about the host. */
const PKTMON_DIRECTIONS: Readonly<Record<number, number>> = { 1: PacketFlag.inbound, 2: PacketFlag.outbound, 3: PacketFlag.inbound, 4: PacketFlag.outbound };
/** In place of a process: the event was written where none is known. */
const NO_PROCESS = 0xffffffff;
const PKTMON_WIRELESS = 2;
/** The others (4 to 11) begin with what stands behind the IP header. */
const PKTMON_LINK_TYPES: Readonly<Record<number, number>> = { 1: LinkType.ethernet, [PKTMON_WIRELESS]: LinkType.ieee80211, 3: LinkType.raw };

/** Whether the event is one that carries a packet. */
export function carriesPacket(view: DataView, event: number): boolean {
  const id = view.getUint16(event + EVENT_ID, true);
  if (id === PKTMON_PACKET || id === PKTMON_DROP) return isPktmon(view, event);
  if (id === NDIS_PACKET || id === NDIS_SWITCH_PACKET) return isProvider(view, event, NDIS_CAPTURE);
  return (id === RAS_SENT || id === RAS_RECEIVED) && isProvider(view, event, RAS_CAPTURE);
}

/** Whether the event, which has a provider, is one of pktmon. */
export function isPktmon(view: DataView, event: number): boolean {
  return isProvider(view, event, PKTMON);
}

/** Reads the data (`start` to `limit`, exclusive) of such an event. False: it does not have a layout that we know. */
export function readEtlPacket(view: DataView, event: number, start: number, limit: number, packet: EtlPacket): boolean {
  const id = view.getUint16(event + EVENT_ID, true);
  const process = view.getUint32(event + EVENT_PROCESS, true);
  packet.process = process === NO_PROCESS ? null : process;
  packet.dropReason = null;
  packet.component = null;
  packet.detail = null;
  packet.originalLength = 0;
  packet.isBegin = true;
  packet.isEnd = true;
  if (id === RAS_SENT || id === RAS_RECEIVED) return readRas(view, start, limit, id === RAS_SENT, packet);
  if (id === PKTMON_PACKET || id === PKTMON_DROP) return readPktmon(view, start, limit, id === PKTMON_DROP, packet);
  return readNdis(view, event, start, limit, id === NDIS_SWITCH_PACKET, packet);
}

function readNdis(view: DataView, event: number, start: number, limit: number, isSwitch: boolean, packet: EtlPacket): boolean {
  if (limit - start < 12) return false;
  const low = view.getUint32(event + EVENT_KEYWORD, true);
  const high = view.getUint32(event + EVENT_KEYWORD + 4, true);
  const miniport = view.getUint32(start, true);
  const lower = view.getUint32(start + 4, true);
  const isWireless = (low & LOW_NATIVE_802_11) !== 0;
  const isMobile = (low & LOW_WIRELESS_WAN) !== 0;
  const medium = isWireless ? 'wifi' : isMobile ? 'mbb' : 'eth';
  packet.place = `${medium}:${lower}`;
  packet.detail = lower === miniport ? null : `LWF over IfIndex ${miniport}`;
  const sizeAt = isSwitch ? readSwitchPort(view, start + 8, limit, packet) : start + 8;
  if (sizeAt === undefined || limit - sizeAt < 4) return false;
  packet.start = sizeAt + 4;
  packet.length = view.getUint32(sizeAt, true);
  const end = packet.start + packet.length;
  if (end > limit) return false;
  // Behind the packet of a virtual switch stand its out-of-band data with their length; otherwise nothing but padding.
  if (isSwitch && (limit - end < 4 || end + 4 + view.getUint32(end, true) > limit)) return false;
  packet.linkType = isWireless ? LinkType.ieee80211 : isMobile ? LinkType.raw : LinkType.ethernet;
  packet.flags = ((high & HIGH_SEND) !== 0 ? PacketFlag.outbound : 0) | ((high & HIGH_RECEIVE) !== 0 ? PacketFlag.inbound : 0);
  packet.isBegin = (low & LOW_PACKET_START) !== 0;
  packet.isEnd = (low & LOW_PACKET_END) !== 0;
  return true;
}

/** SourcePortId, three texts, a count, and as much for each destination. Answers where FragmentSize stands. */
function readSwitchPort(view: DataView, start: number, limit: number, packet: EtlPacket): number | undefined {
  const texts: string[] = [];
  let at: number | undefined = start;
  const skipPort = (from: number): number | undefined => {
    let position = from + 4;
    for (let i = 0; i < 3; i++) {
      const text = readText(view, position, limit);
      if (text === undefined) return undefined;
      if (texts.length < 3) texts.push(text.value);
      position = text.end;
    }
    return position;
  };
  at = skipPort(at);
  if (at === undefined || limit - at < 4) return undefined;
  const destinations = view.getUint32(at, true);
  if (destinations > (limit - at) / 10) return undefined; // an id and three empty texts
  at += 4;
  for (let i = 0; i < destinations && at !== undefined; i++) at = skipPort(at);
  packet.place = `vNIC:${texts[2]}:${texts[0]}:${texts[1]}`;
  return at;
}

/** RoutingDomainID and RRASUserName as texts, then length and packet. */
function readRas(view: DataView, start: number, limit: number, isSent: boolean, packet: EtlPacket): boolean {
  const domain = readText(view, start, limit);
  const user = domain === undefined ? undefined : readText(view, domain.end, limit);
  if (domain === undefined || user === undefined || limit - user.end < 4) return false;
  packet.place = `ras:${domain.value}:${user.value}`;
  packet.start = user.end + 4;
  packet.length = view.getUint32(user.end, true);
  packet.linkType = LinkType.ethernet;
  packet.flags = isSent ? PacketFlag.outbound : PacketFlag.inbound;
  return packet.length <= limit - packet.start;
}

function readPktmon(view: DataView, start: number, limit: number, isDrop: boolean, packet: EtlPacket): boolean {
  for (const { sizes, width } of PKTMON_LAYOUTS) {
    const payload = start + sizes + 2 * width;
    if (payload > limit) continue;
    const sizeAt = (at: number) => width === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
    const logged = sizeAt(start + sizes + width);
    if (payload + logged !== limit) continue;
    const type = view.getUint16(start + PKTMON_TYPE, true);
    packet.start = payload;
    packet.length = logged;
    packet.originalLength = sizeAt(start + sizes);
    packet.linkType = type === PKTMON_WIRELESS && isEthernet(view, payload, logged) ? LinkType.ethernet : PKTMON_LINK_TYPES[type] ?? LinkType.unknown;
    packet.flags = (isDrop ? PacketFlag.dropped : 0) | (PKTMON_DIRECTIONS[view.getUint16(start + PKTMON_DIRECTION, true)] ?? 0);
    if (isDrop) packet.dropReason = sizes === PKTMON_DROP_FIELDS_END ? pktmonDropReason(view.getUint32(start + PKTMON_DROP_REASON, true)) : 'no reason given';
    packet.component = view.getUint16(start + PKTMON_COMPONENT, true);
    // A component sees a packet at each of its edges (its upper and its lower one), and each sight is one of its own.
    packet.place = `pktmon ${packet.component}:${view.getUint16(start + PKTMON_EDGE, true)}`;
    return true;
  }
  return false;
}

/** The place of a packet for people: components of pktmon by their name. */
export function placeName({ component, place }: EtlPacket, components: EtlComponents): string {
  return component === null ? place : components.nameOf(component);
}

const ETHERNET_HEADER_LENGTH = 14;
const LLC_SNAP = 0xaaaa0300;
/** Of an 802.11 data frame: the shortest header, and the longest one with four addresses, quality of service and HT control. */
const WIRELESS_HEADERS = { shortest: 24, longest: 36 } as const;
const ETHER_TYPES: ReadonlySet<number> = new Set([0x0800, 0x0806, 0x86dd, 0x8100, 0x88a8, 0x88cc, 0x888e]);

/** pktmon calls frames of the wireless stack 802.11 also where a filter has made Ethernet of them already (seen in real traces). */
function isEthernet(view: DataView, start: number, length: number): boolean {
  if (length < ETHERNET_HEADER_LENGTH || !ETHER_TYPES.has(view.getUint16(start + 12))) return false;
  for (let at = WIRELESS_HEADERS.shortest; at <= WIRELESS_HEADERS.longest && at + 4 <= length; at += 2) {
    if (view.getUint32(start + at) === LLC_SNAP) return false;
  }
  return true;
}

function isProvider(view: DataView, event: number, words: readonly number[]): boolean {
  const at = event + EVENT_PROVIDER;
  return view.getUint32(at, true) === words[0] && view.getUint32(at + 4, true) === words[1] && view.getUint32(at + 8, true) === words[2] && view.getUint32(at + 12, true) === words[3];
}
