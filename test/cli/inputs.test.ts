import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Talk } from '../flow/talk.js';
import { writePcap } from '../support/pcap-writer.js';
import { bytesOf, inFolder, LAB, lab, parseReport, reportOf, runCli, startCli } from './run-cli.js';

const good = writePcap(new Talk().handshake().packets);

describe('exit code 3: an input that cannot be read, in one line', () => {
  it.each([
    ['empty', { 'x.pcap': '' }, 'x.pcap: not a capture: the file is empty; expected a pcap, pcapng'],
    ['text', { 'x.pcap': 'Dear reader, this is no capture.\n' }, 'x.pcap: not a capture: text; expected a pcap, pcapng'],
    ['missing', {}, 'x.pcap: no such file or folder'],
    ['a file taken for a folder', { 'x.pcap': good }, 'x.pcap/y.pcap: no such file or folder'],
  ])('%s', (title, files, line) => {
    inFolder(files, (cwd) => {
      const name = title.startsWith('a file') ? 'x.pcap/y.pcap' : 'x.pcap';
      for (const command of ['analyze', 'flows']) {
        const { code, err } = runCli([command, name, '--format', command === 'analyze' ? 'json' : 'jsonl'], { cwd });
        expect(code).toBe(3);
        expect(err.trimEnd().split('\n')).toHaveLength(1);
        expect(err).toContain(`portwitness: ${line}`);
      }
    });
  });
  it('a folder without captures, a pattern that matches nothing, a link that leads nowhere', () => {
    inFolder({ 'notes.txt': 'x' }, (cwd) => {
      mkdirSync(join(cwd, 'sub'));
      symlinkSync('loop', join(cwd, 'loop'));
      const { code, out, err } = runCli(['analyze', 'sub', '*.pcap', 'loop'], { cwd });
      expect([code, out]).toEqual([3, '']);
      expect(err).toContain('portwitness: sub: no capture in this folder');
      expect(err).toContain('portwitness: *.pcap: no file matches');
      expect(err).toContain('portwitness: loop: ');
      expect(err.trimEnd().split('\n')).toHaveLength(3);
    });
  });
  it('the others are reported, and 3 comes before 1', () => {
    inFolder({ 'text.pcap': 'nothing' }, (cwd) => {
      const { code, out, err } = runCli(['analyze', 'text.pcap', lab('rpc-dynamic-dropped'), 'missing.pcap', '--format', 'json', '--fail-on', 'blocked-dynamic-port'], { cwd });
      expect(code).toBe(3);
      expect(err.trimEnd().split('\n')).toHaveLength(2);
      const { captures, findings } = parseReport(out);
      expect(captures).toHaveLength(1);
      expect(findings.map((finding) => finding.code)).toContain('blocked-dynamic-port');
    });
  });
  it('control characters of a file name do not reach the terminal', () => {
    const { err } = runCli(['analyze', 'a\x1b[31mb.pcap']);
    expect(err).toContain('a\\x1b[31mb.pcap: no file matches');
  });
});

describe('damage is reported, with code 0 and everything that came before', () => {
  const cases: readonly [string, Uint8Array, object][] = [
    ['cut within a record', good.slice(0, -5), { packets: 2, decoded: 2, damage: [{ code: 'cut-record', byteOffset: 24 + 2 * (16 + 54) }] }],
    ['a record of impossible length', Uint8Array.from([...good, ...new Uint8Array(8), 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0x7f]), { packets: 3, decoded: 3, damage: [{ code: 'record-too-long', byteOffset: good.length }] }],
    ['a link type that is not known', writePcap(new Talk().handshake().packets, { linkType: 147 }), { packets: 3, decoded: 0, skipped: { 'link-type-unsupported': 3 }, linkTypes: [147] }],
    ['a file header and nothing else', writePcap([]), { packets: 0, decoded: 0, damage: [], start: null }],
  ];
  it.each(cases)('%s', (_title, file, capture) => {
    inFolder({ 'x.pcap': file }, (cwd) => {
      const { code, out, err } = runCli(['analyze', 'x.pcap', '--format', 'json'], { cwd });
      expect([code, err]).toEqual([0, '']);
      expect(parseReport(out).captures[0]).toMatchObject({ file: 'x.pcap', ...capture });
      expect(runCli(['analyze', 'x.pcap'], { cwd }).code).toBe(0);
    });
  });
  it('the text names the byte, and a finding says that something is missing', () => {
    inFolder({ 'x.pcap': good.slice(0, -5) }, (cwd) => {
      expect(runCli(['analyze', 'x.pcap'], { cwd }).out.replace(/\s+/gu, ' ')).toMatch(/damaged at byte 164\b/u);
      expect(reportOf(['x.pcap'], { cwd }).findings.map(({ code }) => code)).toContain('capture-damaged');
    });
  });
});

describe('what may be named as a capture', () => {
  it('a folder: all captures in it', () => {
    expect(reportOf([LAB]).captures).toHaveLength(17);
  });
  it('a pattern that no shell has expanded', () => {
    const { captures } = reportOf(['rpc-dynamic-*.pcapng'], { cwd: LAB });
    expect(captures.map(({ file }) => file).sort()).toEqual(['rpc-dynamic-dropped.pcapng', 'rpc-dynamic-icmp-prohibited.pcapng', 'rpc-dynamic-reset.pcapng']);
  });
  it('one file named twice is read once', () => {
    expect(reportOf([lab('rdp-3389'), lab('rdp-3389')]).captures).toHaveLength(1);
  });
  it('a file whose name looks like a pattern', () => {
    inFolder({ 'a[1].pcap': good }, (cwd) => {
      expect(reportOf(['a[1].pcap'], { cwd }).captures[0]!.packets).toBe(3);
    });
  });
  it('standard input', () => {
    const [fromPipe, fromFile] = [reportOf(['-'], { input: bytesOf('rpc-dynamic-dropped') }), reportOf([lab('rpc-dynamic-dropped')])];
    expect(fromPipe.captures[0]!.file).toBe('-');
    expect({ ...fromPipe, captures: [] }).toEqual({ ...fromFile, captures: [] });
    expect(runCli(['analyze', '-'], { input: new Uint8Array(0) })).toMatchObject({ code: 3, out: '' });
  });
});

it.skipIf(process.platform === 'win32')('several named pipes are read once each, with nothing lost', () => {
  inFolder({}, (cwd) => {
    const names = ['rdp-3389', 'rpc-ok'];
    const pipes = names.map((name) => `<(cat '${lab(name)}')`).join(' ');
    const { stdout } = spawnSync('bash', ['-c', `'${process.execPath}' '${join(import.meta.dirname, '../../dist/cli.js')}' analyze --format json ${pipes}`], { cwd, encoding: 'utf8', timeout: 50_000 });
    expect(parseReport(stdout).captures.map(({ packets }) => packets).sort()).toEqual(names.map((name) => reportOf([lab(name)]).captures[0]!.packets).sort());
  });
});

it.skipIf(process.platform === 'win32')('Ctrl-C ends the input, and the report follows', async () => {
  const child = startCli(['analyze', '-', '--format', 'json']);
  let out = '';
  child.stdout.on('data', (piece: Buffer) => { out += piece.toString(); });
  child.stdin.on('error', () => undefined);
  child.stdin.write(bytesOf('rdp-3389'));
  // Long enough to have started and to have read what was written.
  await new Promise((resolve) => { setTimeout(resolve, 1500); });
  child.kill('SIGINT');
  const code = await new Promise((resolve) => { child.once('close', resolve); });
  expect(code).toBe(0);
  expect(parseReport(out).captures[0]!.packets).toBeGreaterThan(0);
});
