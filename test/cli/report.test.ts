import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LAB, lab, parseReport, reportOf, runCli } from './run-cli.js';

const scenarios = readdirSync(LAB).filter((name) => name.endsWith('.pcapng')).map((name) => name.replace('.pcapng', ''));

describe('analyze --format json', () => {
  it.each(scenarios)('%s: is what the schema says, and its counts agree', (scenario) => {
    const { code, out, err } = runCli(['analyze', lab(scenario), '--format', 'json']);
    expect([code, err]).toEqual([0, '']);
    const report = parseReport(out);
    const [{ packets, decoded, skipped }] = report.captures as [Report['captures'][number]];
    expect(decoded + Object.values(skipped).reduce((sum, count) => sum + count, 0)).toBe(packets);
    for (const { outcomes, flows } of report.conversations) expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(flows);
    const ids = new Set(report.findings.map(({ id }) => id));
    expect(ids.size).toBe(report.findings.length);
    for (const { findings } of report.problems) for (const id of findings) expect(ids).toContain(id);
    const frames = [...report.findings, ...report.conversations].flatMap((each) => each.frames);
    expect(frames.every(({ capture, frame }) => capture === 0 && frame >= 1)).toBe(true);
  });
  it('all of them in one run', () => {
    const { captures } = reportOf([LAB]);
    const starts = captures.map(({ start }) => Number(start));
    expect(captures).toHaveLength(scenarios.length);
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
  });
  it('the same bytes each time', () => {
    const args = ['analyze', lab('rpc-ok'), '--format', 'json'];
    expect(runCli(args).out).toBe(runCli(args).out);
  });
});

type Report = ReturnType<typeof parseReport>;

describe('flows --format jsonl', () => {
  const FIELDS = [
    'transport', 'client', 'server', 'orientation', 'encapsulation', 'start', 'end', 'first', 'last', 'packets', 'bytes', 'payload', 'duplicates', 'state', 'history', 'outcome', 'portState', 'synCount', 'handshakeMs',
    'retransmissions', 'icmp', 'translation', 'application', 'communityId',
  ];
  it('has every field that is promised, in each line', () => {
    const lines = runCli(['flows', LAB, '--format', 'jsonl']).out.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(100);
    for (const line of lines) {
      const flow = JSON.parse(line) as Record<string, unknown>;
      expect(FIELDS.filter((field) => !(field in flow))).toEqual([]);
      expect([flow['start'], flow['end']].join(' ')).toMatch(/^\d+\.\d{9} \d+\.\d{9}$/u);
      expect(flow['communityId']).toMatch(/^1:[A-Za-z0-9+/]{27}=$/u);
    }
  });
  it('as many rows in CSV and in the table', () => {
    const rows = (format: string) => runCli(['flows', lab('rpc-ok'), '--format', format]).out.trimEnd().split('\n').length;
    expect(rows('csv')).toBe(rows('jsonl') + 1);
    expect(rows('table')).toBe(rows('jsonl') + 1);
  });
});

it('the first output of a small capture comes soon', () => {
  const times = Array.from({ length: 5 }, () => {
    const before = performance.now();
    expect(runCli(['analyze', lab('winrm-5985')]).code).toBe(0);
    return performance.now() - before;
  }).sort((a, b) => a - b);
  process.stdout.write(`analyze on a small capture, process included: ${times.map((ms) => Math.round(ms)).join(', ')} ms\n`);
  expect(times[0]).toBeLessThan(2000);
});
