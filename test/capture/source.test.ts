import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { NotACaptureError } from '../../src/capture/damage.js';
import { nodeDecompressors } from '../../src/capture/decompressors.node.js';
import { type CaptureReadResult, type ReadCaptureOptions, readCapture } from '../../src/capture/source.js';
import { concat } from '../support/byte-writer.js';
import { writePcap } from '../support/pcap-writer.js';
import { packetsOf, type ReadPacket } from '../support/read-packets.js';

const file = writePcap(Array.from({ length: 500 }, (_, i) => ({ data: Uint8Array.from({ length: 60 + (i % 40) }, (__, k) => (i * 31 + k * 7) & 255), seconds: i })));
/** `lz4 -c` and `zstd -c` of a pcap with three records of 200 bytes: 7, 8, 9. */
const small = writePcap([7, 8, 9].map((fill) => ({ data: new Uint8Array(200).fill(fill), seconds: fill })));

async function* chunked(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  const lent = new Uint8Array(size);
  for (let at = 0; at < bytes.length; at += size) {
    const part = bytes.subarray(at, at + size);
    lent.fill(0xee).set(part);
    yield lent.subarray(0, part.length);
    await Promise.resolve();
  }
}

async function read(source: AsyncIterable<Uint8Array>, options?: ReadCaptureOptions): Promise<CaptureReadResult & { packets: ReadPacket[] }> {
  const packets: ReadPacket[] = [];
  const result = await readCapture(source, nodeDecompressors, { onBatch(batch) { packets.push(...packetsOf(batch)); } }, options);
  return { ...result, packets };
}

