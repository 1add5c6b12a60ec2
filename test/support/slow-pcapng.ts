/**
 * A second reader of pcapng, written from draft-ietf-opsawg-pcapng alone: a whole file in memory, big integers, one object for everything. Slow and obvious, for
 * sound files only. What it says is held against what the product's reader says.
 */
export interface SlowBlock {
  /** As the descriptions of the conformance files call it. */
  readonly kind: string;
  readonly options: readonly { readonly code: number; readonly value: Uint8Array }[];
}

export interface SlowPacket {
  readonly interfaceIndex: number;
  /** Nanoseconds since 1970; null: none in the file. */
  readonly nanoseconds: bigint | null;
  readonly originalLength: number;
  readonly data: string;
  /** Of epb_flags; 0: not there. */
  readonly flags: number;
  /** As Wireshark numbers it. */
  readonly frame: number;
}

export interface SlowInterface {
  readonly linkType: number;
  readonly snapLength: number;
  readonly name: string | null;
  readonly description: string | null;
  readonly operatingSystem: string | null;
  readonly filter: string | null;
  dropped: number | null;
}

export interface SlowFile {
  readonly blocks: SlowBlock[];
  readonly packets: SlowPacket[];
  readonly interfaces: SlowInterface[];
  /** `address name`, IP addresses only, in order, repeated as they are. */
  readonly names: string[];
}

const KINDS: Readonly<Record<number, string>> = { 1: 'IDB', 2: 'PB', 3: 'SPB', 4: 'NRB', 5: 'ISB', 6: 'EPB', 0xbad: 'CB', 0x40000bad: 'DCB', 0x0a0d0d0a: 'SHB' };

export function readPcapngSlowly(file: Uint8Array): SlowFile {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const result: SlowFile = { blocks: [], packets: [], interfaces: [], names: [] };
  let little = true;
  let first = 0;
  let frame = 0;
  let units: { perSecond: bigint; offset: bigint }[] = [];
  const u16 = (at: number) => view.getUint16(at, little);
  const u32 = (at: number) => view.getUint32(at, little);
  const bytes = (from: number, to: number) => file.slice(from, to);
  const padded = (length: number) => length + ((4 - (length % 4)) % 4);
  const optionsOf = (from: number, to: number) => {
    const found: { code: number; value: Uint8Array }[] = [];
    for (let at = from; at + 4 <= to && u16(at) !== 0; at += 4 + padded(u16(at + 2))) found.push({ code: u16(at), value: bytes(at + 4, at + 4 + u16(at + 2)) });
    return found;
  };
  const textOf = (options: readonly { code: number; value: Uint8Array }[], code: number, skip = 0) => {
    const value = options.filter((each) => each.code === code).at(-1)?.value;
    return value === undefined ? null : new TextDecoder().decode(value.slice(skip));
  };
  const number64 = (value: Uint8Array) => new DataView(value.buffer, value.byteOffset).getBigUint64(0, little);
  const timeOf = (index: number, high: number, low: number) => {
    const { perSecond, offset } = units[index]!;
    return ((((BigInt(high) << 32n) | BigInt(low)) * 1_000_000_000n) / perSecond) + offset * 1_000_000_000n;
  };
  for (let at = 0; at < file.length;) {
    if (view.getUint32(at) === 0x0a0d0d0a) little = view.getUint32(at + 8, true) === 0x1a2b3c4d;
    const type = u32(at);
    const length = u32(at + 4);
    const end = at + length - 4;
    if (u32(end) !== length) throw new Error(`block at ${at}: two lengths`);
    const kind = KINDS[type] ?? `type ${type}`;
    let options: { code: number; value: Uint8Array }[] = [];
    if (kind === 'SHB') {
      first = result.interfaces.length;
      units = [];
      options = optionsOf(at + 24, end);
    } else if (kind === 'IDB') {
      options = optionsOf(at + 16, end);
      const resolution = options.find(({ code }) => code === 9)?.value[0] ?? 6;
      const offset = options.find(({ code }) => code === 14)?.value;
      units.push({ perSecond: (resolution & 0x80) === 0 ? 10n ** BigInt(resolution) : 2n ** BigInt(resolution & 0x7f), offset: offset === undefined ? 0n : BigInt.asIntN(64, number64(offset)) });
      result.interfaces.push({ linkType: u16(at + 8), snapLength: u32(at + 12), name: textOf(options, 2), description: textOf(options, 3), operatingSystem: textOf(options, 12), filter: textOf(options, 11, 1), dropped: null });
    } else if (kind === 'EPB') {
      const captured = u32(at + 20);
      options = optionsOf(at + 28 + padded(captured), end);
      const flags = options.find(({ code }) => code === 2)?.value;
      result.packets.push({
        interfaceIndex: first + u32(at + 8), nanoseconds: timeOf(u32(at + 8), u32(at + 12), u32(at + 16)), originalLength: u32(at + 24), data: hex(bytes(at + 28, at + 28 + captured)),
        flags: flags === undefined ? 0 : new DataView(flags.buffer, flags.byteOffset).getUint32(0, little), frame: ++frame,
      });
    } else if (kind === 'SPB') {
      const snap = result.interfaces[first]!.snapLength;
      const captured = Math.min(u32(at + 8), length - 16, snap === 0 ? Infinity : snap);
      result.packets.push({ interfaceIndex: first, nanoseconds: null, originalLength: u32(at + 8), data: hex(bytes(at + 12, at + 12 + captured)), flags: 0, frame: ++frame });
    } else if (kind === 'NRB') {
      let entry = at + 8;
      for (; u16(entry) !== 0; entry += 4 + padded(u16(entry + 2))) {
        const value = bytes(entry + 4, entry + 4 + u16(entry + 2));
        const width = u16(entry) === 1 ? 4 : u16(entry) === 2 ? 16 : 0;
        if (width === 0) continue;
        for (const name of new TextDecoder().decode(value.slice(width)).split('\0')) if (name !== '') result.names.push(`${hex(value.slice(0, width))} ${name}`);
      }
      options = optionsOf(entry + 4, end);
    } else if (kind === 'ISB') {
      options = optionsOf(at + 20, end);
      const counts = options.filter(({ code }) => code === 5 || code === 7).map(({ value }) => Number(number64(value)));
      if (counts.length > 0) result.interfaces[first + u32(at + 8)]!.dropped = counts.reduce((sum, count) => sum + count, 0);
    } else if (kind === 'CB' || kind === 'DCB') frame++;
    result.blocks.push({ kind, options });
    at += padded(length);
  }
  return result;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
