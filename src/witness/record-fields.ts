/** Fields as all sources of records write them. */
import { ipv4Text, ipv6Text, parseAddress } from '../decode/address-text.js';
import { MAX_TEXT, type WitnessSocket } from './witness.js';

/** IP protocol number or name; undefined: neither TCP nor UDP, which is no fault. */
export function transportOf(text: string | undefined): 'tcp' | 'udp' | undefined {
  const word = (text ?? '').trim().toLowerCase();
  return word === '6' || word === 'tcp' ? 'tcp' : word === '17' || word === 'udp' ? 'udp' : undefined;
}

/** undefined: not both could be read. A zone behind an address is left out: captures do not know it. */
export function socketOf(address: string | undefined, port: string | undefined): WitnessSocket | undefined {
  const words = parseAddress((address ?? '').trim().replace(/%.*$/u, ''));
  const digits = (port ?? '').trim();
  if (words === undefined || !/^\d{1,5}$/u.test(digits) || Number(digits) > 65_535) return undefined;
  const text = words.length === 1 ? ipv4Text(words[0]!) : ipv6Text(words[0]!, words[1]!, words[2]!, words[3]!);
  return { address: text, port: Number(digits) };
}

/** As Windows says them in German, French, Spanish, Italian, Portuguese and Dutch; in other languages the direction is not known. */
const INBOUND = /^(?:eingehend|entrant|entrada|in (?:entrata|ingresso)|binnenkomend|inkomend)/u;
const OUTBOUND = /^(?:ausgehend|sortant|salient|salida|saída|in uscita|uitgaand)/u;

/** `%%14592` and words for it; the numbers are those of the message table of the auditing provider. */
export function directionOf(text: string | undefined): 'inbound' | 'outbound' | 'forward' | null {
  const word = (text ?? '').trim().toLowerCase();
  if (word === '%%14592' || word === 'inbound' || word === 'receive' || word.endsWith('direction_in') || word.endsWith('direction_inbound')) return 'inbound';
  if (word === '%%14593' || word === 'outbound' || word === 'send' || word.endsWith('direction_out') || word.endsWith('direction_outbound')) return 'outbound';
  if (word === '%%14594' || word === 'forward' || word.endsWith('direction_forward')) return 'forward';
  return INBOUND.test(word) ? 'inbound' : OUTBOUND.test(word) ? 'outbound' : null;
}

/** ISO 8601 with a zone, as Windows writes events: seconds since 1970; null: it is none. */
export function isoTime(text: string | undefined): number | null {
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)?$/u.exec((text ?? '').trim());
  if (match === null) return null;
  const seconds = Date.parse(`${match[1]}T${match[2]}${match[4] ?? 'Z'}`) / 1000;
  return Number.isNaN(seconds) ? null : seconds + Number(match[3] ?? 0);
}

/** Empty and `-` mean nothing. */
export function textOrNull(text: string | undefined): string | null {
  const word = (text ?? '').trim();
  return word === '' || word === '-' ? null : word.slice(0, MAX_TEXT);
}

/** Filters that have no id write 0. */
export function filterIdOf(text: string | undefined): string | null {
  const word = (text ?? '').trim();
  return /^\d{1,20}$/u.test(word) && word !== '0' ? word : null;
}
