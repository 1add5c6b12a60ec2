/** Windows event traces, built from the published layouts: packets of NDIS capture and of pktmon. */
import { ByteWriter, concat } from './byte-writer.js';
import { compressXpress } from './xpress-writer.js';

export interface EtlEvent {
  /** Of the processor whose buffer it goes to. Default 0. */
  readonly processor?: number;
  /** Ticks of 100 ns after the start of the trace. */
  readonly ticks: number;
  readonly provider: 'ndis' | 'pktmon' | 'ras' | 'other';
  readonly id: number;
  readonly keyword?: bigint;
  readonly data: Uint8Array;
  /** Of extended data in front of the user data. Default none. */
  readonly extended?: Uint8Array;
  /** Process id. Default 4. */
  readonly process?: number;
  /** Thread id. Default 100. */
  readonly thread?: number;
}

export const EtlKeyword = { start: 0x40000000n, end: 0x80000000n, send: 0x100000000n, receive: 0x200000000n, wireless: 0x10000n, mobile: 0x200n } as const;

const PROVIDERS: Readonly<Record<EtlEvent['provider'], string>> = {
  ndis: '6e00d62e29470946b4233ee7bcd678ef', pktmon: 'd9804f4dbdc8734dbb5b19c90402c5ac',
  ras: 'f72145d835223742a7c014e3a9676286', other: '00112233445566778899aabbccddeeff',
};
export const BUFFER_LENGTH = 4096;
/** Compressed ones are longer before they are compressed: each holds all that its processor saw. */
const COMPRESSED_LENGTH = 1024 * 1024;
const FIRST_STAMP = 1_000_000_000n;
const FREQUENCY = 10_000_000n;

export interface EtlOptions {
  readonly startSeconds?: number;
  readonly pointerSize?: 4 | 8;
  readonly eventsLost?: number;
  /** As `pktmon stop` and `netsh trace stop` write the trace anew. */
  readonly compressed?: boolean;
  /** 1 the performance counter, 2 the system time. */
  readonly clock?: 1 | 2;
}

export function writeEtl(events: readonly EtlEvent[], options: EtlOptions = {}): Uint8Array {
  const { startSeconds = 1_700_000_000, pointerSize = 8, eventsLost = 0, clock = 1, compressed = false } = options;
  const start = (BigInt(startSeconds) + 11_644_473_600n) * 10_000_000n;
  const stamp = (ticks: number) => (clock === 2 ? start : FIRST_STAMP) + BigInt(ticks);
  const logfile = new ByteWriter().u32(BUFFER_LENGTH, 0x0a000000, 19045, 2).u64(start).u32(156250, 0, 1, 1, 1, pointerSize, eventsLost, 2400)
    .raw(new Uint8Array(2 * pointerSize)).raw(new Uint8Array(172)).pad(8).u64(start, FREQUENCY, start).u32(clock, 0).raw(new Uint8Array(8));
  const first = new ByteWriter().u16(2).u8(pointerSize === 8 ? 2 : 1, 0xc0).u16(32 + logfile.length, 0).u32(4, 4).u64(stamp(0)).u64(0n).raw(logfile.bytes());
  const buffers: Uint8Array[] = [buffer(first.bytes(), 4, 0, compressed ? 1024 : BUFFER_LENGTH)];
  const processors = [...new Set(events.map(({ processor = 0 }) => processor))].sort();
  for (const processor of processors) {
    let body = new ByteWriter();
    const flush = () => {
      buffers.push(compressed ? compressedBuffer(body.bytes(), processor) : buffer(body.bytes(), 0, processor));
      body = new ByteWriter();
    };
    for (const event of events.filter((each) => (each.processor ?? 0) === processor)) {
      const bytes = eventBytes(event, stamp(event.ticks));
      if (0x48 + body.length + bytes.length > (compressed ? COMPRESSED_LENGTH : BUFFER_LENGTH)) flush();
      body.raw(bytes).pad(8);
    }
    flush();
  }
  return concat(...buffers);
}

