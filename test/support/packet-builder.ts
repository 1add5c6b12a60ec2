/**
 * Packets for tests, layer by layer from the inside out:
 *
 *   ethernet(ipv4({ from: '10.0.0.1', to: '10.0.0.2' }, tcp({ from: 50000, to: 445, flags: 'S' })))
 *
 * Lengths, header checksums, and TCP, UDP and ICMPv6 checksums are filled in unless a test sets them.
 */
import ipaddr from 'ipaddr.js';
import { ByteWriter, concat } from './byte-writer.js';

/** A header and what it carries, and the number by which the layer below names it. */
export interface Layer {
  readonly bytes: Uint8Array;
  /** IP protocol number of a transport; ethertype of a network layer. */
  readonly number: number;
  /** Where a checksum over a pseudo header belongs; undefined: there is none, or the test has set it. */
  readonly checksumAt?: number | undefined;
}

export const EtherType = { ipv4: 0x0800, arp: 0x0806, vlan: 0x8100, ipv6: 0x86dd, qinq: 0x88a8 } as const;
export const IpProtocol = { icmp: 1, ipip: 4, tcp: 6, udp: 17, ipv6: 41, gre: 47, esp: 50, icmpv6: 58 } as const;

const NOTHING = new Uint8Array(0);
const TCP_FLAGS = 'FSRPAUEC';

export interface TcpFields {
  readonly from: number;
  readonly to: number;
  readonly seq?: number;
  readonly ack?: number;
  /** Letters of FSRPAUEC. Default `A`. */
  readonly flags?: string;
  readonly window?: number;
  /** Padded to a multiple of 4. */
  readonly options?: Uint8Array | readonly number[];
  readonly checksum?: number;
}

export function tcp(fields: TcpFields, payload: Uint8Array = NOTHING): Layer {
  const options = new ByteWriter(false).raw(fields.options ?? []).pad(4).bytes();
  const flags = [...(fields.flags ?? 'A')].reduce((bits, letter) => bits | (1 << TCP_FLAGS.indexOf(letter)), 0);
  const header = new ByteWriter(false).u16(fields.from, fields.to).u32(fields.seq ?? 0, fields.ack ?? 0).u8((20 + options.length) << 2, flags)
    .u16(fields.window ?? 8192, fields.checksum ?? 0, 0).raw(options);
  return { bytes: concat(header.bytes(), payload), number: IpProtocol.tcp, checksumAt: fields.checksum === undefined ? 16 : undefined };
}

export interface UdpFields {
  readonly from: number;
  readonly to: number;
  readonly length?: number;
  readonly checksum?: number;
}

export function udp(fields: UdpFields, payload: Uint8Array = NOTHING): Layer {
  const header = new ByteWriter(false).u16(fields.from, fields.to, fields.length ?? 8 + payload.length, fields.checksum ?? 0);
  return { bytes: concat(header.bytes(), payload), number: IpProtocol.udp, checksumAt: fields.checksum === undefined ? 6 : undefined };
}

export interface IcmpFields {
  readonly type: number;
  readonly code?: number;
  /** The second word: identifier and sequence, next-hop MTU … */
  readonly rest?: number;
}

export function icmp(fields: IcmpFields, payload: Uint8Array = NOTHING): Layer {
  const bytes = new ByteWriter(false).u8(fields.type, fields.code ?? 0).u16(0).u32(fields.rest ?? 0).raw(payload).bytes();
  new DataView(bytes.buffer).setUint16(2, checksumOf(bytes));
  return { bytes, number: IpProtocol.icmp };
}

export function icmp6(fields: IcmpFields, payload: Uint8Array = NOTHING): Layer {
  const bytes = new ByteWriter(false).u8(fields.type, fields.code ?? 0).u16(0).u32(fields.rest ?? 0).raw(payload).bytes();
  return { bytes, number: IpProtocol.icmpv6, checksumAt: 2 };
}

export interface Ipv4Fields {
  readonly from: string;
  readonly to: string;
  readonly ttl?: number;
  readonly id?: number;
  readonly dontFragment?: boolean;
  readonly moreFragments?: boolean;
  /** Of a fragment, bytes; a multiple of 8. */
  readonly fragmentOffset?: number;
  readonly options?: Uint8Array | readonly number[];
  /** Default: what is there. 0 is what a capture taken before segmentation offload shows. */
  readonly totalLength?: number;
  /** Default: that of the layer inside. */
  readonly protocol?: number;
}

export function ipv4(fields: Ipv4Fields, inside: Layer | Uint8Array): Layer {
  const options = new ByteWriter(false).raw(fields.options ?? []).pad(4).bytes();
  const length = 20 + options.length;
  const source = addressBytes(fields.from);
  const target = addressBytes(fields.to);
  const { payload, protocol } = withChecksum(inside, source, target, fields.protocol);
  const fragment = (fields.dontFragment === true ? 0x4000 : 0) | (fields.moreFragments === true ? 0x2000 : 0) | ((fields.fragmentOffset ?? 0) >>> 3);
  const header = new ByteWriter(false).u8(0x40 | (length >>> 2), 0).u16(fields.totalLength ?? length + payload.length, fields.id ?? 0, fragment)
    .u8(fields.ttl ?? 64, protocol).u16(0).raw(source).raw(target).raw(options).bytes();
  new DataView(header.buffer).setUint16(10, checksumOf(header));
  return { bytes: concat(header, payload), number: EtherType.ipv4 };
}

