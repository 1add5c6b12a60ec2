/**
 * Compiles the engine (`engine/`, and what it needs of `decode/engine/`) from AssemblyScript to WebAssembly and writes it as `compiled-engine.ts`.
 * Run by `npm run generate`. The same sources give the same bytes. The compiler runs as a program: its types would change those of arrays everywhere.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const target = fileURLToPath(new URL('compiled-engine.ts', import.meta.url));
const compiler = createRequire(import.meta.url).resolve('assemblyscript/bin/asc.js');

const scratch = mkdtempSync(join(tmpdir(), 'portwitness-engine-'));
try {
  const file = join(scratch, 'engine.wasm');
  // Relative to the root: the names of functions in stack traces are made of it.
  execFileSync(process.execPath, [compiler, 'src/flow/engine/index.ts', '--runtime', 'stub', '--noAssert', '-O3', '--outFile', file], { cwd: root, stdio: 'inherit' });
  const binary = readFileSync(file);
  writeFileSync(`${target}.tmp`, `/** Made of engine/ by \`npm run generate\`: ${binary.length} bytes of WebAssembly. */\nexport const engine = '${binary.toString('base64')}';\n`);
  renameSync(`${target}.tmp`, target);
} finally {
  rmSync(scratch, { recursive: true });
}
