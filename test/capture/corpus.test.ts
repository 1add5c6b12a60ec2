/**
 * Public captures against what TShark reads from them. The captures are not part of this repository: PORTWITNESS_CORPUS names the
 * folder where they are, each with a NAME.truth.json beside it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NotACaptureError } from '../../src/capture/damage.js';
import { nodeDecompressors } from '../../src/capture/decompressors.node.js';
import { canonicalLinkType } from '../../src/capture/link-type.js';
import type { PacketBatch } from '../../src/capture/packet-batch.js';
import { readCapture } from '../../src/capture/source.js';

const SUFFIX = '.truth.json';
const folder = process.env['PORTWITNESS_CORPUS'];

interface Truth {
  readonly packets: number;
  readonly linkTypes: readonly number[] | null;
  readonly firstTimestamp: string | null;
  readonly lastTimestamp: string | null;
  readonly largestCaptured: number;
  readonly complete: boolean;
}

interface Figures {
  readonly packets: number;
  readonly linkTypes: readonly number[];
  readonly firstTimestamp: string | null;
  readonly lastTimestamp: string | null;
  readonly largestCaptured: number;
  readonly damage: readonly string[];
  readonly skipped: number;
}

async function figuresOf(path: string, chunkLength: number): Promise<Figures> {
  const file = readFileSync(path);
  let packets = 0;
  let first: string | null = null;
  let last: string | null = null;
  let largestCaptured = 0;
  const onBatch = (batch: PacketBatch) => {
    packets += batch.count;
    for (let row = 0; row < batch.count; row++) {
      largestCaptured = Math.max(largestCaptured, batch.capturedLength[row]!);
      if (Number.isNaN(batch.seconds[row]!)) continue;
      last = `${batch.seconds[row]!}.${batch.nanoseconds[row]!.toString().padStart(9, '0')}`;
      first ??= last;
    }
  };
  const { reader, damage } = await readCapture(chunked(file, chunkLength), nodeDecompressors, { onBatch });
  return {
    packets, linkTypes: reader.interfaces.map(({ linkType }) => linkType), firstTimestamp: first, lastTimestamp: last, largestCaptured,
    damage: damage.map(({ code }) => code), skipped: [...reader.skipped.values()].reduce((sum, count) => sum + count, 0),
  };
}

// eslint-disable-next-line @typescript-eslint/require-await -- a source is asynchronous even when this one is not
async function* chunked(file: Uint8Array, chunkLength: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.length; at += chunkLength) yield file.slice(at, at + chunkLength);
}

const cases = folder === undefined ? [] : readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(SUFFIX)).map((name) => join(folder, name)).sort();

describe.skipIf(folder === undefined)(`public captures (${folder === undefined ? 'all 190 and the malformed ones skipped: PORTWITNESS_CORPUS is not set' : `${cases.length} with truth`})`, () => {
  it('are there', () => {
    expect(cases.length).toBeGreaterThan(180);
    expect(cases.filter((path) => path.includes('pcapng-conformance')).length).toBeGreaterThanOrEqual(49);
  });

  it.each(cases.map((path) => [relative(folder ?? '', path), path]))('%s', async (_name, truthPath) => {
    const truth = JSON.parse(readFileSync(truthPath, 'utf8')) as Truth;
    const path = truthPath.slice(0, -SUFFIX.length);
    const whole = await figuresOf(path, 1024 * 1024);
    expect(whole).toMatchObject({ packets: truth.packets, firstTimestamp: truth.firstTimestamp, lastTimestamp: truth.lastTimestamp, largestCaptured: truth.largestCaptured, skipped: 0 });
    // The truth has them as stored; ours are canonical.
    if (truth.linkTypes !== null) expect(whole.linkTypes).toEqual(truth.linkTypes.map(canonicalLinkType));
    expect(whole.damage).toEqual(truth.complete ? [] : ['cut-record']);
    if (readFileSync(path).length < 200_000) for (const size of [1, 13]) expect(await figuresOf(path, size)).toEqual(whole);
  });

  const malformed = folder === undefined || !existsSync(join(folder, 'malformed', 'index.json')) ? {}
    : (JSON.parse(readFileSync(join(folder, 'malformed', 'index.json'), 'utf8')) as { files: Record<string, { packets: number; complete: boolean }> }).files;

  it.each(Object.entries(malformed))('malformed/%s ends without an exception, at any chunk size', async (name, truth) => {
    const path = join(folder!, 'malformed', name);
    const whole = await figuresOf(path, 1024 * 1024).catch(asRefusal);
    expect(await figuresOf(path, 1).catch(asRefusal)).toEqual(whole);
    if (typeof whole === 'string') expect(truth.packets).toBe(0);
    else if (truth.complete) expect(whole.packets).toBe(truth.packets);
    else expect(whole.packets).toBeGreaterThanOrEqual(truth.packets);
  });
});

function asRefusal(error: unknown): string {
  if (error instanceof NotACaptureError) return error.message;
  throw error;
}
