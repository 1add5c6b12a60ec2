/**
 * Writes captures for benchmarks: interleaved TCP connections between 256 clients and 16 servers, each with a handshake, a first
 * request that is real for its port, data both ways and FINs. The same arguments give the same bytes.
 */
import fs from 'node:fs';

export interface CaptureShape {
  readonly packets: number;
  /** Connections that are open at a time. */
  readonly active: number;
  /** Mean payload of data packets, bytes. */
  readonly mean: number;
  readonly kind: 'connections' | 'syn-flood';
  readonly ip: 4 | 6;
  readonly container: 'pcap' | 'pcapng';
}

interface Connection { serial: number; port: number; server: number; clientPort: number; step: number; steps: number; sequence: [number, number] }

const PORTS = [445, 135, 5985, 443, 80, 3389, 6600, 2179, 49667, 49670, 389, 88, 3343, 8100, 1433];
const hex = (text: string): Buffer => Buffer.from(text.replace(/\s+/g, ''), 'hex');
const RPC_BIND = hex('05000b0310000000480000000100 0000b810b8100000000001000000 0000010008 83afe11f5dc91191a408002b14a0fa03000000 045d888aeb1cc9119fe808002b104860 02000000');
const SMB_NEGOTIATE = hex(`0000006c fe534d42 40000000 00000000 00000100 00000000 00000000 00000000 00000000 ${'00'.repeat(32)} 24000400 01000000 7f000000 ${'09'.repeat(16)} ${'00'.repeat(8)} 0202 1002 0003 0203`);
const WSMAN = Buffer.from('POST /wsman HTTP/1.1\r\nHost: hv01:5985\r\nUser-Agent: Microsoft WinRM Client\r\nContent-Type: application/soap+xml;charset=UTF-8\r\nContent-Length: 0\r\n\r\n');
const CLIENT_HELLO = hex(`160301 0045 01 000041 0303 ${'07'.repeat(32)} 00 0004 c02fc030 01 00 0014 0000 0010 000e 00 000b 686f73742e6c6162 746573`);
const FIRST: Readonly<Record<number, Buffer>> = { 445: SMB_NEGOTIATE, 135: RPC_BIND, 49667: RPC_BIND, 49670: RPC_BIND, 5985: WSMAN, 443: CLIENT_HELLO, 3389: CLIENT_HELLO };

