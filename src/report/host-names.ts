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
  for (const host of hosts) for (const { address } of host.addresses) if (host.id !== address) byAddress.set(address, host.id);
  return {
    short: (address) => byAddress.get(address) ?? address,
    full: (address) => {
      const name = byAddress.get(address);
      return name === undefined ? address : `${name} ${address}`;
    },
  };
}
