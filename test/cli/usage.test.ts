import { describe, expect, it } from 'vitest';
import { inFolder, lab, runCli } from './run-cli.js';

const capture = lab('rdp-3389');

describe('exit code 2: wrong usage', () => {
  it.each([
    ['nothing at all', [], 'Usage: portwitness'],
    ['an unknown command', ['analise', capture], "unknown command 'analise'"],
    ['an unknown option', ['analyze', capture, '--frobnicate'], "unknown option '--frobnicate'"],
    ['no capture', ['analyze'], "missing required argument 'capture'"],
    ['an unknown format', ['analyze', capture, '--format', 'xml'], 'Allowed choices are text, json'],
    ['an unknown document', ['analyze', capture, '--document', 'hyper-v-hsot'], '--document hyper-v-hsot: no such document; there are hyper-v-host'],
    ['an unknown document to be shown', ['catalog', 'show', 'nope'], 'no such document'],
    ['a missing inventory', ['analyze', capture, '--inventory', 'none.yaml'], 'none.yaml: no such file or folder'],
    ['a missing catalog', ['analyze', capture, '--catalog', 'none'], '--catalog none: no such file or folder'],
  ])('%s', (_title, args, message) => {
    const { code, out, err } = runCli(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
    expect(err).not.toContain('    at ');
  });

  it('an inventory with faults: all of them, each with its line', () => {
    const text = 'hosts:\n  - { name: a, addresses: [10.0.0.300], roles: [hyper-v-hsot] }\n  - { roles: [dc] }\nnetworks:\n  - { network: 10.0.0.5/24 }\n';
    inFolder({ 'hosts.yaml': text }, (cwd) => {
      const { code, out, err } = runCli(['analyze', capture, '--inventory', 'hosts.yaml'], { cwd });
      expect([code, out]).toEqual([2, '']);
      expect(err).toContain('4 faults');
      expect(err.trimEnd().split('\n').slice(1).map((line) => /^ {2}hosts\.yaml:\d+/u.exec(line)?.[0])).toEqual([2, 2, 3, 5].map((line) => `  hosts.yaml:${line}`));
    });
  });
  it('comes before everything else that may be wrong', () => {
    expect(runCli(['analyze', 'missing.pcap', '--document', 'nope', '-o', 'none/here.txt']).code).toBe(2);
  });
});

describe('exit code 0', () => {
  it.each([[['--help'], 'analyze'], [['--version'], '0.'], [['analyze', '--help'], '--inventory'], [['catalog', 'list'], 'hyper-v-host'], [['catalog', 'show', 'hyper-v-host'], '6600']])('%j', (args, text) => {
    const { code, out, err } = runCli(args);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(text);
  });
});

describe('exit code 1: --fail-on', () => {
  const failed = lab('rpc-dynamic-dropped');
  it.each([
    [1, ['--fail-on', 'blocked-dynamic-port']], [1, ['--fail-on', 'tls-failed,blocked-dynamic-port']], [1, ['--fail-on', 'tls-failed', '--fail-on', 'blocked-dynamic-port']],
    [0, ['--fail-on', 'tls-failed']], [0, []],
  ])('%i: %j', (code, args) => {
    const result = runCli(['analyze', failed, ...args]);
    expect([result.code, result.err]).toEqual([code, '']);
    expect(result.out).toContain('49');
  });
  it('nothing failed: 0', () => {
    expect(runCli(['analyze', lab('winrm-5985'), '--fail-on', 'blocked-dynamic-port,endpoint-mapper-blocked']).code).toBe(0);
  });
  it('catalog lint: 1 with faults, each with its line', () => {
    inFolder({ 'bad.yaml': 'id: X\ntitle: a\n' }, (cwd) => {
      const { code, out } = runCli(['catalog', 'lint', 'bad.yaml'], { cwd });
      expect(code).toBe(1);
      expect(out).toContain('bad.yaml:1');
    });
  });
});

describe('what a terminal would not have shown', () => {
  it('text is plain ASCII, without colours, into a pipe', () => {
    for (const args of [['analyze', lab('rpc-dynamic-dropped')], ['flows', lab('mixed-ipv6')]]) {
      const { out } = runCli(args);
      expect(out.length).toBeGreaterThan(300);
      expect(out.replace(/[\n\x20-\x7e]/gu, '')).toBe('');
    }
  });
});
