/**
 * DNS messages (RFC 1035 4): header of 12 bytes, questions, then records. LLMNR (RFC 4795) and mDNS (RFC 6762) have the same shape.
 * Names may point back into the message; jumps and lengths are bounded.
 */
import { ipv6Text } from '../../decode/address-text.js';
import { knownIpv4Text } from '../known-addresses.js';
import { uint16, uint32 } from '../wire-integer.js';
import { latinText } from '../wire-text.js';

export const DNS_HEADER_LENGTH = 12;

const FLAGS = 2;
const QUESTIONS = 4;
const ANSWERS = 6;
const RESPONSE = 0x8000;
const TRUNCATED = 0x0200;
const NAME_MAXIMUM = 255;
const JUMPS_MAXIMUM = 16;
const RECORDS_MAXIMUM = 64;
const CLASS_INTERNET = 1;
/** mDNS uses the highest bit of the class for itself (RFC 6762 10.2, 5.4). */
const CLASS_MASK = 0x7fff;

const A = 1;
const AAAA = 28;

const TYPES: ReadonlyMap<number, string> = new Map([
  [A, 'A'], [2, 'NS'], [5, 'CNAME'], [6, 'SOA'], [12, 'PTR'], [15, 'MX'], [16, 'TXT'], [AAAA, 'AAAA'], [33, 'SRV'], [35, 'NAPTR'],
  [41, 'OPT'], [43, 'DS'], [46, 'RRSIG'], [47, 'NSEC'], [48, 'DNSKEY'], [64, 'SVCB'], [65, 'HTTPS'], [249, 'TKEY'], [250, 'TSIG'],
  [251, 'IXFR'], [252, 'AXFR'], [255, 'ANY'],
]);

/** Reused from message to message: copy what is to be kept. Both lists may be kept. */
export interface DnsMessage {
  id: number;
  isResponse: boolean;
  /** 0 query, 5 update. */
  opcode: number;
  rcode: number;
  truncated: boolean;
  /** Of the first question; '' and '' without one. */
  name: string;
  type: string;
  /** A and AAAA records of the answer section. */
  addresses: readonly string[];
  /** Whose addresses these are, where the message has no question that says it; empty otherwise. */
  owners: readonly string[];
}

export function isKnownType(type: number): boolean {
  return TYPES.has(type);
}

/** The message between `start` and `limit`; undefined when there is not even a header with its first question. */
export function readDns(bytes: Uint8Array, start: number, limit: number): Readonly<DnsMessage> | undefined {
  if (limit - start < DNS_HEADER_LENGTH) return undefined;
  const flags = uint16(bytes, start + FLAGS);
  const questions = uint16(bytes, start + QUESTIONS);
  let at = start + DNS_HEADER_LENGTH;
  let name = '';
  let type = '';
  for (let index = 0; index < Math.min(questions, RECORDS_MAXIMUM); index++) {
    const end = nameEnd(bytes, at, limit);
    if (end < 0 || limit - end < 4) return undefined;
    if (index === 0) {
      name = readName(bytes, start, at, limit);
      const number = uint16(bytes, end);
      type = TYPES.get(number) ?? `TYPE${number}`;
    }
    at = end + 4;
  }
  let addresses: string[] | undefined;
  let owners: string[] | undefined;
  const answers = (flags & RESPONSE) === 0 ? 0 : uint16(bytes, start + ANSWERS);
  for (let index = 0; index < Math.min(answers, RECORDS_MAXIMUM); index++) {
    const end = nameEnd(bytes, at, limit);
    if (end < 0 || limit - end < 10) break;
    const data = end + 10;
    const length = uint16(bytes, end + 8);
    if (data + length > limit) break;
    const recordType = uint16(bytes, end);
    if ((uint16(bytes, end + 2) & CLASS_MASK) === CLASS_INTERNET) {
      const address = recordType === A && length === 4 ? knownIpv4Text(uint32(bytes, data))
        : recordType === AAAA && length === 16
          ? ipv6Text(uint32(bytes, data), uint32(bytes, data + 4), uint32(bytes, data + 8), uint32(bytes, data + 12)) : '';
      if (address !== '') {
        (addresses ??= []).push(address);
        if (name === '') (owners ??= []).push(readName(bytes, start, at, limit));
      }
    }
    at = data + length;
  }
  message.id = uint16(bytes, start);
  message.isResponse = (flags & RESPONSE) !== 0;
  message.opcode = (flags >> 11) & 15;
  message.rcode = flags & 15;
  message.truncated = (flags & TRUNCATED) !== 0;
  message.name = name;
  message.type = type;
  message.addresses = addresses ?? NONE;
  message.owners = owners ?? NONE;
  return message;
}

const NONE: readonly string[] = [];
const message: DnsMessage = { id: 0, isResponse: false, opcode: 0, rcode: 0, truncated: false, name: '', type: '', addresses: NONE, owners: NONE };

/** Behind the name at `at`, or -1. */
export function nameEnd(bytes: Uint8Array, at: number, limit: number): number {
  for (const from = at; at < limit && at - from <= NAME_MAXIMUM;) {
    const length = bytes[at]!;
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2 <= limit ? at + 2 : -1;
    if (length > 63) return -1;
    at += 1 + length;
  }
  return -1;
}

function readName(bytes: Uint8Array, start: number, at: number, limit: number): string {
  let joined = 0;
  for (let jumps = 0; at < limit && joined <= NAME_MAXIMUM;) {
    const length = bytes[at]!;
    if (length >= 0xc0) {
      if (at + 1 >= limit || ++jumps > JUMPS_MAXIMUM) break;
      at = start + (uint16(bytes, at) & 0x3fff);
      continue;
    }
    if (length === 0 || length > 63 || at + length >= limit) break;
    if (joined > 0) labels[joined++] = DOT;
    for (let index = 1; index <= length; index++) labels[joined++] = bytes[at + index]!;
    at += 1 + length;
  }
  return latinText(labels, 0, joined);
}

const DOT = 0x2e;
const LABEL_MAXIMUM = 63;
/** One name while it is read; its last label may reach beyond what a name may have. */
const labels = new Uint8Array(NAME_MAXIMUM + 2 + LABEL_MAXIMUM);
