#!/usr/bin/env node
/** `dist/cli.js`: loads the program and runs it. Nothing is imported here that every start would have to wait for. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setCompilerFlags } from './compiler-flags.node.js';
import { loadProgram } from './program-file.node.js';

setCompilerFlags();
const folder = dirname(fileURLToPath(import.meta.url));
process.exitCode = await loadProgram(folder).main(process.argv, folder);
