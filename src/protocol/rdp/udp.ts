/**
 * RDP over UDP ([MS-RDPEUDP] 2.2.2): the first datagram has FFFFFFFF as acknowledged number, the SYN flag, and is padded to 1232
 * bytes, as its answer is with SYN and ACK.
 */
import { Recognition } from '../recogniser.js';
import type { Recogniser } from '../recogniser.js';
import { uint16, uint32 } from '../wire-integer.js';

const FLAGS = 6;
const SYN = 0x0001;
const ACK = 0x0004;
const PADDED = 1232;
const LOSSY = 0x0200;

export const rdpOverUdp: Recogniser = {
  protocol: 'rdp',
  transport: 'udp',
  ports: [3389, 3391],
  recognise(bytes, start, limit) {
    if (limit - start < FLAGS + 2) return Recognition.more;
    const flags = uint16(bytes, start + FLAGS);
    if ((flags & SYN) === 0 || limit - start !== PADDED) return Recognition.no;
    if ((flags & ACK) !== 0) return Recognition.server;
    return uint32(bytes, start) === 0xffffffff ? Recognition.client : Recognition.no;
  },
  analyse: (context) => ({
    data(_role, bytes, start, limit) {
      if (limit - start < FLAGS + 2) return false;
      context.fact('channel', (uint16(bytes, start + FLAGS) & LOSSY) === 0 ? 'UDP, reliable' : 'UDP, lossy');
      return false;
    },
  }),
};
