/** Input that was made to hurt, or was hurt: one clear line each, what was read before is reported, the exit code is as promised. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Talk } from '../flow/talk.js';
import { concat } from '../support/byte-writer.js';
import { PcapngWriter } from '../support/pcapng-writer.js';
import { writePcap } from '../support/pcap-writer.js';
import { bytesOf, inFolder, parseReport, runCli, startCli } from './run-cli.js';

const packets = new Talk().handshake().packets;
const good = writePcap(packets);

function analyzed(file: Uint8Array): { code: number | null; err: string; capture: ReturnType<typeof parseReport>['captures'][number] | undefined } {
  let result!: { code: number | null; out: string; err: string };
  inFolder({ 'x.pcap': file }, (cwd) => { result = runCli(['analyze', 'x.pcap', '--format', 'json'], { cwd }); });
  return { code: result.code, err: result.err, capture: result.out === '' ? undefined : parseReport(result.out).captures[0] };
}

describe('bad input', () => {
  it('an encrypted zip is refused in one line', () => {
    const zip = new Uint8Array(64);
    zip.set([0x50, 0x4b, 0x03, 0x04, 20, 0, 1, 0]); // bit 0 of the flags: encrypted
    const { code, err } = analyzed(zip);
    expect(code).toBe(3);
    expect(err).toMatch(/^portwitness: x\.pcap: not a capture: an encrypted zip archive; unpack it with its password first\n$/u);
  });
  it('a pcapng block of 2^32-1 bytes: what stands before it is reported, with its offset', () => {
    const before = new PcapngWriter().section().interface();
    for (const { data } of packets) before.packet({ data });
    const whole = before.bytes();
    const { code, capture } = analyzed(concat(whole, Uint8Array.of(6, 0, 0, 0, 0xff, 0xff, 0xff, 0xff), new Uint8Array(64)));
    expect([code, capture?.packets]).toEqual([0, 3]);
    expect(capture?.damage[0]).toMatchObject({ code: 'bad-block-length', byteOffset: whole.length, expected: 0xffffffff });
  });
  it('a file that ends inside a header', () => {
    expect(analyzed(good.slice(0, 10))).toMatchObject({ code: 0, capture: { packets: 0, damage: [{ code: 'cut-file-header', byteOffset: 0 }] } });
    expect(analyzed(good.slice(0, 30))).toMatchObject({ code: 0, capture: { packets: 0, damage: [{ code: 'cut-record', byteOffset: 24 }] } });
  });
  it('10,000 interfaces', () => {
    const writer = new PcapngWriter().section();
    for (let i = 0; i < 10_000; i++) writer.interface({ name: `port ${i}` });
    packets.forEach(({ data }, i) => writer.packet({ data, interfaceId: 9997 + i, ticks: BigInt(i) }));
    expect(analyzed(writer.bytes())).toMatchObject({ code: 0, capture: { packets: 3, decoded: 3, damage: [] } });
  });
  it('a bomb: over 100 GB of gzip in gzip ends soon, and is called one', () => {
    // 64 MiB of zeros in 64 kB, again and again; the outer layer makes 1,700 of them (109 GB) small.
    const zeros = gzipSync(new Uint8Array(64 * 1024 * 1024));
    const start = gzipSync(concat(good, new Uint8Array(16)));
    const bomb = gzipSync(concat(start, ...Array.from({ length: 1700 }, () => zeros)), { level: 9 });
    expect(bomb.length).toBeLessThan(10_000_000);
    const began = performance.now();
    const { code, capture } = analyzed(bomb);
    expect(performance.now() - began).toBeLessThan(60_000);
    expect([code, capture?.packets === undefined ? -1 : capture.packets >= 3]).toEqual([0, true]);
    expect(capture?.damage.map((each) => each.code)).toContain('size-limit');
  }, 120_000);
});

describe.skipIf(process.platform === 'win32')('a slow pipe', () => {
  it('gives what a file gives, when it is at its end', async () => {
    const bytes = bytesOf('rpc-dynamic-dropped');
    const child = startCli(['analyze', '-', '--format', 'json']);
    let out = '';
    child.stdout.on('data', (piece: Buffer) => { out += piece.toString(); });
    for (let at = 0; at < bytes.length; at += 5000) {
      child.stdin.write(bytes.slice(at, at + 5000));
      await new Promise((resolve) => { setTimeout(resolve, 30); });
    }
    child.stdin.end();
    expect(await new Promise((resolve) => { child.once('close', resolve); })).toBe(0);
    expect(parseReport(out).captures[0]!.packets).toBe(93);
  });
  it('loses nothing of what its writer flushes after Ctrl-C', async () => {
    const bytes = bytesOf('rpc-dynamic-dropped');
    const child = startCli(['analyze', '-', '--format', 'json']);
    let out = '';
    child.stdout.on('data', (piece: Buffer) => { out += piece.toString(); });
    child.stdin.on('error', () => undefined);
    child.stdin.write(bytes.slice(0, 6000));
    await new Promise((resolve) => { setTimeout(resolve, 1500); });
    child.kill('SIGINT');
    await new Promise((resolve) => { setTimeout(resolve, 100); });
    child.stdin.end(bytes.slice(6000));
    expect(await new Promise((resolve) => { child.once('close', resolve); })).toBe(0);
    expect(parseReport(out).captures[0]).toMatchObject({ packets: 93, damage: [] });
  });
});

it.skipIf(process.platform === 'win32')('Ctrl-C in the middle of a file: how far it was read stands in the report, and what it means on standard error', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'portwitness-'));
  try {
    // A file that never ends: a named pipe.
    const name = path.join(folder, 'ring.pcapng');
    execFileSync('mkfifo', [name]);
    const child = startCli(['analyze', name, '--no-progress']);
    const said = { out: '', err: '' };
    child.stdout.on('data', (piece: Buffer) => { said.out += piece.toString(); });
    child.stderr.on('data', (piece: Buffer) => { said.err += piece.toString(); });
    const writer = await open(name, 'w');
    await writer.write(bytesOf('rpc-dynamic-dropped').slice(0, 6000));
    await new Promise((resolve) => { setTimeout(resolve, 1500); });
    child.kill('SIGINT');
    expect(await new Promise((resolve) => { child.once('close', resolve); })).toBe(0);
    await writer.close();
    expect(said.err).toBe('portwitness: Ctrl-C: what was read so far is reported, the rest of the files is left out; once more ends at once\n');
    expect(said.out.replace(/\s+/gu, ' ')).toContain('read up to byte 6000 only, when Ctrl-C ended it');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
