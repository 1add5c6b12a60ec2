/** What the launcher gave the bundled program: where it lies, with what it starts as other threads, and a thread that is started already. Missing: it runs from its sources. */
import type { EarlyThread } from './early-thread.node.js';

let folder: string | undefined;
let early: EarlyThread | undefined;

export function setProgramStart(path: string | undefined, thread: EarlyThread | undefined): void {
  folder = path;
  early = thread;
}

export function programFolder(): string | undefined {
  return folder;
}
export function earlyThread(): EarlyThread | undefined {
  return early;
}
