/**
 * The program as one script with V8's code cache beside it. Compiling a megabyte of JavaScript took a third of the time of each start; with the
 * cache that V8 made of the same text, nothing is compiled. V8 refuses a cache of another version or other flags: then it compiles, as without one.
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';
import type { EarlyThread } from './early-thread.node.js';

type Main = (argv: readonly string[], folder?: string, early?: EarlyThread) => Promise<number>;
type Wrapped = (module: { exports: { main?: Main } }, require: NodeJS.Require) => void;

export interface Program {
  readonly script: vm.Script;
  readonly main: Main;
}

const FILE = 'program.cjs';

/** `folder`: where `program.cjs` lies. Throws what the system answers where it cannot be read. */
export function loadProgram(folder: string): Program {
  const file = path.join(folder, FILE);
  const text = fs.readFileSync(file, 'utf8');
  let cachedData: Buffer | undefined;
  try {
    cachedData = fs.readFileSync(cacheFile(folder, text));
  } catch {
    // Made by the build; whoever bundles without it gets a slower start.
  }
  const script = new vm.Script(`(function(module,require){${text}\n})`, { filename: file, cachedData });
  const module: { exports: { main?: Main } } = { exports: {} };
  (script.runInThisContext() as Wrapped)(module, createRequire(file));
  const { main } = module.exports;
  if (main === undefined) throw new Error(`${file}: is not the program`);
  return { script, main };
}

/** V8 looks at the length of a text only: so a cache is named after a checksum that its program begins with (`// 0123456789abcdef`). */
export function cacheFile(folder: string, text: string): string {
  return path.join(folder, `program-${/^\/\/ ([0-9a-f]{16})\n/.exec(text)?.[1] ?? 'unnamed'}.cache`);
}
