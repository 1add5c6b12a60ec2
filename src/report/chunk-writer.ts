const CHUNK = 65_536;

/** Collects text and hands it on in pieces of some 64 KiB, so that no whole document is ever in memory. */
export class ChunkWriter {
  private pending = '';
  private readonly out: (text: string) => void;

  constructor(out: (text: string) => void) {
    this.out = out;
  }

  write(text: string): void {
    this.pending += text;
    if (this.pending.length >= CHUNK) this.flush();
  }

  flush(): void {
    if (this.pending === '') return;
    this.out(this.pending);
    this.pending = '';
  }
}
