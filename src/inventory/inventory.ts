import { addressBits, inNetwork, networkBits, type NetworkBits } from './address-bits.js';

/** Which of a Hyper-V host's networks an address belongs to: the part of `hyper-v-host:…` after the colon. */
export const networkUses = ['management', 'cluster', 'live-migration', 'storage'] as const;
export type NetworkUse = (typeof networkUses)[number];

export interface InventoryHost {
  readonly name: string | null;
  /** May be empty: then the host is known by its name alone. */
  readonly addresses: readonly string[];
  /** Ids of the role vocabulary. */
  readonly roles: readonly string[];
}

export interface InventoryNetwork {
  readonly name: string | null;
  /** CIDR. */
  readonly network: string;
  /** Roles that every address of the network plays. */
  readonly roles: readonly string[];
  readonly use: NetworkUse | null;
}

/** What listens on a machine, and what its firewall has been told, as the gathering script found it. */
export interface GatheredMachine {
  readonly name: string;
  /** All of its own, those of other machines' overlays excepted. */
  readonly addresses: readonly string[];
  /** null: could not be asked. */
  readonly listeners: readonly Listener[] | null;
  /** Enabled rules; null: could not be asked. */
  readonly rules: readonly FirewallRule[] | null;
}

export interface Listener {
  /** `0.0.0.0` and `::`: on all. */
  readonly address: string;
  readonly port: number;
  readonly process: string | null;
}

export interface FirewallRule {
  /** The name that is the same in every language. */
  readonly name: string;
  readonly direction: 'inbound' | 'outbound';
  readonly action: 'allow' | 'block';
  readonly profile: string;
  /** `tcp`, `udp`, `any`, or another protocol as Windows writes it. */
  readonly protocol: string;
  /** As Windows writes them: numbers, ranges, `Any`, `RPC`, `RPCEPMap` ... */
  readonly localPorts: readonly string[];
  readonly remoteAddresses: readonly string[];
}

export interface InventoryData {
  /** Empty unless the script was run. TCP listeners only. */
  readonly machines?: readonly GatheredMachine[];
  readonly hosts: readonly InventoryHost[];
  /** Disjoint: the reader refuses networks that overlap. */
  readonly networks: readonly InventoryNetwork[];
}

export interface HostRoles {
  /** Without what they imply (`impliedRoles`); may be empty for an address of a network that has a name only. */
  readonly roles: readonly string[];
  readonly name?: string;
  /** The name of its network, or the CIDR of one without a name. */
  readonly network?: string;
  /** Which network of a Hyper-V host the address is in. */
  readonly use?: NetworkUse;
}

/** Which address plays which role, as the user says. It is complete for a host that it lists: see `roleAgreement`. */
export interface Inventory extends InventoryData {
  /** For an address in any spelling; `undefined` when the inventory does not know it. */
  rolesOf(address: string): HostRoles | undefined;
  /** For a name heard on the wire. A listed name without a dot fits every domain. */
  rolesOfName(name: string): HostRoles | undefined;
}

export function makeInventory(data: InventoryData): Inventory {
  const hostsByAddress = new Map<string, InventoryHost[]>();
  const hostsByName = new Map<string, InventoryHost[]>();
  for (const host of data.hosts) {
    for (const address of host.addresses) append(hostsByAddress, addressBits(address) ?? address, host);
    if (host.name !== null) append(hostsByName, host.name.toLowerCase(), host);
  }
  const networks = data.networks.flatMap((network) => {
    const bits = networkBits(network.network);
    return bits === undefined ? [] : [{ network, bits }];
  });
  const byPrefix = groupByPrefix(networks);

  return {
    ...data,
    rolesOf: (address) => {
      const bits = addressBits(address);
      if (bits === undefined) return undefined;
      const hosts = hostsByAddress.get(bits) ?? [];
      const network = findNetwork(byPrefix, bits);
      return hosts.length === 0 && network === undefined ? undefined : combine(hosts, network);
    },
    rolesOfName: (name) => {
      const lower = name.toLowerCase().replace(/\.$/, '');
      const hosts = hostsByName.get(lower) ?? hostsByName.get(lower.split('.')[0]!);
      return hosts === undefined ? undefined : combine(hosts, undefined);
    },
  };
}

function combine(hosts: readonly InventoryHost[], network: InventoryNetwork | undefined): HostRoles {
  const roles = new Set(hosts.flatMap((host) => host.roles));
  for (const role of network?.roles ?? []) roles.add(role);
  // A Hyper-V host is met on one network at a time, and rows ask for the host on that network.
  if (roles.has('hyper-v-host') && network?.use !== undefined && network.use !== null) roles.add(`hyper-v-host:${network.use}`);
  const name = hosts.find((host) => host.name !== null)?.name;
  return {
    roles: [...roles],
    ...(name === undefined || name === null ? {} : { name }),
    ...(network === undefined ? {} : { network: network.name ?? network.network }),
    ...(network?.use === undefined || network.use === null ? {} : { use: network.use }),
  };
}

interface Prefix {
  readonly length: number;
  readonly networks: ReadonlyMap<string, InventoryNetwork>;
}

/** One table for each prefix length that occurs: a lookup costs as many steps as there are lengths. */
function groupByPrefix(networks: readonly { readonly network: InventoryNetwork; readonly bits: NetworkBits }[]): readonly Prefix[] {
  const groups = new Map<number, Map<string, InventoryNetwork>>();
  for (const { network, bits } of networks) {
    const group = groups.get(bits.length) ?? new Map<string, InventoryNetwork>();
    group.set(bits.start, network);
    groups.set(bits.length, group);
  }
  return [...groups].map(([length, group]) => ({ length, networks: group })).sort((a, b) => b.length - a.length);
}

function findNetwork(prefixes: readonly Prefix[], bits: string): InventoryNetwork | undefined {
  for (const prefix of prefixes) {
    const found = prefix.networks.get(inNetwork(bits, prefix.length));
    if (found !== undefined) return found;
  }
  return undefined;
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
