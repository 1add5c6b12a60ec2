/**
 * RDP over UDP ([MS-RDPEUDP] 2.2.2): the first datagram has FFFFFFFF as acknowledged number, the SYN flag, and is padded to 1232
 * bytes, as its answer is with SYN and ACK. In the middle of a connection, data with its acknowledgement vector (2.2.2.7) is believed
 * on the usual ports when a record of TLS or DTLS begins where the headers end.
 */
import { Recognition } from '../recogniser.js';
import type { RecogniseHint, Recogniser } from '../recogniser.js';
import { RecordType } from '../tls/record.js';
import { uint16, uint32 } from '../wire-integer.js';

const FLAGS = 6;
const SYN = 0x0001;
const ACK = 0x0004;
const DATA = 0x0008;
const VECTOR = 8;
/** Two sequence numbers before the data. */
const SOURCE_HEADER = 8;
const PADDED = 1232;
const LOSSY = 0x0200;

export const rdpOverUdp: Recogniser = {
  protocol: 'rdp',
  transport: 'udp',
  ports: [3389, 3391],
  recognise(bytes, start, limit, hint) {
    if (limit - start < FLAGS + 2) return Recognition.more;
    const flags = uint16(bytes, start + FLAGS);
    if ((flags & (SYN | ACK | DATA)) === (ACK | DATA)) return isSecureData(bytes, start, limit) ? dataSender(hint) : Recognition.no;
    if ((flags & SYN) === 0 || limit - start !== PADDED) return Recognition.no;
    if ((flags & ACK) !== 0) return Recognition.server;
    return uint32(bytes, start) === 0xffffffff ? Recognition.client : Recognition.no;
  },
  analyse: (context) => ({
    data(_role, bytes, start, limit) {
      // Whether data may be lost is said in the first datagram only.
      if (limit - start < FLAGS + 2 || (uint16(bytes, start + FLAGS) & SYN) === 0) return false;
      context.fact('channel', (uint16(bytes, start + FLAGS) & LOSSY) === 0 ? 'UDP, reliable' : 'UDP, lossy');
      return false;
    },
  }),
};

/** A vector of `size` elements, padded to four bytes; source header; then the record. */
function isSecureData(bytes: Uint8Array, start: number, limit: number): boolean {
  if (limit - start < VECTOR + 2) return false;
  const record = start + ((VECTOR + 2 + uint16(bytes, start + VECTOR) + 3) & ~3) + SOURCE_HEADER;
  if (limit - record < 3) return false;
  const type = bytes[record]!;
  return type >= RecordType.changeCipherSpec && type <= RecordType.applicationData && (bytes[record + 1] === 3 || bytes[record + 1] === 0xfe);
}

function dataSender({ senderPort, receiverPort }: RecogniseHint): Recognition {
  if (rdpOverUdp.ports.includes(receiverPort)) return Recognition.client;
  return rdpOverUdp.ports.includes(senderPort) ? Recognition.server : Recognition.no;
}
