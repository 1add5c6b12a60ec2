/**
 * Other ways that clients try at the same time: SMB over 139 beside 445, IPv4 beside IPv6, TLS beside clear WinRM. Where one of
 * them worked, the failure of the other cost nobody anything.
 */
import type { CaptureEvidence, Conversation, MappingEvidence } from '../evidence/evidence.js';
import type { Time } from '../flow/flow.js';
import type { CaseFile } from './case-file.js';
import { describeInterface } from './knowledge.js';
import { hasTime, secondsBetween } from './moments.js';
import type { Reached } from './reachability.js';

const twins: ReadonlyMap<number, readonly number[]> = new Map([[139, [445]], [445, [139]]]);

/** What did the job instead; null: nothing seen. */
export function fallbackOf({ client, server, transport, serverPort: port, frames }: Conversation, mapping: MappingEvidence | null, capture: number | undefined, file: CaseFile): string | null {
  const id = mapping?.interface ?? null;
  const here = file.evidence.captures[capture ?? frames[0]?.capture ?? 0];
  if (id !== null) {
    const bind = file.evidence.rpc.binds.find((one) => isDuring(here, one.frame.capture, one.time, one.time, file) && one.client === client && one.server === server && one.result === 0 && one.interface.uuid === id.uuid && (one.pipe !== null || one.port !== port));
    if (bind !== undefined) return bind.pipe === null ? `${describeInterface(file.knowledge, id)} is reached on TCP ${bind.port} (${file.at(bind.frame)})` : `${describeInterface(file.knowledge, id)} is reached over its named pipe, TCP 445 (${file.at(bind.frame)})`;
  }
  const isHere = (one: Reached): boolean => isDuring(here, one.frame.capture, one.start, one.end, file);
  const reached = file.reachability.otherPorts(client, server, transport, port).filter((one) => !one.refused && isHere(one));
  const twin = reached.find((one) => one.transport === transport && twins.get(port)?.includes(one.port));
  if (twin !== undefined) return `TCP ${twin.port} of the same server works (${file.at(twin.frame)})`;
  if (transport === 'udp') {
    const overTcp = reached.find((one) => one.transport === 'tcp' && one.port === port);
    if (overTcp !== undefined) return `the same over TCP works (${file.at(overTcp.frame)})`;
  }
  for (const other of file.otherAddresses(server)) {
    if (other.includes(':') === server.includes(':')) continue;
    const found = file.reachability.anyClient(other, transport, port);
    if (found !== undefined && isHere(found) && sameMachine(found.client, client, file)) return `the ${other.includes(':') ? 'IPv6' : 'IPv4'} address ${other} answers (${file.at(found.frame)})`;
  }
  return null;
}

/** What worked while another capture ran says nothing about this failure: captures of one run may be days apart. */
function isDuring(here: CaptureEvidence | undefined, capture: number, start: Time, end: Time, { evidence }: CaseFile): boolean {
  if (here === undefined || evidence.captures[capture] === here) return true;
  if (!hasTime(here.start) || !hasTime(here.end) || !hasTime(start) || !hasTime(end)) return false;
  return secondsBetween(start, here.end) >= 0 && secondsBetween(here.start, end) >= 0;
}

function sameMachine(a: string, b: string, file: CaseFile): boolean {
  return a === b || file.otherAddresses(a).includes(b);
}
