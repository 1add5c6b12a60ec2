/** Real captures of both ends with losses at known places (test/lab/two_ends.py made them), the second clock 90 s ahead. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { builtInCatalog } from '../../src/catalog/catalog.js';
import { evidenceOf, inputOf } from '../evidence/captured.js';

const folder = join(import.meta.dirname, '../../fixtures/two-ends');
const bytes = (name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, name)));
interface Truth { connections: { port: number; outcome: string; place?: string }[]; translations?: object[] }

describe('both ends of the lab', () => {
  it.each(['two-ends', 'two-ends-nat'])('%s: each loss is placed where it was arranged, and told once', async (name) => {
    const truth = JSON.parse(readFileSync(join(folder, `${name}.truth.json`), 'utf8')) as Truth;
    const { evidence } = await evidenceOf(inputOf(`${name}.pcapng`, bytes(`${name}.pcapng`)), inputOf(`${name}-2.pcapng`, bytes(`${name}-2.pcapng`)));
    const model = analyze(evidence, { catalog: builtInCatalog() });
    expect(model.ends).toHaveLength(1);
    const { client, server, clockOffset, losses, translations } = model.ends[0]!;
    expect([model.captures[client]!.file, model.captures[server]!.file]).toEqual([`${name}.pcapng`, `${name}-2.pcapng`]);
    expect(Math.abs(clockOffset - 90)).toBeLessThan(0.005);
    expect(translations).toEqual(truth.translations ?? []);
    const placed: Record<string, string> = {};
    for (const { finding, place } of losses) placed[String(model.findings.find(({ id }) => id === finding)!.port)] = place;
    expect(placed).toEqual(Object.fromEntries(truth.connections.filter(({ place }) => place !== undefined).map(({ port, place }) => [port, place])));
    const failing = truth.connections.filter(({ outcome }) => outcome !== 'accepted').map(({ port }) => port);
    expect(model.findings.filter(({ problem }) => problem !== null).map(({ port }) => port).sort()).toEqual(failing.sort());
    // Frames of two captures have the same numbers: each sentence says whose.
    const sentences = model.problems.flatMap(({ why, timeline }) => [...why, ...timeline.map(({ text }) => text)]).filter((text) => text.includes('#'));
    expect(sentences.length).toBeGreaterThan(failing.length);
    for (const text of sentences) expect(text).not.toMatch(/(?<!\])#\d/u);
  });
  it('counts each connection once, as it looks where its outcome says more', async () => {
    const counts = async (...names: string[]) => {
      const { evidence } = await evidenceOf(...names.map((name) => inputOf(name, bytes(name))));
      return [...evidence.conversations].map(({ serverPort, flows, outcomes, packets }) => [serverPort, flows, outcomes, packets]);
    };
    const near = await counts('two-ends.pcapng');
    expect(near.map(([port, flows]) => [port, flows])).toEqual([[445, 2], [5985, 1], [6600, 1], [3389, 1], [5986, 1], [8530, 1]]);
    // The answers on 3389 got lost on the way back: only the server's end has them.
    const both = near.map((row) => row[0] === 3389 ? [3389, 1, { 'half-open': 1 }, { client: 9, server: 14 }] : row);
    expect(await counts('two-ends.pcapng', 'two-ends-2.pcapng')).toEqual(both);
  });
  it('one end alone leaves open what two settle', async () => {
    const { evidence } = await evidenceOf(inputOf('two-ends.pcapng', bytes('two-ends.pcapng')));
    const model = analyze(evidence, { catalog: builtInCatalog() });
    expect(model.ends).toEqual([]);
    for (const port of [5985, 6600, 3389]) expect(model.findings.find((finding) => finding.port === port && finding.problem !== null)!.droppedAt).toBeNull();
  });
});
