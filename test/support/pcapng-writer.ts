/** pcapng files block by block, in either byte order; with wrong lengths where a test wants them. */
import { ByteWriter, concat } from './byte-writer.js';

export interface WrittenOption {
  readonly code: number;
  readonly value: Uint8Array;
}

export interface WrittenInterface {
  readonly linkType?: number;
  readonly snapLength?: number;
  readonly name?: string;
  readonly description?: string;
  readonly filter?: string;
  readonly operatingSystem?: string;
  readonly fcsLength?: number;
  /** if_tsresol as stored. */
  readonly resolution?: number;
  readonly offsetSeconds?: bigint;
  readonly options?: readonly WrittenOption[];
}

export interface WrittenBlockPacket {
  readonly data: Uint8Array;
  /** In units of the interface's resolution. */
  readonly ticks?: bigint;
  readonly originalLength?: number;
  readonly interfaceId?: number;
  /** epb_flags. */
  readonly flags?: number;
  readonly comment?: string;
  readonly options?: readonly WrittenOption[];
  /** In place of the length of `data`, as a corrupt file says it. */
  readonly capturedLength?: number;
}

export class PcapngWriter {
  private readonly parts: Uint8Array[] = [];
  private littleEndian: boolean;

  constructor(littleEndian = true) {
    this.littleEndian = littleEndian;
  }

  section(littleEndian = this.littleEndian, sectionLength = -1n): this {
    this.littleEndian = littleEndian;
    return this.block(0x0a0d0d0a, this.writer().u32(0x1a2b3c4d).u16(1, 0).u64(sectionLength).bytes());
  }

  interface(described: WrittenInterface = {}): this {
    const options: WrittenOption[] = [];
    const add = (code: number, value: Uint8Array | undefined) => { if (value !== undefined) options.push({ code, value }); };
    add(2, textBytes(described.name));
    add(3, textBytes(described.description));
    if (described.resolution !== undefined) add(9, Uint8Array.of(described.resolution));
    if (described.filter !== undefined) add(11, concat(Uint8Array.of(0), textBytes(described.filter)));
    add(12, textBytes(described.operatingSystem));
    if (described.fcsLength !== undefined) add(13, Uint8Array.of(described.fcsLength));
    if (described.offsetSeconds !== undefined) add(14, this.writer().u64(described.offsetSeconds).bytes());
    const body = this.writer().u16(described.linkType ?? 1, 0).u32(described.snapLength ?? 0);
    return this.block(1, body.raw(this.options([...options, ...(described.options ?? [])])).bytes());
  }

  packet(packet: WrittenBlockPacket): this {
    const ticks = packet.ticks ?? 0n;
    const body = this.writer().u32(packet.interfaceId ?? 0, Number(ticks >> 32n), Number(ticks & 0xffffffffn), packet.capturedLength ?? packet.data.length, packet.originalLength ?? packet.data.length);
    return this.block(6, body.raw(packet.data).pad(4).raw(this.packetOptions(packet)).bytes());
  }

  simplePacket(data: Uint8Array, originalLength = data.length): this {
    return this.block(3, this.writer().u32(originalLength).raw(data).pad(4).bytes());
  }

  obsoletePacket(packet: WrittenBlockPacket): this {
    const ticks = packet.ticks ?? 0n;
    const body = this.writer().u16(packet.interfaceId ?? 0, 0xffff).u32(Number(ticks >> 32n), Number(ticks & 0xffffffffn), packet.capturedLength ?? packet.data.length, packet.originalLength ?? packet.data.length);
    return this.block(2, body.raw(packet.data).pad(4).raw(this.packetOptions(packet)).bytes());
  }

  /** Name resolution: address bytes (4 or 16) and names. */
  names(entries: readonly { readonly address: Uint8Array; readonly names: readonly string[] }[]): this {
    const body = this.writer();
    for (const { address, names } of entries) {
      const value = concat(address, ...names.map((name) => textBytes(`${name}\0`)));
      body.u16(address.length === 4 ? 1 : 2, value.length).raw(value).pad(4);
    }
    return this.block(4, body.u16(0, 0).bytes());
  }

  statistics(interfaceId: number, counts: { readonly received?: bigint; readonly dropped?: bigint; readonly droppedBySystem?: bigint } = {}): this {
    const options: WrittenOption[] = [];
    const add = (code: number, value: bigint | undefined) => { if (value !== undefined) options.push({ code, value: this.writer().u64(value).bytes() }); };
    add(4, counts.received);
    add(5, counts.dropped);
    add(7, counts.droppedBySystem);
    return this.block(5, this.writer().u32(interfaceId, 0, 0).raw(this.options(options)).bytes());
  }

  /** Of private enterprise `pen`. */
  custom(pen: number, data: Uint8Array, mayBeCopied = true): this {
    return this.block(mayBeCopied ? 0x00000bad : 0x40000bad, this.writer().u32(pen).raw(data).pad(4).bytes());
  }

  /** Any block. `lengths` are stored in place of the true ones, first and last. */
  block(type: number, body: Uint8Array, lengths?: { readonly first?: number; readonly last?: number }): this {
    const padded = this.writer().raw(body).pad(4).bytes();
    const length = padded.length + 12;
    return this.raw(this.writer().u32(type, lengths?.first ?? length).raw(padded).u32(lengths?.last ?? length).bytes());
  }

  raw(bytes: Uint8Array): this {
    this.parts.push(bytes);
    return this;
  }

  bytes(): Uint8Array {
    return concat(...this.parts);
  }

  private packetOptions(packet: WrittenBlockPacket): Uint8Array {
    const options: WrittenOption[] = [];
    if (packet.flags !== undefined) options.push({ code: 2, value: this.writer().u32(packet.flags).bytes() });
    if (packet.comment !== undefined) options.push({ code: 1, value: textBytes(packet.comment) });
    return this.options([...options, ...(packet.options ?? [])]);
  }

  private options(options: readonly WrittenOption[]): Uint8Array {
    if (options.length === 0) return new Uint8Array(0);
    const out = this.writer();
    for (const { code, value } of options) out.u16(code, value.length).raw(value).pad(4);
    return out.u16(0, 0).bytes();
  }

  private writer(): ByteWriter {
    return new ByteWriter(this.littleEndian);
  }
}

function textBytes(text: string): Uint8Array;
function textBytes(text: string | undefined): Uint8Array | undefined;
function textBytes(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : new TextEncoder().encode(text);
}
