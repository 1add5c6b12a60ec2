/** Names that contradict IANA's registry or the vendor that owns a port: LDAPS on 686. */
import type { Fault } from './fault.js';
import { ianaPorts, ianaService } from './iana.js';
import type { Loaded } from './load.js';
import { compatible, ownerOfPort, protocolTitle, usualPorts } from './protocols.js';
import { unspecified } from './protocol-vocabulary.js';
import type { Entry, Row, Transport } from './types.js';

/** System ports (RFC 6335): above them, services are moved on purpose. */
const SYSTEM_PORTS = 1024;

/** A mistake that the row's own errata state is the document's, known, and no fault of the file. Ranges name nothing. */
export function registryFaults(row: Row, path: readonly PropertyKey[], fault: Loaded['fault']): Fault[] {
  if (row.errata.length > 0) return [];
  return row.entries.flatMap((entry, index) => {
    const [from, to] = entry.ports[0]!;
    if (entry.protocol === unspecified || entry.ports.length > 1 || from !== to) return [];
    const text = contradiction(entry, from);
    return text === undefined ? [] : [fault([...path, 'entries', index], 'contradicts-iana', text, { severity: 'warning' })];
  });
}

function contradiction(entry: Entry, port: number): string | undefined {
  const transports: readonly Transport[] = entry.transport === 'tcp+udp' ? ['tcp', 'udp'] : [entry.transport];
  const owner = transports.map((transport) => ownerOfPort(transport, port)).find((word) => word !== undefined);
  if (owner !== undefined && excludes(entry.protocol, owner.id)) return `port ${port} belongs to ${owner.title}, not to ${protocolTitle(entry.protocol)}`;
  if (owner !== undefined || port >= SYSTEM_PORTS) return undefined;

  const own = [...new Set([...usualPorts(entry.protocol), ...ianaPorts(entry.protocol)])].sort((a, b) => a - b);
  if (own.includes(port)) return undefined;
  const registered = transports.map((transport) => ianaService(transport, port)).find((service) => service !== undefined);
  if (registered !== undefined && registered.protocol !== unspecified) {
    return excludes(entry.protocol, registered.protocol) ? `${protocolTitle(entry.protocol)} on ${port}: IANA has ${registered.name} there${elsewhere(own)}` : undefined;
  }
  if (own.length === 0) return undefined;
  return `${protocolTitle(entry.protocol)} on ${port}: ${registered === undefined ? 'IANA has nothing there' : `IANA has ${registered.name} there (${registered.description})`}${elsewhere(own)}`;
}

/** Neither word covers the other. */
function excludes(a: string, b: string): boolean {
  return compatible(a, b) === 'conflicts' && compatible(b, a) === 'conflicts';
}

function elsewhere(ports: readonly number[]): string {
  return ports.length === 0 ? '' : `, and this protocol on ${ports.slice(0, 6).join(', ')}`;
}
