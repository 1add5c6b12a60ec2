/**
 * DUALSTRINGARRAY ([MS-DCOM] 2.2.19): string bindings `host[endpoint]` of an object exporter, then security bindings. Lengths count
 * 16-bit units; the texts are UTF-16 in the order of the label that the array was written under.
 */
import { readUint16 } from './data-representation.js';
import type { NdrReader } from './ndr-reader.js';

export interface StringBinding {
  /** `ncacn_ip_tcp`, `ncadg_ip_udp`, `ncacn_http`, `ncacn_np`, `ncalrpc`, or '' for another tower id. */
  readonly protocol: string;
  readonly host: string;
  /** 0: the binding names none. */
  readonly port: number;
}

const PROTOCOL_SEQUENCES = new Map([
  [0x07, 'ncacn_ip_tcp'], [0x08, 'ncadg_ip_udp'], [0x0f, 'ncacn_np'], [0x10, 'ncalrpc'], [0x1f, 'ncacn_http'],
]);

const BINDINGS_MAXIMUM = 64;
const TEXT_MAXIMUM = 512;

/** Conformant: a maximum count comes first, of which the array's own count is believed up to what is there. */
export function readDualStringArray(reader: NdrReader): StringBinding[] | undefined {
  const maximum = reader.size();
  const entries = reader.uint16();
  const security = reader.uint16();
  const at = reader.take(entries * 2);
  if (at < 0 || entries > maximum || security > entries) return undefined;
  return readStringBindings(reader.bytes, at, at + security * 2, reader.littleEndian);
}

function readStringBindings(bytes: Uint8Array, start: number, limit: number, littleEndian: boolean): StringBinding[] {
  const bindings: StringBinding[] = [];
  let at = start;
  while (limit - at >= 4 && bindings.length < BINDINGS_MAXIMUM) {
    const tower = readUint16(bytes, at, littleEndian);
    if (tower === 0) break;
    let text = '';
    at += 2;
    for (; limit - at >= 2; at += 2) {
      const unit = readUint16(bytes, at, littleEndian);
      if (unit === 0) break;
      if (text.length < TEXT_MAXIMUM) text += String.fromCharCode(unit);
    }
    at += 2;
    bindings.push(toBinding(tower, text));
  }
  return bindings;
}

/**
 * Bindings with a port that lie anywhere in a stub, little-endian: for layouts that the strict walk does not know. A binding is
 * tower id 7, at least one character, and digits in brackets before the zero.
 */
export function scanStringBindings(bytes: Uint8Array, start: number, limit: number): StringBinding[] {
  const TCP = 0x07;
  const HOST_MAXIMUM = 260;
  const bindings: StringBinding[] = [];
  for (let at = start; limit - at >= 8 && bindings.length < BINDINGS_MAXIMUM; at++) {
    if (bytes[at] !== TCP || bytes[at + 1] !== 0) continue;
    let text = '';
    let end = at + 2;
    for (; limit - end >= 2 && text.length < HOST_MAXIMUM; end += 2) {
      const unit = readUint16(bytes, end, true);
      if (unit < 0x21 || unit > 0x7e) break;
      text += String.fromCharCode(unit);
    }
    if (limit - end < 2 || bytes[end] !== 0 || bytes[end + 1] !== 0) continue;
    const binding = toBinding(TCP, text);
    if (binding.port === 0) continue;
    bindings.push(binding);
    at = end + 1;
  }
  return bindings;
}

function toBinding(tower: number, text: string): StringBinding {
  const protocol = PROTOCOL_SEQUENCES.get(tower) ?? '';
  const match = protocol === 'ncacn_np' || protocol === 'ncalrpc' ? null : /^(.*)\[(\d{1,5})\]$/s.exec(text);
  if (match === null) return { protocol, host: text, port: 0 };
  const port = Number(match[2]);
  return { protocol, host: match[1]!, port: port <= 0xffff ? port : 0 };
}
