/** Roles of a report's hosts by address, as proposals are made of them. */
import type { HostReport, HostRole } from './report-model.js';

export class HostRoles {
  private readonly byAddress = new Map<string, readonly HostRole[]>();

  constructor(hosts: readonly HostReport[]) {
    for (const { addresses, roles } of hosts) for (const { address } of addresses) this.byAddress.set(address, roles);
  }

  /** Without what is merely assumed. */
  known(address: string): readonly string[] {
    return this.all(address).filter((role) => role.confidence !== 'assumed').map((role) => role.role);
  }

  all(address: string): readonly HostRole[] {
    return this.byAddress.get(address) ?? [];
  }

  /** `10.0.0.5 is domain-controller (likely: serves Kerberos 88)`. */
  text(address: string): string {
    const roles = this.all(address);
    return roles.length === 0 ? `${address}: role not known` : `${address} is ${roles.map(({ role, from, reason, confidence }) => (from === 'inventory' ? `${role} (inventory)` : `${role} (${confidence}: ${reason})`)).join(', ')}`;
  }
}
