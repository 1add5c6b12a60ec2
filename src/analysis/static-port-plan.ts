/**
 * Which of the interfaces seen can be pinned to one port, and how; and whether a pin that somebody set took effect. A setting that
 * is documented is not yet one that works: what the endpoint mapper answers afterwards decides.
 */
import type { StaticPortRecipe } from '../catalog/types.js';
import type { RpcEvidence } from '../evidence/evidence.js';
import type { FrameReference, Time } from '../flow/flow.js';
import { DYNAMIC_RANGE } from '../rpc/dynamic-port-table.js';
import { transportOfProtocol } from '../rpc/transport-of-protocol.js';
import type { Knowledge } from './knowledge.js';
import { compareText, secondsOf } from './moments.js';
import type { InterfaceName, PinEffect, StaticPortReport } from './report-model.js';

/** `--pinned ntds=50000`. */
export interface PinnedPort {
  /** Id of a {@link StaticPortRecipe}. */
  readonly service: string;
  readonly port: number;
}

const MAX_SERVERS = 256;

/** A port of an interface, once for each time that it was named or bound. */
interface Sighting {
  readonly uuid: string;
  readonly version: string;
  readonly port: number;
  readonly time: Time;
  readonly frame: FrameReference;
}

export interface PlanParts {
  readonly rpc: Pick<RpcEvidence, 'mappings' | 'binds'>;
  readonly recipes: readonly StaticPortRecipe[];
  readonly knowledge: Knowledge;
  readonly plays: (address: string, role: string) => boolean;
  readonly pinned: readonly PinnedPort[];
}

/** One row for each server and service with an interface that was seen on a port of its own; by server, then in the order of recipes. */
export function staticPortPlan({ rpc, recipes, knowledge, plays, pinned }: PlanParts): StaticPortReport[] {
  const servers = sightingsByServer(rpc);
  const rows: StaticPortReport[] = [];
  for (const [server, sightings] of [...servers].sort(([one], [other]) => compareText(one, other)).slice(0, MAX_SERVERS)) {
    const planned = new Set<string>();
    for (const recipe of recipes) {
      const own = sightings.filter(({ uuid }) => recipe.uuids.includes(uuid));
      const isProved = own.some(({ uuid }) => recipe.provedBy.includes(uuid)) || (recipe.role !== null && plays(server, recipe.role));
      if (own.length === 0 || !isProved) continue;
      for (const { uuid } of own) planned.add(uuid);
      rows.push(pinnable(server, recipe, own, knowledge, pinned.find(({ service }) => service === recipe.id)?.port));
    }
    const rest = sightings.filter(({ uuid, port }) => !planned.has(uuid) && port >= DYNAMIC_RANGE.first);
    if (rest.length > 0) rows.push(unpinnable(server, rest, knowledge));
  }
  for (const { service, port } of pinned) {
    const recipe = recipes.find(({ id }) => id === service);
    if (recipe !== undefined && !rows.some((row) => row.service === service)) rows.push(notSeen(recipe, port));
  }
  return rows;
}

function sightingsByServer({ mappings, binds }: PlanParts['rpc']): Map<string, Sighting[]> {
  const servers = new Map<string, Sighting[]>();
  const add = (server: string, sighting: Sighting): void => {
    const list = servers.get(server);
    if (list === undefined) servers.set(server, [sighting]);
    else list.push(sighting);
  };
  for (const { server, interface: id, protocol, port, time, frame } of mappings) {
    if (id !== null && port >= 1024 && transportOfProtocol(protocol) === 'tcp') add(server, { ...id, port, time, frame });
  }
  for (const { server, interface: id, result, pipe, port, transport, time, frame } of binds) {
    if (result === 0 && pipe === null && transport === 'tcp' && port >= 1024) add(server, { ...id, port, time, frame });
  }
  return servers;
}

function pinnable(server: string, recipe: StaticPortRecipe, own: readonly Sighting[], knowledge: Knowledge, wanted: number | undefined): StaticPortReport {
  const ports = portsOf(own);
  const port = wanted ?? recipe.example;
  return {
    server, service: recipe.id, title: recipe.title, interfaces: interfacesOf(own, knowledge), ports, port,
    commands: recipe.commands.map((command) => command.replaceAll('{port}', String(port)).replaceAll('{server}', server)), anyOf: recipe.anyOf, restart: recipe.restart,
    firewall: recipe.keepsDynamic
      ? `TCP 135 and TCP ${port} to this server; the mapper goes on naming a dynamic port beside it, which clients may try: it need not be open`
      : `TCP 135 and TCP ${port} to this server, no longer the dynamic range for this service`,
    note: recipe.note, source: recipe.source, ...(wanted === undefined ? without(own) : effectOf(own, wanted, recipe)),
  };
}

