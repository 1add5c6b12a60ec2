/**
 * Principal names of Kerberos (RFC 4120 5.2.2): SEQUENCE { [0] name-type, [1] SEQUENCE OF GeneralString }. A service's name,
 * `cifs/host.domain`, says which service was meant and what the host is called.
 */
import type { PacketPosition } from '../../flow/inspection.js';
import { BerCursor } from '../ber.js';
import { copyPosition } from '../byte-queue.js';
import type { AnalysisContext } from '../recogniser.js';
import { utf8Text, withoutZeros } from '../wire-text.js';

const SEQUENCE = 0x30;
const NAME_STRINGS = 0xa1;
const PARTS_MAXIMUM = 4;

const AP_REQUEST_TICKET = 0xa3;
const TICKET = 0x61;
const TICKET_SERVICE = 0xa2;

/** Moves over one name or ticket at a time: one for all. */
const cursor = new BerCursor();

/** The name in the PrincipalName between `start` and `limit` (its SEQUENCE included), parts joined with `/`. */
export function principalName(bytes: Uint8Array, start: number, limit: number): string {
  if (!cursor.read(bytes, start, limit) || cursor.tag !== SEQUENCE || !cursor.find(NAME_STRINGS)) return '';
  if (!cursor.read(bytes, cursor.start, cursor.limit)) return '';
  let name = '';
  const end = cursor.limit;
  for (let at = cursor.start, part = 0; at < end && part < PARTS_MAXIMUM && cursor.read(bytes, at, end); part++) {
    name += (part === 0 ? '' : '/') + withoutZeros(utf8Text(bytes, cursor.start, cursor.limit));
    at = cursor.limit;
  }
  return name;
}

/** Tells, and answers, the service for which the ticket of the AP-REQ at `start` was made; '' when it is not there. A ticket cut by its end is read as far as it goes. */
export function tellKerberosService(
  context: AnalysisContext, bytes: Uint8Array, start: number, limit: number, at: PacketPosition,
): string {
  if (!cursor.header(bytes, start, limit) || !cursor.header(bytes, cursor.start, cursor.limit) || cursor.tag !== SEQUENCE) return '';
  if (!findCut(AP_REQUEST_TICKET) || !findCut(TICKET) || !findCut(SEQUENCE)) return '';
  if (!findCut(TICKET_SERVICE)) return '';
  const service = principalName(bytes, cursor.start, cursor.limit);
  if (service === '') return '';
  context.fact('service', service);
  const said = copyPosition(at);
  context.events.ticketUse?.({ transport: context.transport, client: context.client, server: context.server, service, user: '', kind: 'presented', result: 'granted', at: said });
  const host = serviceHost(service);
  if (host !== '') context.events.hostName({ address: context.server.address, name: host, from: 'kerberos', at: said });
  return service;
}

/** The host of `class/host[:port][/name]`; '' where the name has none. */
export function serviceHost(service: string): string {
  const slash = service.indexOf('/');
  if (slash < 0) return '';
  const next = service.indexOf('/', slash + 1);
  const end = next < 0 ? service.length : next;
  const colon = service.indexOf(':', slash + 1);
  return service.slice(slash + 1, colon < 0 ? end : Math.min(colon, end));
}

function findCut(tag: number): boolean {
  const { bytes, limit } = cursor;
  for (let at = cursor.start; at < limit;) {
    if (!cursor.header(bytes, at, limit)) return false;
    if (cursor.tag === tag) return true;
    at = cursor.start + cursor.length;
  }
  return false;
}
