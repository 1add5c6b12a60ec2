/**
 * How much V8 compiles. A run lasts a second or two, and a third of its processor time was compiling, much of it the same functions into each of their
 * callers: docs/decisions/0016. To be set before the program is loaded, as the code cache is made for these flags.
 */
import { setFlagsFromString } from 'node:v8';

export const COMPILER_FLAGS = ['--max-inlined-bytecode-size-cumulative=200', '--max-inlined-bytecode-size=200'];

export function setCompilerFlags(): void {
  for (const flag of COMPILER_FLAGS) setFlagsFromString(flag);
}
