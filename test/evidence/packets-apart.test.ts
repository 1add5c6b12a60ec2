/** Packets read in another thread: the same bytes of output as in one thread, also where the capture is damaged or none. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { nodeDecompressors } from '../../src/capture/decompressors.node.js';
import { openCapture } from '../../src/capture/file-source.node.js';
import { builtInCatalog } from '../../src/catalog/catalog.js';
import { collectEvidence } from '../../src/evidence/collect-evidence.js';
import { collectFlows } from '../../src/evidence/collect-flows.js';
import { packetsApart } from '../../src/evidence/packets-apart.node.js';
import type { CaptureInput, RunOptions } from '../../src/evidence/run-captures.js';
import type { Flow } from '../../src/flow/flow.js';
import { writeJson } from '../../src/report/json.js';
import { CAPTURES_WITH_TRUTH, capturesWithTruth, corpus, skipped } from '../corpus/public-captures.js';
import { writePcap } from '../support/pcap-writer.js';
import { Talk } from '../flow/talk.js';
import { LAB, labCaptures } from './captured.js';

const DIST = join(import.meta.dirname, '../../dist');
const scratch = mkdtempSync(join(tmpdir(), 'portwitness-apart-'));
afterAll(() => { rmSync(scratch, { recursive: true }); });

function inputOf(path: string, isApart: boolean): CaptureInput {
  return { name: path, open: () => openCapture(path), ...(isApart ? { apart: () => packetsApart(path, DIST, undefined, 0) } : {}) };
}

async function told(path: string, isApart: boolean, more: Partial<RunOptions> = {}): Promise<{ report: string; flows: Flow[]; faults: unknown }> {
  const options: RunOptions = { decompressors: nodeDecompressors, explain: String, ...more };
  const { evidence, faults } = await collectEvidence([inputOf(path, isApart)], options);
  let report = '';
  if (evidence.captures.length > 0) writeJson(analyze(evidence, { catalog: builtInCatalog() }), (text) => { report += text; });
  const flows: Flow[] = [];
  await collectFlows([inputOf(path, isApart)], options, (flow) => { flows.push(flow); });
  return { report, flows, faults };
}

async function expectSame(path: string): Promise<void> {
  const here = await told(path, false);
  const apart = await told(path, true);
  // Not as values: the difference of reports of megabytes takes minutes to print.
  expect(apart.report === here.report, `${path}: the report differs`).toBe(true);
  expect(JSON.stringify(apart.flows) === JSON.stringify(here.flows), `${path}: the flows differ`).toBe(true);
  expect(apart.faults).toEqual(here.faults);
}

describe('packets read in another thread', () => {
  it('captures of the lab', async () => {
    for (const file of labCaptures) await expectSame(join(LAB, file));
  }, 120_000);

  it('what is no capture, what is cut, and what is not there', async () => {
    const whole = writePcap(new Talk().handshake().client('PA', { length: 50 }).server('PA', { length: 80 }).packets);
    for (const [name, bytes] of [['empty', new Uint8Array(0)], ['text', new TextEncoder().encode('no capture at all\n'.repeat(99))], ['cut', whole.subarray(0, whole.length - 9)]] as const) {
      const path = join(scratch, name);
      writeFileSync(path, bytes);
      await expectSame(path);
    }
    expect(packetsApart(join(scratch, 'missing'), DIST, undefined, 0)).toBeUndefined();
  });

  it('more flows and payload than blocks hold', async () => {
    const packets = Array.from({ length: 6000 }, (_, i) => new Talk({ clientPort: 1024 + (i % 60_000), client: `10.0.${i >> 8}.${i & 255}` })
      .handshake().client('PA', { payload: new TextEncoder().encode(`GET /${i} HTTP/1.1\r\nHost: h${i % 50}\r\nContent-Length: 1200\r\n\r\n${'x'.repeat(1200)}`) })
      .server('PA', { length: 1000 }).client(i % 3 === 0 ? 'R' : 'FA').packets).flat();
    const path = join(scratch, 'many');
    writeFileSync(path, writePcap(packets));
    await expectSame(path);
  }, 120_000);

  it('are ended by the signal, and what was read is reported', async () => {
    const path = join(scratch, 'long');
    writeFileSync(path, writePcap(Array.from({ length: 400_000 }, (_, i) => new Talk({ clientPort: 1024 + (i % 60_000) }).client('S').packets).flat()));
    const stop = new AbortController();
    const { evidence, faults } = await collectEvidence([inputOf(path, true)], {
      decompressors: nodeDecompressors, signal: stop.signal, onProgress: () => { stop.abort(); },
    });
    expect(faults).toEqual([]);
    const [capture] = evidence.captures;
    expect(capture).toMatchObject({ isInterrupted: true, damage: [] });
    expect(capture!.packets).toBeGreaterThan(0);
    expect(capture!.packets).toBeLessThan(400_000);
  }, 60_000);

  it('a sink that takes nothing more ends it, hears nothing else, and is no fault of the input', async () => {
    const path = join(scratch, 'many flows');
    writeFileSync(path, writePcap(Array.from({ length: 30_000 }, (_, i) => new Talk({ clientPort: 1024 + i }).client('S').packets).flat()));
    let heard = 0;
    const full = new Error('full');
    const reading = collectFlows([inputOf(path, true)], { decompressors: nodeDecompressors, explain: String }, () => {
      if (++heard === 2) throw full;
    });
    await expect(reading).rejects.toBe(full);
    await new Promise((resolve) => { setTimeout(resolve, 100); });
    expect(heard).toBe(2);
  });

  it('are not read at all when the signal came before', async () => {
    const { report } = await told(join(LAB, labCaptures[0]!), true, { signal: AbortSignal.abort() });
    expect(report).toBe('');
  });
});

describe.skipIf(corpus === undefined)(`packets of public captures${skipped(CAPTURES_WITH_TRUTH)}`, () => {
  it('are the same in another thread', async () => {
    const captures = capturesWithTruth();
    expect(captures.length).toBeGreaterThan(0);
    for (const { path } of captures) await expectSame(path);
  }, 600_000);
});
