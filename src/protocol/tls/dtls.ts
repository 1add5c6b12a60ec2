/**
 * DTLS (RFC 6347 4.1, 4.2.2): record header of 13 bytes with epoch and sequence number; handshake messages have 12. Proof: type,
 * version FEFF or FEFD, and a length that fits the datagram.
 */
import type { PacketPosition } from '../../flow/inspection.js';
import { Recognition } from '../recogniser.js';
import type { AnalysisContext, ProtocolAnalyzer, Recogniser, Role } from '../recogniser.js';
import { uint16, uint24 } from '../wire-integer.js';
import { tellClientHello, tellServerHello } from './hello.js';
import { alertName, RecordType } from './record.js';

const RECORD_HEADER = 13;
const EPOCH = 3;
const LENGTH = 11;
const HANDSHAKE_HEADER = 12;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const HELLO_VERIFY = 3;
const FATAL = 2;
const RECORDS_MAXIMUM = 16;
const DATAGRAMS_MAXIMUM = 32;

/** Whether a DTLS record is at `start`. `undefined`: it may be, but is cut. */
export function isDtlsRecord(bytes: Uint8Array, start: number, limit: number): boolean | undefined {
  const type = bytes[start]!;
  if (type < RecordType.changeCipherSpec || type > RecordType.applicationData + 2) return false;
  if (limit - start > 1 && bytes[start + 1] !== 0xfe) return false;
  if (limit - start < RECORD_HEADER) return undefined;
  const minor = bytes[start + 2]!;
  return (minor === 0xff || minor === 0xfd) && uint16(bytes, start + LENGTH) <= limit - start - RECORD_HEADER;
}

export const dtls: Recogniser = {
  protocol: 'dtls',
  transport: 'udp',
  ports: [3391, 3343, 443],
  recognise(bytes, start, limit) {
    const isRecord = isDtlsRecord(bytes, start, limit);
    if (isRecord !== true) return isRecord === false ? Recognition.no : Recognition.more;
    const isPlainHandshake = bytes[start] === RecordType.handshake && uint16(bytes, start + EPOCH) === 0;
    if (!isPlainHandshake) return Recognition.either;
    const message = bytes[start + RECORD_HEADER];
    if (message === CLIENT_HELLO) return Recognition.client;
    return message === SERVER_HELLO || message === HELLO_VERIFY ? Recognition.server : Recognition.either;
  },
  analyse: (context) => new DtlsAnalyzer(context),
};

export class DtlsAnalyzer implements ProtocolAnalyzer {
  private readonly context: AnalysisContext;
  private datagrams = 0;
  private serverName = '';

  constructor(context: AnalysisContext) {
    this.context = context;
  }

  data(_role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    for (let count = 0; count < RECORDS_MAXIMUM && start < limit && isDtlsRecord(bytes, start, limit) === true; count++) {
      const contents = start + RECORD_HEADER;
      const end = contents + uint16(bytes, start + LENGTH);
      if (uint16(bytes, start + EPOCH) !== 0) {
        this.context.fact('handshake', 'complete');
        return false;
      }
      if (bytes[start] === RecordType.handshake) this.handshake(bytes, contents, end);
      else if (bytes[start] === RecordType.alert && end - contents === 2 && bytes[contents] === FATAL) {
        this.context.fact('handshake', 'failed');
        this.context.failure({ protocol: 'dtls', kind: 'tls', code: alertName(bytes[contents + 1]!), target: this.serverName }, at);
        return false;
      }
      start = end;
    }
    return ++this.datagrams < DATAGRAMS_MAXIMUM;
  }

  /** A message in several fragments is read from its first one, as far as that goes. */
  private handshake(bytes: Uint8Array, start: number, limit: number): void {
    if (limit - start < HANDSHAKE_HEADER || uint24(bytes, start + 6) !== 0) return;
    if (bytes[start] === CLIENT_HELLO) this.serverName = tellClientHello(this.context, bytes, start + HANDSHAKE_HEADER, limit, start + HANDSHAKE_HEADER + uint24(bytes, start + 1), 'd');
    else if (bytes[start] === SERVER_HELLO) tellServerHello(this.context, bytes, start + HANDSHAKE_HEADER, limit);
  }
}
