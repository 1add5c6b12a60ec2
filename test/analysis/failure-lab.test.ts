/** Failures that were arranged with real TCP stacks and servers (test/lab), each against what its script wrote down: nothing missed, nothing extra. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ReportModel } from '../../src/analysis/report-model.js';
import { analyzeFiles } from '../../src/node.js';

const LAB = join(import.meta.dirname, '../../fixtures/lab');
const FOLDER = join(import.meta.dirname, '../../fixtures/failures');

interface Truth {
  readonly capture: string;
  readonly connections: readonly { readonly client: string; readonly server: string; readonly transport: string; readonly port: number; readonly outcome: string; readonly count: number; readonly uncounted?: boolean }[];
  readonly findings: readonly { readonly code: string; readonly client: string; readonly server: string; readonly transport: string; readonly port: number; readonly says: readonly string[]; readonly severity?: string; readonly droppedAt?: string }[];
}

/** What the flow table may call it. */
const OUTCOMES: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  tcp: {
    'accepted': ['accepted'], 'auth-failed': ['accepted'], 'no-answer': ['no-answer'], 'refused-rst': ['refused'], 'icmp-rejected': ['rejected'], 'half-open': ['half-open'], 'reset-early': ['reset-early'], 'midstream': ['midstream', 'accepted'],
    // Stalled and reset by what was arranged; whether anything is repeated where the capture was taken is another matter.
    'stalled': ['stalled', 'accepted'], 'reset': ['accepted'],
  },
  udp: { 'accepted': ['answered'], 'no-answer': ['one-way'] },
};

const scenarios = readdirSync(FOLDER).filter((name) => name.endsWith('.truth.json')).map((name) => name.replace('.truth.json', ''));

describe('failures of the lab', () => {
  it('has 26 scenarios', () => {
    expect(scenarios).toHaveLength(26);
  });

  it.each(scenarios)('%s', async (name) => {
    const truth = JSON.parse(readFileSync(join(FOLDER, `${name}.truth.json`), 'utf8')) as Truth;
    const { report, faults } = await analyzeFiles([join(FOLDER, truth.capture)]);
    expect(faults).toEqual([]);
    for (const { client, server, transport, port, outcome, count, uncounted } of truth.connections) {
      const outcomes = [...report.conversations].filter((one) => one.client === client && one.server === server && one.transport === transport && one.serverPort === port).map((one) => one.outcomes);
      const seen = OUTCOMES[transport]![outcome]!.reduce((sum, one) => sum + outcomes.reduce((all, each) => all + (each[one as keyof typeof each] ?? 0), 0), 0);
      if (uncounted === true) expect(seen, `${transport} ${port} ${outcome}`).toBeGreaterThan(0);
      else expect(seen, `${transport} ${port} ${outcome}`).toBeGreaterThanOrEqual(count);
    }
    const accusing = report.findings.filter(({ severity }) => severity !== 'info');
    expect(accusing.map(({ code, client, server, transport, port }) => `${code} ${client} ${server} ${transport} ${port}`).sort())
      .toEqual(truth.findings.map(({ code, client, server, transport, port }) => `${code} ${client} ${server} ${transport} ${port}`).sort());
    for (const wanted of truth.findings) {
      const finding = accusing.find(({ code, server, port }) => code === wanted.code && server === wanted.server && port === wanted.port)!;
      const problem = report.problems.find(({ id }) => id === finding.problem)!;
      for (const word of wanted.says) expect(JSON.stringify([problem, finding.explanation])).toContain(word);
      if (wanted.severity !== undefined) expect(finding.severity).toBe(wanted.severity);
      if (wanted.droppedAt !== undefined) expect(finding.droppedAt).toBe(wanted.droppedAt);
      expect(finding.frames.length).toBeGreaterThan(0);
    }
    expect(incomplete(report)).toEqual([]);
  });
});

it.each(readdirSync(LAB).filter((name) => name.endsWith('.pcapng')))('every problem of %s can be mended, proved and looked at', async (name) => {
  const { report } = await analyzeFiles([join(LAB, name)]);
  expect(incomplete(report)).toEqual([]);
});

/** Each problem tells why, what else it could be, what mends it, what proves it, and where to look in Wireshark. */
function incomplete({ problems }: ReportModel): string[] {
  return problems.flatMap(({ title, why, alternatives, fix, check, wiresharkFilter }) => [
    ...(why.length === 0 ? [`${title}: no proof`] : []), ...(alternatives.length === 0 ? [`${title}: no cause`] : []), ...(fix === null ? [`${title}: no fix`] : []),
    ...(check === null ? [`${title}: no check`] : []), ...(wiresharkFilter === null ? [`${title}: no filter`] : []),
  ]);
}
