/**
 * Last step of `npm run build`: names the bundled program after its content and makes V8's code cache of it. The functions that a report needs
 * are compiled by making one, so that the cache holds them, too. Run with the Node that is going to run the program. Writes the licences of the
 * libraries in it beside it.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundledLibraries } from './bundled-libraries.node.js';
import { setCompilerFlags } from './compiler-flags.node.js';
import { cacheFile, loadProgram } from './program-file.node.js';

setCompilerFlags();
const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const dist = join(root, 'dist');
/** A failure that was arranged, with RPC, names and Kerberos in it. */
const CAPTURE = join(root, 'fixtures/lab/rpc-dynamic-dropped.pcapng');

const program = join(dist, 'program.cjs');
const bundled = readFileSync(program, 'utf8');
const text = `// ${createHash('sha256').update(bundled).digest('hex').slice(0, 16)}\n${bundled}`;
for (const file of readdirSync(dist)) if (/^program-.*\.cache$/.test(file)) rmSync(join(dist, file));
writeFileSync(program, text);

const scratch = mkdtempSync(join(tmpdir(), 'portwitness-build-'));
try {
  const { script, main } = loadProgram(dist);
  for (const format of ['json', 'text']) {
    const code = await main([process.execPath, program, 'analyze', CAPTURE, '--format', format, '--no-progress', '-o', join(scratch, format)]);
    if (code !== 0) throw new Error(`the program answered ${code}`);
  }
  writeFileSync(cacheFile(dist, text), script.createCachedData());
} finally {
  rmSync(scratch, { recursive: true });
}

writeFileSync(join(dist, 'LICENSES-OF-LIBRARIES.txt'), bundledLibraries.map((name) => `${name}\n\n${readFileSync(join(root, 'node_modules', name, 'LICENSE'), 'utf8').trim()}\n`).join('\n\n'));
