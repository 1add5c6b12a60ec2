/**
 * The bundled programs, each one script with V8's code cache beside it. Compiling a megabyte of JavaScript took a third of the time of each start; with
 * the cache that V8 made of the same text, nothing is compiled. V8 refuses a cache of another version or other flags: then it compiles, as without one.
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';
import type { MessagePort } from 'node:worker_threads';
import type { EarlyThread } from './early-thread.node.js';

/** What each of them exports. */
export interface Programs {
  program: { readonly main: (argv: readonly string[], folder?: string, early?: EarlyThread) => Promise<number> };
  packets: { readonly readPackets: (port: MessagePort) => Promise<void> };
}

type Wrapped = (module: { exports: unknown }, require: NodeJS.Require) => void;

/** `folder`: where `NAME.cjs` lies. Throws what the system answers where it cannot be read. */
export function loadProgram<Name extends keyof Programs>(folder: string, name: Name): Programs[Name] & { readonly script: vm.Script } {
  const file = path.join(folder, `${name}.cjs`);
  const text = fs.readFileSync(file, 'utf8');
  let cachedData: Buffer | undefined;
  try {
    cachedData = fs.readFileSync(cacheFile(folder, name, text));
  } catch {
    // Made by the build; whoever bundles without it gets a slower start.
  }
  const script = new vm.Script(`(function(module,require){${text}\n})`, { filename: file, cachedData });
  const module = { exports: {} };
  (script.runInThisContext() as Wrapped)(module, createRequire(file));
  return { ...(module.exports as Programs[Name]), script };
}

/** V8 looks at the length of a text only: so a cache is named after a checksum that its program begins with (`// 0123456789abcdef`). */
export function cacheFile(folder: string, name: keyof Programs, text: string): string {
  return path.join(folder, `${name}-${/^\/\/ ([0-9a-f]{16})\n/.exec(text)?.[1] ?? 'unnamed'}.cache`);
}
