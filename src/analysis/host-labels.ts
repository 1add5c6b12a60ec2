/** What to call a machine in a sentence: the name that the capture gives it, else its address. */
import { canonicalAddress } from '../decode/address-text.js';
import type { NameEvidence } from '../evidence/evidence.js';
import { compareText } from './moments.js';

/** The most trustworthy first: what an administrator wrote or a server said of itself comes before what a client asked for. */
const sources = ['pcapng', 'ntlm', 'smb', 'netbios', 'dns', 'kerberos', 'certificate', 'dcom'];

export interface NamedAddress {
  readonly name: string;
  readonly from: string;
}

/** As an inventory lists it; addresses in any spelling. */
export interface WrittenHost {
  readonly name: string | null;
  readonly addresses: readonly string[];
}

export class HostLabels {
  private readonly names = new Map<string, NamedAddress[]>();
  private readonly shortName = new Map<string, string>();

  private readonly byShortName = new Map<string, string[]>();
  private readonly written = new Set<string>();

  /** `written`: machines of an inventory; their names come before what was heard. */
  constructor(evidence: readonly NameEvidence[], written: readonly WrittenHost[] = []) {
    for (const { address, name, from } of evidence) {
      const list = this.names.get(address) ?? [];
      if (!list.some((known) => known.name === name)) list.push({ name, from });
      this.names.set(address, list);
    }
    for (const list of this.names.values()) list.sort((a, b) => rank(a.from) - rank(b.from) || compareText(a.name, b.name));
    const owner = new Map<string, string | null>();
    for (const [address, list] of this.names) {
      const short = firstLabel(list[0]!.name);
      this.shortName.set(address, short);
      owner.set(short, owner.has(short) && owner.get(short) !== address ? null : address);
    }
    // Two machines under one short name, as a farm behind one DNS name has them, are told apart by their addresses.
    const families = familiesOf(this.shortName);
    for (const [address, short] of this.shortName) {
      const family = families.get(short)!;
      if (owner.get(short) !== null || (family.four <= 1 && family.six <= 1)) continue;
      this.shortName.delete(address);
      if (address.includes(':')) family.six--;
      else family.four--;
    }
    for (const { name, addresses } of written) if (name !== null) for (const address of addresses) {
      this.shortName.set(canonical(address), firstLabel(name));
      this.written.add(canonical(address));
    }
    for (const [address, short] of this.shortName) this.byShortName.set(short, [...(this.byShortName.get(short) ?? []), address]);
  }

  /** IPv4 and IPv6 addresses that the capture knows by one name, without those that an inventory names. */
  *pairs(): Generator<readonly [string, string]> {
    for (const [, addresses] of this.byShortName) {
      const heard = addresses.filter((address) => !this.written.has(address));
      if (heard.length === 2 && heard[0]!.includes(':') !== heard[1]!.includes(':')) yield [heard[0]!, heard[1]!];
    }
  }

  /** An address that nothing names is called by the name of the machine that it is proved to belong to. */
  adopt(groups: Iterable<{ readonly addresses: readonly string[]; readonly listed: WrittenHost | null }>): void {
    for (const { addresses, listed } of groups) {
      if (addresses.length < 2) continue;
      const name = listed?.name ?? addresses.map((address) => this.shortName.get(address)).find((known) => known !== undefined);
      if (name === undefined || name === null) continue;
      const short = firstLabel(name);
      for (const address of addresses) {
        const known = this.shortName.get(address);
        if (known === short) continue;
        // What an inventory calls an address, as the name of a cluster, stays its name.
        if (known !== undefined && this.written.has(address)) continue;
        this.shortName.set(address, short);
        if (known !== undefined) this.byShortName.set(known, this.byShortName.get(known)!.filter((other) => other !== address));
        this.byShortName.set(short, [...(this.byShortName.get(short) ?? []), address]);
      }
    }
  }

  namesOf(address: string): readonly NamedAddress[] {
    return this.names.get(address) ?? [];
  }

  /** `HV01`, or the address when nothing names it. */
  short(address: string): string {
    return this.shortName.get(address) ?? address;
  }

  /** `HV01 10.77.2.20`, or the address alone. */
  full(address: string): string {
    const short = this.shortName.get(address);
    return short === undefined ? address : `${short} ${address}`;
  }

  /** Other addresses under the same name. */
  sharing(address: string): readonly string[] {
    const short = this.shortName.get(address);
    return short === undefined ? [] : this.byShortName.get(short)!.filter((other) => other !== address);
  }

  hasName(address: string): boolean {
    return this.shortName.has(address);
  }
}

/** As evidence spells it (RFC 5952). */
function canonical(address: string): string {
  return canonicalAddress(address) ?? address;
}

function rank(from: string): number {
  const at = sources.indexOf(from);
  return at < 0 ? sources.length : at;
}

export function firstLabel(name: string): string {
  return /^[^.]+\.[a-z]/i.test(name) ? name.slice(0, name.indexOf('.')) : name;
}

/** Addresses of each family under a name: one of each are one machine more often than two. */
function familiesOf(shortName: ReadonlyMap<string, string>): Map<string, { four: number; six: number }> {
  const families = new Map<string, { four: number; six: number }>();
  for (const [address, name] of shortName) {
    let family = families.get(name);
    if (family === undefined) families.set(name, family = { four: 0, six: 0 });
    if (address.includes(':')) family.six++;
    else family.four++;
  }
  return families;
}
