/** `--expect`, `--between`, `--operation`, `--baseline`, `--witness` and `--help` of the built program. */
import { describe, expect, it } from 'vitest';
import { inFolder, lab, reportOf, runCli } from './run-cli.js';

const dropped = lab('rpc-dynamic-dropped');

describe('--expect and --between', () => {
  it('text: what is there and what is not, with the capture to take next', () => {
    const { code, out, err } = runCli(['analyze', dropped, '--expect', 'MGMT1>hv1:135', '--expect', '10.77.1.10>10.77.2.99:445', '--between', 'mgmt1', 'hv1']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('MGMT1>hv1:135   worked');
    expect(out).toMatch(/10\.77\.1\.10>10\.77\.2\.99:445 {3}NEVER ATTEMPTED +address-never-seen/u);
    expect(out).toContain('mgmt1 <-> hv1');
    expect(out).toContain('Next');
    for (const line of out.split('\n')) if (!/ip\.addr|^ {13,}/u.test(line)) expect(line.length).toBeLessThanOrEqual(80);
  });
  it('JSON: as its schema says; never-attempted is a finding and can fail a script', () => {
    const { expectations, findings } = reportOf([dropped, '--expect', '10.77.1.10>10.77.2.20:5985']);
    expect(expectations).toMatchObject([{ status: 'never-attempted', port: 5985, transport: 'tcp' }]);
    expect(findings.filter(({ code }) => code === 'never-attempted').map(({ id }) => id)).toEqual(expectations[0]!.findings);
    expect(runCli(['analyze', dropped, '--expect', '10.77.1.10>10.77.2.20:5985', '--fail-on', 'never-attempted']).code).toBe(1);
    expect(runCli(['analyze', dropped, '--expect', '10.77.1.10>10.77.2.20:135', '--fail-on', 'never-attempted']).code).toBe(0);
  });
  it('a time that was left out is told from one that never was', () => {
    const { expectations } = reportOf([dropped, '--until', '2026-11-20T17:54:40', '--expect', '10.77.1.10>10.77.2.20:51470']);
    expect(expectations[0]).toMatchObject({ status: 'never-attempted', reason: 'outside-time' });
  });
  it('--between takes two words, before or behind the capture, or one with a comma', () => {
    for (const args of [['--between', 'mgmt1', 'hv1', dropped], [dropped, '--between', 'mgmt1,hv1'], [dropped, '--between', 'mgmt1', 'hv1', '--quiet']]) {
      expect(runCli(['analyze', ...args]).out).toContain('mgmt1 <-> hv1');
    }
  });
  it('flows --between lists the flows of two addresses', () => {
    const lines = (args: readonly string[]): string[] => runCli(['flows', dropped, '--format', 'csv', ...args]).out.trimEnd().split('\n').slice(1);
    expect(lines(['--between', '10.77.2.21', '10.77.1.10']).length).toBeLessThan(lines([]).length);
    expect(lines(['--between', '10.77.2.21', '10.77.1.10']).every((line) => line.includes('10.77.2.21'))).toBe(true);
    expect(runCli(['flows', dropped, '--between', 'a', 'b'])).toMatchObject({ code: 2, out: '' });
  });
  it.each([
    [['--expect', 'nonsense'], 'write FROM>TO:PORT'], [['--expect', 'a>b:99999'], '99999 is no port'], [['--expect', 'a>fd00::1:445'], 'stands in brackets'], [['--between', 'onlyone'], 'name two hosts'], [['--between', 'a', 'a'], 'name two hosts'],
    [['--operation', 'dance'], 'Allowed choices are live-migration'],
  ])('%j is wrong usage', (args, message) => {
    const { code, out, err } = runCli(['analyze', dropped, ...args]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });
});

describe('--operation', () => {
  it('prints the steps, and the JSON has them', () => {
    const capture = lab('live-migration-6600');
    expect(runCli(['analyze', capture, '--operation', 'live-migration']).out).toContain('[FAILED]      The source connects to the destination on TCP 6600');
    expect(reportOf([capture, '--operation', 'live-migration']).operation!.steps.map(({ state }) => state)).toContain('failed');
    expect(reportOf([capture]).operation).toBeNull();
  });
});

describe('--baseline', () => {
  it('tells what worked then and fails now', () => {
    const { code, out } = runCli(['analyze', dropped, '--baseline', lab('rpc-ok')]);
    expect(code).toBe(0);
    expect(out).toContain('AGAINST rpc-ok.pcapng   1 broken');
    expect(out).toContain('accepted 2 -> no-answer');
  });
  it('one that cannot be read: the report, and 3', () => {
    const { code, out, err } = runCli(['analyze', dropped, '--baseline', 'none.pcapng']);
    expect(code).toBe(3);
    expect(err).toContain('none.pcapng: no such file or folder');
    expect(out).toContain('PROBLEM 1');
    expect(out).not.toContain('AGAINST');
  });
});

describe('--witness', () => {
  const header = '#Version: 1.5\n#Time Format: Local\n#Fields: date time action protocol src-ip dst-ip src-port dst-port size path\n';
  it('a firewall log decides where the packets were dropped', () => {
    const log = `${header}2026-11-20 18:54:37 DROP TCP 10.77.1.10 10.77.2.20 64072 50072 52 RECEIVE\n`;
    inFolder({ 'pfirewall.log': log }, (cwd) => {
      const { findings, witnesses } = reportOf([dropped, '--witness', 'pfirewall.log'], { cwd });
      expect(findings.find(({ port }) => port === 50_072)).toMatchObject({ code: 'blocked-dynamic-port', droppedAt: 'server', confidence: 'certain' });
      expect(witnesses).toMatchObject([{ kind: 'pfirewall', records: 1, matched: 1, clockOffset: -3600 }]);
    });
  });
  it('what cannot be understood: file and line; what is no witness: 3, and the report all the same', () => {
    inFolder({ 'pf.log': `${header}what is this\n`, 'x.txt': 'hello', 'empty.log': '' }, (cwd) => {
      const fine = runCli(['analyze', dropped, '--witness', 'pf.log'], { cwd });
      expect([fine.code, fine.err]).toEqual([0, 'portwitness: pf.log:4: no line of this log: what is this\n']);
      expect(runCli(['analyze', dropped, '--witness', 'pf.log', '--quiet'], { cwd }).err).toBe('');
      for (const [name, message] of [['x.txt', 'is none of'], ['empty.log', 'is empty'], ['gone.log', 'no such file'], ['.', 'is a folder']] as const) {
        const { code, out, err } = runCli(['analyze', dropped, '--witness', name], { cwd });
        expect(code).toBe(3);
        expect(err).toContain(message);
        expect(out).toContain('PROBLEM 1');
      }
    });
  });
});

describe('--help', () => {
  it.each([[], ['analyze'], ['flows'], ['howto'], ['howto', 'capture'], ['catalog'], ['catalog', 'show'], ['catalog', 'lint'], ['catalog', 'compare'], ['catalog', 'import'], ['catalog', 'learn'], ['catalog', 'coverage'], ['catalog', 'correct'], ['inventory', 'init'], ['inventory', 'script']])('%s %s: no line beyond 80 columns, no empty default', (...words) => {
    const { code, out } = runCli([...words.filter((word) => typeof word === 'string'), '--help']);
    expect(code).toBe(0);
    expect(out).not.toContain('[]');
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
});