/** Nobody said what was meant: a port outside the dynamic range was chosen by somebody. */
function without(own: readonly Sighting[]): { readonly effect: PinEffect; readonly evidence: string } {
  const outside = own.find(({ port }) => port < DYNAMIC_RANGE.first);
  return outside === undefined ? { effect: 'dynamic', evidence: `${portText(own[0]!)}, of the dynamic range` } : { effect: 'outside-range', evidence: `${portText(outside)}, below the dynamic range: pinned, or the range is another` };
}

function effectOf(own: readonly Sighting[], wanted: number, { keepsDynamic }: StaticPortRecipe): { readonly effect: PinEffect; readonly evidence: string } {
  const order = [...own].sort((one, other) => secondsOf(one.time) - secondsOf(other.time) || one.frame.capture - other.frame.capture || one.frame.frame - other.frame.frame);
  const hit = order.find(({ port }) => port === wanted);
  if (hit === undefined) return { effect: 'not-in-effect', evidence: `${portText(order.at(-1)!)}, never ${wanted}` };
  const before = order.find(({ port, time }) => port !== wanted && secondsOf(time) < secondsOf(hit.time));
  const after = order.find(({ port, time }) => port !== wanted && secondsOf(time) >= secondsOf(hit.time));
  const beside = after === undefined ? '' : keepsDynamic ? `; also ${portText(after)}, as is to be expected` : `; but still ${portText(after)}`;
  return { effect: after !== undefined && !keepsDynamic ? 'partly' : 'took-effect', evidence: `${portText(hit)}${before === undefined ? '' : `, before that ${portText(before)}`}${beside}` };
}

function unpinnable(server: string, rest: readonly Sighting[], knowledge: Knowledge): StaticPortReport {
  return {
    server, service: 'rpc-range', title: 'everything else', interfaces: interfacesOf(rest, knowledge), ports: portsOf(rest), port: null,
    commands: [
      'reg add "HKLM\\SOFTWARE\\Microsoft\\Rpc\\Internet" /v Ports /t REG_MULTI_SZ /d 50100-50355 /f',
      'reg add "HKLM\\SOFTWARE\\Microsoft\\Rpc\\Internet" /v PortsInternetAvailable /t REG_SZ /d Y /f',
      'reg add "HKLM\\SOFTWARE\\Microsoft\\Rpc\\Internet" /v UseInternetPorts /t REG_SZ /d Y /f',
    ],
    anyOf: false, restart: 'the server', firewall: 'TCP 135 and TCP 50100-50355 to this server',
    note: 'no setting for these alone is known; the range of all RPC servers of the machine can be narrowed, to 100 ports at the least. One wrong entry makes all of it void',
    source: 'Microsoft, How to configure RPC dynamic port allocation to work with firewalls (KB 154596)', effect: 'dynamic', evidence: `${portText(rest[0]!)}, of the dynamic range`,
  };
}

function notSeen(recipe: StaticPortRecipe, port: number): StaticPortReport {
  return {
    server: null, service: recipe.id, title: recipe.title, interfaces: [], ports: [], port, commands: [], anyOf: recipe.anyOf, restart: recipe.restart, firewall: `TCP 135 and TCP ${port} to the server`,
    note: recipe.note, source: recipe.source, effect: 'not-seen', evidence: 'nobody asked for it or bound to it in these captures',
  };
}

function portsOf(sightings: readonly Sighting[]): number[] {
  return [...new Set(sightings.map(({ port }) => port))].sort((one, other) => one - other);
}

function interfacesOf(sightings: readonly Sighting[], knowledge: Knowledge): InterfaceName[] {
  const byKey = new Map(sightings.map(({ uuid, version }) => [`${uuid} ${version}`, { uuid, version }]));
  return [...byKey].sort(([one], [other]) => compareText(one, other)).map(([, id]) => knowledge.interfaceName(id));
}

function portText({ port, frame }: Sighting): string {
  return `TCP ${port} (#${frame.frame})`;
}
