/**
 * Last step of `npm run build`: names the bundled programs after their content and makes V8's code cache of them. The functions that a report needs
 * are compiled by making one, so that the cache holds them, too. Run with the Node that is going to run the program. Writes the licences of the
 * libraries in it beside it.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MessageChannel } from 'node:worker_threads';
import { bundledLibraries } from './bundled-libraries.node.js';
import { setCompilerFlags } from './compiler-flags.node.js';
import { Said, SIGNALS, type WorkerMessage, type WorkerOrder } from '../evidence/apart-messages.js';
import { SETTLED_BYTES } from '../flow/settled-flows.js';
import { cacheFile, loadProgram, type Programs } from './program-file.node.js';

setCompilerFlags();
const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const dist = join(root, 'dist');
/** A failure that was arranged, with RPC, names and Kerberos in it. */
const CAPTURE = join(root, 'fixtures/lab/rpc-dynamic-dropped.pcapng');

for (const file of readdirSync(dist)) if (/^(?:program|packets)-.*\.cache$/.test(file)) rmSync(join(dist, file));
const scratch = mkdtempSync(join(tmpdir(), 'portwitness-build-'));
try {
  await finish('program', async ({ main }) => {
    for (const format of ['json', 'text']) {
      const code = await main([process.execPath, 'portwitness', 'analyze', CAPTURE, '--format', format, '--no-progress', '-o', join(scratch, format)]);
      if (code !== 0) throw new Error(`the program answered ${code}`);
    }
  });
  await finish('packets', async ({ readPackets }) => {
    const { port1, port2 } = new MessageChannel();
    const order: WorkerOrder = {
      path: CAPTURE, options: { sketches: true, survey: true }, signal: new Int32Array(SIGNALS), progress: new Float64Array(2), settled: new Int32Array(SETTLED_BYTES / 4),
    };
    const said = new Set<Said>();
    port1.on('message', (message: WorkerMessage) => said.add(message.said));
    const done = readPackets(port2);
    port1.postMessage(order);
    await done;
    port1.close();
    if (said.has(Said.failed)) throw new Error('the thread for packets failed');
  });
} finally {
  rmSync(scratch, { recursive: true });
}

/** Names it, lets it do what it is for, and keeps what V8 made of it. */
async function finish<Name extends keyof Programs>(name: Name, use: (program: Programs[Name]) => Promise<void>): Promise<void> {
  const file = join(dist, `${name}.cjs`);
  // The bundler leaves regular expressions, and raw texts that they are made of, as they are. One letter beyond ASCII, and V8 keeps the whole program as two bytes a letter, and reads it at half the speed.
  const bundled = readFileSync(file, 'utf8').replace(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const text = `// ${createHash('sha256').update(bundled).digest('hex').slice(0, 16)}\n${bundled}`;
  writeFileSync(file, text);
  const program = loadProgram(dist, name);
  await use(program);
  writeFileSync(cacheFile(dist, name, text), program.script.createCachedData());
}

writeFileSync(join(dist, 'LICENSES-OF-LIBRARIES.txt'), bundledLibraries.map((name) => `${name}\n\n${readFileSync(join(root, 'node_modules', name, 'LICENSE'), 'utf8').trim()}\n`).join('\n\n'));
