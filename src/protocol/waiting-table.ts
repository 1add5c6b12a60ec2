interface Entry<Value> {
  readonly key: number;
  readonly value: Value;
  /** The one added after it. */
  next: Entry<Value> | null;
}

/**
 * What waits for its answer, by the number that the answer will repeat (transaction, call, message): a few entries, oldest first. Each flow has
 * such tables and most hold one entry at a time: linked entries cost nothing where there is none, where a `Map` takes 200 bytes and is
 * built anew as entries leave.
 */
export class WaitingTable<Value> {
  size = 0;
  private first: Entry<Value> | null = null;
  private last: Entry<Value> | null = null;

  has(key: number): boolean {
    return this.find(key) !== null;
  }

  get(key: number): Value | undefined {
    return this.find(key)?.value;
  }

  /** The entry goes to the end; with `maximum` entries already there, the oldest leaves and is answered. */
  add(key: number, value: Value, maximum: number): Value | undefined {
    if (this.first !== null) this.take(key);
    const oldest = this.size >= maximum ? this.shift() : undefined;
    const entry: Entry<Value> = { key, value, next: null };
    if (this.last === null) this.first = entry;
    else this.last.next = entry;
    this.last = entry;
    this.size++;
    return oldest;
  }

  delete(key: number): void {
    this.take(key);
  }

  /** The entry leaves, and is answered where there is one. */
  take(key: number): Value | undefined {
    for (let entry = this.first, before: Entry<Value> | null = null; entry !== null; before = entry, entry = entry.next) {
      if (entry.key !== key) continue;
      if (before === null) this.first = entry.next;
      else before.next = entry.next;
      if (entry.next === null) this.last = before;
      this.size--;
      return entry.value;
    }
    return undefined;
  }

  /** The oldest leaves and is answered. */
  shift(): Value | undefined {
    const { first } = this;
    return first === null ? undefined : this.take(first.key);
  }

  clear(): void {
    this.first = null;
    this.last = null;
    this.size = 0;
  }

  /** Oldest first. */
  *[Symbol.iterator](): IterableIterator<Value> {
    for (let entry = this.first; entry !== null; entry = entry.next) yield entry.value;
  }

  private find(key: number): Entry<Value> | null {
    let entry = this.first;
    while (entry !== null && entry.key !== key) entry = entry.next;
    return entry;
  }
}
