/**
 * Datagrams of the last second, so that one which passes a second capture point is known again. What identifies one is hashed, not
 * kept: the flow, the direction, IP identification, length and UDP checksum. Bounded: of two that want the same place the older one is
 * forgotten, and its copy would then be counted.
 */
const SETS = 1 << 15;
const WAYS = 2;
const SECONDS = 1;

export class DatagramMemory {
  private readonly keys = new Int32Array(SETS * WAYS);
  private readonly signatures = new Int32Array(SETS * WAYS);
  private readonly seconds = new Float64Array(SETS * WAYS).fill(-Infinity);
  private readonly nanoseconds = new Int32Array(SETS * WAYS);

  /** `flow`: hash of the flow and direction; `signature`: of the datagram. */
  remember(flow: number, signature: number, seconds: number, nanoseconds: number): void {
    const key = keyOf(flow, signature);
    const first = (key & (SETS - 1)) * WAYS;
    let at = first;
    if (this.keys[at] !== key || this.signatures[at] !== signature) {
      if ((this.keys[at + 1] === key && this.signatures[at + 1] === signature) || this.seconds[at + 1]! < this.seconds[at]!) at++;
    }
    this.keys[at] = key;
    this.signatures[at] = signature;
    this.seconds[at] = seconds;
    this.nanoseconds[at] = nanoseconds;
  }

  /** Whether the same was remembered within a second; where the capture has no times, at all. */
  knows(flow: number, signature: number, seconds: number, nanoseconds: number): boolean {
    const key = keyOf(flow, signature);
    const first = (key & (SETS - 1)) * WAYS;
    for (let at = first; at < first + WAYS; at++) {
      if (this.keys[at] !== key || this.signatures[at] !== signature || this.seconds[at] === -Infinity) continue;
      if (!(Math.abs(seconds - this.seconds[at]! + (nanoseconds - this.nanoseconds[at]!) / 1e9) > SECONDS)) return true;
    }
    return false;
  }
}

function keyOf(flow: number, signature: number): number {
  const mixed = Math.imul(flow ^ Math.imul(signature, 0x9e3779b1), 0x85ebca77);
  return mixed ^ (mixed >>> 15);
}
