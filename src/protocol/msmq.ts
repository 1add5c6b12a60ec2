/** Message Queuing over TCP 1801 ([MS-MQQB] 2.2.19.1): base header with version 10 (hex) and the signature `LIOR` at 4. */
import { Recognition } from './recogniser.js';
import type { Recogniser } from './recogniser.js';
import { beginsWith } from './wire-text.js';

const VERSION = 0x10;
const SIGNATURE = 4;

export const msmq: Recogniser = {
  protocol: 'msmq',
  transport: 'tcp',
  ports: [1801],
  recognise(bytes, start, limit) {
    if (bytes[start] !== VERSION) return Recognition.no;
    if (limit - start <= SIGNATURE) return Recognition.more;
    const said = beginsWith(bytes, start + SIGNATURE, limit, 'LIOR');
    if (said === undefined) return Recognition.more;
    return said ? Recognition.either : Recognition.no;
  },
  analyse: () => ({ data: () => false }),
};