function buffer(body: Uint8Array, type: number, processor: number, length = BUFFER_LENGTH): Uint8Array {
  return concat(bufferHeader(length, body.length, 0, type, processor), body, new Uint8Array(length - 0x48 - body.length).fill(0xff));
}

function compressedBuffer(body: Uint8Array, processor: number): Uint8Array {
  const packed = compressXpress(body);
  return concat(bufferHeader(0x48 + packed.length, body.length, 0x60, 0, processor), packed);
}

function bufferHeader(length: number, bodyLength: number, flags: number, type: number, processor: number): Uint8Array {
  return new ByteWriter().u32(length, 0x48 + bodyLength, 0x48 + bodyLength, 0).raw(new Uint8Array(0x18)).u16(processor, 0).u32(3, 0x48 + bodyLength).u16(flags, type).raw(new Uint8Array(0x10)).bytes();
}

function eventBytes({ provider, id, keyword = 0n, data, extended, process = 4, thread = 100 }: EtlEvent, stamp: bigint): Uint8Array {
  const extra = extended === undefined ? new Uint8Array(0) : new ByteWriter().u16(0, 1, 0, extended.length).raw(extended).pad(8).bytes();
  return new ByteWriter().u16(0x50 + extra.length + data.length).u8(0x13, 0xc0).u16(0x40 | (extended === undefined ? 0 : 1), 0).u32(thread, process).u64(stamp)
    .raw(Buffer.from(PROVIDERS[provider], 'hex')).u16(id).u8(0, 16, 4, 0).u16(0).u64(keyword).u64(0n, 0n, 0n).raw(extra).raw(data).bytes();
}

export function ndisPacket(packet: Uint8Array, lower = 10, miniport = lower): Uint8Array {
  return new ByteWriter().u32(miniport, lower, packet.length).raw(packet).bytes();
}

export function switchPacket(packet: Uint8Array, destinations = 1): Uint8Array {
  const port = (id: number) => new ByteWriter().u32(id).raw(utf16(`port${id}`)).raw(utf16(`nic${id}`)).raw(utf16('Synthetic')).bytes();
  const out = new ByteWriter().u32(10, 10).raw(port(1)).u32(destinations);
  for (let i = 0; i < destinations; i++) out.raw(port(2 + i));
  return out.u32(packet.length).raw(packet).u32(16).raw(new Uint8Array(16)).bytes();
}

export function pktmonPacket(packet: Uint8Array, fields: { readonly component?: number; readonly edge?: number; readonly type?: number; readonly originalLength?: number; readonly withDropFields?: boolean; readonly dropReason?: number; readonly direction?: number } = {}): Uint8Array {
  const out = new ByteWriter().u64(77n).u16(1, 1, fields.direction ?? 0, fields.type ?? 1, fields.component ?? 5, fields.edge ?? 1, 0);
  if (fields.withDropFields !== false) out.u32(fields.dropReason ?? 0, 0);
  return out.u16(fields.originalLength ?? packet.length, packet.length).raw(packet).bytes();
}

/** Event 20 of pktmon: a component and its names. */
export function pktmonComponent(number: number, driver: string, description: string): Uint8Array {
  return new ByteWriter().u16(number, 3).raw(utf16(driver)).raw(utf16(description)).bytes();
}

/** Events 5001 and 5002 of remote access. */
export function rasPacket(packet: Uint8Array, domain = '{00000000-0000-0000-0000-000000000001}', user = 'CONTOSO\\anna'): Uint8Array {
  return new ByteWriter().raw(utf16(domain)).raw(utf16(user)).u32(packet.length).raw(packet).bytes();
}

function utf16(text: string): Uint8Array {
  return new ByteWriter().u16(...[...text].map((letter) => letter.charCodeAt(0)), 0).bytes();
}
