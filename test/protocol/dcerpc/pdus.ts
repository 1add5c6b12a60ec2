/** Builds PDUs, with the layouts written out once more, independently of the readers. */
export class Writer {
  private readonly parts: number[] = [];
  readonly littleEndian: boolean;
  readonly wide: boolean;

  constructor(littleEndian = true, wide = false) {
    this.littleEndian = littleEndian;
    this.wide = wide;
  }

  get length(): number { return this.parts.length; }

  u8(...values: number[]): this { this.parts.push(...values); return this; }
  bytes(values: Iterable<number>): this { for (const value of values) this.parts.push(value); return this; }
  u16(value: number): this { return this.number(value, 2); }
  u32(value: number): this { this.align(4); return this.number(value, 4); }
  /** Count, offset or pointer. */
  size(value: number): this {
    if (!this.wide) return this.u32(value);
    this.align(8);
    return this.littleEndian ? this.number(value, 4).number(0, 4) : this.number(0, 4).number(value, 4);
  }
  align(size: number): this { while (this.parts.length % size !== 0) this.parts.push(0); return this; }
  uuid(text: string, littleEndian = this.littleEndian): this {
    const groups = text.split('-');
    groups.forEach((group, index) => {
      const octets = group.match(/../g)!.map((pair) => parseInt(pair, 16));
      this.parts.push(...(index < 3 && littleEndian ? octets.reverse() : octets));
    });
    return this;
  }
  done(): Uint8Array { return Uint8Array.from(this.parts); }

  private number(value: number, length: number): this {
    const octets = Array.from({ length }, (_, index) => Math.floor(value / 256 ** index) % 256);
    this.parts.push(...(this.littleEndian ? octets : octets.reverse()));
    return this;
  }
}

export const EPM = 'e1af8308-5d1f-11c9-91a4-08002b14a0fa';
export const NDR = '8a885d04-1ceb-11c9-9fe8-08002b104860';
export const NDR64 = '71710533-beba-4937-8319-b5dbef9ccc36';
export const FEATURES = '6cb71c2c-9812-4540-0300-000000000000';
export const LSARPC = '12345778-1234-abcd-ef00-0123456789ab';
export const ACTIVATOR = '000001a0-0000-0000-c000-000000000046';

export interface PduOptions {
  readonly littleEndian?: boolean;
  readonly flags?: number;
  readonly call?: number;
  /** Type and level of a trailer with 8 bytes of credentials. */
  readonly auth?: readonly [number, number];
}

/** `body` is what stands behind the common header. */
export function pdu(type: number, body: Uint8Array, { littleEndian = true, flags = 3, call = 1, auth }: PduOptions = {}): Uint8Array {
  const trailer = new Writer(littleEndian);
  if (auth !== undefined) trailer.bytes(new Uint8Array((4 - (body.length % 4)) % 4)).u8(auth[0], auth[1], (4 - (body.length % 4)) % 4, 0).u8(0, 0, 0, 0).bytes(new Uint8Array(8).fill(0xaa));
  return new Writer(littleEndian).u8(5, 0, type, flags).u8(littleEndian ? 0x10 : 0, 0, 0, 0)
    .u16(16 + body.length + trailer.length).u16(auth === undefined ? 0 : 8).u32(call).bytes(body).bytes(trailer.done()).done();
}

export interface Offered { readonly id: number; readonly uuid: string; readonly version?: number; readonly syntax?: string }

export function bind(contexts: readonly Offered[], options: PduOptions & { readonly alter?: boolean } = {}): Uint8Array {
  const body = new Writer(options.littleEndian ?? true).u16(5840).u16(5840).u32(0).u8(contexts.length, 0, 0, 0);
  for (const { id, uuid, version = 3, syntax = NDR } of contexts) {
    body.u16(id).u8(1, 0).uuid(uuid).u32(version).uuid(syntax).u32(2);
  }
  return pdu(options.alter === true ? 14 : 11, body.done(), options);
}

export type Result = readonly [result: number, reason: number, syntax?: string];

export function bindAck(results: readonly Result[], options: PduOptions & { readonly alter?: boolean; readonly address?: string } = {}): Uint8Array {
  const { address = '135\0' } = options;
  const body = new Writer(options.littleEndian ?? true).u16(5840).u16(5840).u32(1).u16(address.length).bytes([...address].map((one) => one.charCodeAt(0))).align(4);
  body.u8(results.length, 0, 0, 0);
  for (const [result, reason, syntax = '00000000-0000-0000-0000-000000000000'] of results) body.u16(result).u16(reason).uuid(syntax).u32(2);
  return pdu(options.alter === true ? 15 : 12, body.done(), options);
}

export function request(context: number, opnum: number, stub: Uint8Array, options: PduOptions = {}): Uint8Array {
  return pdu(0, new Writer(options.littleEndian ?? true).u32(stub.length).u16(context).u16(opnum).bytes(stub).done(), options);
}

export function response(context: number, stub: Uint8Array, options: PduOptions = {}): Uint8Array {
  return pdu(2, new Writer(options.littleEndian ?? true).u32(stub.length).u16(context).u8(0, 0).bytes(stub).done(), options);
}

export function fault(context: number, status: number, options: PduOptions = {}): Uint8Array {
  return pdu(3, new Writer(options.littleEndian ?? true).u32(0).u16(context).u8(0, 0).u32(status).u32(0).done(), options);
}

