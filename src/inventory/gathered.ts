/** The JSON of the gathering script (`inventory script`) as an inventory: roles by what runs and listens, networks by their use. */
import { isNode, parseDocument } from 'yaml';
import { z } from 'zod';
import type { Fault } from '../catalog/fault.js';
import { addressBits, networkBits, withoutHostBits } from './address-bits.js';
import { gatheredSchema } from './gather-script.js';
import type { FirewallRule, GatheredMachine, InventoryData, InventoryHost, InventoryNetwork, NetworkUse } from './inventory.js';

/** ConvertTo-Json writes a list of one as a list here, but a missing command leaves `null`. */
function list<T extends z.ZodType>(item: T) {
  return z.preprocess((written) => (written === null || written === undefined ? [] : Array.isArray(written) ? (written as unknown[]).filter((one) => one !== null) : [written]), z.array(item));
}

const machine = z.object({
  schema: z.literal(gatheredSchema), name: z.string().min(1),
  system: list(z.object({ DNSHostName: z.string().nullish(), Domain: z.string().nullish(), PartOfDomain: z.boolean().nullish(), DomainRole: z.number().nullish() })),
  addresses: list(z.object({ IPAddress: z.string(), PrefixLength: z.number().int(), InterfaceAlias: z.string().nullish() })),
  services: list(z.string()),
  clusterNetworks: list(z.object({ Node: z.string(), Network: z.string(), Address: z.string(), Role: z.string().nullish() })),
  clusterNames: list(z.object({ Name: z.string(), Address: z.string() })),
  migrationNetworks: list(z.string()),
  listeners: list(z.object({ LocalAddress: z.string(), LocalPort: z.number().int(), Process: z.string().nullish() })),
  rules: list(z.object({
    Name: z.string(), Direction: z.string(), Action: z.string(), Profile: z.string().nullish(), Protocol: z.string().nullish(),
    LocalPort: list(z.string()), RemotePort: list(z.string()).optional(), RemoteAddress: list(z.string()), Program: z.string().nullish(),
  })), failed: list(z.string()),
}).meta({ title: 'portwitness: what the gathering script found on one machine' });
/** Of the JSON that the script writes; published for editors and other programs. */
export const gatheredJsonSchema = machine;
const machines = z.array(machine).min(1);
type Machine = z.infer<typeof machine>;

/** Windows services, and what a machine that runs one is. */
const roleOfService: Readonly<Record<string, string>> = {
  vmms: 'hyper-v-host', ClusSvc: 'cluster-node', NTDS: 'domain-controller', DNS: 'dns-server', DHCPServer: 'dhcp-server', SCVMMService: 'vmm-server', MSSQLSERVER: 'sql-server', WsusService: 'wsus-server',
  Tssdis: 'rds-broker', TSGateway: 'rds-gateway', WinTarget: 'iscsi-target', WDSServer: 'pxe-server',
};

