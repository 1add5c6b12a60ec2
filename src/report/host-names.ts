/** What the report calls an address: the name of its machine, where there is one. */
import type { HostReport } from '../analysis/report-model.js';

export interface HostNames {
  /** `HV01`, or the address. */
  short(address: string): string;
  /** `HV01 10.77.2.20`, or the address. */
  full(address: string): string;
}

export function hostNames(hosts: readonly HostReport[]): HostNames {
  const byAddress = new Map<string, string>();
  /** Machines that one word does not tell which address is meant. */
  const several = new Set<string>();
  for (const host of hosts) {
    for (const { address } of host.addresses) if (host.id !== address) byAddress.set(address, host.id);
    const families = host.addresses.map(({ address }) => address.includes(':'));
    if (families.length > new Set(families).size) for (const { address } of host.addresses) several.add(address);
  }
  return {
    short: (address) => {
      const name = byAddress.get(address);
      return name === undefined ? address : several.has(address) ? `${name} ${address}` : name;
    },
    full: (address) => {
      const name = byAddress.get(address);
      return name === undefined ? address : `${name} ${address}`;
    },
  };
}
