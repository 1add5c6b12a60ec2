/**
 * Thousands of flows say the same thing: the same dialect of SMB to the same server. One object for all of them keeps memory at
 * the number of different things said, and a flow needs to remember a number only.
 */
import type { Application, FactValue } from '../flow/inspection.js';

/** Different applications that are kept; what comes later is not shared. */
const MAXIMUM = 65_536;
/** Of one protocol those said last: most flows say what one of them says, and comparing is cheaper than making a text. */
const RECENT = 8;

export class ApplicationPool {
  /** By number; 0 is none. */
  private readonly applications: (Application | undefined)[] = [undefined];
  private readonly numbers = new Map<string, number>();
  private readonly recent = new Map<string, number[]>();

  /** The number of an equal application, or 0 when there is no room. */
  share(application: Application): number {
    const { protocol } = application;
    let recent = this.recent.get(protocol);
    if (recent === undefined) {
      recent = [];
      this.recent.set(protocol, recent);
    }
    for (let i = 0; i < recent.length; i++) {
      const number = recent[i]!;
      if (!isSame(this.applications[number]!, application)) continue;
      if (i > 0) {
        recent[i] = recent[i - 1]!;
        recent[i - 1] = number;
      }
      return number;
    }
    const number = this.find(application);
    if (number !== 0) {
      if (recent.length < RECENT) recent.push(number);
      else recent[RECENT - 1] = number;
    }
    return number;
  }

  at(number: number): Application {
    return this.applications[number]!;
  }

  private find(application: Application): number {
    const { protocol, confidence, facts } = application;
    let key = `${protocol}\n${confidence}`;
    for (const name in facts) {
      const value = facts[name]!;
      key += `\n${name}=${typeof value === 'object' ? value.join('\t') : String(value)}`;
    }
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    if (this.applications.length > MAXIMUM) return 0;
    const number = this.applications.length;
    this.applications.push(application);
    this.numbers.set(key, number);
    return number;
  }
}

function isSame(one: Application, other: Application): boolean {
  if (one.confidence !== other.confidence) return false;
  for (const name in one.facts) {
    const value = other.facts[name];
    if (value === undefined || !isEqual(one.facts[name]!, value)) return false;
  }
  for (const name in other.facts) if (one.facts[name] === undefined) return false;
  return true;
}

function isEqual(one: FactValue, other: FactValue): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}
