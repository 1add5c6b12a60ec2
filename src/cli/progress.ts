/** A progress bar on standard error, for anything that takes over a second; silent when standard error is no terminal. */
const FIRST_AFTER_MS = 1000;
const EVERY_MS = 200;

export class Progress {
  private readonly started = performance.now();
  private shownAt = 0;
  private shown = false;
  private enabled: boolean;

  constructor(enabled: boolean) {
    this.enabled = enabled;
  }

  /** `done` of `total` bytes (null: unknown, a pipe), `packets` so far. */
  update(name: string, done: number, total: number | null, packets: number): void {
    if (!this.enabled) return;
    const now = performance.now();
    if (now - this.started < FIRST_AFTER_MS || now - this.shownAt < EVERY_MS) return;
    // Asked after the first second only: making the stream takes a millisecond that most runs need not spend.
    if (!process.stderr.isTTY) {
      this.enabled = false;
      return;
    }
    this.shownAt = now;
    this.shown = true;
    const width = Math.max(40, process.stderr.columns);
    const rate = packets / ((now - this.started) / 1000);
    const counts = `${packets.toLocaleString('en-US')} packets, ${(rate / 1e6).toFixed(1)} M/s`;
    const share = total === null || total === 0 ? '' : `${bar(done / total)} ${Math.floor((100 * done) / total)} % `;
    process.stderr.write(`\r\x1b[K${`${share}${counts}  ${printable(name)}`.slice(0, width - 1)}`);
  }

  clear(): void {
    if (this.shown) process.stderr.write('\r\x1b[K');
    this.shown = false;
  }
}

function bar(share: number): string {
  const filled = Math.max(0, Math.min(20, Math.round(share * 20)));
  return `[${'#'.repeat(filled)}${'.'.repeat(20 - filled)}]`;
}

/** File names come from the outside, too: no control character reaches the terminal. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
