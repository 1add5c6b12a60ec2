/**
 * Which addresses are one machine. Four things prove it: the inventory, the string bindings of a DCOM answer, the answer to SMB's
 * question for network interfaces, and the computer name in an NTLM challenge; the name that one IPv4 and one IPv6 address share is the
 * weakest. Where two of them contradict each other, the addresses stay apart.
 */
import { canonicalAddress } from '../decode/address-text.js';
import type { StatementEvidence } from '../evidence/evidence.js';
import type { FrameReference } from '../flow/flow.js';
import type { InventoryHost } from '../inventory/inventory.js';
import { compareText } from './moments.js';
import type { AddressProof } from './report-model.js';

/** Roles of names that stand on whichever node holds them: their addresses belong to a node, their roles do not. */
export const floatingRoles: ReadonlySet<string> = new Set(['cno', 'replica-broker']);

export interface HostGroup {
  /** Sorted. */
  readonly addresses: readonly string[];
  /** What ties each address to one of the others; `null` for an address that others are tied to. */
  readonly proofs: ReadonlyMap<string, AddressProof | null>;
  /** Of the inventory: a machine before a floating name. `null`: the inventory does not list it. */
  readonly listed: InventoryHost | null;
}

export interface GroupSources {
  /** Addresses that take part in the traffic. */
  readonly seen: { has(address: string): boolean };
  readonly statements: readonly StatementEvidence[];
  readonly listed: readonly InventoryHost[];
  /** Pairs of addresses under one name, one of each family. */
  readonly named: Iterable<readonly [string, string]>;
}

interface Member {
  parent: string;
  /** Machine of the inventory that the whole set belongs to; held at its root. */
  owner: InventoryHost | null;
}

/** Never of a machine alone: the same on every machine, or of no machine. */
const notOwn = /^(127\.|0\.|22[4-9]\.|23\d\.|255\.|::1$|::$|ff)/i;

export class HostGroups {
  private readonly members = new Map<string, Member>();
  private readonly proofs = new Map<string, AddressProof>();
  private readonly byAddress = new Map<string, HostGroup>();
  private readonly seen: GroupSources['seen'];

  constructor({ seen, statements, listed, named }: GroupSources) {
    this.seen = seen;
    const floating = new Map<string, InventoryHost>();
    for (const host of listed) this.addListed(host, floating);
    this.addStatements(statements.filter(({ addresses }) => addresses.length > 0));
    this.addChallenges(statements.filter(({ name }) => name !== ''));
    for (const [a, b] of named) this.join(a, b, { by: 'name', frame: null });
    this.settle(floating);
  }

  /** `undefined`: nothing is known of it but itself. */
  groupOf(address: string): HostGroup | undefined {
    return this.byAddress.get(address);
  }

  /** Other addresses of the same machine. */
  othersOf(address: string): readonly string[] {
    return (this.byAddress.get(address)?.addresses ?? []).filter((other) => other !== address);
  }

  /** Each group once, by its first address. */
  *[Symbol.iterator](): Iterator<HostGroup> {
    for (const [address, group] of this.byAddress) if (group.addresses[0] === address) yield group;
  }

  private addListed(host: InventoryHost, floating: Map<string, InventoryHost>): void {
    const own = host.addresses.map((address) => canonicalAddress(address.trim().replace(/%.*$/, '')) ?? address).filter((address) => this.seen.has(address));
    const isFloating = host.roles.some((role) => floatingRoles.has(role));
    for (const [index, address] of own.entries()) {
      const root = this.rootOf(address);
      if (isFloating) floating.set(address, host);
      else this.members.get(root)!.owner ??= host;
      if (index > 0) this.join(address, own[0]!, { by: 'inventory', frame: null });
    }
  }

  /**
   * Virtual switches and containers give the same private address to many machines: an address that two machines call their own, which do
   * not know each other, proves nothing.
   */
  private addStatements(statements: readonly StatementEvidence[]): void {
    const claims = new Map<string, Set<string>>();
    const claimants = new Map<string, Set<string>>();
    for (const { address, addresses } of statements) {
      for (const other of addresses) {
        if (notOwn.test(other)) continue;
        add(claims, address, other);
        add(claimants, other, address);
      }
    }
    const know = (a: string, b: string): boolean => a === b || claims.get(a)?.has(b) === true || claims.get(b)?.has(a) === true;
    for (const { address, addresses, from, frame } of statements) {
      for (const other of addresses) {
        if (other === address || !this.seen.has(other) || !this.seen.has(address)) continue;
        if ([...(claimants.get(other) ?? [])].every((one) => know(one, address) || one === other)) this.join(other, address, { by: from === 'dcom' ? 'dcom' : 'smb-interfaces', frame });
      }
    }
  }

  /** An address that answered under two names changed hands, or stands for several machines: it belongs to none of them for good. */
  private addChallenges(statements: readonly StatementEvidence[]): void {
    const names = new Map<string, Set<string>>();
    for (const { address, name } of statements) add(names, address, name.toLowerCase());
    const first = new Map<string, string>();
    for (const { address, name, frame } of statements) {
      if (names.get(address)!.size > 1 || !this.seen.has(address)) continue;
      const key = name.toLowerCase();
      const known = first.get(key);
      if (known === undefined) first.set(key, address);
      else this.join(address, known, { by: 'ntlm', frame });
    }
  }

  private join(address: string, other: string, proof: { readonly by: AddressProof['by']; readonly frame: FrameReference | null }): void {
    if (notOwn.test(address) || notOwn.test(other)) return;
    const a = this.rootOf(address);
    const b = this.rootOf(other);
    if (a === b) return;
    const [one, two] = [this.members.get(a)!, this.members.get(b)!];
    // The inventory has them as two machines: that is taken at its word.
    if (one.owner !== null && two.owner !== null && one.owner !== two.owner) return;
    const [root, leaf] = compareText(a, b) < 0 ? [a, b] : [b, a];
    this.members.get(leaf)!.parent = root;
    this.members.get(root)!.owner = one.owner ?? two.owner;
    // The address that has no proof yet gets this one; when both have theirs, sets are joined by it and it is told at the first.
    const tied = this.proofs.has(address) && !this.proofs.has(other) ? other : address;
    this.proofs.set(tied, { ...proof, with: tied === address ? other : address });
  }

  private rootOf(address: string): string {
    let member = this.members.get(address);
    if (member === undefined) this.members.set(address, member = { parent: address, owner: null });
    let root = address;
    while (this.members.get(root)!.parent !== root) root = this.members.get(root)!.parent;
    for (let at = address; at !== root;) {
      const step = this.members.get(at)!;
      at = step.parent;
      step.parent = root;
    }
    return root;
  }

  private settle(floating: ReadonlyMap<string, InventoryHost>): void {
    const sets = new Map<string, string[]>();
    for (const address of this.members.keys()) {
      const root = this.rootOf(address);
      sets.set(root, [...(sets.get(root) ?? []), address]);
    }
    for (const [root, addresses] of sets) {
      addresses.sort(compareText);
      const listed = this.members.get(root)!.owner ?? addresses.flatMap((address) => floating.get(address) ?? [])[0] ?? null;
      const group: HostGroup = { addresses, proofs: new Map(addresses.map((address) => [address, this.proofs.get(address) ?? null])), listed };
      for (const address of addresses) this.byAddress.set(address, group);
    }
  }
}

function add(map: Map<string, Set<string>>, key: string, value: string): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, new Set([value]));
  else known.add(value);
}
