/**
 * The user's inventory from its text. Imports yaml and zod: load it only where a file was given (`await import`).
 */
import { parseCsv } from '../catalog/csv.js';
import { sortFaults, type Fault } from '../catalog/fault.js';
import { nearest } from '../catalog/nearest.js';
import { nearestRole, resolveRole } from '../catalog/roles.js';
import { readSource } from '../catalog/yaml-source.js';
import { addressBits, networkBits } from './address-bits.js';
import { isGathered, readGathered } from './gathered.js';
import { inventoryItems, inventoryKeys, inventorySchema, wrongNetwork } from './inventory-schema.js';
import { makeInventory, networkUses, type Inventory, type InventoryHost, type InventoryNetwork, type NetworkUse } from './inventory.js';

export interface InventoryRead {
  /** Whole and right, or absent: an inventory with a fault is not used in part. */
  readonly inventory: Inventory | undefined;
  readonly faults: readonly Fault[];
}

type MakeFault = (code: string, text: string, nearestWord?: string) => Fault;

interface Placed<T> {
  readonly value: T;
  readonly fault: MakeFault;
}

interface Draft {
  readonly hosts: readonly Placed<InventoryHost>[];
  readonly networks: readonly Placed<InventoryNetwork>[];
  readonly faults: readonly Fault[];
}

/**
 * Reads YAML, JSON, CSV or the JSON of the gathering script, told apart by content: CSV begins with a header line that has the column `address`. A byte-order
 * mark is dropped. `file` is only named in faults.
 */
export function readInventory(text: string, file: string): InventoryRead {
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text;
  if (isGathered(body)) {
    const { data, faults } = readGathered(body, file);
    return { inventory: data === undefined ? undefined : makeInventory(data), faults };
  }
  const draft = isCsv(body) ? fromCsv(body, file) : fromYaml(body, file);
  const faults = sortFaults([...draft.faults, ...repeatedAddresses(draft.hosts), ...overlappingNetworks(draft.networks)]);
  const inventory = faults.length > 0 ? undefined
    : makeInventory({ hosts: draft.hosts.map((host) => host.value), networks: draft.networks.map((network) => network.value) });
  return { inventory, faults };
}

function isCsv(body: string): boolean {
  const head = body.split(/\r?\n/).find((line) => line.trim() !== '' && !line.startsWith('#')) ?? '';
  return /^[\w\s"]+([,;][\w\s"]+)+$/.test(head) && head.toLowerCase().split(/[,;]/).some((column) => column.replaceAll('"', '').trim() === 'address');
}

function fromYaml(body: string, file: string): Draft {
  const source = readSource(body, file, inventorySchema, inventoryKeys, inventoryItems);
  const placed = <T>(value: T, ...path: PropertyKey[]): Placed<T> => ({
    value, fault: (code, text, near) => source.fault(path, code, text, near === undefined ? {} : { nearest: near }),
  });
  // From the data as written, so that faults across entries are told together with those inside them.
  const written = (source.written ?? {}) as { readonly hosts?: unknown; readonly networks?: unknown };
  const faults: Fault[] = [...source.faults];
  const names = new Set<string>();
  const hosts = entries(written.hosts).map(({ index, entry }) => {
    const name = nameOf(entry);
    const item = placed<InventoryHost>({ name, addresses: words(entry['addresses']).filter((word) => addressBits(word) !== undefined), roles: known(entry['roles']) }, 'hosts', index);
    if (name === null && words(entry['addresses']).length === 0) faults.push(item.fault('missing-key', 'a host needs a name or an address'));
    if (name !== null && names.has(name.toLowerCase())) faults.push(item.fault('duplicate-name', `host "${name}" stands twice`));
    if (name !== null) names.add(name.toLowerCase());
    return item;
  });
  const networks = entries(written.networks).flatMap(({ index, entry }) => words(entry['network']).slice(0, 1)
    .filter((network) => networkBits(network) !== undefined)
    .map((network) => placed<InventoryNetwork>({
      name: nameOf(entry), network, roles: known(entry['roles']), use: networkUses.find((use) => use === entry['use']) ?? null,
    }, 'networks', index, 'network')));
  return { hosts, networks, faults };
}

function entries(list: unknown): { readonly index: number; readonly entry: Readonly<Record<string, unknown>> }[] {
  return (Array.isArray(list) ? (list as unknown[]) : []).flatMap((entry, index) =>
    (typeof entry === 'object' && entry !== null ? [{ index, entry: entry as Record<string, unknown> }] : []));
}