/** True: JSON of the script, whole or as a list of several machines' files. */
export function isGathered(body: string): boolean {
  return /^\s*[[{]/.test(body) && body.slice(0, 4000).includes(`"${gatheredSchema}"`);
}

/** Faults beyond it say nothing that the first ones do not. */
const MAX_FAULTS = 1000;
/** Text in which the lines of faults are looked up: that reads it a second time, and slowly. */
const MAX_LOCATED = 1_000_000;

export function readGathered(body: string, file: string): { readonly data: InventoryData | undefined; readonly faults: readonly Fault[] } {
  const fault = (code: string, text: string, place: Place): Fault => ({ code, severity: 'error', file, ...place, text });
  let written: unknown;
  try {
    written = JSON.parse(body);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    // Not every version of the engine says where.
    const offset = /position (\d+)/.exec(text)?.[1] ?? (body.length > MAX_LOCATED ? undefined : parseDocument(body).errors[0]?.pos[0]);
    return { data: undefined, faults: [fault('syntax', text, offset === undefined ? FIRST : placeOf(body, Number(offset)))] };
  }
  const parsed = (Array.isArray(written) ? machines : machine).safeParse(written);
  if (!parsed.success) {
    const locate = body.length > MAX_LOCATED ? () => FIRST : placesOf(body);
    return { data: undefined, faults: parsed.error.issues.slice(0, MAX_FAULTS).map((issue) => fault('wrong-value', `${issue.path.join('.') || 'the file'}: ${issue.message}`, locate(issue.path))) };
  }
  const found = Array.isArray(parsed.data) ? parsed.data : [parsed.data];
  return { data: { hosts: uniqueHosts([...found.map(hostOf), ...found.flatMap(clusterHosts)]), networks: networksOf(found), machines: found.map(machineOf) }, faults: [] };
}

interface Place {
  readonly line: number;
  readonly column: number;
}

const FIRST: Place = { line: 1, column: 1 };

function placeOf(body: string, offset: number): Place {
  const before = body.slice(0, offset).split('\n');
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

/** Where the value at a path stands, or the nearest thing around it. JSON is YAML, and that reader knows places. */
function placesOf(body: string): (path: readonly PropertyKey[]) => Place {
  const document = parseDocument(body);
  return (path) => {
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return placeOf(body, node.range[0]);
    }
    return FIRST;
  };
}

/** A list that is empty although the command was there and answered is believed; one that failed is not. */
function machineOf(one: Machine): GatheredMachine {
  const asked = (part: string): boolean => !one.failed.some((text) => text.startsWith(`${part}:`));
  return {
    name: one.name, addresses: one.addresses.map(({ IPAddress }) => IPAddress).filter(isOwn),
    // Every Windows machine listens somewhere and has rules: none at all means that the command is missing.
    listeners: asked('listeners') && one.listeners.length > 0 ? one.listeners.map(({ LocalAddress, LocalPort, Process }) => ({ address: LocalAddress.replace(/%.*$/, ''), port: LocalPort, process: Process ?? null })) : null,
    rules: asked('rules') && one.rules.length > 0 ? one.rules.flatMap(ruleOf) : null,
  };
}

function ruleOf(rule: Machine['rules'][number]): FirewallRule[] {
  const direction = rule.Direction.toLowerCase();
  const action = rule.Action.toLowerCase();
  if ((direction !== 'inbound' && direction !== 'outbound') || (action !== 'allow' && action !== 'block')) return [];
  const protocol = (rule.Protocol ?? 'any').toLowerCase();
  return [{
    name: rule.Name, direction, action, profile: rule.Profile ?? 'Any', protocol: protocol === '6' ? 'tcp' : protocol === '17' ? 'udp' : protocol === '' ? 'any' : protocol,
    localPorts: rule.LocalPort.filter((port) => port !== ''), remoteAddresses: rule.RemoteAddress.filter((address) => address !== ''),
  }];
}

function hostOf(one: Machine): InventoryHost {
  const roles = new Set(one.services.flatMap((service) => roleOfService[service] ?? []));
  const [system] = one.system;
  // 4 and 5: backup and primary domain controller.
  if ((system?.DomainRole ?? 0) >= 4) roles.add('domain-controller');
  if (system?.PartOfDomain === true) roles.add('domain-member');
  roles.add('windows-computer');
  const names = new Set(one.clusterNames.map(({ Address }) => addressBits(Address)));
  const addresses = one.addresses.map(({ IPAddress }) => IPAddress).filter((address) => isOwn(address) && !names.has(addressBits(address)));
  return { name: one.name, addresses, roles: [...roles] };
}

/** Loopback, and the addresses of the cluster's own overlay (NetFT), are no place that a rule concerns. */
function isOwn(address: string): boolean {
  const bare = address.replace(/%.*$/, '');
  return addressBits(bare) !== undefined && !/^(127\.|169\.254\.|fe80:|::1$|::$|0\.0\.0\.0$)/i.test(bare);
}

/** The cluster's name has an address that stands on whichever node holds it; other nodes are known by their networks. */
function clusterHosts(one: Machine): InventoryHost[] {
  const nodes = new Map<string, string[]>();
  for (const { Node, Address } of one.clusterNetworks) if (isOwn(Address)) nodes.set(Node, [...(nodes.get(Node) ?? []), Address]);
  return [
    ...[...nodes].map(([name, addresses]): InventoryHost => ({ name, addresses, roles: ['cluster-node'] })),
    ...one.clusterNames.filter(({ Address }) => isOwn(Address)).map(({ Name, Address }): InventoryHost => ({ name: Name, addresses: [Address], roles: ['cno'] })),
  ];
}

/** Of machines that are told twice (by themselves and by another node) one is made; an address stays with the first. */
function uniqueHosts(all: readonly InventoryHost[]): InventoryHost[] {
  const owners = new Set<string>();
  const byName = new Map<string, { name: string | null; addresses: string[]; roles: string[] }>();
  for (const { name, addresses, roles } of all) {
    const key = (name ?? '').toLowerCase();
    const host = byName.get(key) ?? { name, addresses: [], roles: [] };
    byName.set(key, host);
    for (const address of addresses) {
      const bits = addressBits(address)!;
      if (owners.has(bits)) continue;
      owners.add(bits);
      host.addresses.push(address);
    }
    for (const role of roles) if (!host.roles.includes(role)) host.roles.push(role);
  }
  return [...byName.values()];
}

/** Live migration networks as Hyper-V names them; of the cluster's networks, those for the cluster alone. Disjoint: the narrowest wins. */
function networksOf(machines: readonly Machine[]): InventoryNetwork[] {
  const found = new Map<string, { network: string; use: NetworkUse; name: string | null }>();
  const add = (written: string, use: NetworkUse, name: string | null): void => {
    const network = withoutHostBits(written) ?? written;
    const bits = networkBits(network);
    if (bits !== undefined && !found.has(`${bits.start}/${bits.length}`)) found.set(`${bits.start}/${bits.length}`, { network, use, name });
  };
  for (const one of machines) {
    for (const subnet of one.migrationNetworks) add(subnet, 'live-migration', null);
    for (const { Address, Network, Role } of one.clusterNetworks) {
      const prefix = one.addresses.find(({ IPAddress }) => addressBits(IPAddress) !== undefined && addressBits(IPAddress) === addressBits(Address))?.PrefixLength;
      if (prefix !== undefined && isOwn(Address) && /^(Cluster|1)$/.test(Role ?? '')) add(`${Address}/${prefix}`, 'cluster', Network);
    }
  }
  const all = [...found.values()].map((network) => ({ ...network, bits: networkBits(network.network)! }));
  return all.filter(({ bits }) => !all.some((other) => other.bits.length > bits.length && other.bits.start >= bits.start && other.bits.end <= bits.end))
    .map(({ network, use, name }): InventoryNetwork => ({ name, network, use, roles: [] }));
}