export function makeCapture(file: string, { packets, active, mean, kind, ip, container }: CaptureShape): void {
  const fd = fs.openSync(file, 'w');
  const out = Buffer.alloc(8 << 20);
  let o = 0;
  let seed = 20_261_120;
  const random = (): number => {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return (seed >>> 0) / 4_294_967_296;
  };
  let serial = 0;
  const open = (): Connection => {
    serial++;
    return {
      serial, port: PORTS[Math.floor(random() * PORTS.length)]!, server: Math.floor(random() * 16), clientPort: 1024 + ((serial * 7919) % 64_000), step: 0,
      steps: 8 + Math.floor(random() * 14), sequence: [Math.floor(random() * 4e9), Math.floor(random() * 4e9)],
    };
  };
  const connections = Array.from({ length: kind === 'syn-flood' ? 1 : active }, open);
  o = container === 'pcap' ? pcapHeader(out) : pcapngHeader(out);
  let micro = 1.75e15;
  const networkLength = ip === 4 ? 20 : 40;
  for (let i = 0; i < packets; i++) {
    if (o > out.length - 4096) {
      fs.writeSync(fd, out, 0, o);
      o = 0;
    }
    const at = Math.floor(random() * connections.length);
    if (kind === 'syn-flood') connections[at] = open();
    const c = connections[at]!;
    const step = c.step++;
    const left = c.steps - step;
    let side: 0 | 1 = 0;
    let flags = 0x02;
    let length = 0;
    let body: Buffer | undefined;
    if (kind === 'connections') {
      if (step === 1) [side, flags] = [1, 0x12];
      else if (step === 2) flags = 0x10;
      else if (step === 3) [body, flags] = [FIRST[c.port] ?? Buffer.alloc(64, 0xa5), 0x18];
      else if (left === 2) flags = 0x11;
      else if (left === 1) [side, flags] = [1, 0x11];
      else if (left <= 0) flags = 0x10;
      else if (step > 3) {
        side = random() < 0.55 ? 0 : 1;
        length = random() < 0.45 ? 0 : Math.min(1440, Math.floor(random() * 2 * mean));
        flags = length > 0 ? 0x18 : 0x10;
      }
      if (body !== undefined) length = body.length;
    }
    micro += 20;
    const frame = 14 + networkLength + 20 + length;
    const record = container === 'pcap' ? pcapRecord(out, o, micro, frame) : pcapngRecord(out, o, micro, frame);
    const p = record.data;
    out.fill(0, p, p + frame - length);
    out.writeUInt32BE(0x00155d01, p);
    out.writeUInt32BE(0x00155d02, p + 6);
    out.writeUInt16BE(ip === 4 ? 0x0800 : 0x86dd, p + 12);
    const client = kind === 'syn-flood' ? c.serial >>> 4 : c.serial % 256;
    const n = p + 14;
    if (ip === 4) {
      out[n] = 0x45;
      out.writeUInt16BE(40 + length, n + 2);
      out.writeUInt16BE(i & 0xffff, n + 4);
      out.writeUInt16BE(0x4000, n + 6);
      out[n + 8] = 128;
      out[n + 9] = 6;
      out.writeUInt32BE((side === 0 ? 0x0a00_0000 + client : 0x0a80_0000 + c.server) >>> 0, n + 12);
      out.writeUInt32BE((side === 0 ? 0x0a80_0000 + c.server : 0x0a00_0000 + client) >>> 0, n + 16);
    } else {
      out[n] = 0x60;
      out.writeUInt16BE(20 + length, n + 4);
      out[n + 6] = 6;
      out[n + 7] = 128;
      for (const [where, low] of [[n + 8, side === 0 ? client : 0x8000_0000 + c.server], [n + 24, side === 0 ? 0x8000_0000 + c.server : client]] as const) {
        out.writeUInt32BE(0xfd77_0001, where);
        out.writeUInt32BE(low >>> 0, where + 12);
      }
    }
    const t = n + networkLength;
    out.writeUInt16BE(side === 0 ? c.clientPort : c.port, t);
    out.writeUInt16BE(side === 0 ? c.port : c.clientPort, t + 2);
    out.writeUInt32BE(c.sequence[side], t + 4);
    out.writeUInt32BE((flags & 0x10) !== 0 ? c.sequence[1 - side]! : 0, t + 8);
    out[t + 12] = 0x50;
    out[t + 13] = flags;
    out.writeUInt16BE(8192, t + 14);
    if (body !== undefined) body.copy(out, t + 20);
    else if (length > 0) out.fill(0xa5, t + 20, t + 20 + length);
    c.sequence[side] = (c.sequence[side] + length + ((flags & 3) !== 0 ? 1 : 0)) >>> 0;
    o = record.end;
    if (kind === 'connections' && left <= 0) connections[at] = open();
  }
  fs.writeSync(fd, out, 0, o);
  fs.closeSync(fd);
}

function pcapHeader(out: Buffer): number {
  out.writeUInt32LE(0xa1b2c3d4, 0);
  out.writeUInt16LE(2, 4);
  out.writeUInt16LE(4, 6);
  out.writeUInt32LE(262_144, 16);
  out.writeUInt32LE(1, 20);
  return 24;
}

function pcapRecord(out: Buffer, o: number, micro: number, length: number): { data: number; end: number } {
  const seconds = Math.floor(micro / 1e6);
  out.writeUInt32LE(seconds, o);
  out.writeUInt32LE(micro - seconds * 1e6, o + 4);
  out.writeUInt32LE(length, o + 8);
  out.writeUInt32LE(length, o + 12);
  return { data: o + 16, end: o + 16 + length };
}

function pcapngHeader(out: Buffer): number {
  hex('0a0d0d0a 1c000000 4d3c2b1a 01000000 ffffffffffffffff 1c000000 01000000 14000000 01000000 00000400 14000000').copy(out, 0);
  return 48;
}

function pcapngRecord(out: Buffer, o: number, micro: number, length: number): { data: number; end: number } {
  const padded = (length + 3) & ~3;
  out.writeUInt32LE(6, o);
  out.writeUInt32LE(32 + padded, o + 4);
  out.writeUInt32LE(0, o + 8);
  out.writeUInt32LE(Math.floor(micro / 2 ** 32), o + 12);
  out.writeUInt32LE(micro % 2 ** 32, o + 16);
  out.writeUInt32LE(length, o + 20);
  out.writeUInt32LE(length, o + 24);
  out.fill(0, o + 28 + length, o + 28 + padded);
  out.writeUInt32LE(32 + padded, o + 28 + padded);
  return { data: o + 28, end: o + 32 + padded };
}
