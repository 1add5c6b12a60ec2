const NOTHING: never[] = [];

/**
 * What waits for its answer, by the number that the answer will repeat (transaction, call, message): a few entries, oldest first. Each flow has
 * such tables and most hold one entry at a time: two arrays that begin as none cost nothing there, where a `Map` takes 200 bytes and is
 * built anew as entries leave.
 */
export class WaitingTable<Value> {
  private keys: number[] = NOTHING;
  private values: Value[] = NOTHING;

  get size(): number {
    return this.keys.length;
  }

  has(key: number): boolean {
    return this.keys.includes(key);
  }

  get(key: number): Value | undefined {
    return this.keys.length === 0 ? undefined : this.values[this.keys.indexOf(key)];
  }

  /** The entry goes to the end; with `maximum` entries already there, the oldest leaves and is answered. */
  add(key: number, value: Value, maximum: number): Value | undefined {
    this.delete(key);
    const oldest = this.keys.length >= maximum ? this.shift() : undefined;
    if (this.keys === NOTHING) {
      this.keys = [key];
      this.values = [value];
    } else {
      this.keys.push(key);
      this.values.push(value);
    }
    return oldest;
  }

  delete(key: number): void {
    const at = this.keys.length === 0 ? -1 : this.keys.indexOf(key);
    if (at < 0) return;
    if (at === 0) this.shift();
    else {
      this.keys.splice(at, 1);
      this.values.splice(at, 1);
    }
  }

  clear(): void {
    if (this.keys.length === 0) return;
    this.keys.length = 0;
    this.values.length = 0;
  }

  /** Oldest first. */
  [Symbol.iterator](): IterableIterator<Value> {
    return this.values[Symbol.iterator]();
  }

  private shift(): Value | undefined {
    this.keys.shift();
    return this.values.shift();
  }
}
