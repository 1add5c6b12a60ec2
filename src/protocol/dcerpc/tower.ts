/**
 * A protocol tower: the endpoint mapper's form of an address (C706 appendix L; protocol ids in appendix I, with the corrections of
 * [MS-RPCE] 2.1 and [MS-RPCH] 2.1). Lengths and versions are little-endian whatever the call's label; ports and IPv4 addresses
 * are big-endian. Nothing in it is aligned.
 */
import type { InterfaceId } from '../events.js';
import { knownIpv4Text } from '../known-addresses.js';
import { readUint16, readUint32, readUuid } from './data-representation.js';

export interface Tower {
  readonly interface: InterfaceId;
  /** As protocol sequences are written; '' for a combination without a name. */
  readonly protocol: string;
  /** 0 for a pipe or local endpoint. */
  readonly port: number;
  /** Address or host; `\\HOST\PIPE\name` for a pipe, the endpoint's name for a local one. */
  readonly announced: string;
}

/** Protocol ids of floors. */
const FloorId = {
  nsp: 0x04, tcp: 0x07, udp: 0x08, ip: 0x09, connectionless: 0x0a, connection: 0x0b, local: 0x0c, uuid: 0x0d,
  pipe: 0x0f, localName: 0x10, netbios: 0x11, netbiosTcp: 0x12, spx: 0x13, ipx: 0x14, http: 0x1f, unixSocket: 0x20,
} as const;

/** Keys are the id of floor 3 and floor 4. */
const PROTOCOL_SEQUENCES = new Map([
  [key(FloorId.connection, FloorId.tcp), 'ncacn_ip_tcp'],
  [key(FloorId.connection, FloorId.pipe), 'ncacn_np'],
  // C706 gives a pipe 0x10; [MS-RPCE] 2.1.1.2 mandates 0x0f.
  [key(FloorId.connection, FloorId.localName), 'ncacn_np'],
  [key(FloorId.connection, FloorId.http), 'ncacn_http'],
  [key(FloorId.connection, FloorId.netbiosTcp), 'ncacn_nb_tcp'],
  [key(FloorId.connection, FloorId.spx), 'ncacn_spx'],
  [key(FloorId.connection, FloorId.nsp), 'ncacn_dnet_nsp'],
  [key(FloorId.connection, FloorId.unixSocket), 'ncacn_unix_stream'],
  [key(FloorId.connectionless, FloorId.udp), 'ncadg_ip_udp'],
  [key(FloorId.connectionless, FloorId.ipx), 'ncadg_ipx'],
]);

const FLOORS_MAXIMUM = 16;
/** Id, UUID and major version. */
const INTERFACE_LHS_LENGTH = 19;
const TEXT_MAXIMUM = 256;

/** The tower in `bytes[start, limit)`; undefined when it is none. */
export function readTower(bytes: Uint8Array, start: number, limit: number): Tower | undefined {
  if (limit - start < 2) return undefined;
  const count = readUint16(bytes, start, true);
  if (count === 0 || count > FLOORS_MAXIMUM) return undefined;
  let at = start + 2;
  let id: InterfaceId | undefined;
  let rpc = 0;
  let transport = 0;
  let port = 0;
  let endpoint = '';
  let host = '';
  for (let floor = 1; floor <= count; floor++) {
    if (limit - at < 2) return undefined;
    const left = at + 2;
    const leftLength = readUint16(bytes, at, true);
    if (limit - left < leftLength + 2) return undefined;
    const rightLength = readUint16(bytes, left + leftLength, true);
    const right = left + leftLength + 2;
    const rightLimit = right + rightLength;
    if (rightLimit > limit) return undefined;
    at = rightLimit;
    const protocol = leftLength === 0 ? -1 : bytes[left]!;
    if (floor === 1) {
      if (protocol !== FloorId.uuid || leftLength !== INTERFACE_LHS_LENGTH || rightLength < 2) return undefined;
      const version = `${readUint16(bytes, left + 17, true)}.${readUint16(bytes, right, true)}`;
      id = { uuid: readUuid(bytes, left + 1, true), version };
    } else if (floor === 3) {
      rpc = protocol;
    } else if (floor > 3 && rightLength > 0) {
      if (protocol === FloorId.tcp || protocol === FloorId.udp || protocol === FloorId.http) {
        if (rightLength === 2) port = readUint16(bytes, right, false);
      } else if (protocol === FloorId.ip || (transport === FloorId.http && rightLength === 4)) {
        // Exchange Server 2003 announces its address behind an HTTP floor under another id (0x20).
        host = ipText(bytes, right, rightLength);
      } else if (protocol === FloorId.netbios) {
        host = text(bytes, right, rightLimit);
      } else {
        endpoint = text(bytes, right, rightLimit);
      }
    }
    if (floor === 4) transport = protocol;
  }
  const protocol = rpc === FloorId.local ? 'ncalrpc' : PROTOCOL_SEQUENCES.get(key(rpc, transport)) ?? '';
  return id && { interface: id, protocol, port, announced: host + endpoint };
}

function key(rpc: number, transport: number): number {
  return rpc * 256 + transport;
}

function ipText(bytes: Uint8Array, at: number, length: number): string {
  return length === 4 ? knownIpv4Text(readUint32(bytes, at, false)) : '';
}

/** ASCII up to its zero. */
function text(bytes: Uint8Array, start: number, limit: number): string {
  let value = '';
  for (let at = start; at < limit && bytes[at] !== 0 && value.length < TEXT_MAXIMUM; at++) value += String.fromCharCode(bytes[at]!);
  return value;
}
