#!/usr/bin/env node
/** `dist/cli.js`: loads the program and runs it. Nothing is imported here that every start would have to wait for. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setCompilerFlags } from './compiler-flags.node.js';
import { startEarlyThread } from './early-thread.node.js';
import { loadProgram } from './program-file.node.js';

setCompilerFlags();
const folder = dirname(fileURLToPath(import.meta.url));
const early = startEarlyThread(process.argv, folder);
const code = await loadProgram(folder, 'program').main(process.argv, folder, early);
// What is written is written; taking everything down in order would only take time. Where a stream is still busy, the process ends by itself.
if (process.stdout.writableLength === 0 && process.stderr.writableLength === 0) process.exit(code);
process.exitCode = code;
