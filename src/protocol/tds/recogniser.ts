/**
 * TDS ([MS-TDS] 2.2): packet header of 8 bytes (type, status, length, process id, packet number, window). Proof: a PRELOGIN (12) or its
 * answer (04) whose first option is the version and points into the packet; or a LOGIN7 (10) whose own length agrees; or a login of TDS 4 or 5 (02) whose
 * fields fit. Behind the login,
 * as in a capture begun in mid-stream, a batch, a call or an answer is believed on the usual port.
 */
import { Recognition } from '../recogniser.js';
import type { Recogniser } from '../recogniser.js';
import { uint16, uint32Le } from '../wire-integer.js';
import { TdsAnalyzer } from './analyzer.js';
import { isLogin5, LOGIN5_LENGTH } from './login5.js';
import { PacketType, TDS_HEADER_LENGTH } from './packet.js';

const LENGTH = 2;
const OPTION_HEADER = 5;
const VERSION_LENGTH = 6;

const PORT = 1433;

export const tds: Recogniser = {
  protocol: 'tds',
  transport: 'tcp',
  ports: [PORT],
  recognise(bytes, start, limit, hint) {
    const type = bytes[start]!;
    if (hint.receiverPort === PORT || hint.senderPort === PORT) {
      const said = recognisePacket(bytes, start, limit);
      if (said !== undefined) return said;
    }
    if (type === PacketType.login5) return recogniseLogin5(bytes, start, limit);
    if (type !== PacketType.prelogin && type !== PacketType.response && type !== PacketType.login) return Recognition.no;
    const available = limit - start;
    if (available > 1 && bytes[start + 1]! > 1) return Recognition.no;
    if (available < TDS_HEADER_LENGTH + OPTION_HEADER) return Recognition.more;
    const length = uint16(bytes, start + LENGTH);
    const body = start + TDS_HEADER_LENGTH;
    if (length < TDS_HEADER_LENGTH + OPTION_HEADER) return Recognition.no;
    if (type === PacketType.login) return uint32Le(bytes, body) === length - TDS_HEADER_LENGTH ? Recognition.client : Recognition.no;
    const offset = uint16(bytes, body + 1);
    const isVersion = bytes[body] === 0 && uint16(bytes, body + 3) === VERSION_LENGTH;
    if (!isVersion || offset < OPTION_HEADER || TDS_HEADER_LENGTH + offset + VERSION_LENGTH > length) return Recognition.no;
    return type === PacketType.prelogin ? Recognition.client : Recognition.server;
  },
  analyse: (context) => new TdsAnalyzer(context),
};

/** Status 0 or 1, a packet of 512 bytes or so, process, number and window 0, then the record. */
function recogniseLogin5(bytes: Uint8Array, start: number, limit: number): Recognition {
  const available = limit - start;
  if (available > 1 && bytes[start + 1]! > 1) return Recognition.no;
  if (available < TDS_HEADER_LENGTH) return Recognition.more;
  const length = uint16(bytes, start + LENGTH);
  if (length < TDS_HEADER_LENGTH + LOGIN5_LENGTH || bytes[start + TDS_HEADER_LENGTH - 1] !== 0) return Recognition.no;
  if (available < TDS_HEADER_LENGTH + LOGIN5_LENGTH) return Recognition.more;
  return isLogin5(bytes, start + TDS_HEADER_LENGTH, limit) ? Recognition.client : Recognition.no;
}

/** A batch, remote call or answer with a plausible header; undefined: look closer. */
function recognisePacket(bytes: Uint8Array, start: number, limit: number): Recognition | undefined {
  const type = bytes[start]!;
  if (type !== PacketType.batch && type !== PacketType.call && type !== PacketType.response) return undefined;
  if (limit - start < TDS_HEADER_LENGTH + OPTION_HEADER) return Recognition.more;
  const length = uint16(bytes, start + LENGTH);
  if (bytes[start + 1]! > 9 || bytes[start + TDS_HEADER_LENGTH - 1] !== 0 || length < TDS_HEADER_LENGTH || length > 0x8000) return undefined;
  return type === PacketType.response ? Recognition.server : Recognition.client;
}
