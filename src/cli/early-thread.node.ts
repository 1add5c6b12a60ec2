/**
 * The thread for packets of a large file, started while the program is still being loaded: the processor has room for both, and half a tenth of a
 * second is won. What the command line means is not known yet, so it is looked at for what it most probably is; a thread that nobody wants goes
 * with the process.
 */
import { readFileSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import { sizeForThread, startPacketThread, threadProgram } from '../evidence/packet-thread.node.js';

const COMMANDS: ReadonlySet<string | undefined> = new Set(['analyze', 'flows']);
/** With these one thread does, or none. */
const NOT_WANTED = /^(?:--(?:since|until|host|help)\b|-h$)/;
const OUTPUT: ReadonlySet<string | undefined> = new Set(['-o', '--output']);

/** `argv` as `process.argv` has it; `folder`: where the bundled program lies. */
export function startEarlyThread(argv: readonly string[], folder: string): EarlyThread | undefined {
  const [, , command, ...rest] = argv;
  if (!COMMANDS.has(command) || rest.some((word) => NOT_WANTED.test(word)) || isAddressSpaceLimited()) return undefined;
  const captures = rest.filter((word, i) => !word.startsWith('-') && !OUTPUT.has(rest[i - 1]) && sizeForThread(word) !== undefined);
  if (captures.length !== 1) return undefined;
  const program = threadProgram(folder);
  const worker = program === undefined ? undefined : startPacketThread(program);
  return worker === undefined ? undefined : new EarlyThread(worker);
}

/** `ulimit -v`: where a thread finds too little of it, V8 ends the process. That is a risk for whoever wants the thread only. */
function isAddressSpaceLimited(): boolean {
  try {
    return !/^Max address space +unlimited/m.test(readFileSync('/proc/self/limits', 'latin1'));
  } catch {
    // Not Linux, which alone counts address space so.
    return false;
  }
}

/** To be taken once. */
export class EarlyThread {
  private worker: Worker | undefined;
  private readonly forget = (): void => {
    this.worker = undefined;
  };

  constructor(worker: Worker) {
    this.worker = worker;
    // What goes wrong before it has an order costs no more than the time: another one is tried then.
    worker.once('error', this.forget);
    worker.once('exit', this.forget);
  }

  take(): Worker | undefined {
    const { worker } = this;
    worker?.off('error', this.forget);
    worker?.off('exit', this.forget);
    this.worker = undefined;
    return worker;
  }
}
