/** The machines of a report: addresses that something proves to belong together, with their names and roles. */
import type { Evidence } from '../evidence/evidence.js';
import type { HostGroup, HostGroups } from './host-groups.js';
import { firstLabel, type HostLabels } from './host-labels.js';
import { compareText } from './moments.js';
import { Overlay } from './overlay.js';
import type { AddressProof, HostReport } from './report-model.js';
import type { Roles } from './role-knowledge.js';

const MAX_HOSTS = 10_000;
/** The strongest first. */
const kinds: readonly AddressProof['by'][] = ['inventory', 'dcom', 'smb-interfaces', 'ntlm', 'name'];

/** `networkOf`: the inventory's name for the network of an address. */
export function hostReports(evidence: Evidence, addresses: Iterable<string>, labels: HostLabels, roles: Roles, groups: HostGroups, networkOf: (address: string) => string | null): HostReport[] {
  const heard = new Set(evidence.hosts.filter((host) => host.packetsSent > 0).map((host) => host.address));
  const machines = new Map<string, { readonly group: HostGroup | undefined; readonly members: string[] }>();
  for (const address of addresses) {
    if (!heard.has(address) && roles.rolesOf(address).length === 0 && !labels.hasName(address)) continue;
    const group = groups.groupOf(address);
    const key = group?.addresses[0] ?? address;
    const machine = machines.get(key);
    if (machine !== undefined) machine.members.push(address);
    else if (machines.size < MAX_HOSTS) machines.set(key, { group, members: [address] });
  }
  const overlay = new Overlay(roles);
  const taken = new Set<string>();
  return [...machines.values()].map(({ group, members }) => ({ id: idOf(group, members, labels), group, members: members.sort(compareText) }))
    .sort((a, b) => compareText(a.id, b.id) || compareText(a.members[0]!, b.members[0]!)).map(({ id, group, members }) => {
      // Machines of one name that nothing proves to be one are told apart by an address.
      const own = taken.has(id) ? members[0]! : id;
      taken.add(own);
      const held = new Map(members.flatMap((address) => roles.rolesOf(address)).reverse().map((role) => [role.role, role]));
      const proofs = members.flatMap((address) => group?.proofs.get(address) ?? []);
      const listed = group?.listed?.name ?? null;
      const names = [...(listed === null ? [] : [{ name: listed, from: 'inventory' }]), ...members.flatMap((address) => labels.namesOf(address))];
      return {
        id: own, names: names.filter((one, index) => names.findIndex((other) => other.name === one.name) === index),
        addresses: members.map((address) => ({ address, network: networkOf(address), provedBy: group?.proofs.get(address) ?? null, overlay: overlay.has(address) })), roles: [...held.values()].reverse(),
        groupedBy: members.length > 1 ? kinds.filter((kind) => proofs.some(({ by }) => by === kind)).join(', ') : null,
      };
    });
}

function idOf(group: HostGroup | undefined, members: readonly string[], labels: HostLabels): string {
  const named = members.find((address) => labels.hasName(address)) ?? members[0]!;
  const listed = group?.listed?.name ?? null;
  return listed === null ? labels.short(named) : firstLabel(listed);
}
