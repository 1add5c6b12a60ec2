/**
 * A file of which any part can be read, beside the stream of its bytes: for formats whose index stands at their end. A pipe has none, nor has what is
 * inside a compressed file.
 */
export interface RandomAccess {
  /** Bytes. */
  readonly size: number;
  /**
   * Fills `target` with the bytes from `position` on; answers how many there were, fewer only at the end of the file. To be used while the stream is
   * being read, not after its end.
   */
  read(position: number, target: Uint8Array): number;
}

/** Of bytes that were kept. */
export function accessTo(bytes: Uint8Array): RandomAccess {
  return {
    size: bytes.length,
    read(position, target) {
      const part = bytes.subarray(position, position + target.length);
      target.set(part);
      return part.length;
    },
  };
}

/** How much is read at once while one reading follows the other, and after a jump. */
const WINDOW_LENGTH = 1024 * 1024;
const JUMP_LENGTH = 16 * 1024;

/** A part of a file in memory that moves to where it is wanted. */
export class FileWindow {
  bytes = new Uint8Array(WINDOW_LENGTH);
  view = new DataView(this.bytes.buffer);
  private start = 0;
  private end = 0;
  private readonly file: RandomAccess;

  constructor(file: RandomAccess) {
    this.file = file;
  }

  /** Where `position` stands in `bytes`; -1: not there with `length` bytes behind it. */
  find(position: number, length: number): number {
    return position >= this.start && position + length <= this.end ? position - this.start : -1;
  }

  /**
   * Moves to `position`, with at least `length` bytes behind it where the file has them, at most a window. What `bytes` held is overwritten.
   * After a jump little is read: an index in no order at all would otherwise cost a window for each of its entries.
   */
  move(position: number, length: number): void {
    const follows = position >= this.start && position - this.end < JUMP_LENGTH;
    const wanted = follows ? WINDOW_LENGTH : Math.min(WINDOW_LENGTH, Math.max(length, JUMP_LENGTH));
    this.start = position;
    this.end = position + this.file.read(position, this.bytes.subarray(0, wanted));
  }
}
