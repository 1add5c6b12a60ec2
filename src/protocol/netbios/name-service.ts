/**
 * NetBIOS name service (RFC 1002 4.2) on UDP 137: a header like that of DNS, names in their encoding of 32 letters. Proof: such a name
 * where the first one stands, and a type of NB (20) or NBSTAT (21).
 */
import type { PacketPosition } from '../../flow/inspection.js';
import { ipv4Text } from '../../decode/address-text.js';
import { copyPosition } from '../byte-queue.js';
import { Recognition } from '../recogniser.js';
import type { AnalysisContext, ProtocolAnalyzer, Recogniser } from '../recogniser.js';
import { uint16, uint32 } from '../wire-integer.js';
import { latinText, withoutZeros } from '../wire-text.js';
import { decodeNetbiosName, ENCODED_NAME_LENGTH } from './name.js';

const HEADER = 12;
const FLAGS = 2;
const NAME_END = HEADER + ENCODED_NAME_LENGTH;
const RESPONSE = 0x8000;
const TYPE_NB = 0x20;
const TYPE_STATUS = 0x21;
const OPERATIONS: ReadonlyMap<number, string> = new Map([
  [0, 'query'], [5, 'registration'], [6, 'release'], [7, 'wait'], [8, 'refresh'], [9, 'refresh'], [15, 'multi-homed registration'],
]);
const QUERY = 0;
const REGISTRATION = 5;
const MULTIHOMED = 15;
const GROUP = 0x8000;
const STATUS_ENTRY = 18;
const MESSAGES_MAXIMUM = 64;
/** Names that stand for a host: workstation and file server service. */
const HOST_SUFFIXES: ReadonlySet<number> = new Set([0x00, 0x20]);

export const netbiosNameService: Recogniser = {
  protocol: 'netbios-ns',
  transport: 'udp',
  ports: [137],
  recognise(bytes, start, limit) {
    if (limit - start < NAME_END + 5) return Recognition.more;
    if (bytes[start + HEADER] !== 0x20 || decodeNetbiosName(bytes, start + HEADER, limit) === undefined) return Recognition.no;
    const type = typeAt(bytes, start, limit);
    if (type !== TYPE_NB && type !== TYPE_STATUS) return Recognition.no;
    return (uint16(bytes, start + FLAGS) & RESPONSE) === 0 ? Recognition.client : Recognition.server;
  },
  analyse: (context) => new NameServiceAnalyzer(context),
};

/** Behind the name and its scope, which ends with a zero byte. */
function afterName(bytes: Uint8Array, start: number, limit: number): number {
  const zero = bytes.indexOf(0, start + NAME_END);
  return zero < 0 || zero >= limit ? limit : zero + 1;
}

function typeAt(bytes: Uint8Array, start: number, limit: number): number {
  const at = afterName(bytes, start, limit);
  return limit - at < 2 ? -1 : uint16(bytes, at);
}

class NameServiceAnalyzer implements ProtocolAnalyzer {
  private readonly context: AnalysisContext;
  private messages = 0;

  constructor(context: AnalysisContext) {
    this.context = context;
  }

  data(_role: 'client' | 'server', bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    const asked = decodeNetbiosName(bytes, start + HEADER, limit);
    if (asked === undefined) return true;
    const flags = uint16(bytes, start + FLAGS);
    const operation = (flags >> 11) & 15;
    this.context.fact('operation', OPERATIONS.get(operation) ?? operation);
    this.context.fact('name', `${asked.name}<${asked.suffix.toString(16).padStart(2, '0')}>`);
    const record = afterName(bytes, start, limit);
    if ((flags & RESPONSE) !== 0) this.response(bytes, record, limit, asked.name, at);
    else if ((operation === REGISTRATION || operation === MULTIHOMED) && HOST_SUFFIXES.has(asked.suffix)) {
      this.registration(bytes, record + 4, limit, asked.name, at);
    } else if (operation === QUERY) {
      this.context.fact('status', typeAt(bytes, start, limit) === TYPE_STATUS);
    }
    return ++this.messages < MESSAGES_MAXIMUM;
  }

  /** Behind the question: a record with a pointer to the name, its data flags and address. */
  private registration(bytes: Uint8Array, at: number, limit: number, name: string, position: PacketPosition): void {
    const data = at + 12;
    if (limit - data < 6 || (uint16(bytes, data) & GROUP) !== 0) return;
    this.named(ipv4Text(uint32(bytes, data + 2)), name, position);
  }

  private response(bytes: Uint8Array, at: number, limit: number, name: string, position: PacketPosition): void {
    if (limit - at < 10) return;
    const data = at + 10;
    if (uint16(bytes, at) === TYPE_NB) {
      if (limit - data >= 6 && (uint16(bytes, data) & GROUP) === 0) this.named(ipv4Text(uint32(bytes, data + 2)), name, position);
      return;
    }
    const count = bytes[data]!;
    for (let index = 0, entry = data + 1; index < count && entry + STATUS_ENTRY <= limit; index++, entry += STATUS_ENTRY) {
      if (bytes[entry + 15] !== 0 || (uint16(bytes, entry + 16) & GROUP) !== 0) continue;
      const host = withoutZeros(latinText(bytes, entry, entry + 15)).trimEnd();
      this.context.events.hostName({ address: this.context.server.address, name: host, from: 'netbios', at: copyPosition(position) });
      return;
    }
  }

  private named(address: string, name: string, position: PacketPosition): void {
    if (name !== '' && name !== '*') this.context.events.hostName({ address, name, from: 'netbios', at: copyPosition(position) });
  }
}
