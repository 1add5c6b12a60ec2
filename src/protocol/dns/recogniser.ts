/**
 * DNS over UDP and TCP (RFC 1035, RFC 7766), LLMNR (RFC 4795) and mDNS (RFC 6762). A DNS header is weak evidence: on the usual port it
 * has to be plausible; elsewhere over UDP a single question of a known type has to be there and be well-formed.
 */
import { Recognition } from '../recogniser.js';
import type { RecogniseHint, Recogniser } from '../recogniser.js';
import { uint16 } from '../wire-integer.js';
import { DnsAnalyzer } from './analyzer.js';
import { DNS_HEADER_LENGTH, isKnownType, nameEnd } from './message.js';

const RESPONSE = 0x80;
const RESERVED = 0x40;
const OPCODE_MAXIMUM = 5;
const QUESTIONS_MAXIMUM = 32;
const RECORDS_MAXIMUM = 512;

function isPlausible(bytes: Uint8Array, start: number, limit: number): boolean {
  const opcode = (bytes[start + 2]! >> 3) & 15;
  if (opcode > OPCODE_MAXIMUM || (bytes[start + 3]! & RESERVED) !== 0) return false;
  const questions = uint16(bytes, start + 4);
  if (questions > QUESTIONS_MAXIMUM || uint16(bytes, start + 6) > RECORDS_MAXIMUM) return false;
  if (uint16(bytes, start + 8) > RECORDS_MAXIMUM || uint16(bytes, start + 10) > RECORDS_MAXIMUM) return false;
  const name = start + DNS_HEADER_LENGTH;
  return questions === 0 || name >= limit || bytes[name]! <= 63;
}

/** One question of a known type in class IN, nothing reserved set: what a query looks like on a port that says nothing. */
function isConvincing(bytes: Uint8Array, start: number, limit: number): boolean {
  if (uint16(bytes, start + 4) !== 1 || (bytes[start + 2]! & 0x78) !== 0 || (bytes[start + 3]! & 0x4f) > 5) return false;
  const end = nameEnd(bytes, start + DNS_HEADER_LENGTH, limit);
  if (end < start + DNS_HEADER_LENGTH + 4 || limit - end < 4) return false;
  if (!isKnownType(uint16(bytes, end)) || uint16(bytes, end + 2) !== 1) return false;
  for (let at = start + DNS_HEADER_LENGTH; at < end - 1; at += 1 + bytes[at]!) {
    for (let index = 1; index <= bytes[at]!; index++) if (bytes[at + index]! <= 0x20 || bytes[at + index]! >= 0x7f) return false;
  }
  return (bytes[start + 2]! & RESPONSE) !== 0 || (uint16(bytes, start + 6) === 0 && limit - end - 4 <= 64);
}

function uses({ senderPort, receiverPort }: RecogniseHint, port: number): boolean {
  return senderPort === port || receiverPort === port;
}

function sender(bytes: Uint8Array, start: number): Recognition {
  return (bytes[start + 2]! & RESPONSE) === 0 ? Recognition.client : Recognition.server;
}

export const dns: Recogniser = {
  protocol: 'dns',
  transport: 'udp',
  ports: [53],
  recognise(bytes, start, limit, hint) {
    if (limit - start < DNS_HEADER_LENGTH) return Recognition.more;
    if (!isPlausible(bytes, start, limit)) return Recognition.no;
    if (!uses(hint, 53) && !isConvincing(bytes, start, limit)) return Recognition.no;
    return sender(bytes, start);
  },
  analyse: (context) => new DnsAnalyzer(context, { lookups: true }),
};

export const dnsOverTcp: Recogniser = {
  protocol: 'dns',
  transport: 'tcp',
  ports: [53],
  recognise(bytes, start, limit, hint) {
    if (!uses(hint, 53)) return Recognition.no;
    const length = limit - start;
    if (length < 2 + DNS_HEADER_LENGTH) return Recognition.more;
    if (uint16(bytes, start) < DNS_HEADER_LENGTH || !isPlausible(bytes, start + 2, limit)) return Recognition.no;
    return sender(bytes, start + 2);
  },
  analyse: (context) => new DnsAnalyzer(context, { lookups: true }),
};

/** Questions go to a group, answers come from a host in another flow: nobody's silence is told from here. */
export const llmnr: Recogniser = { ...dns, protocol: 'llmnr', ports: [5355], recognise: onPort(5355), analyse: withoutLookups };

export const mdns: Recogniser = { ...dns, protocol: 'mdns', ports: [5353], recognise: onPort(5353), analyse: withoutLookups };

function onPort(port: number): Recogniser['recognise'] {
  return (bytes, start, limit, hint) => {
    if (!uses(hint, port)) return Recognition.no;
    if (limit - start < DNS_HEADER_LENGTH) return Recognition.more;
    if (!isPlausible(bytes, start, limit)) return Recognition.no;
    return hint.senderPort === hint.receiverPort ? Recognition.either : sender(bytes, start);
  };
}

function withoutLookups(context: Parameters<Recogniser['analyse']>[0]): DnsAnalyzer {
  return new DnsAnalyzer(context, { lookups: false });
}
