/** The machines of a report: addresses that one name holds together, with their names and roles. */
import type { Evidence } from '../evidence/evidence.js';
import type { HostLabels } from './host-labels.js';
import { compareText } from './moments.js';
import type { HostReport } from './report-model.js';
import type { Roles } from './role-knowledge.js';

const MAX_HOSTS = 10_000;

/** What an inventory knows beyond roles. */
export interface AddressBook {
  nameOf?(address: string): string | undefined;
  networkOf?(address: string): string | undefined;
}

export function hostReports(evidence: Evidence, addresses: Iterable<string>, labels: HostLabels, roles: Roles, book: AddressBook): HostReport[] {
  const heard = new Set(evidence.hosts.filter((host) => host.packetsSent > 0).map((host) => host.address));
  const groups = new Map<string, string[]>();
  for (const address of addresses) {
    if (!heard.has(address) && roles.rolesOf(address).length === 0 && !labels.hasName(address)) continue;
    const id = book.nameOf?.(address) ?? labels.short(address);
    const group = groups.get(id);
    if (group !== undefined) group.push(address);
    else if (groups.size < MAX_HOSTS) groups.set(id, [address]);
  }
  return [...groups.entries()].sort(([a], [b]) => compareText(a, b)).map(([id, members]) => {
    const sorted = members.sort(compareText);
    const held = new Map(sorted.flatMap((address) => roles.rolesOf(address)).map((role) => [role.role, role]));
    return {
      id, names: sorted.flatMap((address) => labels.namesOf(address)).filter((one, index, all) => all.findIndex((other) => other.name === one.name) === index),
      addresses: sorted.map((address) => ({ address, network: book.networkOf?.(address) ?? null })), roles: [...held.values()],
      groupedBy: sorted.length > 1 ? (book.nameOf?.(sorted[0]!) === undefined ? 'name' : 'inventory') : null,
    };
  });
}
