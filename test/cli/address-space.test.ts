/** Where the system gives little address space, WebAssembly finds none for its guards: the program then starts again without them. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lab } from './run-cli.js';

const CLI = join(import.meta.dirname, '../../dist/cli.js');
/** In KiB: more than Node wants, less than V8 sets aside for one memory of WebAssembly. */
const LIMIT = 6_000_000;

const hasLimits = process.platform !== 'win32' && spawnSync('sh', ['-c', `ulimit -v ${LIMIT}`]).status === 0;

it.skipIf(!hasLimits)('says the same with little address space', () => {
  const analyze = `"${process.execPath}" "${CLI}" analyze`;
  const run = (command: string) => spawnSync('sh', ['-c', command], { encoding: 'utf8' });
  const whole = run(`${analyze} "${lab('rpc-dynamic-dropped')}"`);
  expect(whole.status).toBe(0);
  expect(run(`ulimit -v ${LIMIT}; ${analyze} "${lab('rpc-dynamic-dropped')}"`)).toMatchObject({ status: 0, stdout: whole.stdout, stderr: '' });
  // Nothing of a pipe was read by then.
  expect(run(`ulimit -v ${LIMIT}; cat "${lab('rpc-dynamic-dropped')}" | ${analyze} -`)).toMatchObject({ status: 0, stderr: '' });
});
