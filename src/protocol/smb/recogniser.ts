/**
 * SMB over TCP 445 ([MS-SMB2] 2.1) and over the NetBIOS session service on 139 (RFC 1002 4.3): a zero byte, a length of 24
 * bits, then `FF/FE/FD/FC "SMB"`. On 139 a session request comes first. The proof is the protocol id behind the length.
 */
import { Recognition } from '../recogniser.js';
import type { Recogniser } from '../recogniser.js';
import { uint16, uint24 } from '../wire-integer.js';
import { SmbAnalyzer } from './analyzer.js';

const HEADER = 4;
const SMB1 = 0xff;
const SMB2 = 0xfe;
const COMPRESSED = 0xfc;
const SMB1_FLAGS = HEADER + 9;
const SMB2_FLAGS = HEADER + 16;
const RESPONSE1 = 0x80;
const RESPONSE2 = 0x01;

const SESSION_REQUEST = 0x81;
const POSITIVE_RESPONSE = 0x82;
const NEGATIVE_RESPONSE = 0x83;
/** RFC 1002 4.3.4. */
const SESSION_ERRORS: ReadonlySet<number> = new Set([0x80, 0x81, 0x82, 0x83, 0x8f]);
/** All that a capture of an idle connection may show. */
const KEEPALIVE = 0x85;
/** Two encoded NetBIOS names of 34 bytes. */
const SESSION_REQUEST_LENGTH = 68;

export const smb: Recogniser = {
  protocol: 'smb',
  transport: 'tcp',
  ports: [445, 139],
  recognise(bytes, start, limit, hint) {
    const length = limit - start;
    const type = bytes[start]!;
    if (type === KEEPALIVE && (smb.ports.includes(hint.senderPort) || smb.ports.includes(hint.receiverPort))) {
      if (length < HEADER) return Recognition.more;
      return uint24(bytes, start + 1) === 0 ? Recognition.either : Recognition.no;
    }
    if (type !== 0) return recogniseNetbiosSession(bytes, start, length, type);
    if (length > HEADER) {
      if (bytes[start + HEADER]! < COMPRESSED || uint24(bytes, start + 1) < 32) return Recognition.no;
      for (let index = 1; index < 4 && HEADER + index < length; index++) {
        if (bytes[start + HEADER + index] !== MAGIC[index]) return Recognition.no;
      }
    }
    if (length < HEADER + 4) return Recognition.more;
    const id = bytes[start + HEADER]!;
    if (id === SMB1) {
      if (length <= SMB1_FLAGS) return Recognition.more;
      return (bytes[start + SMB1_FLAGS]! & RESPONSE1) === 0 ? Recognition.client : Recognition.server;
    }
    if (id !== SMB2) return Recognition.either;
    if (length <= SMB2_FLAGS) return Recognition.more;
    return (bytes[start + SMB2_FLAGS]! & RESPONSE2) === 0 ? Recognition.client : Recognition.server;
  },
  analyse: (context) => new SmbAnalyzer(context),
};

const MAGIC = [0, 0x53, 0x4d, 0x42];

function recogniseNetbiosSession(bytes: Uint8Array, start: number, length: number, type: number): Recognition {
  if (type !== SESSION_REQUEST && type !== POSITIVE_RESPONSE && type !== NEGATIVE_RESPONSE) return Recognition.no;
  if (length > 1 && bytes[start + 1] !== 0) return Recognition.no;
  if (length < HEADER) return Recognition.more;
  const claimed = uint16(bytes, start + 2);
  // The server then waits, or closes: nothing stands behind its answer, unless the client did not wait and is answered at once.
  if (type === POSITIVE_RESPONSE) return claimed === 0 && (length === HEADER || bytes[start + HEADER] === 0) ? Recognition.server : Recognition.no;
  if (type === NEGATIVE_RESPONSE) {
    if (claimed !== 1 || length > HEADER + 1) return Recognition.no;
    if (length === HEADER) return Recognition.more;
    return SESSION_ERRORS.has(bytes[start + HEADER]!) ? Recognition.server : Recognition.no;
  }
  if (claimed !== SESSION_REQUEST_LENGTH) return Recognition.no;
  if (length === HEADER) return Recognition.more;
  return bytes[start + HEADER] === 0x20 ? Recognition.client : Recognition.no;
}
