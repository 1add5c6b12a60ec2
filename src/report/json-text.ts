/** JSON strings for hot writers: addresses and names come again and again, so each is escaped once. */

const MAX_CACHED = 65_536;

export class JsonText {
  private readonly cache = new Map<string, string>();

  /** `"text"`, escaped. */
  of(text: string): string {
    let quoted = this.cache.get(text);
    if (quoted === undefined) {
      quoted = JSON.stringify(text);
      if (this.cache.size < MAX_CACHED) this.cache.set(text, quoted);
    }
    return quoted;
  }

  orNull(text: string | null): string {
    return text === null ? 'null' : this.of(text);
  }
}

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

const CHUNK = 65_536;
