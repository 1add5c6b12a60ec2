/**
 * TLS records (RFC 8446 5.1, RFC 5246 6.2.1): type, version 3.x, length. A handshake record is proved by the hello within; a record
 * of application data, as a capture begun in mid-stream shows, by a second record behind it or by the port.
 */
import { Recognition } from '../recogniser.js';
import type { RecogniseHint, Recogniser } from '../recogniser.js';
import { uint16 } from '../wire-integer.js';
import { TlsAnalyzer } from './analyzer.js';
import { RECORD_HEADER, RECORD_MAXIMUM, RecordType } from './record.js';

const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const CERTIFICATE = 11;
const KEY_EXCHANGE = 16;
/** Client hello in the framing of SSL 2 (RFC 5246 E.2): length with the high bit, type 1, version 3.x. */
const SSL2_LENGTH = 0x80;

export const tls: Recogniser = {
  protocol: 'tls',
  transport: 'tcp',
  ports: [443, 636, 5986, 3269, 8531, 8443, 3389, 993, 995, 465, 5061],
  recognise(bytes, start, limit, hint) {
    const type = bytes[start]!;
    const length = limit - start;
    if (type >= SSL2_LENGTH) return recogniseSsl2(bytes, start, length);
    if (type < RecordType.changeCipherSpec || type > RecordType.applicationData) return Recognition.no;
    if (length > 1 && bytes[start + 1] !== 3) return Recognition.no;
    if (length > 2 && bytes[start + 2]! > 4) return Recognition.no;
    if (length < RECORD_HEADER) return Recognition.more;
    const claimed = uint16(bytes, start + 3);
    if (claimed === 0 || claimed > RECORD_MAXIMUM) return Recognition.no;
    if (type === RecordType.handshake) return recogniseHandshake(bytes, start, length, claimed);
    if (type === RecordType.alert) return claimed === 2 || claimed > 16 ? Recognition.either : Recognition.no;
    if (type === RecordType.changeCipherSpec) return claimed === 1 ? Recognition.either : Recognition.no;
    return recogniseData(bytes, start, length, claimed, hint);
  },
  analyse: (context) => new TlsAnalyzer(context),
};

function recogniseHandshake(bytes: Uint8Array, start: number, length: number, claimed: number): Recognition {
  if (length === RECORD_HEADER) return Recognition.more;
  const message = bytes[start + RECORD_HEADER]!;
  if (length < RECORD_HEADER + 2) return Recognition.more;
  const plausible = bytes[start + RECORD_HEADER + 1] === 0 && claimed >= 4;
  if (message === CLIENT_HELLO && plausible) return Recognition.client;
  if (message === SERVER_HELLO && plausible) return Recognition.server;
  if (message === CERTIFICATE && plausible) return Recognition.either;
  if (message === KEY_EXCHANGE && plausible) return Recognition.client;
  // What follows a change of cipher is encrypted: any byte may stand here.
  return claimed >= 32 && claimed <= 512 ? Recognition.either : Recognition.no;
}

function recogniseData(bytes: Uint8Array, start: number, length: number, claimed: number, hint: RecogniseHint): Recognition {
  const next = RECORD_HEADER + claimed;
  if (length === next || tls.ports.includes(hint.senderPort) || tls.ports.includes(hint.receiverPort)) return Recognition.either;
  if (length < next + 3) return Recognition.more;
  const type = bytes[start + next]!;
  return type >= RecordType.changeCipherSpec && type <= RecordType.applicationData && bytes[start + next + 1] === 3
    ? Recognition.either : Recognition.no;
}

function recogniseSsl2(bytes: Uint8Array, start: number, length: number): Recognition {
  if (length > 2 && bytes[start + 2] !== CLIENT_HELLO) return Recognition.no;
  if (length > 3 && bytes[start + 3] !== 3) return Recognition.no;
  if (length > 4 && bytes[start + 4]! > 3) return Recognition.no;
  if (length < 11) return Recognition.more;
  const claimed = uint16(bytes, start) & 0x7fff;
  const ciphers = uint16(bytes, start + 5);
  const rest = 9 + ciphers + uint16(bytes, start + 7) + uint16(bytes, start + 9);
  return ciphers % 3 === 0 && claimed === rest ? Recognition.client : Recognition.no;
}
