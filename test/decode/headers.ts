/** Headers as bytes, for packets of tests: each takes what follows it. Lengths are right unless a test says otherwise. */

export function join(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const answer = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    answer.set(part, at);
    at += part.length;
  }
  return answer;
}

export const u16 = (value: number): number[] => [(value >>> 8) & 255, value & 255];
export const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)];
export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** "00 01 ab" as bytes. */
export const hex = (value: string): Uint8Array => Uint8Array.from(value.match(/[0-9a-f]{2}/gi) ?? [], (pair) => parseInt(pair, 16));

const MACS = hex('02 00 00 00 00 02 02 00 00 00 00 01');

export const ethernet = (type: number, payload: Uint8Array): Uint8Array => join(MACS, u16(type), payload);
/** What stands between the addresses and the next type. */
export const vlan = (id: number, type: number, payload: Uint8Array): Uint8Array => join(u16(id), u16(type), payload);
export const llcSnap = (type: number, payload: Uint8Array): Uint8Array => join(hex('aa aa 03 00 00 00'), u16(type), payload);

export interface Ipv4Options {
  readonly source?: readonly number[]; readonly destination?: readonly number[]; readonly options?: Uint8Array; readonly totalLength?: number;
  readonly id?: number; readonly fragment?: number; readonly ttl?: number; readonly version?: number; readonly headerWords?: number;
}

export function ipv4(protocol: number, payload: Uint8Array, o: Ipv4Options = {}): Uint8Array {
  const options = o.options ?? new Uint8Array(0);
  const words = o.headerWords ?? 5 + options.length / 4;
  return join(
    [((o.version ?? 4) << 4) | words, 0], u16(o.totalLength ?? 20 + options.length + payload.length), u16(o.id ?? 0x1234), u16(o.fragment ?? 0x4000),
    [o.ttl ?? 64, protocol], u16(0), o.source ?? [10, 0, 0, 1], o.destination ?? [10, 0, 0, 2], options, payload,
  );
}

export interface Ipv6Options { readonly source?: Uint8Array; readonly destination?: Uint8Array; readonly payloadLength?: number; readonly hopLimit?: number; readonly version?: number }

export const SOURCE_6 = hex('20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01');
export const DESTINATION_6 = hex('20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02');

export function ipv6(next: number, payload: Uint8Array, o: Ipv6Options = {}): Uint8Array {
  return join(
    [(o.version ?? 6) << 4, 0, 0, 0], u16(o.payloadLength ?? payload.length), [next, o.hopLimit ?? 64], o.source ?? SOURCE_6, o.destination ?? DESTINATION_6, payload,
  );
}

/** Hop-by-hop, routing and destination options alike: `words` of 8 bytes beyond the first 8. */
export const extension = (next: number, payload: Uint8Array, words = 0): Uint8Array => join([next, words], new Uint8Array(6 + 8 * words), payload);
export const fragmentHeader = (next: number, offset: number, more: boolean, id: number, payload: Uint8Array): Uint8Array =>
  join([next, 0], u16((offset << 3) | (more ? 1 : 0)), u32(id), payload);

export interface TcpOptions {
  readonly sourcePort?: number; readonly destinationPort?: number; readonly sequence?: number; readonly acknowledgement?: number; readonly flags?: number;
  readonly window?: number; readonly options?: Uint8Array; readonly headerWords?: number;
}

export function tcp(payload: Uint8Array, o: TcpOptions = {}): Uint8Array {
  const options = o.options ?? new Uint8Array(0);
  return join(
    u16(o.sourcePort ?? 50000), u16(o.destinationPort ?? 443), u32(o.sequence ?? 0xfffffff0), u32(o.acknowledgement ?? 0x80000001),
    [(o.headerWords ?? 5 + options.length / 4) << 4, o.flags ?? 0x18], u16(o.window ?? 8192), u32(0), options, payload,
  );
}

export interface UdpOptions { readonly sourcePort?: number; readonly destinationPort?: number; readonly length?: number }

export function udp(payload: Uint8Array, o: UdpOptions = {}): Uint8Array {
  return join(u16(o.sourcePort ?? 50000), u16(o.destinationPort ?? 53), u16(o.length ?? 8 + payload.length), u16(0), payload);
}

export const icmp = (type: number, code: number, rest: number, payload: Uint8Array): Uint8Array => join([type, code], u16(0), u32(rest), payload);

export const vxlan = (network: number, payload: Uint8Array): Uint8Array => join(u32(0x08000000), u32((network << 8) >>> 0), payload);
export const geneve = (network: number, type: number, payload: Uint8Array, optionWords = 0): Uint8Array =>
  join([optionWords, 0], u16(type), u32((network << 8) >>> 0), new Uint8Array(4 * optionWords), payload);

/** GRE version 0; a key or sequence number is there when it is given. */
export function gre(type: number, payload: Uint8Array, o: { key?: number; sequence?: number; checksum?: boolean } = {}): Uint8Array {
  const flags = (o.checksum === true ? 0x8000 : 0) | (o.key === undefined ? 0 : 0x2000) | (o.sequence === undefined ? 0 : 0x1000);
  return join(
    u16(flags), u16(type), o.checksum === true ? u32(0) : [], o.key === undefined ? [] : u32(o.key), o.sequence === undefined ? [] : u32(o.sequence), payload,
  );
}