describe('readCapture', () => {
  it('reads the same at any chunk size, plain and compressed', async () => {
    const whole = await read(chunked(file, file.length));
    expect(whole).toMatchObject({ compression: [], bytesRead: file.length, captureBytes: file.length, ended: 'end-of-file', damage: [] });
    expect(whole.packets).toHaveLength(500);
    const zipped = gzipSync(file);
    const members = concat(gzipSync(file.slice(0, 100)), gzipSync(file.slice(100)));
    for (const size of [1, 3, 100, 100_000]) {
      expect((await read(chunked(file, size))).packets).toEqual(whole.packets);
      const inflated = await read(chunked(zipped, size));
      expect(inflated).toMatchObject({ compression: ['gzip'], bytesRead: zipped.length, captureBytes: file.length, ended: 'end-of-file', damage: [] });
      expect(inflated.packets).toEqual(whole.packets);
      expect((await read(chunked(members, size))).packets).toEqual(whole.packets);
      expect(await read(chunked(gzipSync(zipped), size))).toMatchObject({ compression: ['gzip', 'gzip'], captureBytes: file.length });
    }
  });

  it('uses what a cut gzip file holds, and says that it is cut', async () => {
    const zipped = gzipSync(file, { level: 1 });
    const { packets, damage, ended } = await read(chunked(zipped.subarray(0, zipped.length - 400)));
    expect(packets.length).toBeGreaterThan(100);
    expect(ended).toBe('bad-compression');
    expect(damage).toMatchObject([{ code: 'bad-compression', boundedBy: 'file', found: zipped.length - 400 }]);
  });

  it('keeps everything when only the checksum of a gzip file is wrong', async () => {
    const zipped = Uint8Array.from(gzipSync(file));
    zipped[zipped.length - 6]! ^= 1;
    const { packets, damage } = await read(chunked(zipped));
    expect(packets).toHaveLength(500);
    expect(damage).toMatchObject([{ code: 'bad-compression', boundedBy: 'format' }]);
  });

  it('ends in a report or in a refusal wherever a gzip file is cut', async () => {
    const zipped = gzipSync(small);
    for (let length = 1; length < zipped.length; length++) {
      const outcome = await read(chunked(zipped.subarray(0, length), 5)).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(NotACaptureError);
      else expect((outcome as CaptureReadResult).damage.map(({ code }) => code)).toContain('bad-compression');
    }
  });

  it('reads zstd and lz4', async () => {
    // Written by zstd 1.5 and lz4 1.9; the lz4 one has linked blocks and checksums.
    for (const [compression, bytes] of Object.entries(COMPRESSED)) {
      for (const size of [1, 9, 1000]) {
        const { packets, damage, compression: layers } = await read(chunked(bytes, size));
        expect(layers).toEqual([compression]);
        expect(damage).toEqual([]);
        expect(packets.map(({ seconds, data }) => [seconds, data])).toEqual([7, 8, 9].map((fill) => [fill, Buffer.alloc(200, fill).toString('hex')]));
      }
      for (let length = 5; length < bytes.length; length++) {
        const outcome = await read(chunked(bytes.slice(0, length))).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(NotACaptureError);
      }
    }
  });

  it('ends in the same report or refusal whatever byte of a zstd or lz4 file is changed, at any chunk size', async () => {
    const outcome = async (bytes: Uint8Array, size: number) => {
      try {
        const { packets, damage } = await read(chunked(bytes, size));
        return [packets, damage];
      } catch (error) {
        expect(error).toBeInstanceOf(NotACaptureError);
        return (error as Error).message;
      }
    };
    for (const bytes of Object.values(COMPRESSED)) {
      for (let at = 4; at < bytes.length; at++) {
        const changed = Uint8Array.from(bytes);
        changed[at] = changed[at]! ^ 0xff;
        expect(await outcome(changed, 3)).toEqual(await outcome(changed, 1000));
      }
    }
  });

  it('passes over skippable frames of lz4 and zstd, and reads frame behind frame', async () => {
    const skippable = Uint8Array.of(0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3);
    for (const [compression, bytes] of Object.entries(COMPRESSED)) {
      for (const size of [1, 1000]) {
        const { packets, damage, compression: layers } = await read(chunked(concat(skippable, bytes, skippable), size));
        expect([layers, damage, packets.length]).toEqual([[compression], [], 3]);
      }
    }
  });

  it('says that a frame needs a dictionary, which is not in the file', async () => {
    const lz4 = Uint8Array.from(COMPRESSED.lz4);
    lz4[4] = lz4[4]! | 1;
    // The lz4 command sets no flag: a match that reaches back before the first byte tells. Here: one literal, then from 4096 bytes before.
    const unmarked = Uint8Array.from([...COMPRESSED.lz4.subarray(0, 7), 9, 0, 0, 0, 0x14, 0xd4, 0x00, 0x10, 0, 0, 0, 0, 0]);
    const zstd = Uint8Array.from(COMPRESSED.zstd);
    zstd[4] = zstd[4]! | 1;
    for (const size of [1, 1000]) {
      await expect(read(chunked(lz4, size))).rejects.toThrow(/\(packed with a dictionary, which is not in the file; unpack it first: lz4 -d -D DICTIONARY\)/);
      await expect(read(chunked(unmarked, size))).rejects.toThrow(/corrupt, or packed with a dictionary.*lz4 -d -D/);
      await expect(read(chunked(zstd, size))).rejects.toThrow(/packed with a dictionary.*zstd -d -D/);
    }
  });

  it('stops inflating a bomb, with what it read', async () => {
    const bomb = gzipSync(concat(file, ...Array.from({ length: 40 }, () => concat(writePcap([{ data: new Uint8Array(200_000) }]).slice(24)))));
    const { packets, damage, ended } = await read(chunked(bomb, 2000), { freeInflatedBytes: 100_000, maxInflationRatio: 20 });
    expect(ended).toBe('size-limit');
    expect(damage).toMatchObject([{ code: 'size-limit' }]);
    expect(packets.length).toBeGreaterThanOrEqual(500);
  });

  it('ends at an abort although the pipe is silent, and calls that no damage', async () => {
    const control = new AbortController();
    const result = read(silentAfter(file.subarray(0, 5000)), { signal: control.signal });
    setTimeout(() => { control.abort(); }, 20);
    expect(await result).toMatchObject({ ended: 'aborted', damage: [], bytesRead: 5000 });
    expect((await result).packets.length).toBeGreaterThan(40);
  });

  it.each([['plain', file], ['gzip', new Uint8Array(gzipSync(file))]] as const)('reads what the writer of a %s pipe flushes at an abort', async (_name, bytes) => {
    const control = new AbortController();
    setTimeout(() => { control.abort(); }, 20);
    const { packets, damage, ended } = await read(flushingAfter(bytes, control.signal), { signal: control.signal, isLive: true });
    expect([packets.length, damage, ended]).toEqual([500, [], 'end-of-file']);
  });

  it.each([['plain', file], ['gzip', new Uint8Array(gzipSync(file))]] as const)('does not wait long for a %s pipe that falls silent', async (_name, bytes) => {
    const control = new AbortController();
    setTimeout(() => { control.abort(); }, 20);
    const before = performance.now();
    const { packets, damage, ended } = await read(silentAfter(bytes.subarray(0, bytes.length - 100)), { signal: control.signal, isLive: true });
    expect([packets.length > 40, damage, ended]).toEqual([true, [], 'aborted']);
    expect(performance.now() - before).toBeLessThan(2000);
  });

  it('nor for one that never falls silent', async () => {
    const control = new AbortController();
    setTimeout(() => { control.abort(); }, 20);
    expect(await read(endless(), { signal: control.signal, isLive: true })).toMatchObject({ ended: 'aborted', damage: [] });
  }, 20_000);

  it('delivers the same of a gzip file with a wrong byte, whatever the chunks', async () => {
    const zipped = new Uint8Array(gzipSync(random(60_000)));
    zipped[40_000] = (zipped[40_000] ?? 0) ^ 0x55;
    const outcomes = await Promise.all([1 << 20, 700, 64].map(async (size) => {
      const { packets, damage } = await read(chunked(zipped, size));
      return [packets, damage.map(({ code }) => code)];
    }));
    expect(outcomes[1]).toEqual(outcomes[0]);
    expect(outcomes[2]).toEqual(outcomes[0]);
  });

  it('refuses what is no capture, inside a compressed file too', async () => {
    await expect(read(chunked(new Uint8Array(0)))).rejects.toThrow(/the file is empty/);
    await expect(read(chunked(gzipSync('some text')))).rejects.toThrow(/: text.*inside gzip/);
    await expect(read(chunked(Uint8Array.of(0x1f, 0x8b, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)))).rejects.toThrow(NotACaptureError);
    await expect(read(chunked(gzipSync(gzipSync(gzipSync(gzipSync(file))))))).rejects.toThrow(/more than 3 times/);
    await expect(readCapture(chunked(gzipSync(file)), {}, { onBatch() { /* never */ } })).rejects.toThrow(/gzip data, which cannot be unpacked here/);
  });

  it('passes on what the source throws', async () => {
    await expect(read(failing())).rejects.toThrow('EIO');
  });
});

