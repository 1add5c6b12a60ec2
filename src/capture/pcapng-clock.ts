/**
 * Time stamps of one pcapng interface (draft-ietf-opsawg-pcapng, section 4.2, if_tsresol and if_tsoffset): an unsigned 64-bit
 * count of ticks, 10^-n or 2^-n seconds each. A nanosecond count since 1970 exceeds a double, so it is never held in one.
 *
 * The upper 32 bits change seldom (every 4 seconds for nanoseconds), so what they amount to is kept; a packet then costs one
 * division of exact integers below 2^53.
 */
export class PcapngClock {
  /** The last answers of {@link read}. */
  seconds = 0;
  nanoseconds = 0;

  private readonly ticksPerSecond: number;
  private readonly offsetSeconds: number;
  private readonly toNanoseconds: NanosecondRule;
  private readonly factor: number;
  private readonly exactUnits: bigint | undefined;
  private high = -1;
  private highSeconds = 0;
  private highTicks = 0;

  /** `resolution` as in the file: bit 7 clear 10^-n, set 2^-n. */
  constructor(resolution: number, offsetSeconds: number) {
    const exponent = resolution & 0x7f;
    const isBinary = (resolution & 0x80) !== 0;
    this.offsetSeconds = offsetSeconds;
    this.ticksPerSecond = isBinary ? 2 ** exponent : 10 ** exponent;
    const isFast = exponent <= (isBinary ? MAX_BINARY_EXPONENT : MAX_DECIMAL_EXPONENT);
    if (!isFast) this.exactUnits = isBinary ? 1n << BigInt(exponent) : 10n ** BigInt(exponent);
    if (!isFast) this.toNanoseconds = 'exact';
    else if (isBinary) this.toNanoseconds = 'binary';
    else this.toNanoseconds = exponent <= 9 ? 'multiply' : 'divide';
    this.factor = isBinary ? exponent : 10 ** Math.abs(9 - exponent);
  }

  /** Puts the time of the stamp into `seconds` and `nanoseconds`. */
  read(high: number, low: number): void {
    if (this.exactUnits !== undefined) {
      this.readExactly(high, low, this.exactUnits);
      return;
    }
    if (high !== this.high) this.setHigh(high);
    const ticks = this.highTicks + low;
    const whole = Math.floor(ticks / this.ticksPerSecond);
    const rest = ticks - whole * this.ticksPerSecond;
    this.seconds = this.highSeconds + whole;
    if (this.toNanoseconds === 'multiply') this.nanoseconds = rest * this.factor;
    else if (this.toNanoseconds === 'divide') this.nanoseconds = Math.floor(rest / this.factor);
    else this.nanoseconds = binaryFraction(rest, this.factor);
  }

  /** high * 2^32 as seconds and ticks: division by hand, 8 bits at a time, so that every step stays below 2^53. */
  private setHigh(high: number): void {
    this.high = high;
    let seconds = Math.floor(high / this.ticksPerSecond);
    let ticks = high - seconds * this.ticksPerSecond;
    for (let step = 0; step < 4; step++) {
      ticks *= 256;
      const whole = Math.floor(ticks / this.ticksPerSecond);
      ticks -= whole * this.ticksPerSecond;
      seconds = seconds * 256 + whole;
    }
    this.highSeconds = seconds + this.offsetSeconds;
    this.highTicks = ticks;
  }

  /** Resolutions finer than a picosecond or so: nobody writes them, so they may be slow. */
  private readExactly(high: number, low: number, units: bigint): void {
    const ticks = (BigInt(high) << 32n) | BigInt(low);
    this.seconds = Number(ticks / units) + this.offsetSeconds;
    this.nanoseconds = Number(((ticks % units) * 1_000_000_000n) / units);
  }
}

type NanosecondRule = 'multiply' | 'divide' | 'binary' | 'exact';

/** So that 256 times a rest stays below 2^53. */
const MAX_DECIMAL_EXPONENT = 12;
/** So that the partial products of {@link binaryFraction} stay below 2^53. */
const MAX_BINARY_EXPONENT = 32;

/** floor(rest * 10^9 / 2^exponent) for rest < 2^exponent <= 2^32: 10^9 is 5^9 * 2^9, and rest * 5^9 is below 2^53. */
function binaryFraction(rest: number, exponent: number): number {
  return Math.floor((rest * 1_953_125) / 2 ** (exponent - 9));
}
