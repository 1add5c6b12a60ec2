/** Two rows that mean the same connection, held against each other: what differs, and whether both can be right. */
import { compatible, registeredPorts } from './protocols.js';
import { impliedRoles } from './roles.js';
import type { Entry, PortRange, Row } from './types.js';

export interface Difference {
  readonly field: 'ports' | 'protocol' | 'transport' | 'ends' | 'source' | 'target' | 'direction' | 'condition' | 'configurable';
  readonly a: string;
  readonly b: string;
  /** True: not both can be right. */
  readonly contradiction: boolean;
}

/** How two rows lie to each other. */
export interface Kinship {
  /** The higher, the likelier they mean the same connection; 0: they do not. */
  readonly score: number;
  /** The ends are told the other way round. */
  readonly reversed: boolean;
}

const stranger: Kinship = { score: 0, reversed: false };

/** Symmetric in `a` and `b`. Rows are akin when they share a port and their ends may be the same, or both ends and the protocol. */
export function kinship(a: Row, b: Row): Kinship {
  const source = sameRoles(a.source, b.source);
  const target = sameRoles(a.target, b.target);
  const back = Math.min(sameRoles(a.source, b.target), sameRoles(a.target, b.source));
  const forward = Math.min(source, target);
  const reversed = back === 2 && forward < 2;
  const fit = reversed ? 2 : forward;
  const shared = sharedPorts(a, b);
  const protocols = sameProtocols(a, b);
  if (fit === 0 || (shared === 0 && !(fit === 2 && protocols && !reversed))) return stranger;
  const sameBoth = a.entries.length === 0 && b.entries.length === 0;
  const exact = Number(equalLists(a.source, b.source)) + Number(equalLists(a.target, b.target));
  const sameWay = a.direction === b.direction ? 1 : 0;
  return { score: 4 * (sameBoth ? 1 : shared) + (reversed ? 0 : source + target) + exact + sameWay + Number(protocols) + Number(a.id === b.id), reversed };
}

export function differences(a: Row, b: Row, reversed: boolean): readonly Difference[] {
  const found: Difference[] = [];
  const add = (field: Difference['field'], left: string, right: string, contradiction = false): void => {
    if (left !== right) found.push({ field, a: left, b: right, contradiction });
  };
  const ports = [portsOf(a), portsOf(b)] as const;
  add('ports', ports[0], ports[1], ports[0] !== ports[1] && sharedPorts(a, b) === 0 && movedWithoutReason(a, b));
  const conflict = conflictingProtocols(a, b);
  const words = [protocolsOf(a), protocolsOf(b)] as const;
  if (conflict !== undefined) add('protocol', conflict[0], conflict[1], true);
  else if (ports[0] === ports[1]) add('protocol', words[0], words[1]);
  const transports = [transportsOf(a), transportsOf(b)] as const;
  if (transports[0] !== '' && transports[1] !== '') add('transport', transports[0], transports[1]);
  if (reversed) add('ends', ends(a), ends(b), true);
  else {
    add('source', a.source.join(', '), b.source.join(', '));
    add('target', a.target.join(', '), b.target.join(', '));
  }
  add('direction', ruleText(a), ruleText(b));
  add('condition', a.condition ?? '', b.condition ?? '');
  add('configurable', a.configurable ?? '', b.configurable ?? '');
  return found;
}

/** 2: somebody plays both; 1: one of the rows does not say; 0: different machines. */
function sameRoles(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return a.length === b.length ? 2 : 1;
  const plays = (list: readonly string[], wanted: string): boolean => list.some((role) => impliedRoles(role).includes(wanted));
  return a.some((role) => plays(b, role)) || b.some((role) => plays(a, role)) ? 2 : 0;
}

/** Ports that both name, as a share of all that either names. */
function sharedPorts(a: Row, b: Row): number {
  const left = merged(a);
  const right = merged(b);
  const size = (list: readonly PortRange[]): number => list.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  let both = 0;
  for (const [from, to] of left) for (const range of right) both += Math.max(0, Math.min(to, range[1]) - Math.max(from, range[0]) + 1);
  return both === 0 ? 0 : both / (size(left) + size(right) - both);
}

function merged(row: Row): PortRange[] {
  const sorted = row.entries.flatMap((entry) => entry.ports).sort((x, y) => x[0] - y[0]);
  const list: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = list.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else list.push([from, to]);
  }
  return list;
}

/** Protocols that speak of the same thing, whichever document is asked. */
function sameProtocols(a: Row, b: Row): boolean {
  if (a.entries.length === 0 || b.entries.length === 0) return a.entries.length === b.entries.length;
  return a.entries.some((x) => b.entries.some((y) => x.protocol !== 'unspecified' && (compatible(x.protocol, y.protocol) === 'agrees' || compatible(y.protocol, x.protocol) === 'agrees')));
}

function conflictingProtocols(a: Row, b: Row): readonly [string, string] | undefined {
  const clash = (x: Entry, y: Entry): boolean => compatible(x.protocol, y.protocol) === 'conflicts' && compatible(y.protocol, x.protocol) === 'conflicts';
  const common = (x: Entry, y: Entry): boolean => x.ports.some(([from, to]) => y.ports.some((range) => from <= range[1] && range[0] <= to));
  for (const x of a.entries) {
    const rivals = b.entries.filter((y) => common(x, y));
    if (rivals.length > 0 && rivals.every((y) => clash(x, y))) return [`${x.protocol} on ${rangesText(x.ports)}`, `${rivals.map((y) => y.protocol).join(', ')} on ${rangesText(rivals[0]!.ports)}`];
  }
  return undefined;
}

/** One protocol on ports that have nothing in common, and one of the two is not where it belongs. */
function movedWithoutReason(a: Row, b: Row): boolean {
  return a.entries.some((x) => b.entries.some((y) => {
    const registered = registeredPorts(x.protocol);
    const belongs = (entry: Entry): boolean => entry.ports.every(([from]) => registered.includes(from));
    return x.protocol === y.protocol && registered.length > 0 && belongs(x) !== belongs(y);
  }));
}

function portsOf(row: Row): string {
  return rangesText(merged(row));
}

export function rangesText(ports: readonly PortRange[]): string {
  return ports.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(', ');
}

function protocolsOf(row: Row): string {
  return [...new Set(row.entries.map((entry) => entry.protocol))].sort().join(', ');
}

function transportsOf(row: Row): string {
  return row.entries.every((entry) => entry.transportStated) ? [...new Set(row.entries.map((entry) => entry.transport))].sort().join(', ') : '';
}

/** Where the document wants the rule: inbound on the host and outbound on the server may be one connection. */
function ruleText({ direction, ruleOn }: Row): string {
  return direction === null ? '' : `${direction}${ruleOn.length === 0 ? '' : ` on ${ruleOn.join(', ')}`}`;
}

function ends(row: Row): string {
  return `${row.source.join(' | ')} -> ${row.target.join(' | ')}`;
}

function equalLists(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((role, index) => role === b[index]);
}
