/**
 * The events of a Windows trace that carry packets: those of NDIS packet capture (`netsh trace start capture=yes`) and of pktmon. A layout
 * is believed only if the lengths in it fill the event exactly.
 */
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
  /** Id of the process that ran when the event was written; null: none. */
  process: number | null = null;
  /** Why it was dropped; null: it was not. */
  dropReason: string | null = null;
}

/** Providers as four little-endian words of their GUID. */
const NDIS_CAPTURE = [0x2ed6006e, 0x46094729, 0xe73e23b4, 0xef78d6bc] as const;
const PKTMON = [0x4d4f80d9, 0x4d73c8bd, 0xc9195bbb, 0xacc50204] as const;

const NDIS_PACKET = 1001;
const NDIS_SWITCH_PACKET = 1003;
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
const PKTMON_DROP_REASON = 22;
const PKTMON_DROP_FIELDS_END = 30;
/** Where the two sizes stand, and whether they have 2 or 4 bytes: versions differ in whether the reason of a drop is always there. */
const PKTMON_LAYOUTS = [{ sizes: PKTMON_DROP_FIELDS_END, width: 2 }, { sizes: 22, width: 2 }, { sizes: PKTMON_DROP_FIELDS_END, width: 4 }, { sizes: 22, width: 4 }] as const;
/** PKTMON_DIRECTION_TAG: in, out, rx, tx. Ingress and egress of a virtual switch say nothing about the host. */
const PKTMON_DIRECTIONS: Readonly<Record<number, number>> = { 1: PacketFlag.inbound, 2: PacketFlag.outbound, 3: PacketFlag.inbound, 4: PacketFlag.outbound };
/** In place of a process: the event was written where none is known. */
const NO_PROCESS = 0xffffffff;
const PKTMON_LINK_TYPES: Readonly<Record<number, number>> = { 1: LinkType.ethernet, 2: LinkType.ieee80211, 3: LinkType.raw };

const MAX_NAME_LENGTH = 256;

/** Whether the event is one that carries a packet. */
export function carriesPacket(view: DataView, event: number): boolean {
  const id = view.getUint16(event + EVENT_ID, true);
  if (id === NDIS_PACKET || id === NDIS_SWITCH_PACKET) return isProvider(view, event, NDIS_CAPTURE);
  return (id === PKTMON_PACKET || id === PKTMON_DROP) && isProvider(view, event, PKTMON);
}

/** Reads the data (`start` to `limit`, exclusive) of such an event. False: it does not have a layout that we know. */
export function readEtlPacket(view: DataView, event: number, start: number, limit: number, packet: EtlPacket): boolean {
  const id = view.getUint16(event + EVENT_ID, true);
  const process = view.getUint32(event + EVENT_PROCESS, true);
  packet.process = process === NO_PROCESS ? null : process;
  packet.dropReason = null;
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
  packet.originalLength = 0;
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

/** UTF-16 up to a zero. */
function readText(view: DataView, start: number, limit: number): { value: string; end: number } | undefined {
  let value = '';
  for (let at = start; limit - at >= 2; at += 2) {
    const unit = view.getUint16(at, true);
    if (unit === 0) return { value, end: at + 2 };
    if (value.length < MAX_NAME_LENGTH) value += String.fromCharCode(unit);
  }
  return undefined;
}

function readPktmon(view: DataView, start: number, limit: number, isDrop: boolean, packet: EtlPacket): boolean {
  for (const { sizes, width } of PKTMON_LAYOUTS) {
    const payload = start + sizes + 2 * width;
    if (payload > limit) continue;
    const sizeAt = (at: number) => width === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
    const logged = sizeAt(start + sizes + width);
    if (payload + logged !== limit) continue;
    packet.start = payload;
    packet.length = logged;
    packet.originalLength = sizeAt(start + sizes);
    packet.linkType = PKTMON_LINK_TYPES[view.getUint16(start + PKTMON_TYPE, true)] ?? LinkType.unknown;
    packet.flags = (isDrop ? PacketFlag.dropped : 0) | (PKTMON_DIRECTIONS[view.getUint16(start + PKTMON_DIRECTION, true)] ?? 0);
    if (isDrop) packet.dropReason = sizes === PKTMON_DROP_FIELDS_END ? pktmonDropReason(view.getUint32(start + PKTMON_DROP_REASON, true)) : 'no reason given';
    packet.isBegin = true;
    packet.isEnd = true;
    packet.place = `pktmon component ${view.getUint16(start + PKTMON_COMPONENT, true)}`;
    packet.detail = null;
    return true;
  }
  return false;
}

function isProvider(view: DataView, event: number, words: readonly number[]): boolean {
  return words.every((word, i) => view.getUint32(event + EVENT_PROVIDER + 4 * i, true) === word);
}
