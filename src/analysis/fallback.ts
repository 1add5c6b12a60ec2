/**
 * Other ways that clients try at the same time: SMB over 139 beside 445, IPv4 beside IPv6, TLS beside clear WinRM. Where one of
 * them worked, the failure of the other cost nobody anything.
 */
import type { Conversation, MappingEvidence } from '../evidence/evidence.js';
import type { CaseFile } from './case-file.js';
import { describeInterface } from './knowledge.js';

const twins: ReadonlyMap<number, readonly number[]> = new Map([[139, [445]], [445, [139]]]);

/** What did the job instead; null: nothing seen. */
export function fallbackOf({ client, server, transport, serverPort: port }: Conversation, mapping: MappingEvidence | null, file: CaseFile): string | null {
  const id = mapping?.interface ?? null;
  if (id !== null) {
    const bind = file.evidence.rpc.binds.find((one) => one.client === client && one.server === server && one.result === 0 && one.interface.uuid === id.uuid && (one.pipe !== null || one.port !== port));
    if (bind !== undefined) return bind.pipe === null ? `${describeInterface(file.knowledge, id)} is reached on TCP ${bind.port} (#${bind.frame.frame})` : `${describeInterface(file.knowledge, id)} is reached over its named pipe, TCP 445 (#${bind.frame.frame})`;
  }
  const reached = file.reachability.otherPorts(client, server, transport, port).filter((one) => !one.refused);
  const twin = reached.find((one) => one.transport === transport && twins.get(port)?.includes(one.port));
  if (twin !== undefined) return `TCP ${twin.port} of the same server works (#${twin.frame.frame})`;
  if (transport === 'udp') {
    const overTcp = reached.find((one) => one.transport === 'tcp' && one.port === port);
    if (overTcp !== undefined) return `the same over TCP works (#${overTcp.frame.frame})`;
  }
  for (const other of file.otherAddresses(server)) {
    if (other.includes(':') === server.includes(':')) continue;
    const found = file.reachability.anyClient(other, transport, port);
    if (found !== undefined && sameMachine(found.client, client, file)) return `the ${other.includes(':') ? 'IPv6' : 'IPv4'} address ${other} answers (#${found.frame.frame})`;
  }
  return null;
}

function sameMachine(a: string, b: string, file: CaseFile): boolean {
  return a === b || file.otherAddresses(a).includes(b);
}