function nameOf(entry: Readonly<Record<string, unknown>>): string | null {
  return typeof entry['name'] === 'string' && entry['name'] !== '' ? entry['name'] : null;
}

function words(value: unknown): string[] {
  return (Array.isArray(value) ? (value as unknown[]) : [value]).filter((word) => typeof word === 'string');
}

function known(roles: unknown): string[] {
  return [...new Set(words(roles).flatMap((written) => resolveRole(written) ?? []))];
}

const columns = ['address', 'name', 'roles', 'use'];

/** One address or network a line. A host with several addresses has a line for each, with the same name. */
function fromCsv(body: string, file: string): Draft {
  const [head, ...records] = parseCsv(body);
  const at = (line: number): MakeFault => (code, text, near) =>
    ({ code, severity: 'error', file, line, column: 1, text, ...(near === undefined ? {} : { nearest: near }) });
  const header = head!.values.map((column) => column.toLowerCase());
  const faults: Fault[] = header.filter((column) => !columns.includes(column))
    .map((column) => at(head!.line)('unknown-key', `unknown column "${column}"`, nearest(column, columns)));
  const hosts: Placed<InventoryHost>[] = [];
  const networks: Placed<InventoryNetwork>[] = [];
  for (const { line, values } of records) {
    const fault = at(line);
    const cell = (column: string): string => (header.includes(column) ? values[header.indexOf(column)] ?? '' : '').trim();
    if (values.length > header.length) faults.push(fault('wrong-columns', `${values.length} values under ${header.length} columns: quote a value that has the separator in it`));
    const address = cell('address');
    const name = cell('name') === '' ? null : cell('name');
    const roles = cell('roles').split(/[;|,]/).map((role) => role.trim()).filter((role) => role !== '').flatMap((written) => {
      const role = resolveRole(written);
      if (role === undefined) faults.push(fault('unknown-role', `unknown role "${written}"`, nearestRole(written)));
      return role ?? [];
    });
    if (address.includes('/')) {
      const wrong = wrongNetwork(address);
      if (wrong !== undefined) faults.push(fault('wrong-network', wrong.text, wrong.nearest));
      else networks.push({ value: { name, network: address, roles, use: useOf(cell('use'), fault, faults) }, fault });
    } else if (address === '' && name !== null) {
      hosts.push({ value: { name, addresses: [], roles }, fault });
    } else if (addressBits(address) === undefined) {
      faults.push(fault('wrong-address', address === '' ? 'neither address nor name' : `"${address}" is no IP address`));
    } else {
      hosts.push({ value: { name, addresses: [address], roles }, fault });
    }
  }
  return { hosts, networks, faults };
}

function useOf(written: string, fault: MakeFault, faults: Fault[]): NetworkUse | null {
  if (written === '') return null;
  const use = networkUses.find((known) => known === written.toLowerCase());
  if (use === undefined) faults.push(fault('wrong-value', `"use" must be one of ${networkUses.join(', ')}`, nearest(written, networkUses)));
  return use ?? null;
}

function repeatedAddresses(hosts: readonly Placed<InventoryHost>[]): Fault[] {
  const owners = new Map<string, string>();
  return hosts.flatMap(({ value, fault }) => value.addresses.flatMap((address) => {
    const bits = addressBits(address)!;
    const owner = owners.get(bits);
    owners.set(bits, owner ?? value.name ?? address);
    return owner === undefined ? [] : [fault('duplicate-address', `${address} is already an address of ${owner}`)];
  }));
}

/** CIDR networks are nested or apart: sorted by their first address, each one can only lie in the widest before it. */
function overlappingNetworks(networks: readonly Placed<InventoryNetwork>[]): Fault[] {
  const sorted = networks.map((placed) => ({ placed, bits: networkBits(placed.value.network)! }))
    .sort((a, b) => (a.bits.start < b.bits.start ? -1 : a.bits.start > b.bits.start ? 1 : a.bits.length - b.bits.length));
  const faults: Fault[] = [];
  let widest: (typeof sorted)[number] | undefined;
  for (const item of sorted) {
    if (widest !== undefined && item.bits.start <= widest.bits.end) {
      faults.push(item.placed.fault('overlapping-networks', `${item.placed.value.network} lies in ${widest.placed.value.network}, which is listed too`));
    } else {
      widest = item;
    }
  }
  return faults;
}
