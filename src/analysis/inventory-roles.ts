/** What an inventory says of an address: by the address itself, by the machine that it is proved to belong to, by a name heard on the wire. */
import type { Inventory } from '../inventory/inventory.js';
import { floatingRoles, type HostGroups } from './host-groups.js';
import type { HostLabels } from './host-labels.js';

export interface ToldRole {
  readonly role: string;
  readonly reason: string;
}

export function rolesFromInventory(inventory: Inventory, groups: HostGroups, labels: HostLabels, address: string): readonly ToldRole[] {
  const own = inventory.rolesOf(address);
  const told = new Map((own?.roles ?? []).map((role) => [role, 'inventory']));
  const group = groups.groupOf(address);
  const proof = group?.proofs.get(address) ?? null;
  for (const role of group?.listed?.roles ?? []) {
    // A cluster's name plays its role on its own address only; the node that holds it plays its roles there, too.
    if (!told.has(role) && !floatingRoles.has(role)) told.set(role, proof === null ? 'inventory' : `inventory has it for ${group!.listed!.name ?? proof.with}`);
  }
  if (told.has('hyper-v-host') && own?.use !== undefined) told.set(`hyper-v-host:${own.use}`, 'inventory');
  if (told.size === 0) {
    for (const { name } of labels.namesOf(address)) {
      const byName = inventory.rolesOfName(name)?.roles ?? [];
      if (byName.length > 0) return byName.map((role) => ({ role, reason: 'inventory' }));
    }
  }
  return [...told].map(([role, reason]) => ({ role, reason }));
}
