/**
 * Who was announced for one port, over time: a service that restarts leaves its port to another. A turn begins when another
 * announcement than the one before is heard; one repeated in between adds nothing.
 */
export class PortHistory<Mapping> {
  /** Turns for which there was no room. */
  dropped = 0;
  private readonly seconds: number[] = [];
  private readonly mappings: Mapping[] = [];
  private readonly keys: string[] = [];

  /** @param key equal for announcements that say the same. */
  add(key: string, mapping: Mapping, seconds: number): void {
    const time = Number.isNaN(seconds) ? Number.NEGATIVE_INFINITY : seconds;
    let at = this.seconds.length;
    while (at > 0 && this.seconds[at - 1]! > time) at--;
    if (at > 0 && this.keys[at - 1] === key) return;
    if (this.keys[at] === key) {
      this.seconds[at] = time; // heard later in the file, said earlier
      this.mappings[at] = mapping;
      return;
    }
    if (this.seconds.length >= TURNS_MAXIMUM) {
      this.dropped++;
      return;
    }
    this.seconds.splice(at, 0, time);
    this.mappings.splice(at, 0, mapping);
    this.keys.splice(at, 0, key);
  }

  /** The latest announced at or before that time, else the earliest later one. */
  at(seconds: number): Mapping | undefined {
    let at = this.seconds.length - 1;
    while (at > 0 && !(this.seconds[at]! <= seconds)) at--;
    return this.mappings[at];
  }
}

const TURNS_MAXIMUM = 64;