export interface Ipv6Fields {
  readonly from: string;
  readonly to: string;
  readonly hopLimit?: number;
  readonly payloadLength?: number;
  /** Extension headers as they are on the wire, each beginning with the number of the next. */
  readonly extensions?: Uint8Array;
  /** Default: that of the layer inside; to be set to that of the first extension header where there are some. */
  readonly nextHeader?: number;
}

export function ipv6(fields: Ipv6Fields, inside: Layer | Uint8Array): Layer {
  const source = addressBytes(fields.from);
  const target = addressBytes(fields.to);
  const { payload, protocol } = withChecksum(inside, source, target, undefined);
  const carried = concat(fields.extensions ?? NOTHING, payload);
  const header = new ByteWriter(false).u32(0x60000000).u16(fields.payloadLength ?? carried.length).u8(fields.nextHeader ?? protocol, fields.hopLimit ?? 64).raw(source).raw(target);
  return { bytes: concat(header.bytes(), carried), number: EtherType.ipv6 };
}

export interface EthernetFields {
  readonly from?: string;
  readonly to?: string;
  /** VLAN ids, outermost first; the outermost of several is an 802.1ad tag. */
  readonly vlans?: readonly number[];
  /** Default: that of the layer inside. */
  readonly type?: number;
  /** Zeros up to 60 bytes, as network cards do. Default false. */
  readonly padded?: boolean;
}

export function ethernet(inside: Layer | Uint8Array, fields: EthernetFields = {}): Uint8Array {
  const vlans = fields.vlans ?? [];
  const frame = new ByteWriter(false).raw(macBytes(fields.to ?? '00:15:5d:00:00:02')).raw(macBytes(fields.from ?? '00:15:5d:00:00:01'));
  vlans.forEach((vlan, i) => frame.u16(i === 0 && vlans.length > 1 ? EtherType.qinq : EtherType.vlan, vlan));
  frame.u16(fields.type ?? etherTypeOf(inside)).raw(bytesOf(inside));
  if (fields.padded === true && frame.length < 60) frame.raw(new Uint8Array(60 - frame.length));
  return frame.bytes();
}

/** Linux cooked capture, version 1. */
export function sll(inside: Layer, packetType = 0): Uint8Array {
  return new ByteWriter(false).u16(packetType, 1, 6).raw([0, 0x15, 0x5d, 0, 0, 1, 0, 0]).u16(inside.number).raw(inside.bytes).bytes();
}

/** Linux cooked capture, version 2. */
export function sll2(inside: Layer, packetType = 0, interfaceIndex = 2): Uint8Array {
  return new ByteWriter(false).u16(inside.number, 0).u32(interfaceIndex).u16(1).u8(packetType, 6).raw([0, 0x15, 0x5d, 0, 0, 1, 0, 0]).raw(inside.bytes).bytes();
}

/** A raw IP link has no header: the IP packet is the frame. */
export function rawIp(inside: Layer): Uint8Array {
  return inside.bytes;
}

export function bytesOf(inside: Layer | Uint8Array): Uint8Array {
  return inside instanceof Uint8Array ? inside : inside.bytes;
}

export function addressBytes(address: string): Uint8Array {
  return Uint8Array.from(ipaddr.parse(address).toByteArray());
}

export function macBytes(address: string): Uint8Array {
  return Uint8Array.from(address.split(/[:-]/u), (part) => parseInt(part, 16));
}

function etherTypeOf(inside: Layer | Uint8Array): number {
  if (!(inside instanceof Uint8Array)) return inside.number;
  return inside[0]! >>> 4 === 6 ? EtherType.ipv6 : EtherType.ipv4;
}

function withChecksum(inside: Layer | Uint8Array, source: Uint8Array, target: Uint8Array, wanted: number | undefined): { payload: Uint8Array; protocol: number } {
  if (inside instanceof Uint8Array) return { payload: inside, protocol: wanted ?? IpProtocol.tcp };
  // An IP packet inside an IP packet is known by its protocol number, not by its ethertype.
  const numbers: Readonly<Record<number, number>> = { [EtherType.ipv4]: IpProtocol.ipip, [EtherType.ipv6]: IpProtocol.ipv6 };
  const protocol = wanted ?? numbers[inside.number] ?? inside.number;
  if (inside.checksumAt === undefined) return { payload: inside.bytes, protocol };
  const payload = inside.bytes.slice();
  const pseudo = new ByteWriter(false).raw(source).raw(target).u32(payload.length, protocol).raw(payload).bytes();
  const checksum = checksumOf(pseudo);
  new DataView(payload.buffer).setUint16(inside.checksumAt, checksum === 0 && protocol === IpProtocol.udp ? 0xffff : checksum);
  return { payload, protocol };
}

/** RFC 1071, over bytes whose checksum field is 0. */
export function checksumOf(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i]! << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}