async function* silentAfter(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
  await new Promise(() => { /* never */ });
}

/** The first half, then silence until the signal, then the rest. */
async function* flushingAfter(bytes: Uint8Array, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  yield bytes.slice(0, bytes.length / 2);
  await new Promise((resolve) => { signal.addEventListener('abort', resolve); });
  await new Promise((resolve) => { setTimeout(resolve, 100); });
  yield bytes.slice(bytes.length / 2);
}

async function* endless(): AsyncGenerator<Uint8Array> {
  yield file.slice();
  for (;;) {
    await new Promise((resolve) => { setTimeout(resolve, 5); });
    yield file.slice(24);
  }
}

/** A capture that can hardly be compressed. */
function random(length: number): Uint8Array {
  const numbers = Uint8Array.from({ length }, (_, i) => Math.imul(i ^ (i >>> 3), 0x9e3779b1) >>> 13);
  return writePcap(Array.from({ length: length / 100 }, (_, i) => ({ data: numbers.slice(i * 100, i * 100 + 100) })));
}

async function* failing(): AsyncGenerator<Uint8Array> {
  yield file.subarray(0, 1000);
  await Promise.resolve();
  throw new Error('EIO');
}

const COMPRESSED = {
  zstd: Buffer.from('KLUv/WSgAZ0BAMDUw7KhAgAEAAQAAQAAAAcAyAcIAAgJAAkKAEQcFUAAGJCIU94aYsGARBxluyzA4BvgAjSXd9Q=', 'base64'),
  lz4: Buffer.from('BCJNGHRAvTYAAACG1MOyoQIABAABAHMEAAEAAAAHEQATyAQAHwcBALQbCNgAHwgBALQbCdgAHwkBAK9QCQkJCQmEval+AAAAADx20Tw=', 'base64'),
};
