/**
 * Thousands of flows say the same thing: the same dialect of SMB to the same server. One object for all of them keeps memory at
 * the number of different things said, and a flow needs to remember a number only.
 */
import type { Application, FactValue } from '../flow/inspection.js';

/** Different applications that are kept; what comes later is not shared. */
const MAXIMUM = 65_536;
/** Of those said last, one a slot: most flows say what another said, and comparing is cheaper than making a text. */
const SLOT_BITS = 12;

export class ApplicationPool {
  /** By number; 0 is none. */
  private readonly applications: (Application | undefined)[] = [undefined];
  private readonly numbers = new Map<string, number>();
  /** Numbers, by what the applications say. */
  private readonly slots = new Int32Array(1 << SLOT_BITS);

  /** The number of an equal application, or 0 when there is no room. Facts told in another order make another one: each flow is shown as it was told, whatever came before. */
  share(application: Application): number {
    const slot = hashOf(application) >>> (32 - SLOT_BITS);
    const known = this.slots[slot]!;
    if (known !== 0 && isSame(this.applications[known]!, application)) return known;
    return (this.slots[slot] = this.find(application));
  }

  at(number: number): Application {
    return this.applications[number]!;
  }

  private find(application: Application): number {
    const { protocol, confidence, facts } = application;
    const key = `${protocol}\n${confidence}\n${JSON.stringify(facts)}`;
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
  if (one.protocol !== other.protocol || one.confidence !== other.confidence) return false;
  const names = Object.keys(one.facts);
  const others = Object.keys(other.facts);
  if (names.length !== others.length) return false;
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    if (name !== others[i] || !isEqual(one.facts[name]!, other.facts[name]!)) return false;
  }
  return true;
}

function isEqual(one: FactValue, other: FactValue): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}

/** Equal for applications that say the same, in whatever order. */
function hashOf({ protocol, facts }: Application): number {
  let sum = hashOfText(protocol);
  for (const name in facts) {
    const value = facts[name]!;
    sum += Math.imul(name.charCodeAt(0) + name.length, typeof value === 'string' ? hashOfText(value) : typeof value === 'object' ? hashOfList(value) : Number(value) + 1);
  }
  return Math.imul(sum, 0x9e3779b1);
}

function hashOfList(values: readonly string[]): number {
  let hash = values.length;
  for (let index = 0; index < values.length; index++) hash = (Math.imul(hash, 31) + hashOfText(values[index]!)) | 0;
  return hash;
}

/** Of a few characters of a long text: two that differ elsewhere share a slot, no more. */
function hashOfText(text: string): number {
  const step = (text.length >> 3) + 1;
  let hash = text.length;
  for (let index = text.length - 1; index >= 0; index -= step) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  return hash;
}
