/** Which addresses of the capture a name or address of the user's means. */
import { ipv4Text, ipv6Text, parseAddress } from '../decode/address-text.js';
import type { Evidence } from '../evidence/evidence.js';
import type { WrittenHost } from './host-labels.js';
import { compareText } from './moments.js';

export interface NamedHost {
  readonly text: string;
  /** True: an address was written, not a name. */
  readonly isAddress: boolean;
  /** Canonical; empty: nothing says what the name stands for. */
  readonly addresses: readonly string[];
}

/** By the inventory first, then by what the capture says of names; names are compared without case, and without domain where one side has none. */
export function namedHost(text: string, evidence: Evidence, written: readonly WrittenHost[]): NamedHost {
  const own = canonicalAddress(text);
  if (own !== undefined) return { text, isAddress: true, addresses: [own] };
  const addresses = new Set<string>();
  for (const { name, addresses: listed } of written) if (name !== null && sameName(name, text)) for (const address of listed) addresses.add(canonicalAddress(address) ?? address);
  for (const { name, address } of evidence.names) if (sameName(name, text)) addresses.add(address);
  for (const { name, addresses: answered, result } of evidence.lookups) if (result === 0 && sameName(name, text)) for (const address of answered) addresses.add(address);
  return { text, isAddress: false, addresses: [...addresses].sort(compareText) };
}

export function sameName(a: string, b: string): boolean {
  const left = a.toLowerCase().replace(/\.$/u, '');
  const right = b.toLowerCase().replace(/\.$/u, '');
  if (left === right) return true;
  if (left.includes('.') && right.includes('.')) return false;
  return firstLabel(left) === firstLabel(right);
}

/** undefined: no address. */
export function canonicalAddress(text: string): string | undefined {
  const words = parseAddress(text);
  if (words === undefined) return undefined;
  return words.length === 1 ? ipv4Text(words[0]!) : ipv6Text(words[0]!, words[1]!, words[2]!, words[3]!);
}

function firstLabel(name: string): string {
  const dot = name.indexOf('.');
  return dot < 0 ? name : name.slice(0, dot);
}