/** A five-floor tower of ncacn_ip_tcp. */
export function tower(uuid: string, port: number, address: readonly number[] = [10, 0, 0, 1], transport = 7, rpc = 0x0b): Uint8Array {
  return new Writer().u16(5)
    .u16(19).u8(0x0d).uuid(uuid).u16(0).u16(2).u16(0)
    .u16(19).u8(0x0d).uuid(NDR).u16(2).u16(2).u16(0)
    .u16(1).u8(rpc).u16(2).u16(0)
    .u16(1).u8(transport).u16(2).u8(port >> 8, port & 0xff)
    .u16(1).u8(9).u16(4).u8(...address).done();
}

export interface Form { readonly littleEndian?: boolean; readonly wide?: boolean }

export function mapQuestion(octets: Uint8Array, { littleEndian = true, wide = false }: Form = {}, handle = 0, object = true): Uint8Array {
  const stub = new Writer(littleEndian, wide);
  if (object) stub.size(1).uuid('00000000-0000-0000-0000-000000000000');
  else stub.size(0);
  return stub.size(2).size(octets.length).u32(octets.length).bytes(octets).align(4).bytes(new Uint8Array(20).fill(handle)).u32(4).done();
}

export function mapAnswer(towers: readonly (Uint8Array | null)[], status = 0, { littleEndian = true, wide = false }: Form = {}, handle = 0): Uint8Array {
  const stub = new Writer(littleEndian, wide).bytes(new Uint8Array(20).fill(handle)).u32(towers.length).size(4).size(0).size(towers.length);
  towers.forEach((one, index) => stub.size(one === null ? 0 : index + 3));
  for (const one of towers) if (one !== null) stub.size(one.length).u32(one.length).bytes(one);
  return stub.u32(status).done();
}

export function lookupQuestion({ littleEndian = true, wide = false }: Form = {}, uuid: string | null = null): Uint8Array {
  const stub = new Writer(littleEndian, wide).u32(uuid === null ? 0 : 1).size(0).size(uuid === null ? 0 : 1);
  if (uuid !== null) stub.uuid(uuid).u16(1).u16(0);
  return stub.u32(1).bytes(new Uint8Array(20)).u32(500).done();
}

export function lookupAnswer(entries: readonly { tower: Uint8Array; annotation: string }[], status = 0, { littleEndian = true, wide = false }: Form = {}): Uint8Array {
  const stub = new Writer(littleEndian, wide).bytes(new Uint8Array(20)).u32(entries.length).size(500).size(0).size(entries.length);
  entries.forEach(({ annotation }, index) => {
    const text = `${annotation}\0`;
    stub.align(wide ? 8 : 4).uuid('00000000-0000-0000-0000-000000000000').size(index + 1).size(0).size(text.length).bytes([...text].map((one) => one.charCodeAt(0)));
  });
  for (const { tower: octets } of entries) stub.size(octets.length).u32(octets.length).bytes(octets);
  return stub.u32(status).done();
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** String bindings and one security binding, conformant. */
export function dualStringArray(writer: Writer, bindings: readonly (readonly [tower: number, text: string])[]): Writer {
  const strings = bindings.flatMap(([id, text]) => [id, ...[...text].map((one) => one.charCodeAt(0)), 0]).concat(0);
  const security = [0x0a, 0xffff, 0, 0];
  writer.size(strings.length + security.length).u16(strings.length + security.length).u16(strings.length);
  for (const unit of [...strings, ...security]) writer.u16(unit);
  return writer;
}

/** Stub of a RemoteCreateInstance answer with a ScmReplyInfo property behind another one. */
export function activationAnswer(bindings: readonly (readonly [tower: number, text: string])[], wide = false): Uint8Array {
  const serialised = (data: Uint8Array): Uint8Array => {
    const padded = new Uint8Array((data.length + 7) & ~7);
    padded.set(data);
    return new Writer().u8(1, 0x10, 8, 0, 0xcc, 0xcc, 0xcc, 0xcc).u32(padded.length).u32(0).bytes(padded).done();
  };
  const reply = serialised(dualStringArray(
    new Writer().u32(0).u32(0x20000).bytes(new Uint8Array(8)).u32(0x20004).uuid(LSARPC).u32(4).u16(5).u16(7), bindings,
  ).done());
  const other = serialised(new Uint8Array(20));
  const inner = new Writer().u32(0).u32(0).u32(0).u32(2).u32(2).uuid('00000000-0000-0000-0000-000000000000').u32(1).u32(2).u32(0)
    .u32(2).uuid('00000339-0000-0000-c000-000000000046').uuid('000001b6-0000-0000-c000-000000000046')
    .u32(2).u32(other.length).u32(reply.length).done();
  const header = serialised(inner);
  new DataView(header.buffer).setUint32(16 + 4, header.length, true);
  const blob = concat(new Writer().u32(header.length + other.length + reply.length).u32(0).done(), header, other, reply);
  const objref = new Writer().u32(0x574f454d).u32(4).uuid(LSARPC).uuid('00000339-0000-0000-c000-000000000046').u32(0).u32(blob.length).bytes(blob).done();
  return new Writer(true, wide).u32(1).size(0).size(0x20000).size(objref.length).u32(objref.length).bytes(objref).u32(0).done();
}
