import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bytesOf, inFolder, lab, parseReport, runCli, startCli } from './run-cli.js';

const capture = lab('rdp-3389');

describe('-o FILE', () => {
  it('is what standard output would have been', () => {
    inFolder({}, (cwd) => {
      for (const [command, format] of [['analyze', 'json'], ['analyze', 'text'], ['flows', 'jsonl'], ['flows', 'csv']] as const) {
        const args = [command, capture, '--format', format];
        expect(runCli([...args, '-o', 'result'], { cwd })).toEqual({ code: 0, out: '', err: '' });
        expect(readFileSync(join(cwd, 'result'), 'utf8')).toBe(runCli(args, { cwd }).out);
      }
      expect(readdirSync(cwd)).toEqual(['result']);
    });
  });
  it('an existing file is replaced by another one, not written over', () => {
    inFolder({ 'result.json': 'the old one' }, (cwd) => {
      const target = join(cwd, 'result.json');
      const before = statSync(target).ino;
      expect(runCli(['analyze', capture, '--format', 'json', '-o', 'result.json'], { cwd }).code).toBe(0);
      expect(parseReport(readFileSync(target, 'utf8')).captures).toHaveLength(1);
      expect(statSync(target).ino).not.toBe(before);
      expect(readdirSync(cwd)).toEqual(['result.json']);
    });
  });
  it('stays as it was when there is nothing to report', () => {
    inFolder({ 'result.json': 'the old one', 'x.pcap': 'text' }, (cwd) => {
      for (const command of ['analyze', 'flows']) expect(runCli([command, 'x.pcap', '-o', 'result.json'], { cwd }).code).toBe(3);
      expect(readFileSync(join(cwd, 'result.json'), 'utf8')).toBe('the old one');
      expect(readdirSync(cwd).sort()).toEqual(['result.json', 'x.pcap']);
    });
  });
  it('never replaces a capture that it is made of', () => {
    inFolder({ 'x.pcapng': bytesOf('rpc-dynamic-dropped') }, (cwd) => {
      for (const args of [['analyze', 'x.pcapng'], ['flows', 'x.pcapng'], ['flows', '*.pcapng'], ['inventory', 'init', '.'], ['catalog', 'learn', 'x.pcapng']]) {
        expect(runCli([...args, '-o', join('.', 'x.pcapng')], { cwd })).toEqual({ code: 2, out: '', err: 'portwitness: -o x.pcapng: that is one of the captures; give another file\n' });
      }
      expect(new Uint8Array(readFileSync(join(cwd, 'x.pcapng')))).toEqual(bytesOf('rpc-dynamic-dropped'));
    });
  });
  it('- is standard output, a device is written directly', () => {
    expect(runCli(['flows', capture, '-o', '-']).out).toBe(runCli(['flows', capture]).out);
    if (process.platform !== 'win32') expect(runCli(['analyze', capture, '-o', '/dev/null'])).toEqual({ code: 0, out: '', err: '' });
  });
});

describe('exit code 4: results cannot be written', () => {
  it('a missing folder, and a folder in place of a file', () => {
    inFolder({}, (cwd) => {
      mkdirSync(join(cwd, 'sub'));
      for (const command of ['analyze', 'flows']) {
        expect(runCli([command, capture, '-o', join('none', 'x.json')], { cwd })).toMatchObject({ code: 4, out: '', err: `portwitness: ${join('none', 'x.json')}: its folder does not exist\n` });
        expect(runCli([command, capture, '-o', 'sub'], { cwd })).toMatchObject({ code: 4, out: '', err: 'portwitness: sub: is a folder; give a file\n' });
      }
      expect(readdirSync(join(cwd, 'sub'))).toEqual([]);
    });
  });
  it('comes before an input that cannot be read', () => {
    expect(runCli(['analyze', 'missing.pcap', '-o', join('none', 'x.json')]).code).toBe(4);
  });
  it.skipIf(process.platform !== 'linux')('a full disk', () => {
    const { code, err } = runCli(['analyze', capture, '-o', '/dev/full']);
    expect(code).toBe(4);
    expect(err).toContain('no space left');
  });
});

describe('a closed pipe', () => {
  it.each([['analyze', 'json'], ['analyze', 'text'], ['flows', 'jsonl']])('%s --format %s: quiet', async (command, format) => {
    const child = startCli([command, lab('rpc-ok'), '--format', format]);
    let err = '';
    child.stderr.on('data', (piece: Buffer) => { err += piece.toString(); });
    child.stdout.destroy();
    const code = await new Promise((resolve) => { child.once('close', resolve); });
    expect([code, err]).toEqual([0, '']);
  });
});
