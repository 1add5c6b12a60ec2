/**
 * What a capturing system knows of a packet besides its bytes, and only some containers can say: the process that ran when it was seen, where
 * and why it was dropped. Few different notes belong to many packets, so a batch holds an index, and a note is made once.
 */
export interface PacketNote {
  /** Process id; null: not said. Of the process that ran when the packet was seen, which is often, but not always, the owner of the socket. */
  readonly process: number | null;
  /** Null: the packet was seen, not dropped. */
  readonly drop: { readonly reason: string; readonly component: string } | null;
}

const MAX_NOTES = 65_536;

export class PacketNotes {
  /** By index less one; 0 in a batch is: no note. */
  readonly list: PacketNote[] = [];
  private readonly indexOf = new Map<string, number>();

  /** 0 when there are too many different ones already. */
  index(process: number | null, reason: string | null, component: string): number {
    const key = `${process} ${reason} ${reason === null ? '' : component}`;
    const known = this.indexOf.get(key);
    if (known !== undefined) return known;
    if (this.list.length >= MAX_NOTES) return 0;
    const index = this.list.push({ process, drop: reason === null ? null : { reason, component } });
    this.indexOf.set(key, index);
    return index;
  }
}
