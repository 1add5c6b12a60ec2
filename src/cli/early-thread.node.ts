/**
 * The thread for packets of a large file, started while the program is still being loaded: the processor has room for both, and half a tenth of a
 * second is won. What the command line means is not known yet, so it is looked at for what it most probably is; a thread that nobody wants goes
 * with the process.
 */
import type { Worker } from 'node:worker_threads';
import { sizeForThread, startPacketThread, threadProgram } from '../evidence/packet-thread.node.js';

const COMMANDS: ReadonlySet<string | undefined> = new Set(['analyze', 'flows']);
/** With these one thread does. */
const SELECTION = /^--(?:since|until|host)\b/;

/** `argv` as `process.argv` has it; `folder`: where the bundled program lies. */
export function startEarlyThread(argv: readonly string[], folder: string): EarlyThread | undefined {
  const [, , command, ...rest] = argv;
  if (!COMMANDS.has(command) || rest.some((word) => SELECTION.test(word))) return undefined;
  if (rest.filter((word) => !word.startsWith('-') && sizeForThread(word) !== undefined).length !== 1) return undefined;
  const program = threadProgram(folder);
  const worker = program === undefined ? undefined : startPacketThread(program);
  return worker === undefined ? undefined : new EarlyThread(worker);
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
  }

  take(): Worker | undefined {
    const { worker } = this;
    worker?.off('error', this.forget);
    this.worker = undefined;
    return worker;
  }
}
