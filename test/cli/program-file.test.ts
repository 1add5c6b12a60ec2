/** The built program and the code cache beside it. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { COMPILER_FLAGS } from '../../src/cli/compiler-flags.node.js';
import { cacheFile, type Programs } from '../../src/cli/program-file.node.js';
import { lab } from './run-cli.js';

const dist = join(import.meta.dirname, '../../dist');
const textOf = (name: keyof Programs) => readFileSync(join(dist, `${name}.cjs`), 'utf8');
const text = textOf('program');
let folder: string;

beforeEach(() => {
  // Beside node_modules, as the built one.
  folder = mkdtempSync(join(tmpdir(), 'portwitness-program-'));
  for (const file of readdirSync(dist)) if (file === 'cli.js' || file.startsWith('program')) copyFileSync(join(dist, file), join(folder, file));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
});
afterEach(() => { rmSync(folder, { recursive: true }); });

/** What the nearest `package.json` says of files that end in `.js`. */
function isModuleFolder(of: string): boolean {
  const file = join(of, 'package.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { type?: string }).type === 'module' : isModuleFolder(dirname(of));
}

const run = (cli: string) => spawnSync(process.execPath, [cli, 'analyze', lab('rpc-dynamic-dropped')], { encoding: 'utf8' });

describe('the program', () => {
  it.each(['program', 'packets'] as const)('%s has a code cache that this Node takes', (name) => {
    const check = `const fs = require('fs'); const [text, cache] = process.argv.slice(1).map((file) => fs.readFileSync(file));
      const script = new (require('vm').Script)('(function(module,require){' + text + '\\n})', { filename: process.argv[1], cachedData: cache });
      process.stdout.write(String(script.cachedDataRejected));`;
    const { stdout, stderr } = spawnSync(process.execPath, [...COMPILER_FLAGS, '-e', check, join(dist, `${name}.cjs`), cacheFile(dist, name, textOf(name))], { encoding: 'utf8' });
    expect([stdout, stderr]).toEqual(['false', '']);
  });

  it('says the same without its cache, with a broken one, and with that of another build', () => {
    const whole = run(join(dist, 'cli.js'));
    expect(whole.status).toBe(0);
    const cache = cacheFile(folder, 'program', text);
    const broken = readFileSync(cache);
    broken.fill(0, 0, 64);
    writeFileSync(cache, broken);
    expect(run(join(folder, 'cli.js'))).toMatchObject({ status: 0, stdout: whole.stdout, stderr: '' });
    rmSync(cache);
    expect(run(join(folder, 'cli.js'))).toMatchObject({ status: 0, stdout: whole.stdout, stderr: '' });
    expect(cacheFile(folder, 'program', text.replace(/[0-9a-f]/, '-'))).not.toBe(cache);
  });

  it('requires nothing but CommonJS: before Node 20.19 an ES module cannot be required', () => {
    const { resolve } = createRequire(join(dist, 'program.cjs'));
    const libraries = [...new Set(Array.from(text.matchAll(/\brequire\("([^".][^"]*)"\)/gu), ([, name]) => name!))].filter((name) => !isBuiltin(name));
    expect(libraries).toContain('yaml');
    for (const name of libraries) {
      const file = resolve(name);
      expect(file.endsWith('.cjs') || !isModuleFolder(dirname(file)), name).toBe(true);
    }
  });
});
