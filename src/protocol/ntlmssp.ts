/**
 * NTLMSSP messages ([MS-NLMP] 2.2.1): signature `NTLMSSP\0`, type u32, then fields of length u16, space u16, offset u32, all
 * little-endian, counted from the signature. The challenge names the server, the authenticate message the user.
 */
import type { PacketPosition } from '../flow/inspection.js';
import { copyPosition } from './byte-queue.js';
import type { AnalysisContext } from './recogniser.js';
import { latinText, utf16Text, withoutZeros } from './wire-text.js';
import { uint16Le, uint32Le } from './wire-integer.js';

const TYPE = 8;
const CHALLENGE = 2;
const AUTHENTICATE = 3;
const CHALLENGE_TARGET_INFO = 40;
const CHALLENGE_MINIMUM = 48;
const AUTHENTICATE_RESPONSE = 20;
const AUTHENTICATE_DOMAIN = 28;
const AUTHENTICATE_USER = 36;
const AUTHENTICATE_WORKSTATION = 44;
const AUTHENTICATE_FLAGS = 60;
const AUTHENTICATE_MINIMUM = 52;
const NEGOTIATE_UNICODE = 1;

const AV_NETBIOS_COMPUTER = 1;
const AV_DNS_COMPUTER = 3;
const AV_TARGET = 9;
/** Where they are in an NTLMv2 response (2.2.2.7, 2.2.2.8): 16 bytes of proof, then versions, time and challenge of the client. */
const RESPONSE_PAIRS = 16 + 28;
const AV_PAIRS_MAXIMUM = 16;

export interface NtlmMessage {
  /** 1 negotiate, 2 challenge, 3 authenticate. */
  readonly type: number;
  /** Of the challenge: DNS name of the server, or its NetBIOS name; ''. */
  readonly server: string;
  /** Of the authenticate message, `DOMAIN\user`; '' for an anonymous logon. */
  readonly user: string;
  readonly workstation: string;
  /** Of the authenticate message: for which service it is meant, as the client named it (`cifs/host`); '' where it does not say. */
  readonly service: string;
}

/** The message whose signature is at `start`; undefined when it is none or is cut. */
export function readNtlm(bytes: Uint8Array, start: number, limit: number): NtlmMessage | undefined {
  if (limit - start < TYPE + 4) return undefined;
  const type = uint32Le(bytes, start + TYPE);
  if (type === CHALLENGE) {
    const server = limit - start < CHALLENGE_MINIMUM ? '' : computerName(bytes, start, limit);
    return { type, server, user: '', workstation: '', service: '' };
  }
  if (type !== AUTHENTICATE) return type === 1 ? { type, server: '', user: '', workstation: '', service: '' } : undefined;
  if (limit - start < AUTHENTICATE_MINIMUM) return undefined;
  const wide = limit - start < AUTHENTICATE_FLAGS + 4 || (uint32Le(bytes, start + AUTHENTICATE_FLAGS) & NEGOTIATE_UNICODE) !== 0;
  const domain = field(bytes, start, limit, AUTHENTICATE_DOMAIN, wide);
  const user = field(bytes, start, limit, AUTHENTICATE_USER, wide);
  return {
    type,
    server: '',
    user: user === '' ? '' : domain === '' ? user : `${domain}\\${user}`,
    workstation: field(bytes, start, limit, AUTHENTICATE_WORKSTATION, wide),
    service: target(bytes, start, limit),
  };
}

/** Facts and names of one message, as every protocol that carries NTLM tells them. Answers what was read. The service may be an address: it names no host. */
export function tellNtlm(
  context: AnalysisContext, bytes: Uint8Array, start: number, limit: number, at: PacketPosition,
): NtlmMessage | undefined {
  const message = readNtlm(bytes, start, limit);
  if (message === undefined) return undefined;
  context.fact('authentication', 'ntlm');
  if (message.server !== '') {
    const said = copyPosition(at);
    context.events.hostName({ address: context.server.address, name: message.server, from: 'ntlm', at: said });
    context.events.hostStatement({ address: context.server.address, from: 'ntlm', addresses: [], name: message.server, at: said });
  }
  if (message.workstation !== '') context.events.hostName({ address: context.client.address, name: message.workstation, from: 'ntlm', at: copyPosition(at) });
  if (message.service !== '') context.fact('service', message.service);
  if (message.type === AUTHENTICATE) context.fact('user', message.user === '' ? 'anonymous' : message.user);
  return message;
}

function field(bytes: Uint8Array, start: number, limit: number, at: number, wide: boolean): string {
  const from = start + uint32Le(bytes, start + at + 4);
  const to = from + uint16Le(bytes, start + at);
  if (to > limit || from < start) return '';
  return wide ? utf16Text(bytes, from, to) : withoutZeros(latinText(bytes, from, to));
}

function computerName(bytes: Uint8Array, start: number, limit: number): string {
  const from = start + uint32Le(bytes, start + CHALLENGE_TARGET_INFO + 4);
  const end = Math.min(limit, from + uint16Le(bytes, start + CHALLENGE_TARGET_INFO));
  return pairText(bytes, from, end, AV_DNS_COMPUTER) || pairText(bytes, from, end, AV_NETBIOS_COMPUTER);
}

/** In the response of NTLMv2: that of version 1 has 24 bytes and no pairs. */
function target(bytes: Uint8Array, start: number, limit: number): string {
  const from = start + uint32Le(bytes, start + AUTHENTICATE_RESPONSE + 4);
  const end = Math.min(limit, from + uint16Le(bytes, start + AUTHENTICATE_RESPONSE));
  return pairText(bytes, from + RESPONSE_PAIRS, end, AV_TARGET);
}

/** Text of the attribute `wanted` (2.2.2.1); '' where it is not there. */
function pairText(bytes: Uint8Array, start: number, limit: number, wanted: number): string {
  for (let at = start, pair = 0; pair < AV_PAIRS_MAXIMUM && at + 4 <= limit; pair++) {
    const id = uint16Le(bytes, at);
    const length = uint16Le(bytes, at + 2);
    at += 4;
    if (id === 0 || at + length > limit) break;
    if (id === wanted) return utf16Text(bytes, at, at + length);
    at += length;
  }
  return '';
}
